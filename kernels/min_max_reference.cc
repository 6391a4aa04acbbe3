// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include <algorithm>
#include <cmath>

#include "kernels/min_max.h"

namespace pawl::kernels::reference {

Range MinMax(const float* x, size_t n) {
  Range range;
  for (size_t i = 0; i < n; ++i) {
    if (std::isnan(x[i])) {
      ++range.nan_count;
    } else if (std::isinf(x[i])) {
      ++range.inf_count;
    } else {
      range.min = std::min(range.min, x[i]);
      range.max = std::max(range.max, x[i]);
    }
  }
  range.min += 0.0f;  // -0 becomes +0
  range.max += 0.0f;
  return range;
}

float AbsMax(const float* x, size_t n) {
  float result = 0.0f;
  for (size_t i = 0; i < n; ++i) {
    if (std::isfinite(x[i])) result = std::max(result, std::fabs(x[i]));
  }
  return result;
}

uint64_t MinMaxGroups(const float* x, size_t n, size_t size, float* mins, float* maxs) {
  uint64_t not_finite = 0;
  for (size_t begin = 0, g = 0; begin < n; begin += std::min(size, n - begin), ++g) {
    const Range range = MinMax(x + begin, std::min(size, n - begin));
    mins[g] = range.min;
    maxs[g] = range.max;
    not_finite += range.nan_count + range.inf_count;
  }
  return not_finite;
}

uint64_t AbsMaxGroups(const float* x, size_t n, size_t size, float* abs_maxs) {
  for (size_t begin = 0, g = 0; begin < n; begin += std::min(size, n - begin), ++g) {
    abs_maxs[g] = AbsMax(x + begin, std::min(size, n - begin));
  }
  return static_cast<uint64_t>(std::count_if(x, x + n, [](float v) { return !std::isfinite(v); }));
}

uint64_t MinMaxColumns(const float* x, size_t rows, size_t cols, size_t stride, float* mins,
                       float* maxs) {
  uint64_t not_finite = 0;
  for (size_t r = 0; r < rows; ++r, x += stride) {
    for (size_t c = 0; c < cols; ++c) {
      const Range range = MinMax(x + c, 1);
      mins[c] = std::min(mins[c], range.min);
      maxs[c] = std::max(maxs[c], range.max);
      not_finite += range.nan_count + range.inf_count;
    }
  }
  return not_finite;
}

}  // namespace pawl::kernels::reference
