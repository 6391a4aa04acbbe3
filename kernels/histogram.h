// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// Histogram of f32 data.
//
//   bin = floor((v - lo) * inv_width), clamped to [0, bins-1]; v is x, or |x|
//
// in f32, each step rounded. Values that are not finite are counted apart. A product that is NaN
// (an overflowing difference times a zero inv_width) falls in bin 0.
//
// Pointers need no alignment, n may be 0. Thread-safe on distinct counts; assumes the
// floating-point environment that FloatEnvironment (float_env.h) sets.

#ifndef PAWL_KERNELS_HISTOGRAM_H_
#define PAWL_KERNELS_HISTOGRAM_H_

#include <cstddef>
#include <cstdint>

#include "kernels/target.h"

namespace pawl::kernels {

struct HistogramParams {
  float lo = 0.0f;
  float inv_width = 1.0f;
  int32_t bins = 1;  // 1 .. 2^24
  bool absolute = false;
};

// Adds to counts[bins]; returns how many values were not finite.
uint64_t Histogram(Target target, const float* x, size_t n, const HistogramParams& params,
                   uint64_t* counts);

namespace reference {
uint64_t Histogram(const float* x, size_t n, const HistogramParams& params, uint64_t* counts);
}  // namespace reference

}  // namespace pawl::kernels

#endif  // PAWL_KERNELS_HISTOGRAM_H_
