// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include "lib/graph/operators/binary.h"

#include <array>

#include "lib/graph/operators/broadcast.h"

namespace pawl {

absl::Status BroadcastRuns(OpRun& run, const Tensor& a, const Tensor& b, BinaryRunFn fn) {
  Tensor& out = run.output(0);
  const Dims& dims = out.shape();
  const StridedLoop<2> loop(dims,
                            {BroadcastStrides(a.shape(), dims), BroadcastStrides(b.shape(), dims)});
  const int64_t a_step = loop.inner()[0], b_step = loop.inner()[1];
  const auto a_size = static_cast<int64_t>(DTypeSize(a.dtype()));
  const auto b_size = static_cast<int64_t>(DTypeSize(b.dtype()));
  const auto out_size = static_cast<int64_t>(DTypeSize(out.dtype()));
  const auto* from_a = Data<std::byte>(a);
  const auto* from_b = Data<std::byte>(b);
  auto* to = MutableData<std::byte>(out);
  return Ranges(run, out.num_elements(), kElementwiseStep, [&](int64_t begin, int64_t end) {
    loop.Walk(begin, end, [&](const std::array<int64_t, 2>& at, int64_t i, int64_t n) {
      fn(from_a + at[0] * a_size, a_step, from_b + at[1] * b_size, b_step, to + i * out_size, n);
    });
  });
}

}  // namespace pawl
