// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// The progress bar fits the terminal, whatever its width.

#include "examples/pawl/progress.h"

#include <fcntl.h>
#include <spawn.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <string>
#include <vector>

#include "catch2/catch_test_macros.hpp"
#include "catch2/matchers/catch_matchers_string.hpp"
#include "nlohmann/json.hpp"
#include "tests/pipeline/job_test_model.h"

extern char** environ;

namespace pawl {
namespace {

using Catch::Matchers::ContainsSubstring;
using Catch::Matchers::EndsWith;
using Catch::Matchers::StartsWith;

size_t Columns(const std::string& text) {
  return static_cast<size_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0) != 0x80;
  }));
}

tool::BarTexts Texts() {
  return {"quantize",
          0.5,
          "1023.9 MiB of 2047.9 MiB",
          "1023.9 MiB/s",
          "12 min 34 s left",
          "model.layers.11.self_attn.q_proj.weight"};
}

// What the command draws on a terminal of so many columns: the lines between carriage returns.
std::vector<std::string> Drawn(unsigned short columns, const std::vector<std::string>& arguments) {
  const int master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
  REQUIRE(master >= 0);
  REQUIRE(grantpt(master) == 0);
  REQUIRE(unlockpt(master) == 0);
  const std::string name = ptsname(master);
  const int slave = open(name.c_str(), O_RDWR | O_NOCTTY | O_CLOEXEC);
  REQUIRE(slave >= 0);
  winsize size = {};
  size.ws_row = 24;
  size.ws_col = columns;
  REQUIRE(ioctl(slave, TIOCSWINSZ, &size) == 0);
  std::vector<std::string> words = {PAWL_TOOL};
  words.insert(words.end(), arguments.begin(), arguments.end());
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
  posix_spawn_file_actions_adddup2(&actions, slave, STDERR_FILENO);
  pid_t pid = -1;
  REQUIRE(posix_spawn(&pid, PAWL_TOOL, &actions, nullptr, argv.data(), environ) == 0);
  posix_spawn_file_actions_destroy(&actions);
  close(slave);
  std::string text;
  char buffer[4096];
  // Ends with an error, once nobody has the other side.
  for (ssize_t got = 0; (got = read(master, buffer, sizeof buffer)) > 0;) {
    text.append(buffer, static_cast<size_t>(got));
  }
  close(master);
  int status = -1;
  REQUIRE(waitpid(pid, &status, 0) == pid);
  INFO(text);
  REQUIRE((WIFEXITED(status) && WEXITSTATUS(status) == 0));
  std::vector<std::string> lines;
  for (size_t begin = 0; begin < text.size();) {
    const size_t end = std::min(text.find('\r', begin), text.size());
    std::string line = text.substr(begin, end - begin);
    const size_t erase = line.find("\x1b[K");
    if (erase != std::string::npos) line.resize(erase);
    if (!line.empty()) lines.push_back(line);
    begin = end + 1;
  }
  return lines;
}

}  // namespace

TEST_CASE("A bar is never wider than its line, and says the time left wherever a bar stands") {
  const tool::BarTexts texts = Texts();
  for (size_t width = 0; width <= 200; ++width) {
    const std::string line = BarLine(texts, width);
    INFO(width << ": " << line);
    CHECK(Columns(line) <= width);
    if (width >= 3) CHECK_THAT(line, ContainsSubstring("50%"));
    if (width >= 34) CHECK_THAT(line, ContainsSubstring(texts.left));
    if (width >= 46) CHECK_THAT(line, ContainsSubstring("#.") && ContainsSubstring("]"));
    if (width >= 60) CHECK_THAT(line, ContainsSubstring(texts.rate));
    if (width >= 86) CHECK_THAT(line, ContainsSubstring(texts.amount));
  }
  // An ordinary job on an ordinary terminal has all but the item.
  const tool::BarTexts usual = {"quantize",    0.25,       "21.7 MiB of 86.6 MiB",
                                "123.4 MiB/s", "1 s left", "encoder.weight"};
  CHECK_THAT(BarLine(usual, 79), StartsWith("quantize [") && ContainsSubstring(usual.amount) &&
                                     ContainsSubstring(usual.rate) && EndsWith(usual.left));
  CHECK_THAT(BarLine(usual, 119), EndsWith("  encoder.weight"));
  CHECK_THAT(BarLine(texts, 119), EndsWith("weight") && ContainsSubstring("  ..."));
}

