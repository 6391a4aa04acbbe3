// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// Calibration caches: what parses prints and parses to the same again, merges, and gives finite
// ranges and scales by every method.

#include <cmath>
#include <string>

#include "fuzz.h"
#include "pawl/calibrator.h"

namespace pawl::fuzz {
namespace {

// The hash that the text itself claims, so that the rest is read too.
std::string ModelOf(const std::string& text) {
  constexpr char kKey[] = "\"model\":\"";
  const size_t at = text.find(kKey);
  if (at == std::string::npos) return "m";
  const size_t begin = at + sizeof(kKey) - 1;
  return text.substr(begin, text.find('"', begin) - begin);
}

void CheckRanges(const Calibrator& calibrator) {
  for (int method = 0; method < kNumObserverRanges; ++method) {
    RangeOptions options;
    options.method = static_cast<ObserverRange>(method);
    // These two take a millisecond for each channel of 4096 bins.
    if (method > 1) {
      size_t bins = 0;
      for (const auto& [name, observer] : calibrator.observers()) {
        bins += observer.state().channels.size() * static_cast<size_t>(observer.options().bins);
      }
      if (bins > 1024) continue;
    }
    const auto results = calibrator.Results(options);
    if (!Succeeded(results.status())) continue;
    for (const CalibratedTensor& tensor : *results) {
      for (const ValueRange& range : tensor.ranges) {
        PAWL_FUZZ_CHECK(
            std::isfinite(range.min) && range.min <= range.max && std::isfinite(range.max),
            tensor.name);
      }
      for (const QParams& params : tensor.params) {
        PAWL_FUZZ_CHECK(std::isnormal(params.scale) && params.scale > 0.0f, tensor.name);
      }
    }
    const absl::StatusOr<TensorRtCache> cache = calibrator.ToTensorRt(options);
    if (Succeeded(cache.status())) Succeeded(FormatTensorRtCache(*cache).status());
  }
}

}  // namespace
}  // namespace pawl::fuzz

PAWL_FUZZ_TARGET(calibration_cache) {
  using namespace pawl;
  const std::string text(bytes.begin(), bytes.end());
  const std::string model = fuzz::ModelOf(text);
  absl::StatusOr<Calibrator> calibrator = absl::UnknownError("");
  {
    // Patterns may compile to much, but all of them together only to so much.
    const fuzz::AllocationLimit limit(bytes.size(), 64, 384 << 20);
    calibrator = Calibrator::FromJson(text, model);
  }
  if (!fuzz::Succeeded(calibrator.status())) return;
  const absl::StatusOr<std::string> printed = calibrator->ToJson(model);
  PAWL_FUZZ_CHECK(printed.ok(), printed.status().ToString());
  const absl::StatusOr<Calibrator> again = Calibrator::FromJson(*printed, model);
  PAWL_FUZZ_CHECK(again.ok(), again.status().ToString() + "\n" + *printed);
  PAWL_FUZZ_CHECK(*again->ToJson(model) == *printed, *printed);
  fuzz::CheckRanges(*calibrator);
  if (fuzz::Succeeded(calibrator->Merge(*again))) fuzz::CheckRanges(*calibrator);
  const float batch[] = {1.0f, -2.5f, 0.0f, 1e30f};
  fuzz::Succeeded(calibrator->Observe("t", batch));
  fuzz::Succeeded(calibrator->Finish());
}
