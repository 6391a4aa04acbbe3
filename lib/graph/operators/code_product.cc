// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include "lib/graph/operators/code_product.h"

#include <algorithm>

#include "kernels/image_rows.h"
#include "kernels/matmul.h"
#include "lib/core/workspace.h"

namespace pawl {
namespace {

// Where things are in the scratch, in bytes.
struct Places {
  size_t rows = 0, row_sums = 0, out = 0, total = 0;

  Places(int64_t m, int64_t n, int64_t k) {
    Take(&rows, &total, static_cast<size_t>(n * k));
    Take(&row_sums, &total, static_cast<size_t>(n) * sizeof(int32_t));
    Take(&out, &total, static_cast<size_t>(m * n) * sizeof(int32_t));
  }
};

int32_t SumOf(const uint8_t* codes, int64_t count, bool with_sign) {
  int32_t sum = 0;
  for (int64_t i = 0; i < count; ++i) {
    sum += with_sign ? static_cast<int8_t>(codes[i]) : codes[i];
  }
  return sum;
}

}  // namespace

size_t CodeProductScratch(int64_t m, int64_t n, int64_t k) { return Places(m, n, k).total; }

const int32_t* MultiplyCodes(kernels::Target target, const CodeProduct& p, void* scratch) {
  const Places at(p.m, p.n, p.k);
  auto* base = static_cast<char*>(scratch);
  auto* rows = reinterpret_cast<uint8_t*>(base + at.rows);
  auto* row_sums = reinterpret_cast<int32_t*>(base + at.row_sums);
  auto* out = reinterpret_cast<int32_t*>(base + at.out);
  const auto m = static_cast<size_t>(p.m), n = static_cast<size_t>(p.n),
             k = static_cast<size_t>(p.k);
  // Columns of b as rows of codes with a sign.
  kernels::TransposeU8(target, p.b, {.rows = k, .cols = n, .from_stride = n, .to_stride = k}, rows);
  if (!p.b_signed) kernels::CopyXor(target, rows, n * k, 128, rows);
  const auto* w = reinterpret_cast<const int8_t*>(rows);
  kernels::RowSumI8(target, w, n, k, k, row_sums);
  const kernels::MatMulShape shape{
      .m = m, .n = n, .k = k, .a_stride = k, .w_stride = k, .out_stride = n};
  if (p.a_signed) {
    kernels::MatMulI8(target, reinterpret_cast<const int8_t*>(p.a), w, shape, out);
  } else {
    kernels::MatMulU8I8(target, p.a, w, shape, out);
  }
  // (a - z) (b - y) = a b - z b - y (a - z), summed over columns.
  for (int64_t i = 0; i < p.m; ++i) {
    int32_t* row = out + i * p.n;
    const int32_t a_sum =
        SumOf(p.a + i * p.k, p.k, p.a_signed) - static_cast<int32_t>(p.k) * p.a_zero;
    for (size_t j = 0; j < n; ++j) {
      const int32_t zero = p.b_zeros[j] - (p.b_signed ? 0 : 128);
      row[j] -= p.a_zero * row_sums[j] + zero * a_sum;
    }
  }
  return out;
}

}  // namespace pawl
