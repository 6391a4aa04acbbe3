// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include "lib/graph/operators/strided_copy.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

#include "kernels/image_rows.h"
#include "lib/core/context_internal.h"
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

// The dimension along which the source is dense where the destination is along the last one: then
// they are matrices to be transposed. -1 where that is not so.
int64_t DenseInSource(const StridedLoop<2>& loop) {
  const auto& steps = loop.steps();
  if (steps.back()[1] != 1 || steps.back()[0] == 1) return -1;
  for (size_t d = 0; d + 1 < steps.size(); ++d) {
    if (steps[d][0] == 1) return static_cast<int64_t>(d);
  }
  return -1;
}

absl::Status TransposeMatrices(OpRun& run, const StridedLoop<2>& loop, size_t across,
                               const float* from, float* to) {
  constexpr int64_t kColumns = 64;
  std::vector<int64_t> dims;
  std::array<std::vector<int64_t>, 2> strides;
  for (size_t d = 0; d + 1 < loop.dims().size(); ++d) {
    if (d == across) continue;
    dims.push_back(loop.dims()[d]);
    for (size_t i = 0; i < 2; ++i) strides[i].push_back(loop.steps()[d][i]);
  }
  // Each matrix a few columns at a time.
  const int64_t rows = loop.dims().back(), columns = loop.dims()[across];
  const int64_t pieces = (columns + kColumns - 1) / kColumns;
  dims.push_back(pieces);
  strides[0].push_back(kColumns);
  strides[1].push_back(kColumns * loop.steps()[across][1]);
  const StridedLoop<2> outer(dims, strides);
  const std::array<int64_t, 2> inner = outer.inner();
  const kernels::Target target = TargetOf(&run.context());
  const int64_t step = std::max<int64_t>(1, kCopyStep / (rows * kColumns));
  return Ranges(run, DimProduct(dims), step, [&](int64_t begin, int64_t end) {
    outer.Walk(begin, end, [&](const std::array<int64_t, 2>& at, int64_t first, int64_t n) {
      for (int64_t i = 0; i < n; ++i) {
        const int64_t done = (first + i) % pieces * kColumns;
        kernels::TransposeF32(target, from + at[0] + i * inner[0],
                              {.rows = static_cast<size_t>(rows),
                               .cols = static_cast<size_t>(std::min(kColumns, columns - done)),
                               .from_stride = static_cast<size_t>(loop.steps().back()[0]),
                               .to_stride = static_cast<size_t>(loop.steps()[across][1])},
                              to + at[1] + i * inner[1]);
      }
    });
  });
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
    if constexpr (sizeof(T) == sizeof(float)) {
      const int64_t across = count == 0 || from_step < 0 ? -1 : DenseInSource(loop);
      if (across >= 0) {
        return TransposeMatrices(run, loop, static_cast<size_t>(across),
                                 reinterpret_cast<const float*>(from),
                                 reinterpret_cast<float*>(to));
      }
    }
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
