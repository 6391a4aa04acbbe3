// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include "tests/command/run_tool.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "catch2/catch_test_macros.hpp"

extern char** environ;

namespace pawl {
namespace {

std::string Slurp(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return std::string(std::istreambuf_iterator<char>(file), {});
}

}  // namespace

ToolProcess::ToolProcess(const std::vector<std::string>& arguments) {
  std::string folder = (std::filesystem::temp_directory_path() / "pawl_tool_XXXXXX").string();
  REQUIRE(mkdtemp(folder.data()) != nullptr);
  folder_ = folder;
  std::vector<std::string> words = {PAWL_TOOL};
  words.insert(words.end(), arguments.begin(), arguments.end());
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  const std::string out = folder_ + "/out";
  const std::string err = folder_ + "/err";
  constexpr int kFlags = O_WRONLY | O_CREAT | O_TRUNC;
  posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, out.c_str(), kFlags, 0600);
  posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, err.c_str(), kFlags, 0600);
  REQUIRE(posix_spawn(&pid_, PAWL_TOOL, &actions, nullptr, argv.data(), environ) == 0);
  posix_spawn_file_actions_destroy(&actions);
}

ToolProcess::~ToolProcess() {
  if (pid_ > 0) waitpid(pid_, nullptr, 0);
  std::filesystem::remove_all(folder_);
}

std::string ToolProcess::ErrorsSoFar() const { return Slurp(folder_ + "/err"); }

ToolResult ToolProcess::Wait() {
  int status = 0;
  REQUIRE(waitpid(pid_, &status, 0) == pid_);
  pid_ = -1;
  ToolResult result;
  result.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  result.out = Slurp(folder_ + "/out");
  result.err = Slurp(folder_ + "/err");
  return result;
}

ToolResult RunTool(const std::vector<std::string>& arguments) {
  return ToolProcess(arguments).Wait();
}

}  // namespace pawl
