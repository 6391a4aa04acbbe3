// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include "pawl/job.h"

#include <limits>
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
namespace {

using Catch::Matchers::ContainsSubstring;
using Catch::Matchers::WithinRel;

std::unique_ptr<Context> MakeContext(int threads = 2) {
  ContextOptions options;
  options.threads = threads;
  return *Context::Create(options);
}

// A folder with model.safetensors, and a job that quantizes it to out.pawl.
struct Setup {
  explicit Setup(absl::string_view scheme = "int8",
                 const std::vector<NamedTensor>& model = SmallModel()) {
    job.input = folder.Path("model.safetensors");
    job.output = folder.Path("out.pawl");
    job.recipe = Recipe::ForScheme(scheme);
    WriteSafetensors(job.input, model);
  }
  absl::StatusOr<Report> Run(int threads = 2) { return RunJob(job, *MakeContext(threads)); }
  // Runs a job that must fail: the message; nothing but the input may be left.
  std::string Error(int files = 1) {
    const absl::StatusOr<Report> report = Run();
    REQUIRE_FALSE(report.ok());
    CHECK(folder.NumFiles() == files);
    return std::string(report.status().message());
  }
  RecipeRule& rule() { return job.recipe.rules[0]; }

  TestFolder folder;
  Job job;
};

const TensorReport& Of(const Report& report, absl::string_view name) {
  for (const TensorReport& tensor : report.tensors) {
    if (tensor.name == name) return tensor;
  }
  FAIL("no tensor " << std::string(name));
  return report.tensors.front();
}

}  // namespace

