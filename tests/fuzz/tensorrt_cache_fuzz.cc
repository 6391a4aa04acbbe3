// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// TensorRT's calibration cache: what parses prints and parses to the same again.

#include <string>

#include "fuzz.h"
#include "pawl/calibrator.h"

PAWL_FUZZ_TARGET(tensorrt_cache) {
  using namespace pawl;
  const std::string text(bytes.begin(), bytes.end());
  absl::StatusOr<TensorRtCache> cache = absl::UnknownError("");
  {
    const fuzz::AllocationLimit limit(bytes.size(), 64);
    cache = ParseTensorRtCache(text);
  }
  if (!fuzz::Succeeded(cache.status())) return;
  const absl::StatusOr<std::string> printed = FormatTensorRtCache(*cache);
  // A name may end in a carriage return that is not the line's end; the writer refuses it.
  if (!fuzz::Succeeded(printed.status())) {
    PAWL_FUZZ_CHECK(text.find('\r') != std::string::npos, printed.status().ToString());
    return;
  }
  const absl::StatusOr<TensorRtCache> again = ParseTensorRtCache(*printed);
  PAWL_FUZZ_CHECK(again.ok() && *again == *cache, *printed);
  PAWL_FUZZ_CHECK(*FormatTensorRtCache(*again) == *printed, *printed);
  for (const auto& [name, scale] : cache->scales) {
    const ValueRange range = TensorRtRange(scale);
    PAWL_FUZZ_CHECK(range.min == -range.max && range.max >= 0.0, name);
  }
}
