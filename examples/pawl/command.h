// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// What the subcommands of `pawl` share. Each subcommand is a file of its own with one Add function
// and one line in main.cc's list.

#ifndef PAWL_EXAMPLES_PAWL_COMMAND_H_
#define PAWL_EXAMPLES_PAWL_COMMAND_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "examples/pawl/arguments.h"
#include "nlohmann/json.hpp"
#include "pawl/context.h"

namespace pawl::tool {

using Json = nlohmann::ordered_json;

// Exit codes. Scripts rely on them.
inline constexpr int kSuccess = 0;
inline constexpr int kFailure = 1;      // the work failed, or what was checked is not so
inline constexpr int kUsage = 2;        // the command line is wrong
inline constexpr int kCancelled = 130;  // Ctrl-C, as shells count signals

// Options that several subcommands have.
struct CommonOptions {
  bool json = false;
  int threads = 0;
  std::string target;
  std::string progress = "auto";  // bar, json, none
};
void AddJson(Arguments& app, CommonOptions& options);
void AddThreads(Arguments& app, CommonOptions& options);
void AddProgress(Arguments& app, CommonOptions& options);

// What a subcommand does, set by its Add function and run by main: its exit code or an error.
using Action = std::function<absl::StatusOr<int>()>;
struct Command {
  CommonOptions common;
  Action action;
};

void AddInspect(Arguments& root, Command& command);
void AddQuantize(Arguments& root, Command& command);
void AddDequantize(Arguments& root, Command& command);
void AddCompare(Arguments& root, Command& command);
void AddPack(Arguments& root, Command& command);
void AddVerify(Arguments& root, Command& command);
void AddList(Arguments& root, Command& command);
void AddBench(Arguments& root, Command& command);
void AddRun(Arguments& root, Command& command);
void AddEval(Arguments& root, Command& command);
void AddImatrix(Arguments& root, Command& command);
void AddRotate(Arguments& root, Command& command);
void AddAnalyze(Arguments& root, Command& command);

// A context as the options say, with progress on stderr, that Ctrl-C cancels while it lives. A
// second Ctrl-C ends the process.
class Session {
 public:
  static absl::StatusOr<std::unique_ptr<Session>> Create(const CommonOptions& options);
  ~Session();
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  Context& context() { return *context_; }

 private:
  Session() = default;
  std::unique_ptr<class ProgressPrinter> printer_;
  std::unique_ptr<Context> context_;
};

// Results go to stdout and nothing else does. What could not be written there is an error of the
// command, which main asks for at the end.
void Print(const std::string& text);
absl::Status PrintStatus();
void PrintJson(const Json& json);
// A line on stderr.
void Warn(const std::string& message);

// "2G", "512M", "1000000": bytes, in powers of 1024. InvalidArgument otherwise.
absl::StatusOr<uint64_t> ParseSize(const std::string& text);

// Writes a small text file beside `path` and renames it.
absl::Status WriteTextFile(const std::string& path, const std::string& text);

// InvalidArgument, marked as a mistake in the command line: exit code kUsage.
absl::Status UsageError(const std::string& message);
bool IsUsageError(const absl::Status& status);

// JSON has no infinity and no NaN: those become null.
Json Number(double value);

}  // namespace pawl::tool

#endif  // PAWL_EXAMPLES_PAWL_COMMAND_H_