TEST_CASE("A job quantizes the weights, keeps the rest, and says why") {
  Setup setup("int8");
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
  Setup setup("int4:g32");
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
    Setup setup(scheme);
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
  Setup setup("int4:g32");
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

TEST_CASE("Calibration that does not fit is an error") {
  Setup setup("int4:g32");
  setup.job.calibration = setup.folder.Path("calibration.safetensors");
  const auto run_with = [&](const std::string& name, std::vector<float> values) {
    const auto size = static_cast<int64_t>(values.size());
    WriteSafetensors(setup.job.calibration, {{name, *Tensor::FromValues<float>({size}, values)}});
    return setup.Error(2);
  };
  CHECK_THAT(run_with("embd.weight", std::vector<float>(64, 1.0f)),
             ContainsSubstring("'embd.weight'") && ContainsSubstring("'embed.weight'"));
  CHECK_THAT(run_with("embed.weight", std::vector<float>(63, 1.0f)), ContainsSubstring("[64]"));
  CHECK_THAT(run_with("embed.weight", std::vector<float>(64, -1.0f)),
             ContainsSubstring("not negative"));
  setup.job.calibration = setup.folder.Path("absent.safetensors");
  CHECK_THAT(setup.Error(2), ContainsSubstring("absent.safetensors"));
}

TEST_CASE("Rules are tried in order, exclusions before them") {
  Setup setup;
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
  Setup setup;
  setup.rule().pattern = "tiny";
  const absl::StatusOr<Report> report = setup.Run();
  REQUIRE(report.ok());
  CHECK(Of(*report, "tiny.weight").quantized);
  CHECK_THAT(Of(*report, "embed.weight").reason, ContainsSubstring("no rule"));
}

TEST_CASE("A rule that had nothing to decide is noted") {
  Setup setup;
  setup.job.recipe.rules.push_back(setup.rule());
  const absl::StatusOr<Report> report = setup.Run();
  REQUIRE(report.ok());
  REQUIRE(report->notes.size() == 1);
  CHECK_THAT(report->notes[0], ContainsSubstring("rules[1]"));
}

TEST_CASE("Patterns that match nothing, or nothing that can be quantized, are errors") {
  Setup setup;
  setup.job.recipe.exclude = {"layer\\.0\\.qurey"};
  CHECK_THAT(setup.Error(), ContainsSubstring("exclude 'layer\\.0\\.qurey'") &&
                                ContainsSubstring("layer.0.query"));
  setup.job.recipe.exclude.clear();
  setup.rule().pattern = "embedd";
  CHECK_THAT(setup.Error(),
             ContainsSubstring("rules[0]: pattern 'embedd'") && ContainsSubstring("embed.weight"));
  setup.rule().pattern = "query.bias";
  CHECK_THAT(setup.Error(),
             ContainsSubstring("cannot be quantized") && ContainsSubstring("layer.0.query.bias"));
  setup.rule().pattern = "";
  setup.job.recipe.exclude = {"."};
  CHECK_THAT(setup.Error(), ContainsSubstring("no tensor would be quantized"));
}

TEST_CASE("A shape that does not fit fails, is kept, or falls back, as the rule says") {
  Setup setup("q4_k");  // wants columns in multiples of 256
  CHECK_THAT(setup.Error(), ContainsSubstring("tensor '") && ContainsSubstring("multiple of 256") &&
                                ContainsSubstring("nearest scheme that fits"));
  setup.rule().fallback = "iq4_nl";
  const absl::StatusOr<Report> fallback = setup.Run();
  REQUIRE(fallback.ok());
  CHECK(Of(*fallback, "embed.weight").scheme == "iq4_nl");
  CHECK_THAT(Of(*fallback, "embed.weight").reason,
             ContainsSubstring("'q4_k' does not fit its shape, so it became 'iq4_nl'"));
  setup.rule().fallback = "keep";
  std::filesystem::remove(setup.job.output);
  CHECK_THAT(setup.Error(), ContainsSubstring("no tensor would be quantized"));
}

TEST_CASE("Weights that are not finite stay as they are, with the reason") {
  std::vector<NamedTensor> model = SmallModel();
  model[0].tensor.mutable_as<float>()[5] = std::numeric_limits<float>::quiet_NaN();
  model[0].tensor.mutable_as<float>()[6] = std::numeric_limits<float>::infinity();
  Setup setup("int8", model);
  const absl::StatusOr<Report> report = setup.Run();
  REQUIRE(report.ok());
  const TensorReport& tensor = Of(*report, "embed.weight");
  CHECK_FALSE(tensor.quantized);
  CHECK(tensor.scheme.empty());
  CHECK(tensor.bytes_after == tensor.bytes_before);
  CHECK(tensor.stats.nan_count == 1);
  CHECK(tensor.stats.inf_count == 1);
  CHECK_THAT(tensor.reason, ContainsSubstring("1 NaN and 1 infinite"));
  const auto reader = PawlReader::Open(setup.job.output);
  REQUIRE(reader.ok());
  CHECK((*reader)->GetPlain("embed.weight").ok());
}

TEST_CASE("The output may not be an input, and what stood there survives a failure") {
  Setup setup;
  const std::string before = ReadAll(setup.job.input);
  setup.job.output = setup.job.input;
  CHECK_THAT(setup.Error(), ContainsSubstring("model.safetensors"));
  CHECK(ReadAll(setup.job.input) == before);

  setup.job.output = setup.folder.Path("old.pawl");
  WriteAll(setup.job.output, "old bytes");
  setup.job.recipe.exclude = {"nothing like it"};
  setup.Error(2);
  CHECK(ReadAll(setup.job.output) == "old bytes");
}

TEST_CASE("A cancelled job leaves no file, at whatever tensor it was") {
  Setup setup;
  for (int stop = 0; stop < 10; ++stop) {
    Context* cancelled = nullptr;
    int reports = 0;
    ContextOptions options;
    options.threads = 2;
    options.progress = [&](const Progress&) {
      if (reports++ == stop) cancelled->Cancel();
    };
    const auto context = *Context::Create(options);
    cancelled = context.get();
    const absl::StatusOr<Report> report = RunJob(setup.job, *context);
    INFO("stop " << stop);
    REQUIRE(report.status().code() == absl::StatusCode::kCancelled);
    CHECK(setup.folder.NumFiles() == 1);
    context->ResetCancel();
  }
}

TEST_CASE("Progress counts all bytes of the input, upwards") {
  Setup setup;
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
  Setup setup("int4:g32");
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

TEST_CASE("The memory limit is kept before any work") {
  Setup setup;
  setup.job.max_memory = 1000;
  const std::string error = setup.Error();
  CHECK_THAT(error, ContainsSubstring("limit of 1000") && ContainsSubstring("tensor '"));
}

TEST_CASE("A file in memory gives the same output as the file") {
  Setup setup;
  REQUIRE(setup.Run().ok());
  const std::string from_file = ReadAll(setup.job.output);
  const std::string bytes = ReadAll(setup.job.input);
  setup.job.input.clear();
  setup.job.input_bytes =
      absl::Span<const uint8_t>(reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size());
  REQUIRE(setup.Run().ok());
  CHECK(ReadAll(setup.job.output) == from_file);
}

TEST_CASE("Bad inputs are named") {
  Setup setup;
  setup.job.input = setup.folder.Path("absent.safetensors");
  CHECK_THAT(setup.Error(), ContainsSubstring("absent.safetensors"));
  setup.job.input = setup.folder.Path("cut.safetensors");
  const std::string whole = ReadAll(setup.folder.Path("model.safetensors"));
  WriteAll(setup.job.input, whole.substr(0, whole.size() / 2));
  CHECK_THAT(setup.Error(2), ContainsSubstring("cut.safetensors"));
  setup.job.output = setup.folder.Path("no/such/folder/out.pawl");
  setup.job.input = setup.folder.Path("model.safetensors");
  CHECK_THAT(setup.Error(2), ContainsSubstring("no/such/folder"));
}

TEST_CASE("A report is JSON with every tensor, and text without control characters") {
  std::vector<NamedTensor> model = SmallModel();
  model.push_back({"evil\x1b[2J.weight", GaussianTensor(DType::kF32, {16, 64}, 3)});
  Setup setup("int8", model);
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
