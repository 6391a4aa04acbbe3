// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// The pawl command: parses the command line and runs one subcommand.

#include <signal.h>

#include <cstdio>
#include <exception>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "examples/pawl/command.h"
#include "pawl/text.h"
#include "pawl/version.h"

namespace pawl::tool {
namespace {

// The list of subcommands: a new one is a line here.
constexpr void (*kCommands[])(CLI::App&, Command&) = {
    AddInspect, AddQuantize, AddDequantize, AddCompare, AddPack,    AddVerify,
    AddList,    AddBench,    AddRun,        AddEval,    AddAnalyze, AddImatrix};

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

int ReportUsage(const CLI::App& root, const CLI::ParseError& error) {
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
  Warn(absl::StrCat(message, " (", path, " --help tells more)"));
  return kUsage;
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
  CLI::App root("Quantizes models and looks at what came of it.", "pawl");
  root.set_version_flag("--version", absl::StrCat("pawl ", VersionString()));
  root.require_subcommand(1);
  root.footer(
      "Exit codes: 0 success, 1 failure, 2 wrong command line, 130 cancelled.\n"
      "Results go to stdout; progress and errors to stderr.");
  Command command;
  for (const auto add : kCommands) add(root, command);
  try {
    root.parse(argc, argv);
  } catch (const CLI::Success& success) {  // --help, --version
    return root.exit(success);
  } catch (const CLI::ParseError& error) {
    return ReportUsage(root, error);
  }
  const absl::StatusOr<int> code = command.action();
  return code.ok() ? *code : ReportError(code.status(), command.common.json);
}

}  // namespace
}  // namespace pawl::tool

int main(int argc, char** argv) {
  // A limit on the size of files is an error of the write that meets it.
  signal(SIGXFSZ, SIG_IGN);
  try {
    return pawl::tool::Main(argc, argv);
  } catch (const std::exception& error) {
    // Out of memory, or a library below: never a bare terminate.
    std::fprintf(stderr, "pawl: %s\n", error.what());
    return 1;
  }
}
