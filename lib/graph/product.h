// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// Float products of whole matrices over a context's threads.

#ifndef PAWL_LIB_GRAPH_PRODUCT_H_
#define PAWL_LIB_GRAPH_PRODUCT_H_

#include <cstdint>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "pawl/context.h"

namespace pawl {

// out[b, m, n] = sum over k of a[b, m, k] * w[b, n, k], in the order of kernels/matmul.h. Rows are
// dense; matrices lie where the offsets (in elements, by b) say.
struct Product {
  int64_t batch = 1;
  int64_t m = 0, n = 0, k = 0;
  const float* a = nullptr;
  const float* w = nullptr;
  float* out = nullptr;
  // By b: null where matrices lie one after another.
  const int64_t* a_offsets = nullptr;
  const int64_t* w_offsets = nullptr;
};

// `finish` is called once for each piece of a row of `out` when it is complete: out[row, begin ..
// begin + count), row counting over the batch.
using FinishRow = absl::FunctionRef<void(int64_t row, int64_t begin, int64_t count, float* out)>;

absl::Status MultiplyF32(const Product& product, Context& context);
absl::Status MultiplyF32(const Product& product, Context& context, FinishRow finish);

// out[c, r] = in[r, c] for elements of 1, 2, 4 or 8 bytes.
// Columns of a panel of PackPanels.
inline constexpr int64_t kPanelColumns = 64;

// out[b, m, n] = sum over k of a[b, m, k] * w[b, k, n], each a chain as kernels/chain_matmul_f32.h
// has it, with bias[n] added after it.
struct ChainProduct {
  int64_t batch = 1;
  int64_t m = 0, n = 0, k = 0;
  const float* a = nullptr;
  const float* w = nullptr;
  bool panels = false;  // each matrix of w is as PackPanels makes it
  float* out = nullptr;
  const float* bias = nullptr;  // none where null
  // By b, in elements: null where matrices lie one after another.
  const int64_t* a_offsets = nullptr;
  const int64_t* w_offsets = nullptr;
};
absl::Status MultiplyChains(const ChainProduct& product, Context& context, FinishRow finish);
absl::Status MultiplyChains(const ChainProduct& product, Context& context);

// A matrix [k, n] as kPanelColumns columns of all rows after another, so that a product walks
// through memory in order; the last panel has what is left. As many elements as the matrix.
void PackPanels(const float* w, int64_t k, int64_t n, float* out);
// The same of a matrix [n, k].
void PackPanelsTransposed(const float* w, int64_t k, int64_t n, float* out);

void TransposeMatrix(const void* in, int64_t rows, int64_t cols, size_t element_size, void* out);

}  // namespace pawl

#endif  // PAWL_LIB_GRAPH_PRODUCT_H_
