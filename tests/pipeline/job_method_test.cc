// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// Jobs by other methods than rounding to nearest.

#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "catch2/catch_test_macros.hpp"
#include "catch2/matchers/catch_matchers_string.hpp"
#include "pawl/awq.h"
#include "pawl/container.h"
#include "pawl/gptq.h"
#include "pawl/hqq.h"
#include "tests/pipeline/job_test_model.h"

namespace pawl {
namespace {

using Catch::Matchers::ContainsSubstring;

const char* const kQuery = "layer.0.query.weight";
const char* const kDense = "layer.1.dense.weight";

// Samples whose columns follow one another.
Tensor Recorded(DType dtype, int64_t cols, uint32_t seed) {
  Tensor x = GaussianTensor(DType::kF32, {200, cols}, seed);
  const absl::Span<float> values = x.mutable_as<float>();
  for (size_t i = 1; i < values.size(); ++i) values[i] += 0.8f * values[i - 1];
  if (dtype == DType::kF32) return x;
  Tensor narrow = *Tensor::Create(dtype, x.shape());
  for (size_t i = 0; i < values.size(); ++i) {
    narrow.mutable_as<uint16_t>()[i] = F32ToF16(values[i]);
  }
  return narrow;
}

// A job with inputs of two of three linear layers; the third is excluded.
struct MethodSetup : JobSetup {
  explicit MethodSetup(absl::string_view scheme, const std::string& method) : JobSetup(scheme) {
    job.calibration = folder.Path("calibration.safetensors");
    WriteSafetensors(job.calibration, {{absl::StrCat(kQuery, ".input"), query},
                                       {absl::StrCat(kDense, ".input"), dense}});
    job.recipe.exclude = {"layer\\.2"};
    rule().method.name = method;
  }
  Tensor Decoded(const char* name) {
    const auto reader = PawlReader::Open(job.output);
    REQUIRE(reader.ok());
    const auto q = (*reader)->Get(name);
    REQUIRE(q.ok());
    Tensor out = *Tensor::Create(DType::kF32, q->shape);
    REQUIRE(Dequantize(*q, out.mutable_as<float>()).ok());
    return out;
  }
  double Error(const Tensor& inputs, const char* name, const Tensor& weights) {
    InputMoments moments = *InputMoments::Create(inputs.shape().back());
    REQUIRE(moments.Add(inputs).ok());
    return *OutputError(moments, *weights.ToF32(), Decoded(name));
  }

