// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include <algorithm>
#include <cmath>

#include "kernels/histogram.h"

namespace pawl::kernels::reference {

uint64_t Histogram(const float* x, size_t n, const HistogramParams& params, uint64_t* counts) {
  uint64_t not_finite = 0;
  for (size_t i = 0; i < n; ++i) {
    if (!std::isfinite(x[i])) {
      ++not_finite;
      continue;
    }
    const float value = params.absolute ? std::fabs(x[i]) : x[i];
    const float offset = value - params.lo;
    float position = offset * params.inv_width;
    if (std::isnan(position)) position = 0.0f;
    position = std::clamp(position, 0.0f, static_cast<float>(params.bins - 1));
    ++counts[static_cast<int32_t>(position)];
  }
  return not_finite;
}

}  // namespace pawl::kernels::reference
