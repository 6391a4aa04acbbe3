// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// Recorded activations as a job's calibration.

#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "catch2/catch_test_macros.hpp"
#include "catch2/matchers/catch_matchers_string.hpp"
#include "pawl/container.h"
#include "pawl/observer.h"
#include "tests/pipeline/job_test_model.h"

namespace pawl {
namespace {

using Catch::Matchers::ContainsSubstring;

constexpr int64_t kSamples = 300;
constexpr int64_t kCols = 64;
const char* const kWeight = "layer.0.query.weight";

// A job whose calibration records `activations` for kWeight.
struct CalibratedSetup : JobSetup {
  explicit CalibratedSetup(const Tensor& activations) {
    job.calibration = folder.Path("calibration.safetensors");
    WriteSafetensors(job.calibration, {{absl::StrCat(kWeight, ".input"), activations}});
  }
  std::vector<float> Scales() {
    const auto reader = PawlReader::Open(job.output);
    REQUIRE(reader.ok());
    const auto scales = (*reader)->GetPlain(absl::StrCat(kWeight, ".activation_scale"));
    REQUIRE(scales.ok());
    const absl::Span<const float> values = scales->as<float>();
    return {values.begin(), values.end()};
  }
};

std::vector<float> ScalesOf(const ObserverOptions& options, const RangeOptions& range,
                            const std::vector<Tensor>& batches) {
  absl::StatusOr<Observer> observer = Observer::Create(options);
  REQUIRE(observer.ok());
  for (const Tensor& batch : batches) REQUIRE(observer->Observe(batch).ok());
  const auto params = observer->ComputeQParams(range);
  REQUIRE(params.ok());
  std::vector<float> scales;
  for (const QParams& p : *params) scales.push_back(p.scale);
  return scales;
}

}  // namespace

TEST_CASE("Recorded activations give a scale by the recipe's settings") {
  const Tensor activations = GaussianTensor(DType::kF32, {kSamples, kCols}, 11);
  CalibratedSetup setup(activations);
  RecipeCalibration& settings = setup.job.recipe.calibration;
  RangeOptions range;
  ObserverOptions observer{.kind = ObserverKind::kHistogram, .bins = 4096};
  SECTION("the default: a percentile of a histogram") {
    range.method = ObserverRange::kPercentile;
    range.percentile = 99.99;
  }
  SECTION("entropy") {
    settings.range = "entropy";
    range.method = ObserverRange::kEntropy;
  }
  SECTION("squared error over few bins, each column of its own") {
    settings.range = "mse";
    settings.bins = 512;
    settings.per_channel = true;
    range.method = ObserverRange::kMse;
    observer.bins = 512;
    observer.per_channel = true;
    observer.axis = 1;
  }
  SECTION("smallest and largest") {
    settings.observer = "minmax";
    settings.range = "minmax";
    observer.kind = ObserverKind::kMinMax;
  }
  const absl::StatusOr<Report> report = setup.Run();
  INFO(report.status().ToString());
  REQUIRE(report.ok());
  CHECK(setup.Scales() == ScalesOf(observer, range, {activations}));
  const TensorReport& tensor = Of(*report, kWeight);
  REQUIRE(tensor.activation.has_value());
  CHECK(tensor.activation->samples == kSamples);
  CHECK(tensor.activation->min < 0.0);
  CHECK(tensor.activation->max > 0.0);
  CHECK_FALSE(Of(*report, "embed.weight").activation.has_value());
  CHECK_THAT(report->ToJson(), ContainsSubstring("\"samples\": 300"));
  REQUIRE(report->notes.size() == 1);
  CHECK_THAT(report->notes[0], ContainsSubstring("scales of 1 recorded"));
}

TEST_CASE("A moving average takes one sample after the other, and only so many") {
  const Tensor activations = GaussianTensor(DType::kF32, {kSamples, kCols}, 12);
  CalibratedSetup setup(activations);
  RecipeCalibration& settings = setup.job.recipe.calibration;
  settings.observer = "moving_average";
  settings.range = "minmax";
  settings.momentum = 0.25;
  settings.max_samples = 7;
  const absl::StatusOr<Report> report = setup.Run();
  REQUIRE(report.ok());
  CHECK(Of(*report, kWeight).activation->samples == 7);
  std::vector<Tensor> samples;
  for (int64_t i = 0; i < 7; ++i) {
    const auto row = activations.as<float>().subspan(static_cast<size_t>(i * kCols), kCols);
    samples.push_back(*Tensor::FromValues<float>({1, kCols}, row));
  }
  const ObserverOptions observer{.kind = ObserverKind::kMovingAverage, .momentum = 0.25};
  CHECK(setup.Scales() == ScalesOf(observer, {}, samples));
}

TEST_CASE("Recordings longer than a piece, in f16, with samples in several dimensions") {
  // 12000 * 64 * 2 bytes: more than 1 MB.
  const Tensor activations = GaussianTensor(DType::kF16, {40, 300, kCols}, 13);
  CalibratedSetup setup(activations);
  setup.job.recipe.calibration.range = "minmax";
  const absl::StatusOr<Report> report = setup.Run();
  REQUIRE(report.ok());
  CHECK(Of(*report, kWeight).activation->samples == 12000);
  const ObserverOptions observer{.kind = ObserverKind::kHistogram, .bins = 4096};
  CHECK(setup.Scales() == ScalesOf(observer, {}, {activations}));
}

TEST_CASE("Each column's mean square is its importance, unless one is given") {
  std::vector<float> values(kSamples * kCols, 0.0f);
  for (int64_t i = 0; i < kSamples; ++i) values[static_cast<size_t>(i * kCols + 3)] = 2.0f;
  const Tensor activations = *Tensor::FromValues<float>({kSamples, kCols}, values);
  CalibratedSetup recorded(activations);
  recorded.rule().scheme = "int3:g32";
  recorded.rule().method.range = RangeMethod::kMse;
  const absl::StatusOr<Report> by_recording = recorded.Run();
  REQUIRE(by_recording.ok());

  std::vector<float> importance(kCols, 0.0f);
  importance[3] = 4.0f;
  const Tensor given = *Tensor::FromValues<float>({kCols}, importance);
  const std::string calibration = recorded.job.calibration;
  WriteSafetensors(calibration, {{kWeight, given}});
  const absl::StatusOr<Report> by_importance = recorded.Run();
  REQUIRE(by_importance.ok());
  CHECK(Of(*by_recording, kWeight).error->mse == Of(*by_importance, kWeight).error->mse);

  // An importance of its own wins: every column alike is as no importance at all.
  WriteSafetensors(calibration,
                   {{absl::StrCat(kWeight, ".input"), activations},
                    {absl::StrCat(kWeight, ".importance"),
                     *Tensor::FromValues<float>({kCols}, std::vector<float>(kCols, 1.0f))}});
  const absl::StatusOr<Report> alike = recorded.Run();
  REQUIRE(alike.ok());
  recorded.job.calibration.clear();
  const absl::StatusOr<Report> plain = recorded.Run();
  REQUIRE(plain.ok());
  CHECK(Of(*alike, kWeight).error->mse == Of(*plain, kWeight).error->mse);
  CHECK(Of(*plain, kWeight).error->mse != Of(*by_importance, kWeight).error->mse);
}

TEST_CASE("NaN and infinity among activations are counted and left out") {
  std::vector<float> values(4 * kCols, 0.5f);
  values[5] = std::numeric_limits<float>::quiet_NaN();
  values[70] = std::numeric_limits<float>::infinity();
  CalibratedSetup setup(*Tensor::FromValues<float>({4, kCols}, values));
  setup.job.recipe.calibration.range = "minmax";
  const absl::StatusOr<Report> report = setup.Run();
  REQUIRE(report.ok());
  const ActivationReport& activation = *Of(*report, kWeight).activation;
  CHECK(activation.nan_count == 1);
  CHECK(activation.inf_count == 1);
  CHECK(activation.max == 0.5);
  CHECK_THAT(report->ToText(), ContainsSubstring("NaN or infinite"));
}

TEST_CASE("Recordings that do not fit are errors") {
  JobSetup setup;
  setup.job.calibration = setup.folder.Path("calibration.safetensors");
  const auto run_with = [&](const std::string& name, const Tensor& tensor) {
    WriteSafetensors(setup.job.calibration, {{name, tensor}});
    return setup.Error(2);
  };
  const Tensor fits = GaussianTensor(DType::kF32, {4, kCols}, 1);
  CHECK_THAT(run_with("layer.0.qurey.weight.input", fits),
             ContainsSubstring("belongs to no tensor"));
  CHECK_THAT(run_with("embed.weight.input", GaussianTensor(DType::kF32, {4, 63}, 1)),
             ContainsSubstring("[samples, 64]"));
  CHECK_THAT(run_with("embed.weight.input", GaussianTensor(DType::kF32, {kCols}, 1)),
             ContainsSubstring("[samples, 64]"));
  CHECK_THAT(run_with("embed.weight.input", GaussianTensor(DType::kI64, {4, kCols}, 1)),
             ContainsSubstring("F32, F16 or BF16"));
  setup.job.recipe.calibration.observer = "minmax";
  setup.job.recipe.calibration.range = "entropy";
  CHECK_THAT(run_with("embed.weight.input", fits), ContainsSubstring("histogram"));
}

TEST_CASE("Calibrated files are the same for every number of threads") {
  CalibratedSetup setup(GaussianTensor(DType::kF32, {kSamples, kCols}, 14));
  setup.rule().method.range = RangeMethod::kMse;
  REQUIRE(setup.Run(1).ok());
  const std::string one = ReadAll(setup.job.output);
  REQUIRE(setup.Run(3).ok());
  CHECK(ReadAll(setup.job.output) == one);
}

}  // namespace pawl