  Tensor query = Recorded(DType::kF32, 64, 21), dense = Recorded(DType::kF16, 96, 22);
};

}  // namespace

TEST_CASE("gptq and awq in a job use recorded inputs, and lower the error of outputs") {
  const std::vector<NamedTensor> model = SmallModel();
  MethodSetup nearest("uint4:g32", "rtn");
  REQUIRE(nearest.Run().ok());
  for (const char* method : {"gptq", "awq"}) {
    INFO(method);
    MethodSetup setup("uint4:g32", method);
    const absl::StatusOr<Report> report = setup.Run();
    INFO(report.status().ToString());
    REQUIRE(report.ok());
    CHECK(Of(*report, kQuery).method == absl::StrCat(method, "(max)"));
    // An embedding is no product with inputs.
    CHECK(Of(*report, "embed.weight").method == "rtn(max)");
    CHECK_THAT(report->ToText(), ContainsSubstring("no linear layers"));
    CHECK(setup.Error(setup.query, kQuery, model[1].tensor) <
          0.95 * nearest.Error(setup.query, kQuery, model[1].tensor));
    CHECK(setup.Error(setup.dense, kDense, model[4].tensor) <
          0.95 * nearest.Error(setup.dense, kDense, model[4].tensor));
    const std::string bytes = ReadAll(setup.job.output);
    REQUIRE(setup.Run(1).ok());
    CHECK(ReadAll(setup.job.output) == bytes);
  }
}

TEST_CASE("smoothquant in a job on recorded inputs keeps its scales in the tensor") {
  MethodSetup setup("int8", "smoothquant");
  setup.rule().method.alpha = 0.7;
  setup.rule().method.range = RangeMethod::kMse;
  const absl::StatusOr<Report> report = setup.Run();
  INFO(report.status().ToString());
  REQUIRE(report.ok());
  CHECK(Of(*report, kQuery).method == "smoothquant(mse)");
  const auto reader = PawlReader::Open(setup.job.output);
  REQUIRE(reader.ok());
  const QuantizedTensor q = *(*reader)->Get(kQuery);
  REQUIRE(q.scheme.input_scale);
  std::vector<float> maxima(64, 0.0f);
  const absl::Span<const float> x = setup.query.as<float>();
  for (size_t i = 0; i < x.size(); ++i) maxima[i % 64] = std::max(maxima[i % 64], std::abs(x[i]));
  const Tensor weights = SmallModel()[1].tensor;
  const std::vector<float> scales = *SmoothQuantScales({&weights, 1}, maxima, 0.7);
  for (size_t i = 0; i < scales.size(); ++i)
    CHECK(q.input_scale.as<float>()[i] == 1.0f / scales[i]);
  // It acts on the inputs as they were.
  REQUIRE(Of(*report, kQuery).error.has_value());
  CHECK(Of(*report, kQuery).error->sqnr_db > 30.0);
  const std::string bytes = ReadAll(setup.job.output);
  REQUIRE(setup.Run(1).ok());
  CHECK(ReadAll(setup.job.output) == bytes);
}

TEST_CASE("gptq in a job rotates weights and inputs for a scheme with a rotation") {
  const Tensor weights = SmallModel()[1].tensor;
  MethodSetup nearest("int4:g32:rot32", "rtn"), setup("int4:g32:rot32", "gptq");
  nearest.rule().fallback = setup.rule().fallback = "keep";  // for the convolution
  REQUIRE(nearest.Run().ok());
  const absl::StatusOr<Report> report = setup.Run();
  INFO(report.status().ToString());
  REQUIRE(report.ok());
  CHECK(Of(*report, kQuery).scheme == "int4:rot32");
  const auto reader = *PawlReader::Open(setup.job.output);
  const auto plain = *PawlReader::Open(nearest.job.output);
  const QuantizedTensor q = *reader->Get(kQuery), n = *plain->Get(kQuery);
  CHECK(q.scheme == n.scheme);
  const absl::Span<const int8_t> a = q.rotation_signs.as<int8_t>();
  CHECK(std::equal(a.begin(), a.end(), n.rotation_signs.as<int8_t>().begin()));
  CHECK(setup.Error(setup.query, kQuery, weights) <
        0.95 * nearest.Error(setup.query, kQuery, weights));
  const std::string bytes = ReadAll(setup.job.output);
  REQUIRE(setup.Run(1).ok());
  CHECK(ReadAll(setup.job.output) == bytes);
  // Without static groups act_order leaves each column its own group.
  setup.rule().method.static_groups = false;
  const absl::StatusOr<Report> indexed = setup.Run();
  INFO(indexed.status().ToString());
  REQUIRE(indexed.ok());
  const QuantizedTensor by_index = *(*PawlReader::Open(setup.job.output))->Get(kQuery);
  CHECK(by_index.scheme.grouping.kind == GroupKind::kIndexMap);
  CHECK(by_index.scheme.rotation.block == 32);
  CHECK(setup.Error(setup.query, kQuery, weights) <
        0.95 * nearest.Error(setup.query, kQuery, weights));
  // Blocks that do not divide the columns are an error, or the fallback's.
  MethodSetup wide("int4:g32:rot64", "gptq");
  CHECK_THAT(std::string(wide.Run().status().message()), ContainsSubstring("rotation"));
}

TEST_CASE("gptq in a job is what Gptq makes with the recipe's settings") {
  MethodSetup setup("uint4:g32", "gptq");
  setup.rule().method.range = RangeMethod::kMse;
  setup.rule().method.damping = 0.05;
  setup.rule().method.act_order = false;
  setup.rule().method.static_groups = false;
  REQUIRE(setup.Run().ok());
  InputMoments moments = *InputMoments::Create(64);
  REQUIRE(moments.Add(setup.query).ok());
  const InputFactor factor = *InputFactor::Create(moments, {0.05, false});
  const QuantizedTensor q = *Gptq(SmallModel()[1].tensor, *ParseScheme("uint4:g32"), factor,
                                  {.range = RangeMethod::kMse, .static_groups = false});
  std::vector<float> expected(static_cast<size_t>(q.num_elements()));
  REQUIRE(Dequantize(q, absl::MakeSpan(expected)).ok());
  const Tensor made = setup.Decoded(kQuery);
  CHECK(std::equal(expected.begin(), expected.end(), made.as<float>().begin()));
}

TEST_CASE("hqq and the search of blocks need no inputs") {
  for (const char* words : {"uint4:hqq:g32 hqq", "q4_0 blocks", "q4_1 blocks"}) {
    const std::string text(words);
    const size_t space = text.find(' ');
    JobSetup setup(text.substr(0, space));
    setup.rule().method.name = text.substr(space + 1);
    setup.rule().fallback = "keep";
    const absl::StatusOr<Report> report = setup.Run();
    INFO(words << ": " << report.status().ToString());
    REQUIRE(report.ok());
    CHECK(Of(*report, kQuery).quantized);
  }
}

TEST_CASE("A method that needs inputs says which are missing, before it begins") {
  JobSetup setup("uint4:g32");
  setup.rule().method.name = "gptq";
  const std::string message = setup.Error();
  CHECK_THAT(message, ContainsSubstring("'layer.0.query.weight.input' [samples, 64]"));
  CHECK_THAT(message, ContainsSubstring("--calibration"));
}

TEST_CASE("Jobs that write GGUF refuse methods that need inputs") {
  MethodSetup setup("q4_0", "gptq");
  setup.job.output = setup.folder.Path("out.gguf");
  CHECK_THAT(setup.JobSetup::Error(2), ContainsSubstring("use the method blocks"));
}

TEST_CASE("Weights that are not finite stay as they are, by any method") {
  std::vector<NamedTensor> model = SmallModel();
  model[1].tensor.mutable_as<float>()[70] = std::numeric_limits<float>::quiet_NaN();
  MethodSetup setup("uint4:g32", "gptq");
  WriteSafetensors(setup.job.input, model);
  const absl::StatusOr<Report> report = setup.Run();
  REQUIRE(report.ok());
  CHECK_FALSE(Of(*report, kQuery).quantized);
  CHECK(Of(*report, kQuery).stats.nan_count == 1);
  CHECK(Of(*report, kDense).quantized);
}

TEST_CASE("Settings of methods in recipes") {
  const char* const text =
      "{\"pawl_recipe\": \"1.0\", \"rules\": [{\"scheme\": \"uint4:g32\", \"method\": {\"name\": "
      "\"gptq\", \"damping\": 0.05, \"act_order\": false, \"static_groups\": false}}]}";
  const Recipe recipe = *Recipe::FromJson(text);
  const RecipeMethod& method = recipe.rules[0].method;
  CHECK(method.name == "gptq");
  CHECK(method.damping == 0.05);
  CHECK_FALSE(method.act_order);
  CHECK_FALSE(method.static_groups);
  const Recipe smooth = *Recipe::FromJson(
      "{\"pawl_recipe\": \"1.0\", \"rules\": [{\"scheme\": \"int8\", \"method\": {\"name\": "
      "\"smoothquant\", \"alpha\": 0.85}}]}");
  CHECK(smooth.rules[0].method.alpha == 0.85);
  CHECK(*Recipe::FromJson(smooth.ToJson()) == smooth);
  CHECK(*Recipe::FromJson(recipe.ToJson()) == recipe);
  Recipe bad = recipe;
  bad.rules[0].method.damping = -1.0;
  CHECK_FALSE(bad.Validate().ok());
  bad.rules[0].method = {};
  bad.rules[0].method.alpha = 1.5;
  CHECK_THAT(std::string(bad.Validate().message()), ContainsSubstring("alpha"));
  bad.rules[0].method = {};
  bad.rules[0].method.name = "gtpq";
  CHECK_THAT(std::string(bad.Validate().message()), ContainsSubstring("gptq"));
}

}  // namespace pawl
