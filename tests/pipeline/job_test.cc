// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include "pawl/job.h"

#include <memory>
#include <string>
#include <vector>

#include "catch2/catch_test_macros.hpp"
#include "catch2/matchers/catch_matchers_floating_point.hpp"
#include "catch2/matchers/catch_matchers_string.hpp"
#include "nlohmann/json.hpp"
#include "pawl/container.h"
#include "pawl/context.h"
#include "tests/pipeline/job_test_model.h"

namespace pawl {

using Catch::Matchers::ContainsSubstring;
using Catch::Matchers::WithinRel;

TEST_CASE("A job quantizes the weights, keeps the rest, and says why") {
  JobSetup setup("int8");
  const absl::StatusOr<Report> report = setup.Run();
  INFO(report.status().ToString());
  REQUIRE(report.ok());
  CHECK(report->tensors.size() == 9);
  CHECK(report->quantized_count() == 5);
  CHECK(Of(*report, "embed.weight").op == "embedding");
  CHECK(Of(*report, "conv.weight").op == "conv");
  CHECK(Of(*report, "layer.0.query.weight").scheme == "int8");
  CHECK(Of(*report, "layer.0.query.weight").method == "rtn(max)");
  CHECK_THAT(Of(*report, "layer.0.query.bias").reason, ContainsSubstring("fewer than two"));
  CHECK_THAT(Of(*report, "layer.0.norm.weight").reason, ContainsSubstring("fewer than two"));
  CHECK_THAT(Of(*report, "position_ids").reason, ContainsSubstring("i64"));
  CHECK_THAT(Of(*report, "tiny.weight").reason, ContainsSubstring("fewer than 64 elements"));
  for (const TensorReport& tensor : report->tensors) {
    INFO(tensor.name);
    CHECK(tensor.quantized == tensor.error.has_value());
    CHECK(tensor.quantized == tensor.reason.empty());
    if (tensor.quantized) CHECK(tensor.error->sqnr_db > 35.0);
  }

  const auto reader = PawlReader::Open(setup.job.output);
  REQUIRE(reader.ok());
  CHECK((*reader)->Verify().ok());
  CHECK((*reader)->names().size() == 9);
  CHECK((*reader)->file_size() == report->file_bytes);
  CHECK((*reader)->metadata().values.at("origin") == "test");
  CHECK((*reader)->metadata().recipe == setup.job.recipe.ToJson());
  CHECK((*reader)->metadata().source_hash == report->input_hash);
  CHECK_FALSE(report->input_hash.empty());
  const auto bias = (*reader)->GetPlain("layer.0.query.bias");
  REQUIRE(bias.ok());
  CHECK(bias->as<float>() == SmallModel()[2].tensor.as<float>());
}

TEST_CASE("The report's errors are those of the file that was written") {
  JobSetup setup("int4:g32");
  const absl::StatusOr<Report> report = setup.Run();
  REQUIRE(report.ok());
  const auto reader = PawlReader::Open(setup.job.output);
  REQUIRE(reader.ok());
  for (const NamedTensor& original : SmallModel()) {
    const TensorReport& said = Of(*report, original.name);
    if (!said.quantized) continue;
    INFO(original.name);
    const auto quantized = (*reader)->Get(original.name);
    REQUIRE(quantized.ok());
    CHECK(said.bytes_after == quantized->size_bytes());
    std::vector<float> decoded(static_cast<size_t>(quantized->num_elements()));
    REQUIRE(Dequantize(*quantized, absl::MakeSpan(decoded)).ok());
    const absl::StatusOr<Tensor> x = original.tensor.ToF32();
    REQUIRE(x.ok());
    double signal = 0.0;
    double noise = 0.0;
    double max_error = 0.0;
    for (size_t i = 0; i < decoded.size(); ++i) {
      const double a = x->as<float>()[i];
      const double difference = a - decoded[i];
      signal += a * a;
      noise += difference * difference;
      max_error = std::max(max_error, std::abs(difference));
    }
    CHECK_THAT(said.error->sqnr_db, WithinRel(10.0 * std::log10(signal / noise), 1e-9));
    CHECK(said.error->max_error == max_error);
  }
}

TEST_CASE("Every scheme makes the same bytes for 1, 2 and 3 threads and every time") {
  for (const char* scheme : {"int8",
                             "int4:g32",
                             "int4:g128:asym",
                             "uint2:g16:min",
                             "int8:tensor",
                             "int16",
                             "ternary",
                             "nf4",
                             "fp4:dq",
                             "codebook4",
                             "codebook2:channel",
                             "pot4",
                             "apot4",
                             "e4m3",
                             "fp4e2m1",
                             "mxfp4",
                             "nvfp4",
                             "q4_0",
                             "q5_1",
                             "iq4_nl",
                             "bf16",
                             "uint8:block16x16",
                             "uint4:hqq"}) {
    INFO(scheme);
    JobSetup setup(scheme);
    std::string first;
    for (const int threads : {1, 2, 3, 1}) {
      const absl::StatusOr<Report> report = setup.Run(threads);
      INFO(report.status().ToString());
      REQUIRE(report.ok());
      const std::string bytes = ReadAll(setup.job.output);
      REQUIRE_FALSE(bytes.empty());
      if (first.empty()) first = bytes;
      CHECK(bytes == first);
    }
  }
}

TEST_CASE("Methods and importance change the codes") {
  JobSetup setup("int4:g32");
  REQUIRE(setup.Run().ok());
  const std::string max = ReadAll(setup.job.output);
  setup.rule().method.range = RangeMethod::kMse;
  const absl::StatusOr<Report> mse_report = setup.Run();
  REQUIRE(mse_report.ok());
  CHECK(Of(*mse_report, "embed.weight").method == "rtn(mse)");
  const std::string mse = ReadAll(setup.job.output);
  CHECK(mse != max);

  std::vector<float> importance(64, 0.0f);
  importance[3] = 1.0f;
  setup.job.calibration = setup.folder.Path("calibration.safetensors");
  WriteSafetensors(setup.job.calibration,
                   {{"embed.weight.importance", *Tensor::FromValues<float>({64}, importance)}});
  const absl::StatusOr<Report> weighted = setup.Run();
  INFO(weighted.status().ToString());
  REQUIRE(weighted.ok());
  CHECK(weighted->notes.empty());
  CHECK(Of(*weighted, "embed.weight").error->mse > Of(*mse_report, "embed.weight").error->mse);
  CHECK(Of(*weighted, "layer.0.query.weight").error->mse ==
        Of(*mse_report, "layer.0.query.weight").error->mse);

  setup.rule().method.range = RangeMethod::kMax;
  const absl::StatusOr<Report> unused = setup.Run();
  REQUIRE(unused.ok());
  REQUIRE(unused->notes.size() == 1);
  CHECK_THAT(unused->notes[0], ContainsSubstring("calibration is not used for 1"));
}

TEST_CASE("Rules are tried in order, exclusions before them") {
  JobSetup setup;
  auto& rules = setup.job.recipe.rules;
  rules.resize(3);
  rules[0].op = OperatorType::kEmbedding;
  rules[0].scheme = "int8";
  rules[1].pattern = "layer\\.1";
  rules[1].skip = true;
  rules[2].scheme = "int4:g32";
  setup.job.recipe.exclude = {"^conv"};
  const absl::StatusOr<Report> report = setup.Run();
  INFO(report.status().ToString());
  REQUIRE(report.ok());
  CHECK(Of(*report, "embed.weight").scheme == "int8");
  CHECK(Of(*report, "embed.weight").rule == 0);
  CHECK_FALSE(Of(*report, "layer.1.dense.weight").quantized);
  CHECK_THAT(Of(*report, "layer.1.dense.weight").reason, ContainsSubstring("skips"));
  CHECK(Of(*report, "layer.0.query.weight").scheme == "int4");
  CHECK(Of(*report, "layer.0.query.weight").rule == 2);
  CHECK_THAT(Of(*report, "conv.weight").reason, ContainsSubstring("'^conv'"));
}

TEST_CASE("A rule with a pattern takes small tensors too") {
  JobSetup setup;
  setup.rule().pattern = "tiny";
  const absl::StatusOr<Report> report = setup.Run();
  REQUIRE(report.ok());
  CHECK(Of(*report, "tiny.weight").quantized);
  CHECK_THAT(Of(*report, "embed.weight").reason, ContainsSubstring("no rule"));
}

TEST_CASE("A rule that had nothing to decide is noted") {
  JobSetup setup;
  setup.job.recipe.rules.push_back(setup.rule());
  const absl::StatusOr<Report> report = setup.Run();
  REQUIRE(report.ok());
  REQUIRE(report->notes.size() == 1);
  CHECK_THAT(report->notes[0], ContainsSubstring("rules[1]"));
}

TEST_CASE("Progress counts all bytes of the input, upwards") {
  JobSetup setup;
  std::vector<uint64_t> done;
  uint64_t total = 0;
  ContextOptions options;
  options.progress = [&](const Progress& progress) {
    done.push_back(progress.done);
    total = progress.total;
  };
  const auto context = *Context::Create(options);
  const absl::StatusOr<Report> report = RunJob(setup.job, *context);
  REQUIRE(report.ok());
  CHECK(done.front() == 0);
  CHECK(std::is_sorted(done.begin(), done.end()));
  CHECK(done.back() == total);
  CHECK(total == report->bytes_before);
}

TEST_CASE("A dry run tells sizes and memory, and writes nothing") {
  JobSetup setup("int4:g32");
  setup.job.dry_run = true;
  const absl::StatusOr<Report> dry = setup.Run();
  REQUIRE(dry.ok());
  CHECK(setup.folder.NumFiles() == 1);
  CHECK(dry->peak_memory_bytes > 0);
  CHECK(dry->output.empty());
  CHECK_THAT(dry->ToText(), ContainsSubstring("Peak memory"));
  setup.job.dry_run = false;
  const absl::StatusOr<Report> real = setup.Run();
  REQUIRE(real.ok());
  REQUIRE(dry->tensors.size() == real->tensors.size());
  for (size_t i = 0; i < dry->tensors.size(); ++i) {
    CHECK(dry->tensors[i].scheme == real->tensors[i].scheme);
    CHECK(dry->tensors[i].bytes_after == real->tensors[i].bytes_after);
    CHECK_FALSE(dry->tensors[i].error.has_value());
  }
}

TEST_CASE("A file in memory gives the same output as the file") {
  JobSetup setup;
  REQUIRE(setup.Run().ok());
  const std::string from_file = ReadAll(setup.job.output);
  const std::string bytes = ReadAll(setup.job.input);
  setup.job.input.clear();
  setup.job.input_bytes =
      absl::Span<const uint8_t>(reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size());
  REQUIRE(setup.Run().ok());
  CHECK(ReadAll(setup.job.output) == from_file);
}

TEST_CASE("A job without paths: bytes in, importance in memory, a sink as output") {
  JobSetup setup("int4:g32");
  setup.rule().method.range = RangeMethod::kMse;
  std::vector<float> importance(64, 0.0f);
  importance[3] = 1.0f;
  setup.job.calibration = setup.folder.Path("calibration.safetensors");
  WriteSafetensors(setup.job.calibration,
                   {{"embed.weight.importance", *Tensor::FromValues<float>({64}, importance)}});
  REQUIRE(setup.Run().ok());
  const std::string from_files = ReadAll(setup.job.output);

  const std::string bytes = ReadAll(setup.job.input);
  const std::string calibration = ReadAll(setup.job.calibration);
  const auto span = [](const std::string& text) {
    return absl::Span<const uint8_t>(reinterpret_cast<const uint8_t*>(text.data()), text.size());
  };
  const auto output = std::make_shared<MemoryBuffer>();
  Job job;
  job.recipe = setup.job.recipe;
  job.input_bytes = span(bytes);
  job.calibration_bytes = span(calibration);
  job.output_sink = output;
  const absl::StatusOr<Report> report = RunJob(job, *MakeContext());
  INFO(report.status().ToString());
  REQUIRE(report.ok());
  CHECK(output->bytes() == span(from_files));
  CHECK(report->file_bytes == from_files.size());
  CHECK(report->output.empty());

  Job two_outputs = job;
  two_outputs.output = setup.job.output;
  CHECK_THAT(std::string(RunJob(two_outputs, *MakeContext()).status().message()),
             ContainsSubstring("a path or a sink"));
  Job two_calibrations = job;
  two_calibrations.output_sink = std::make_shared<MemoryBuffer>();
  two_calibrations.calibration = setup.job.calibration;
  CHECK_THAT(std::string(RunJob(two_calibrations, *MakeContext()).status().message()),
             ContainsSubstring("as its calibration, not both"));
}

TEST_CASE("A report is JSON with every tensor, and text without control characters") {
  std::vector<NamedTensor> model = SmallModel();
  model.push_back({"evil\x1b[2J.weight", GaussianTensor(DType::kF32, {16, 64}, 3)});
  JobSetup setup("int8", model);
  const absl::StatusOr<Report> report = setup.Run();
  REQUIRE(report.ok());
  const nlohmann::json json = nlohmann::json::parse(report->ToJson());
  CHECK(json["tensors"].size() == model.size());
  CHECK(json["recipe"]["rules"][0]["scheme"] == "int8");
  CHECK(json["tensors_quantized"] == 6);
  CHECK(json["input_hash"] == report->input_hash);
  const std::string text = report->ToText();
  CHECK(text.find('\x1b') == std::string::npos);
  CHECK_THAT(text, ContainsSubstring("evil\\x1b[2J.weight"));
  CHECK_THAT(text, ContainsSubstring("6 of 10 tensors quantized"));
}

}  // namespace pawl
