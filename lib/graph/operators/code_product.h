// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// Products of two matrices of 8-bit codes that both come with the data.

#ifndef PAWL_LIB_GRAPH_OPERATORS_CODE_PRODUCT_H_
#define PAWL_LIB_GRAPH_OPERATORS_CODE_PRODUCT_H_

#include <cstddef>
#include <cstdint>

#include "absl/types/span.h"
#include "kernels/target.h"

namespace pawl {

struct CodeProduct {
  int64_t m = 0, n = 0, k = 0;  // k at most 32768
  const uint8_t* a = nullptr;   // [m, k]
  const uint8_t* b = nullptr;   // [k, n]
  bool a_signed = false, b_signed = false;
  int32_t a_zero = 0;
  absl::Span<const int32_t> b_zeros;  // one for each column
};

size_t CodeProductScratch(int64_t m, int64_t n, int64_t k);

// Exact sums [m, n] of (a - a_zero) * (b - b_zero), within `scratch` (64-byte aligned).
const int32_t* MultiplyCodes(kernels::Target target, const CodeProduct& product, void* scratch);

}  // namespace pawl

#endif  // PAWL_LIB_GRAPH_OPERATORS_CODE_PRODUCT_H_
