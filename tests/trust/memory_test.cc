// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// --max-memory on a model far larger than it. The system holds the command to the limit as well:
// RLIMIT_DATA counts what a process may write to, and not the mapped input.

#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdint>
#include <cstdio>
#include <string>
#include <vector>

#include "catch2/catch_test_macros.hpp"
#include "catch2/matchers/catch_matchers_string.hpp"
#include "nlohmann/json.hpp"
#include "tests/command/run_tool.h"
#include "tests/pipeline/job_test_model.h"
#include "tests/trust/shell.h"

namespace pawl {
namespace {

using Catch::Matchers::ContainsSubstring;

constexpr uint64_t kMiB = uint64_t{1} << 20;

// Tensors of 16 MiB, `count` of them, all holes but the last.
void WriteSparseModel(const std::string& path, int count) {
  std::string header = "{";
  const uint64_t size = 16 * kMiB;
  for (int i = 0; i < count; ++i) {
    const uint64_t begin = static_cast<uint64_t>(i) * size;
    absl::StrAppend(&header, i > 0 ? "," : "", "\"layers.", i,
                    ".weight\":{\"dtype\":\"F32\",\"shape\":[1024,4096],\"data_offsets\":[", begin,
                    ",", begin + size, "]}");
  }
  header += "}";
  header.resize((header.size() + 7) / 8 * 8, ' ');
  const uint64_t length = header.size();
  WriteAll(path, std::string(reinterpret_cast<const char*>(&length), 8) + header);
  const uint64_t total = 8 + length + static_cast<uint64_t>(count) * size;
  REQUIRE(truncate(path.c_str(), static_cast<off_t>(total)) == 0);
  const std::vector<float> values = Gaussian(1 << 16, 1);
  FILE* file = fopen(path.c_str(), "r+b");
  REQUIRE(file != nullptr);
  REQUIRE(fseeko(file, static_cast<off_t>(total - 4 * values.size()), SEEK_SET) == 0);
  REQUIRE(fwrite(values.data(), 4, values.size(), file) == values.size());
  REQUIRE(fclose(file) == 0);
}

}  // namespace

TEST_CASE("A model of 1.5 GiB is quantized within --max-memory 48M, or not begun") {
  const TestFolder folder;
  const std::string model = folder.Path("model.safetensors");
  const std::string output = folder.Path("out.pawl");
  const int count = 96;
  WriteSparseModel(model, count);
  const std::string command = Quoted(PAWL_TOOL) +
                              " quantize --scheme int4:g128 --threads 1 --progress none " +
                              Quoted(model) + " -o " + Quoted(output);

  const ShellResult dry = Shell(command + " --dry-run --json");
  REQUIRE(dry.exit_code == 0);
  const auto needs = nlohmann::json::parse(dry.out)["peak_memory_bytes"].get<uint64_t>();
  CHECK(needs < 40 * kMiB);

  const ShellResult refused = Shell(command + " --max-memory 20M");
  CHECK(refused.exit_code == 1);
  CHECK_THAT(refused.out, ContainsSubstring(absl::StrCat("needs about ", needs)) &&
                              ContainsSubstring("layers.") &&
                              ContainsSubstring(absl::StrCat("limit of ", 20 * kMiB)));
  CHECK(folder.NumFiles() == 1);

  // The largest so far; children are measured when they have been waited for.
  rusage before{};
  REQUIRE(getrusage(RUSAGE_CHILDREN, &before) == 0);
  const ShellResult result =
      Shell("ulimit -d " + std::to_string(48 * 1024) + "; " + command + " --max-memory 48M --json");
  INFO(result.out);
  REQUIRE(result.exit_code == 0);
  rusage after{};
  REQUIRE(getrusage(RUSAGE_CHILDREN, &after) == 0);
  std::printf("input %d MiB, limit 48 MiB, planned %.1f MiB, peak resident %.1f MiB\n", 16 * count,
              static_cast<double>(needs) / static_cast<double>(kMiB),
              static_cast<double>(after.ru_maxrss) / 1024.0);
  CHECK(after.ru_maxrss < 48 * 1024);
  CHECK(nlohmann::json::parse(result.out)["tensors_quantized"] == count);
}

TEST_CASE("Less memory than even the map needs is an error that names the file") {
  const TestFolder folder;
  const std::string model = folder.Path("model.safetensors");
  WriteSparseModel(model, 64);
  const ShellResult result =
      Shell("ulimit -v 600000; " + Quoted(PAWL_TOOL) + " quantize --scheme int8 --threads 1 -q " +
            "--progress none " + Quoted(model) + " -o " + Quoted(folder.Path("out.pawl")));
  CHECK(result.exit_code == 1);
  CHECK_THAT(result.out, ContainsSubstring(model) && ContainsSubstring("Cannot allocate memory"));
  CHECK(folder.NumFiles() == 1);
}

}  // namespace pawl
