// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// Products of float activations by decoded weights: what QuantizedLinear's weight-only mode runs.

#ifndef PAWL_LIB_CORE_LINEAR_FLOAT_H_
#define PAWL_LIB_CORE_LINEAR_FLOAT_H_

#include <cstddef>
#include <cstdint>

#include "kernels/target.h"
#include "lib/core/row_decoder.h"

namespace pawl {

// Rows of W in a task, so that rows that come last wait for little and lane sums stay in cache.
inline constexpr int64_t kFloatTaskRows = 64;

// Bytes that FloatProducts wants for up to m rows of x, 64-byte aligned.
size_t FloatProductsScratch(const RowDecoder& weights, int64_t m);

// Rows of activations, `stride` elements apart.
struct FloatInput {
  const float* values;
  int64_t stride;
  int64_t rows;
  bool bf16;  // weights are rounded to bf16, as the activations were
};

// out[i][n - begin] = x row i . row n of the weights, for n in [begin, end). At most kFloatTaskRows
// rows of weights. Rows of `out` are `out_stride` apart.
void FloatProducts(const RowDecoder& weights, const FloatInput& x, int64_t begin, int64_t end,
                   kernels::Target target, void* scratch, float* out, int64_t out_stride);

}  // namespace pawl

#endif  // PAWL_LIB_CORE_LINEAR_FLOAT_H_
