// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include "lib/graph/operators/strided_copy.h"

#include <array>
#include <cstring>
#include <utility>

#include "lib/graph/operators/broadcast.h"
#include "lib/graph/operators/element_types.h"

namespace pawl {
namespace {

constexpr int64_t kCopyStep = 1 << 15;

template <typename T>
void CopyRun(const T* from, int64_t from_step, T* to, int64_t to_step, int64_t n) {
  if (from_step == 1 && to_step == 1) {
    std::memcpy(to, from, static_cast<size_t>(n) * sizeof(T));
  } else if (to_step == 1) {
    for (int64_t i = 0; i < n; ++i) to[i] = from[i * from_step];
  } else {
    for (int64_t i = 0; i < n; ++i) to[i * to_step] = from[i * from_step];
  }
}

}  // namespace

absl::Status StridedCopy(OpRun& run, DType dtype, absl::Span<const int64_t> dims,
                         const StridedSide& src, const StridedSide& dst) {
  const int64_t count = DimProduct(dims);
  const StridedLoop<2> loop(dims, {src.strides, dst.strides});
  const int64_t from_step = loop.inner()[0], to_step = loop.inner()[1];
  return ForSize(dtype, [&](auto zero) {
    using T = decltype(zero);
    const T* from = static_cast<const T*>(src.data) + src.offset;
    T* to = static_cast<T*>(dst.data) + dst.offset;
    return Ranges(run, count, kCopyStep, [&](int64_t begin, int64_t end) {
      loop.Walk(begin, end, [&](const std::array<int64_t, 2>& at, int64_t, int64_t n) {
        CopyRun(from + at[0], from_step, to + at[1], to_step, n);
      });
    });
  });
}

absl::Status CopyView(OpRun& run, const Tensor& in, int64_t offset, std::vector<int64_t> strides,
                      size_t output) {
  Tensor& out = run.output(output);
  const StridedSide src{const_cast<void*>(in.data()), offset, std::move(strides)};
  const StridedSide dst{out.mutable_data(), 0, DenseStrides(out.shape())};
  return StridedCopy(run, in.dtype(), out.shape(), src, dst);
}

}  // namespace pawl
