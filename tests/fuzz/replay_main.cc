// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// Feeds files to a target without libFuzzer, so that every build holds what was found once.
//
//   fuzz_replay <target> <file or folder>...
//
// Returns 0 when all went well, 2 where the target or a path is unknown or there is no file. A
// property that does not hold ends the program.

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "fuzz.h"

namespace pawl::fuzz {

#define PAWL_FUZZ_LISTED(name) void Target_##name(absl::Span<const uint8_t> bytes);
#include "fuzz_targets.inc"
#undef PAWL_FUZZ_LISTED

namespace {

struct Listed {
  const char* name;
  void (*run)(absl::Span<const uint8_t>);
};
constexpr Listed kTargets[] = {
#define PAWL_FUZZ_LISTED(name) {#name, Target_##name},
#include "fuzz_targets.inc"
#undef PAWL_FUZZ_LISTED
};

bool AddFiles(const std::string& path, std::vector<std::string>* files) {
  namespace fs = std::filesystem;
  std::error_code error;
  if (fs::is_directory(path, error)) {
    for (const fs::directory_entry& entry : fs::recursive_directory_iterator(path, error)) {
      if (entry.is_regular_file()) files->push_back(entry.path().string());
    }
    return !error;
  }
  files->push_back(path);
  return fs::is_regular_file(path, error);
}

int Replay(const Listed& target, std::vector<std::string> files) {
  std::sort(files.begin(), files.end());
  for (const std::string& file : files) {
    std::ifstream stream(file, std::ios::binary);
    const std::string text((std::istreambuf_iterator<char>(stream)), {});
    // Memory of exactly the file's size, as libFuzzer gives it.
    const std::vector<uint8_t> bytes(text.begin(), text.end());
    std::fprintf(stderr, "%s\n", file.c_str());  // the last line names what stopped the program
    target.run(bytes);
  }
  std::printf("%s: %zu files\n", target.name, files.size());
  return 0;
}

}  // namespace
}  // namespace pawl::fuzz

int main(int argc, char** argv) {
  const auto* end = std::end(pawl::fuzz::kTargets);
  const auto* target = std::find_if(std::begin(pawl::fuzz::kTargets), end, [&](const auto& listed) {
    return argc > 1 && std::string(argv[1]) == listed.name;
  });
  if (target == end) {
    std::fprintf(stderr, "usage: fuzz_replay <target> <file or folder>...; targets:");
    for (const auto& listed : pawl::fuzz::kTargets) std::fprintf(stderr, " %s", listed.name);
    std::fprintf(stderr, "\n");
    return 2;
  }
  std::vector<std::string> files;
  for (int i = 2; i < argc; ++i) {
    if (!pawl::fuzz::AddFiles(argv[i], &files)) {
      std::fprintf(stderr, "fuzz_replay: cannot read %s\n", argv[i]);
      return 2;
    }
  }
  if (files.empty()) {
    std::fprintf(stderr, "fuzz_replay: no files for %s\n", target->name);
    return 2;
  }
  return pawl::fuzz::Replay(*target, std::move(files));
}
