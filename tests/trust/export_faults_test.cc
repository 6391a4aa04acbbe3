// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// Folders for engines, of several files, where disks fill up or calls fail: all of them or none.

#include <errno.h>
#include <signal.h>

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "catch2/catch_test_macros.hpp"
#include "catch2/matchers/catch_matchers_string.hpp"
#include "pawl/model_export.h"
#include "tests/models/tiny_decoder.h"
#include "tests/pipeline/job_test_model.h"
#include "tests/trust/faults.h"

namespace pawl {
namespace {

using Catch::Matchers::ContainsSubstring;

const std::vector<std::string> kBeside = {"LICENSE", "tokenizer.json"};

struct ExportSetup {
  ExportSetup() {
    testing::TinyDecoder decoder;
    decoder.Fill();
    std::filesystem::create_directory(model);
    std::filesystem::create_directory(out);
    decoder.Write(model);
    for (const std::string& name : kBeside) WriteAll(model + "/" + name, "new " + name);
    Job job;
    job.input = model;
    job.output = quantized;
    job.recipe = Recipe::ForScheme("int4:g32");
    job.recipe.exclude = {"embed_tokens|lm_head"};
    REQUIRE(RunJob(job, *MakeContext(1)).ok());
  }
  absl::Status Export(CheckpointFormat format) {
    return ExportModel(quantized, model + "/config.json", out, format, kBeside).status();
  }
  // By name; a folder counts as well.
  std::map<std::string, std::string> Files() const {
    std::map<std::string, std::string> files;
    for (const auto& entry : std::filesystem::directory_iterator(out)) {
      files[entry.path().filename()] = entry.is_directory() ? "folder" : ReadAll(entry.path());
    }
    return files;
  }

