// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include "examples/pawl/command.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <atomic>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <system_error>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/cord.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "examples/pawl/progress.h"
#include "pawl/text.h"

namespace pawl::tool {
namespace {

constexpr char kUsagePayload[] = "pawl.command/usage";

// The context that a signal cancels; Context::Cancel is safe in a signal handler.
std::atomic<Context*> g_context{nullptr};

// Of the first write to stdout that failed.
int g_print_error = 0;

extern "C" void OnInterrupt(int) {
  if (Context* context = g_context.load(std::memory_order_relaxed)) context->Cancel();
}

void Watch(Context* context) {
  g_context.store(context, std::memory_order_relaxed);
  struct sigaction action = {};
  action.sa_handler = context != nullptr ? OnInterrupt : SIG_DFL;
  action.sa_flags = static_cast<int>(SA_RESETHAND);  // the second signal ends the process
  sigaction(SIGINT, &action, nullptr);
  sigaction(SIGTERM, &action, nullptr);
}

}  // namespace

void AddJson(Arguments& app, CommonOptions& options) {
  app.AddFlag("--json", options.json, "Print the result as JSON");
}

void AddThreads(Arguments& app, CommonOptions& options) {
  app.Add("--threads", options.threads, "Number of threads; 0: all that the process may use")
      .Between(0, 1024)
      .ShowDefault();
  app.Add("--target", options.target,
          "Instruction set (see `pawl list targets`); default: the best of this CPU");
}

void AddProgress(Arguments& app, CommonOptions& options) {
  app.Add("--progress", options.progress,
          "On stderr: bar, json (lines) or none; auto: a bar on a terminal, else JSON lines")
      .OneOf({"auto", "bar", "json", "none"})
      .ShowDefault();
}

absl::StatusOr<std::unique_ptr<Session>> Session::Create(const CommonOptions& options) {
  std::unique_ptr<Session> session(new Session());
  session->printer_ = ProgressPrinter::Create(options.progress, isatty(STDERR_FILENO) != 0);
  ContextOptions context_options;
  context_options.threads = options.threads;
  context_options.target = options.target;
  ProgressPrinter* printer = session->printer_.get();
  context_options.progress = [printer](const Progress& progress) { printer->Update(progress); };
  context_options.log = [printer](LogLevel level, absl::string_view message) {
    if (level < LogLevel::kWarning) return;
    printer->Clear();
    Warn(std::string(message));
  };
  absl::StatusOr<std::unique_ptr<Context>> context = Context::Create(context_options);
  if (!context.ok()) {
    return options.target.empty() ? context.status()
                                  : UsageError(std::string(context.status().message()));
  }
  session->context_ = *std::move(context);
  Watch(session->context_.get());
  return session;
}

Session::~Session() {
  if (context_ != nullptr) Watch(nullptr);
  if (printer_ != nullptr) printer_->Clear();
}

void Print(const std::string& text) {
  if (g_print_error != 0) return;
  errno = 0;
  const bool whole = std::fwrite(text.data(), 1, text.size(), stdout) == text.size();
  if (std::fflush(stdout) == 0 && whole) return;
  g_print_error = errno != 0 ? errno : EIO;
}

absl::Status PrintStatus() {
  if (g_print_error == 0) return absl::OkStatus();
  return absl::ErrnoToStatus(g_print_error, "cannot write the result to stdout");
}

void PrintJson(const Json& json) {
  Print(json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n");
}

void Warn(const std::string& message) {
  const std::string line = absl::StrCat("pawl: ", Printable(message), "\n");
  std::fwrite(line.data(), 1, line.size(), stderr);
}

absl::StatusOr<uint64_t> ParseSize(const std::string& text) {
  const std::string lower = absl::AsciiStrToLower(text);
  absl::string_view number = lower;
  for (const char* suffix : {"ib", "b"}) {
    if (absl::EndsWith(number, suffix)) {
      number.remove_suffix(absl::string_view(suffix).size());
      break;
    }
  }
  int shift = 0;
  constexpr absl::string_view kLetters = "kmgt";
  if (!number.empty()) {
    if (const size_t at = kLetters.find(number.back()); at != absl::string_view::npos) {
      shift = 10 * static_cast<int>(at + 1);
      number.remove_suffix(1);
    }
  }
  double value = 0.0;
  if (!absl::SimpleAtod(number, &value) || !(value > 0.0) || std::ldexp(value, shift) >= 1e18) {
    return UsageError(
        absl::StrCat("'", text, "' is not a size; write it as 2G, 512M or 1000000 (bytes)"));
  }
  return static_cast<uint64_t>(std::ldexp(value, shift));
}

namespace {

// 0 or an errno.
int WriteWhole(int fd, absl::string_view text) {
  while (!text.empty()) {
    const ssize_t done = write(fd, text.data(), text.size());
    if (done < 0 && errno == EINTR) continue;
    if (done <= 0) return done < 0 ? errno : ENOSPC;
    text.remove_prefix(static_cast<size_t>(done));
  }
  return fsync(fd) == 0 ? 0 : errno;
}

}  // namespace

absl::Status WriteTextFile(const std::string& name, const std::string& text) {
  const auto failed = [&](int error) {
    return absl::ErrnoToStatus(error, absl::StrCat("cannot write '", name, "'"));
  };
  std::error_code none;
  const std::filesystem::path real = std::filesystem::canonical(name, none);
  const std::string path = none ? name : real.string();  // a link is written through
  const std::string temporary = absl::StrCat(path, ".tmp-", getpid());
  const int fd = open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
  if (fd < 0) return failed(errno);
  int error = WriteWhole(fd, text);
  if (close(fd) != 0 && error == 0) error = errno;
  if (error == 0 && rename(temporary.c_str(), path.c_str()) != 0) error = errno;
  if (error == 0) return absl::OkStatus();
  unlink(temporary.c_str());
  return failed(error);
}

absl::Status UsageError(const std::string& message) {
  absl::Status status = absl::InvalidArgumentError(message);
  status.SetPayload(kUsagePayload, absl::Cord());
  return status;
}

bool IsUsageError(const absl::Status& status) {
  return status.GetPayload(kUsagePayload).has_value();
}

Json Number(double value) { return std::isfinite(value) ? Json(value) : Json(); }

}  // namespace pawl::tool
