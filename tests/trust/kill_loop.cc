// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include "tests/trust/kill_loop.h"

#include <signal.h>

#include <chrono>
#include <cstdio>
#include <filesystem>
#include <random>
#include <set>
#include <thread>

#include "catch2/catch_test_macros.hpp"
#include "tests/command/run_tool.h"
#include "tests/formats/file_io_test_util.h"

namespace pawl {
namespace {

using Clock = std::chrono::steady_clock;
using testing::Slurp;

std::set<std::string> Beside(const std::string& file, bool strays) {
  std::set<std::string> names;
  const auto folder = std::filesystem::path(file).parent_path();
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    const std::string name = entry.path().filename().string();
    if (!strays || name.rfind(".pawl-tmp-", 0) != 0) names.insert(name);
  }
  return names;
}

// Kills itself at points of `time` microseconds.
class Killer {
 public:
  explicit Killer(int64_t time) : time_(static_cast<uint32_t>(time)) {}

  uint32_t seed() const { return seed_; }
  // Whether it was still there to be killed.
  bool Kill(const std::vector<std::string>& words) {
    ToolProcess process(words);
    std::this_thread::sleep_for(std::chrono::microseconds(generator_() % (time_ + 1)));
    kill(process.pid(), SIGKILL);
    return process.Wait().exit_code == 128 + SIGKILL;
  }

 private:
  uint32_t time_;
  uint32_t seed_ = std::random_device{}();
  std::mt19937 generator_{seed_};
};

}  // namespace

void KillAndResume(const KillLoop& loop) {
  std::vector<std::string> resume = loop.words;
  resume.push_back("--resume");
  loop.reset();
  const std::string before = Slurp(loop.file);
  const Clock::time_point start = Clock::now();
  const ToolResult first = RunTool(loop.words);
  INFO(first.err);
  REQUIRE(first.exit_code == 0);
  const int64_t time =
      std::chrono::duration_cast<std::chrono::microseconds>(Clock::now() - start).count();
  const std::string whole = Slurp(loop.file);
  REQUIRE(whole != before);
  const std::set<std::string> names = Beside(loop.file, false);

  Killer killer(time * 11 / 10);
  std::printf("seed %u, %d kills within %lld us\n", killer.seed(), loop.kills,
              static_cast<long long>(time));
  int in_the_middle = 0;
  for (int i = 0; i < loop.kills; ++i) {
    INFO("seed " << killer.seed() << ", kill " << i);
    loop.reset();
    while (!killer.Kill(loop.words)) loop.reset();
    const std::string left = Slurp(loop.file);
    REQUIRE((left == before || left == whole));
    in_the_middle += std::filesystem::exists(loop.file + ".journal");
    if (i % 3 == 0) killer.Kill(resume);
    const ToolResult result = RunTool(resume);
    INFO(result.err);
    REQUIRE(result.exit_code == 0);
    REQUIRE(Slurp(loop.file) == whole);
    REQUIRE(Beside(loop.file, loop.strays) == names);
  }
  std::printf("%d of %d kills left a journal\n", in_the_middle, loop.kills);
}

}  // namespace pawl
