// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// Runs the pawl command as a process of its own.

#ifndef PAWL_TESTS_COMMAND_RUN_TOOL_H_
#define PAWL_TESTS_COMMAND_RUN_TOOL_H_

#include <sys/types.h>

#include <string>
#include <vector>

namespace pawl {

struct ToolResult {
  int exit_code = -1;  // 128 + the signal where one ended it
  std::string out;
  std::string err;
};

// A started command; its stdout and stderr go to files of a folder that goes with it.
class ToolProcess {
 public:
  explicit ToolProcess(const std::vector<std::string>& arguments);
  ~ToolProcess();
  ToolProcess(const ToolProcess&) = delete;
  ToolProcess& operator=(const ToolProcess&) = delete;

  pid_t pid() const { return pid_; }
  // What it wrote to stderr so far.
  std::string ErrorsSoFar() const;
  ToolResult Wait();

 private:
  std::string folder_;
  pid_t pid_ = -1;
};

ToolResult RunTool(const std::vector<std::string>& arguments);

}  // namespace pawl

#endif  // PAWL_TESTS_COMMAND_RUN_TOOL_H_
