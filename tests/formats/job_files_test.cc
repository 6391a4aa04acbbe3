// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include "pawl/job_files.h"

#include <unistd.h>

#include <filesystem>
#include <string>

#include "absl/status/status.h"
#include "catch2/catch_test_macros.hpp"
#include "catch2/matchers/catch_matchers_string.hpp"
#include "tests/formats/file_io_test_util.h"

namespace pawl {
namespace {

using Catch::Matchers::ContainsSubstring;
using testing::Spill;
using testing::TempDir;

std::string Message(const JobFiles& files, absl::StatusCode code) {
  const absl::Status status = CheckJobFiles(files);
  CHECK(status.code() == code);
  return std::string(status.message());
}

TEST_CASE("job files: apart is right, and empty paths and missing inputs are none") {
  const TempDir dir;
  Spill(dir.File("in"), "x");
  CHECK(CheckJobFiles({}).ok());
  CHECK(CheckJobFiles({{{"model", dir.File("in")}, {"recipe", ""}, {"text", dir.File("absent")}},
                       {{"output", dir.File("out")}, {"report", ""}},
                       {{"part", dir.File("out.part")}, {"data", dir.File("nowhere/x")}}})
            .ok());
  // An output that was there before.
  Spill(dir.File("out"), "old");
  CHECK(CheckJobFiles({{{"model", dir.File("in")}}, {{"output", dir.File("out")}}, {}}).ok());
}

TEST_CASE("job files: an output that is an input, by any name") {
  const TempDir dir;
  const std::string in = dir.File("in");
  Spill(in, "x");
  std::filesystem::create_directory(dir.File("sub"));
  std::filesystem::create_symlink(in, dir.File("soft"));
  std::filesystem::create_hard_link(in, dir.File("hard"));
  std::filesystem::create_directory_symlink(dir.path(), dir.File("folder"));
  for (const std::string name : {"in", "soft", "hard", "sub/../in", "./in", "folder/in"}) {
    INFO(name);
    const std::string output = dir.File(name);
    const std::string message = Message({{{"the model", in}}, {{"--report", output}}, {}},
                                        absl::StatusCode::kInvalidArgument);
    CHECK_THAT(message, ContainsSubstring("--report '" + output + "'") &&
                            ContainsSubstring("the model '" + in + "'"));
    CHECK_THAT(
        Message({{{"the model", in}}, {}, {{"data", output}}}, absl::StatusCode::kInvalidArgument),
        ContainsSubstring("data '"));
  }
}

TEST_CASE("job files: two outputs in one file, there or not") {
  const TempDir dir;
  std::filesystem::create_directory_symlink(dir.path(), dir.File("folder"));
  const JobFiles files = {
      {}, {{"the output", dir.File("out")}, {"--report", dir.File("folder/out")}}, {}};
  for (const bool there : {false, true}) {
    if (there) Spill(dir.File("out"), "old");
    CHECK_THAT(Message(files, absl::StatusCode::kInvalidArgument),
               ContainsSubstring("the output '" + dir.File("out") + "'") &&
                   ContainsSubstring("--report '" + dir.File("folder/out") + "'"));
  }
}

TEST_CASE("job files: where nothing can be written") {
  const TempDir dir;
  Spill(dir.File("file"), "x");
  const auto output = [&](const std::string& path) {
    return JobFiles{{}, {{"--report", path}}, {}};
  };
  const std::string missing = dir.File("none/report.json");
  CHECK_THAT(Message(output(missing), absl::StatusCode::kNotFound),
             ContainsSubstring("--report '" + missing + "'") &&
                 ContainsSubstring("'" + dir.File("none") + "'"));
  CHECK(Message({{}, {}, {{"--report", missing}}}, absl::StatusCode::kOk).empty());
  CHECK_THAT(Message(output(dir.path()), absl::StatusCode::kInvalidArgument),
             ContainsSubstring("a folder"));
  CHECK_THAT(Message(output("/dev/null"), absl::StatusCode::kInvalidArgument),
             ContainsSubstring("not a regular file"));
  CHECK_THAT(Message(output(dir.File("file/x")), absl::StatusCode::kInvalidArgument),
             ContainsSubstring("no folder"));
  if (geteuid() != 0) {  // whom no mode keeps out
    std::filesystem::create_directory(dir.File("closed"));
    std::filesystem::permissions(dir.File("closed"), std::filesystem::perms::owner_read);
    CHECK_THAT(Message(output(dir.File("closed/x")), absl::StatusCode::kPermissionDenied),
               ContainsSubstring("closed/x"));
  }
}

TEST_CASE("job files: a language model's settings belong to it") {
  const TempDir dir;
  Spill(dir.File("w.safetensors"), "x");
  Spill(dir.File("tokenizer.json"), "{}");
  CHECK(FilesOfModel(dir.File("absent")).empty());
  CHECK(FilesOfModel(dir.path()).empty());
  CHECK(FilesOfModel(dir.File("w.safetensors")).size() == 1);
  Spill(dir.File("config.json"), "{}");
  CHECK(FilesOfModel(dir.path()).size() == 2);
  CHECK(FilesOfModel(dir.File("w.safetensors")).size() == 3);
}

}  // namespace
}  // namespace pawl
