// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// HQQ, half-quadratic quantization (Badri, Shaji 2023): float zero points that make a norm of the
// errors below 1 small, so that few large errors count less than many small ones. Needs no inputs.

#ifndef PAWL_INCLUDE_PAWL_HQQ_H_
#define PAWL_INCLUDE_PAWL_HQQ_H_

#include <cstdint>

#include "absl/status/statusor.h"
#include "pawl/quantized_tensor.h"
#include "pawl/quantizer.h"
#include "pawl/scheme.h"
#include "pawl/tensor.h"

namespace pawl {

class Context;

struct HqqOptions {
  double norm = 0.7;    // p, in (0, 1]
  double beta = 10.0;   // of the first step
  double kappa = 1.01;  // beta grows by this at each step
  int iterations = 20;
};

struct HqqReport {
  QuantizeStats stats;
  double error_before = 0.0;  // mean |w - q| with the zero points of the range
  double error_after = 0.0;   // with those found
};

// Scales come from each group's range; its zero point is
//
//   q = clamp(round(w / s + z)), r = (q - z) s, e = shrink(w - r)
//   z <- mean over the group of q - (w - e) / s
//   shrink(x) = sign(x) max(|x| - |x|^(p-1) / beta, 0)
//
// repeated; of all steps the one with the least sum of |w - r| stays (each group for itself: the
// authors stop all groups together and keep the last). Any grouping. Values that are not finite
// count in the stats and take no part. Same bytes for every target and thread count.
// Errors: InvalidArgument (a scheme without a float zero point of a float type and integer codes,
// options out of range, a type that is not float), Cancelled, ResourceExhausted.
absl::StatusOr<QuantizedTensor> Hqq(const Tensor& weights, const Scheme& scheme,
                                    const HqqOptions& options = {}, Context* context = nullptr,
                                    HqqReport* report = nullptr);

}  // namespace pawl

#endif  // PAWL_INCLUDE_PAWL_HQQ_H_
