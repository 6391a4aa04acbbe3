// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// The pawl command: parses the command line and runs one subcommand.

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <cstdio>
#include <exception>
#include <sstream>
#include <string>
#include <vector>

#include "CLI/CLI.hpp"
#include "absl/strings/str_cat.h"
#include "examples/pawl/command.h"
#include "pawl/text.h"
#include "pawl/version.h"

namespace pawl::tool {
namespace {

// The list of subcommands: a new one is a line here.
constexpr void (*kCommands[])(Arguments&, Command&) = {
    AddInspect, AddQuantize, AddDequantize, AddCompare, AddPack,    AddVerify, AddList,
    AddBench,   AddRun,      AddEval,       AddAnalyze, AddImatrix, AddRotate};

std::string Suggestion(const CLI::App& app, const std::string& word) {
  std::vector<std::string> candidates;
  if (!word.empty() && word[0] == '-') {
    for (const CLI::Option* option : app.get_options()) {
      for (const std::string& name : option->get_lnames()) candidates.push_back("--" + name);
    }
  } else {
    for (const CLI::App* sub : app.get_subcommands({})) candidates.push_back(sub->get_name());
  }
  return DidYouMean(word.substr(0, word.find('=')), candidates);
}

const CLI::App& Chosen(const CLI::App& root) {
  const CLI::App* app = &root;
  while (!app->get_subcommands().empty()) app = app->get_subcommands().front();
  return *app;
}

absl::Status UsageMessage(const CLI::App& root, const CLI::ParseError& error) {
  const CLI::App& app = Chosen(root);
  std::string message = error.what();
  const std::vector<std::string> extra = app.remaining();
  if (!extra.empty()) {
    message = absl::StrCat("unknown ", extra[0][0] == '-' ? "option" : "word", " '", extra[0], "'",
                           Suggestion(app, extra[0]));
  }
  std::string path = app.get_name();
  for (const CLI::App* up = app.get_parent(); up != nullptr; up = up->get_parent()) {
    path = absl::StrCat(up->get_name(), " ", path);
  }
  return UsageError(absl::StrCat(message, " (", path, " --help tells more)"));
}

// Also of a command line that cannot be parsed.
bool AsksForJson(int argc, char** argv) {
  for (int i = 1; i < argc; ++i) {
    const absl::string_view word = argv[i];
    if (word == "--") return false;
    if (word == "--json" || word == "--json=true") return true;
  }
  return false;
}

int ReportError(const absl::Status& status, bool json) {
  const int code = status.code() == absl::StatusCode::kCancelled ? kCancelled
                   : IsUsageError(status)                        ? kUsage
                                                                 : kFailure;
  if (!json) {
    Warn(std::string(status.message()));
    return code;
  }
  Json line;
  line["event"] = "error";
  line["code"] = absl::StatusCodeToString(status.code());
  line["message"] = std::string(status.message());
  line["exit_code"] = code;
  const std::string text = line.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
  std::fwrite(text.data(), 1, text.size(), stderr);
  return code;
}

int Main(int argc, char** argv) {
  const bool json = AsksForJson(argc, argv);
  CLI::App root("Quantizes models and looks at what came of it.", "pawl");
  root.set_version_flag("--version", absl::StrCat("pawl ", VersionString()));
  root.require_subcommand(1);
  root.footer(
      "Exit codes: 0 success, 1 failure, 2 wrong command line, 130 cancelled.\n"
      "Results go to stdout; progress and errors to stderr.");
  Command command;
  Arguments arguments(root);
  for (const auto add : kCommands) add(arguments, command);
  try {
    root.parse(argc, argv);
  } catch (const CLI::Success& success) {  // --help, --version
    std::ostringstream text;
    const int code = root.exit(success, text, text);
    Print(text.str());
    const absl::Status printed = PrintStatus();
    return printed.ok() ? code : ReportError(printed, json);
  } catch (const CLI::ParseError& error) {
    return ReportError(UsageMessage(root, error), json);
  }
  absl::StatusOr<int> code = command.action();
  if (const absl::Status printed = PrintStatus(); code.ok() && !printed.ok()) code = printed;
  return code.ok() ? *code : ReportError(code.status(), json);
}

// A file that is opened must not get the number of stdout or stderr, and results with it.
void OpenStandardStreams() {
  for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; ++fd) {
    if (fcntl(fd, F_GETFD) >= 0) continue;
    // Reading ends at once, writing is refused.
    if (open("/dev/null", O_RDONLY) != fd) return;
  }
}

}  // namespace
}  // namespace pawl::tool

int main(int argc, char** argv) {
  // A limit on the size of files is an error of the write that meets it.
  signal(SIGXFSZ, SIG_IGN);
  pawl::tool::OpenStandardStreams();
  try {
    return pawl::tool::Main(argc, argv);
  } catch (const std::exception& error) {
    // Out of memory, or a library below: never a bare terminate.
    std::fprintf(stderr, "pawl: %s\n", error.what());
    return 1;
  }
}