TEST_CASE("Where the whole is not known, a bar says what is done and how fast") {
  tool::BarTexts texts = Texts();
  texts.stage = "search";
  texts.share = -1.0;
  texts.amount = "8 runs";
  texts.rate = "2 runs/s";
  texts.left = "";
  for (size_t width = 0; width <= 200; ++width) {
    const std::string line = BarLine(texts, width);
    INFO(width << ": " << line);
    CHECK(Columns(line) <= width);
    CHECK(line.find_first_of("%[#") == std::string::npos);
    if (width >= 40) CHECK_THAT(line, ContainsSubstring("8 runs  2 runs/s"));
  }
}

TEST_CASE("The pace counts what the stage itself did") {
  const tool::Pace fresh = tool::PaceOf(50, 100, 0, 10.0);
  CHECK(fresh.rate == 5.0);
  CHECK(fresh.left == 10.0);
  const tool::Pace resumed = tool::PaceOf(91, 100, 90, 10.0);  // 90 were done before
  CHECK(resumed.rate == 0.1);
  CHECK(resumed.left == 90.0);
  CHECK(tool::PaceOf(8, 0, 0, 4.0).rate == 2.0);  // the whole is not known
  CHECK(tool::PaceOf(8, 0, 0, 4.0).left < 0.0);
  CHECK(tool::PaceOf(120, 100, 0, 10.0).left == 0.0);
  CHECK(tool::PaceOf(90, 100, 90, 10.0).rate == 0.0);  // nothing yet
  CHECK(tool::PaceOf(90, 100, 90, 10.0).left < 0.0);
  CHECK(tool::PaceOf(5, 10, 0, 0.0).rate == 0.0);
}

TEST_CASE("Lines of progress have a time left only where the whole is known") {
  const TestFolder folder;
  const std::string digits = std::string(PAWL_TEST_DATA) + "/../examples/models/digits/digits";
  const std::vector<std::string> lines =
      Drawn(80, {"quantize", digits + ".onnx", "-o", folder.Path("m.onnx"), "--mode", "static",
                 "--calibration", digits + "_calibration.npz", "--progress", "json"});
  size_t known = 0, unknown = 0;
  for (const std::string& text : lines) {
    INFO(text);
    const auto line = nlohmann::json::parse(text, nullptr, false);
    if (!line.is_object() || line.value("event", "") != "progress") continue;
    (line["total"].is_null() ? unknown : known) += 1;
    if (line["total"].is_null()) CHECK(line["left_s"].is_null());
    if (!line["left_s"].is_null()) CHECK(line["left_s"].get<double>() >= 0.0);
  }
  CHECK(known > 0);
  CHECK(unknown > 0);
}

TEST_CASE("A name of characters beyond ASCII is cut between them") {
  tool::BarTexts texts = Texts();
  texts.item = "";
  for (int i = 0; i < 60; ++i) texts.item += "\xC3\xA9";  // e with an acute accent
  for (size_t width = 90; width <= 170; ++width) {
    const std::string line = BarLine(texts, width);
    INFO(width << ": " << line);
    CHECK(Columns(line) <= width);
    const size_t at = line.find("...", line.find("left"));
    if (at != std::string::npos) CHECK(line.substr(at + 3, 2) == "\xC3\xA9");
  }
}

TEST_CASE("On a terminal of 60, 80 and 120 columns the bar stays on its line") {
  const TestFolder folder;
  const std::string model = folder.Path("m.safetensors");
  std::vector<NamedTensor> tensors;
  for (int i = 0; i < 12; ++i) {
    tensors.push_back({absl::StrCat("model.layers.", i, ".mlp.down_projection.weight"),
                       GaussianTensor(DType::kF32, {64, 256}, static_cast<uint32_t>(i))});
  }
  WriteSafetensors(model, tensors);
  for (const unsigned short columns : {60, 80, 120}) {
    const std::vector<std::string> lines =
        Drawn(columns, {"quantize", model, "-o", folder.Path("m.pawl"), "--scheme", "codebook8",
                        "--threads", "1"});
    REQUIRE(!lines.empty());
    for (const std::string& line : lines) {
      INFO(columns << ": " << line);
      CHECK(Columns(line) < columns);
      CHECK_THAT(line, ContainsSubstring("%"));
    }
  }
}

}  // namespace pawl