  TestFolder folder;
  const std::string model = folder.Path("model"), out = folder.Path("out");
  const std::string quantized = folder.Path("quantized.pawl");
};

}  // namespace

TEST_CASE("A disk that is full from any call on leaves nothing of a folder for an engine") {
  for (const CheckpointFormat format :
       {CheckpointFormat::kGptq, CheckpointFormat::kCompressedTensors}) {
    ExportSetup setup;
    for (int64_t call = 0;; ++call) {
      faults::FailFrom(call, ENOSPC);
      const absl::Status status = setup.Export(format);
      const int64_t calls = faults::Disarm();
      INFO("call " << call << ": " << status.message());
      if (status.ok()) {
        CHECK(calls > 20);
        break;
      }
      REQUIRE(setup.Files().empty());
      REQUIRE_THAT(std::string(status.message()), ContainsSubstring(setup.out + "/") &&
                                                      ContainsSubstring("No space left") &&
                                                      !ContainsSubstring("pawl-tmp"));
    }
    std::map<std::string, std::string> files = setup.Files();
    CHECK(files.size() == (format == CheckpointFormat::kGptq ? 5 : 4));
    CHECK(files.count("model.safetensors") == 1);
    CHECK_THAT(files["config.json"], ContainsSubstring("quantization_config"));
    CHECK(files["LICENSE"] == "new LICENSE");
  }
}

TEST_CASE("A call that fails leaves the old folder for an engine, or the new one is complete") {
  ExportSetup setup;
  const std::vector<std::string> names = {"model.safetensors", "config.json", "tokenizer.json"};
  const auto lay_out = [&] {
    for (const auto& [name, bytes] : setup.Files()) std::filesystem::remove(setup.out + "/" + name);
    for (const std::string& name : names) WriteAll(setup.out + "/" + name, "old " + name);
    WriteAll(setup.out + "/other", "not Pawl's");
    std::filesystem::permissions(setup.out + "/config.json", std::filesystem::perms(0640));
  };
  lay_out();
  const std::map<std::string, std::string> old = setup.Files();
  int64_t failed = 0;
  for (int64_t call = 0;; ++call) {
    lay_out();
    faults::FailAt(call, EIO);
    const absl::Status status = setup.Export(CheckpointFormat::kCompressedTensors);
    const int64_t calls = faults::Disarm();
    INFO("call " << call << " of " << calls << ": " << status.message());
    if (!status.ok()) {
      ++failed;
      REQUIRE(setup.Files() == old);
    } else {
      const std::map<std::string, std::string> files = setup.Files();
      REQUIRE(files.size() == 5);
      REQUIRE(files.at("other") == "not Pawl's");
      for (const std::string& name : names) REQUIRE(files.at(name) != "old " + name);
    }
    CHECK(std::filesystem::status(setup.out + "/config.json").permissions() ==
          std::filesystem::perms(0640));
    if (call > calls) break;
  }
  CHECK(failed > 20);
}

TEST_CASE(
    "Where nothing can be moved back, the old files are still there and the error names them") {
  ExportSetup setup;
  const std::vector<std::string> names = {"model.safetensors", "config.json", "tokenizer.json"};
  int failed = 0, stuck = 0;
  for (int64_t call = 0;; ++call) {
    std::filesystem::remove_all(setup.out);
    std::filesystem::create_directory(setup.out);
    for (const std::string& name : names) WriteAll(setup.out + "/" + name, "old " + name);
    faults::FailFrom(call, EIO);
    const absl::Status status = setup.Export(CheckpointFormat::kCompressedTensors);
    faults::Disarm();
    INFO("call " << call << ": " << status.message());
    if (status.ok()) break;
    ++failed;
    for (const std::string& name : names) {
      const std::string old = "old " + name;
      if (ReadAll(setup.out + "/" + name) == old) continue;
      ++stuck;
      bool kept = false;
      for (const auto& entry : std::filesystem::recursive_directory_iterator(setup.out)) {
        if (!entry.is_regular_file() || ReadAll(entry.path()) != old) continue;
        kept = true;
        CHECK_THAT(std::string(status.message()), ContainsSubstring(entry.path().string()));
      }
      REQUIRE(kept);
    }
  }
  CHECK(failed > 20);
  CHECK(stuck > 0);
}

TEST_CASE("A kill at any call leaves every file that was there, the old one or the new one") {
  ExportSetup setup;
  REQUIRE(setup.Export(CheckpointFormat::kCompressedTensors).ok());
  const std::map<std::string, std::string> whole = setup.Files();
  const std::vector<std::string> names = {"model.safetensors", "config.json", "tokenizer.json"};
  int killed = 0;
  for (int64_t call = 0;; ++call) {
    INFO("call " << call);
    std::filesystem::remove_all(setup.out);
    std::filesystem::create_directory(setup.out);
    for (const std::string& name : names) WriteAll(setup.out + "/" + name, "old " + name);
    const int end =
        faults::KilledAt(call, [&] { return setup.Export(CheckpointFormat::kCompressedTensors); });
    for (const std::string& name : names) {
      const std::string bytes = ReadAll(setup.out + "/" + name);
      REQUIRE((bytes == "old " + name || bytes == whole.at(name)));
    }
    if (end != SIGKILL) {
      REQUIRE(end == 0);
      break;
    }
    ++killed;
  }
  CHECK(killed > 20);
}

TEST_CASE("What cannot be copied beside a model leaves nothing") {
  ExportSetup setup;
  const std::vector<std::string> names = {"LICENSE", "absent.json"};
  const absl::Status copied = CopyModelFiles(setup.model, names, setup.out);
  CHECK_THAT(std::string(copied.message()), ContainsSubstring("absent.json"));
  CHECK(setup.Files().empty());
  const auto exported = ExportModel(setup.quantized, setup.model + "/config.json", setup.out,
                                    CheckpointFormat::kGptq, names);
  CHECK_THAT(std::string(exported.status().message()), ContainsSubstring("absent.json"));
  CHECK(setup.Files().empty());
  const std::vector<std::string> outside = {"../quantized.pawl"};
  CHECK(CopyModelFiles(setup.model, outside, setup.out).code() ==
        absl::StatusCode::kInvalidArgument);
  CHECK(CopyModelFiles(setup.model, kBeside, setup.model).code() ==
        absl::StatusCode::kInvalidArgument);
  CHECK(ReadAll(setup.model + "/LICENSE") == "new LICENSE");
  REQUIRE(CopyModelFiles(setup.model, kBeside, setup.out).ok());
  CHECK(setup.Files().size() == 2);
}

}  // namespace pawl
