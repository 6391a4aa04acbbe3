// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <limits>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "catch2/catch_test_macros.hpp"
#include "pawl/context.h"
#include "pawl/gguf.h"
#include "pawl/job.h"
#include "pawl/quantizer.h"
#include "pawl/safetensors.h"
#include "tests/formats/file_io_test_util.h"

namespace pawl {
namespace {

using testing::Bytes;
using testing::FailsWith;
using testing::Slurp;
using testing::TempDir;

Tensor Wave(std::vector<int64_t> shape) {
  Tensor tensor = *Tensor::Create(DType::kF32, shape);
  int i = 0;
  for (float& value : tensor.mutable_as<float>()) {
    value = static_cast<float>((i++ * 37) % 101 - 50) / 64.0f;
  }
  return tensor;
}

std::string WriteModel(const TempDir& dir, bool with_nan = false) {
  const std::string path = dir.File("model.safetensors");
  const std::vector<SafetensorsDeclaration> declarations = {
      {"a.weight", DType::kF32, {4, 512}}, {"b.weight", DType::kF32, {4, 96}},
      {"c.weight", DType::kF32, {4, 50}},  {"a.bias", DType::kBF16, {4}},
      {"d.weight", DType::kF32, {2, 256}}, {"ids", DType::kI32, {2, 3}}};
  auto writer = SafetensorsWriter::Create(path, declarations);
  REQUIRE(writer.ok());
  for (const char* name : {"a.weight", "b.weight", "c.weight", "d.weight"}) {
    const auto found = std::find_if(declarations.begin(), declarations.end(),
                                    [&](const auto& d) { return d.name == name; });
    Tensor tensor = Wave(found->shape);
    if (with_nan && found->name == "d.weight") {
      tensor.mutable_as<float>()[5] = std::numeric_limits<float>::quiet_NaN();
    }
    REQUIRE((*writer)->Add(name, tensor).ok());
  }
  REQUIRE((*writer)->Add("a.bias", *Tensor::Create(DType::kBF16, {4})).ok());
  REQUIRE((*writer)->Add("ids", *Tensor::Create(DType::kI32, {2, 3})).ok());
  REQUIRE((*writer)->Finish().ok());
  return path;
}

Job JobOf(const std::string& input, const std::string& output, const std::string& scheme) {
  Job job;
  job.input = input;
  job.output = output;
  job.recipe = Recipe::ForScheme(scheme);
  return job;
}

absl::StatusOr<Report> Run(const Job& job) { return RunJob(job, **Context::Create()); }

const TensorReport& Of(const Report& report, const std::string& name) {
  const auto it = std::find_if(report.tensors.begin(), report.tensors.end(),
                               [&](const TensorReport& t) { return t.name == name; });
  REQUIRE(it != report.tensors.end());
  return *it;
}

TEST_CASE("gguf job: blocks, the format's own fallbacks, and what stays plain") {
  const TempDir dir;
  const std::string input = WriteModel(dir), output = dir.File("out.gguf");
  const auto report = Run(JobOf(input, output, "q4_k"));
  INFO(report.status().ToString());
  REQUIRE(report.ok());
  const auto reader = GgufReader::Open(output);
  REQUIRE(reader.ok());
  const auto type = [&](const char* name) { return (*reader)->Find(name)->type_name; };
  CHECK(type("a.weight") == "Q4_K");
  CHECK(type("b.weight") == "Q5_0");
  CHECK(type("c.weight") == "F32");
  CHECK(type("a.bias") == "F32");
  CHECK(type("ids") == "I32");
  CHECK(report->file_bytes == Slurp(output).size());
  CHECK(absl::StrContains(Of(*report, "b.weight").reason, "blocks of 256"));
  CHECK(Of(*report, "b.weight").scheme == "q5_0");
  CHECK_FALSE(Of(*report, "c.weight").quantized);
  CHECK_FALSE(Of(*report, "c.weight").reason.empty());
  CHECK(absl::StrContains(Of(*report, "a.bias").reason, "f32"));
  // The values are what quantizing alone gives.
  const auto expected = Quantize(Wave({4, 512}), FindBlockFormat("q4_k")->scheme);
  const auto got = (*reader)->GetQuantized(*(*reader)->Find("a.weight"));
  REQUIRE((expected.ok() && got.ok()));
  std::vector<float> a(2048), b(2048);
  REQUIRE(Dequantize(*expected, absl::MakeSpan(a)).ok());
  REQUIRE(Dequantize(*got, absl::MakeSpan(b)).ok());
  CHECK(a == b);
  const std::string first = Slurp(output);
  REQUIRE(Run(JobOf(input, output, "q4_k")).ok());
  CHECK(Slurp(output) == first);
}

TEST_CASE("gguf job: NaN stays plain and is said; dry runs write nothing") {
  const TempDir dir;
  const std::string input = WriteModel(dir, true), output = dir.File("out.gguf");
  Job job = JobOf(input, output, "q8_0");
  job.dry_run = true;
  const auto dry = Run(job);
  REQUIRE(dry.ok());
  CHECK(Slurp(output).empty());
  job.dry_run = false;
  const auto report = Run(job);
  INFO(report.status().ToString());
  REQUIRE(report.ok());
  CHECK(absl::StrContains(Of(*report, "d.weight").reason, "1 NaN"));
  CHECK((*GgufReader::Open(output))->Find("d.weight")->type_name == "F32");
}

TEST_CASE("gguf job: a rewrite keeps keys, blocks and what Pawl does not know") {
  const TempDir dir;
  const std::string input = dir.File("in.gguf"), output = dir.File("out.gguf");
  GgufMetadata metadata = {{"general.architecture", GgufValue::String("mystery")},
                           {"mystery.key", GgufValue::F32(2.5f)},
                           {"general.alignment", GgufValue::U32(64)}};
  const std::vector<GgufDeclaration> declarations = {{"w", 0, {4, 64}, 0},
                                                     {"coded", 8, {2, 32}, 0},
                                                     {"odd", 77, {5}, 64},
                                                     {"output.weight", 0, {4, 256}, 0}};
  auto writer = GgufWriter::Create(input, metadata, declarations);
  REQUIRE(writer.ok());
  REQUIRE((*writer)->Add("w", Wave({4, 64})).ok());
  REQUIRE((*writer)->Add("output.weight", Wave({4, 256})).ok());
  REQUIRE((*writer)->Append("coded", Bytes(std::string(68, 'c'))).ok());
  REQUIRE((*writer)->Append("odd", Bytes(std::string(64, 'o'))).ok());
  REQUIRE((*writer)->Finish().ok());
  const auto report = Run(JobOf(input, output, "q4_0"));
  INFO(report.status().ToString());
  REQUIRE(report.ok());
  const auto before = GgufReader::Open(input), after = GgufReader::Open(output);
  REQUIRE(after.ok());
  CHECK((*after)->metadata() == (*before)->metadata());
  CHECK((*after)->alignment() == 64);
  CHECK((*after)->Find("w")->type_name == "Q4_0");
  CHECK((*after)->Find("output.weight")->type_name == "Q6_K");
  CHECK(absl::StrContains(Of(*report, "output.weight").reason, "logits"));
  for (const char* name : {"coded", "odd"}) {
    const GgufEntry& entry = *(*after)->Find(name);
    std::vector<uint8_t> bytes(entry.size);
    REQUIRE((*after)->ReadBytes(entry, 0, absl::MakeSpan(bytes)).ok());
    CHECK(bytes == std::vector<uint8_t>(bytes.size(), static_cast<uint8_t>(name[0])));
    CHECK_FALSE(Of(*report, name).quantized);
  }
}

TEST_CASE("gguf job: progress moves within a tensor, up to the total, and cancelling works there") {
  const TempDir dir;
  const std::string input = dir.File("model.safetensors"), output = dir.File("out.gguf");
  const SafetensorsDeclaration declared{"a.weight", DType::kF32, {1200, 1024}};
  auto writer = SafetensorsWriter::Create(input, {&declared, 1});
  REQUIRE(writer.ok());
  REQUIRE((*writer)->Add("a.weight", Wave({1200, 1024})).ok());
  REQUIRE((*writer)->Finish().ok());
  for (const int threads : {1, 3}) {
    std::vector<uint64_t> done;
    Context* running = nullptr;
    size_t cancel_at = 0;
    const auto progress = [&](const Progress& now) {
      CHECK(now.total == 1200 * 1024 * sizeof(float));
      done.push_back(now.done);
      if (done.size() == cancel_at) running->Cancel();
    };
    const auto context = *Context::Create({.threads = threads, .progress = progress});
    running = context.get();
    REQUIRE(RunJob(JobOf(input, output, "q8_0"), *context).ok());
    CHECK(done.front() == 0);
    CHECK(done.back() == 1200 * 1024 * sizeof(float));
    CHECK(std::is_sorted(done.begin(), done.end()));
    done.erase(std::unique(done.begin(), done.end()), done.end());
    CHECK(done.size() >= 6);
    done.clear();
    cancel_at = 4;
    std::filesystem::remove(output);
    CHECK(absl::IsCancelled(RunJob(JobOf(input, output, "q8_0"), *context).status()));
    CHECK(done.size() == 4);
    CHECK(dir.Count() == 1);
  }
}

TEST_CASE("gguf job: what GGUF cannot hold, and what the job cannot do, is said") {
  const TempDir dir;
  const std::string input = WriteModel(dir), output = dir.File("out.gguf");
  CHECK(FailsWith(Run(JobOf(input, output, "int4:g128")).status(), {"int4:g128", "q4_k"}));
  CHECK(FailsWith(Run(JobOf(dir.File("none"), output, "q4_0")).status(), {"none"}));
  Job job = JobOf(input, output, "q4_0");
  job.recipe.exclude = {"nothing"};
  CHECK(FailsWith(Run(job).status(), {"nothing"}));
  job = JobOf(input, output, "q4_0");
  job.max_memory = 1000;
  CHECK(absl::IsResourceExhausted(Run(job).status()));
  job = JobOf(input, output, "q4_k");
  job.recipe.rules[0].fallback = "q8_0";
  const auto report = Run(job);
  REQUIRE(report.ok());
  // 50 columns are a scheme's groups of 32 and one that is short, but no blocks.
  CHECK((*GgufReader::Open(output))->Find("c.weight")->type_name == "F32");
  CHECK(absl::StrContains(Of(*report, "c.weight").reason, "blocks of 32"));
  CHECK((*GgufReader::Open(output))->Find("b.weight")->type_name == "Q8_0");
  CHECK_FALSE(Run(JobOf(output, output, "q4_0")).ok());
}

}  // namespace
}  // namespace pawl
