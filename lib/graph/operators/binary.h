// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// Functions of two values, broadcast together.

#ifndef PAWL_LIB_GRAPH_OPERATORS_BINARY_H_
#define PAWL_LIB_GRAPH_OPERATORS_BINARY_H_

#include <array>
#include <cstdint>
#include <utility>

#include "absl/status/status.h"
#include "lib/graph/operators/broadcast.h"
#include "lib/graph/operators/common.h"
#include "lib/graph/operators/element_types.h"

namespace pawl {

inline constexpr int64_t kElementwiseStep = 1 << 15;  // elements that are worth a thread's waking

// out[i] = fn(a[i], b[i]) with the steps that the loop has; those of the common cases are constant.
template <typename A, typename B, typename Out, typename Fn>
void ApplyBinary(const A* a, int64_t a_step, const B* b, int64_t b_step, Out* out, int64_t n,
                 const Fn& fn) {
  if (a_step == 1 && b_step == 1) {
    for (int64_t i = 0; i < n; ++i) out[i] = fn(a[i], b[i]);
  } else if (a_step == 1 && b_step == 0) {
    const B value = *b;
    for (int64_t i = 0; i < n; ++i) out[i] = fn(a[i], value);
  } else if (a_step == 0 && b_step == 1) {
    const A value = *a;
    for (int64_t i = 0; i < n; ++i) out[i] = fn(value, b[i]);
  } else {
    for (int64_t i = 0; i < n; ++i) out[i] = fn(a[i * a_step], b[i * b_step]);
  }
}

// The same over whole tensors: inputs 0 and 1 (or others) into output 0.
template <typename A, typename B, typename Out, typename Fn>
absl::Status BroadcastBinary(OpRun& run, const Tensor& a, const Tensor& b, const Fn& fn) {
  Tensor& out = run.output(0);
  const Dims& dims = out.shape();
  const StridedLoop<2> loop(dims,
                            {BroadcastStrides(a.shape(), dims), BroadcastStrides(b.shape(), dims)});
  const int64_t a_step = loop.inner()[0], b_step = loop.inner()[1];
  const A* from_a = Data<A>(a);
  const B* from_b = Data<B>(b);
  Out* to = MutableData<Out>(out);
  return Ranges(run, out.num_elements(), kElementwiseStep, [&](int64_t begin, int64_t end) {
    loop.Walk(begin, end, [&](const std::array<int64_t, 2>& at, int64_t i, int64_t n) {
      ApplyBinary(from_a + at[0], a_step, from_b + at[1], b_step, to + i, n, fn);
    });
  });
}

// fn(Wide, Wide) -> Wide on elements of one type.
template <uint32_t kTypes, typename Fn>
absl::Status RunBinary(OpRun& run, const Fn& fn) {
  return ForType<kTypes>(0, run.input(0).dtype(), [&](auto zero) {
    using T = decltype(zero);
    return BroadcastBinary<T, T, T>(run, run.input(0), run.input(1), [&](T a, T b) {
      return Narrow<T>(static_cast<Wide<T>>(fn(Widen(a), Widen(b))));
    });
  });
}

// fn(Wide, Wide) -> bool.
template <uint32_t kTypes, typename Fn>
absl::Status RunCompare(OpRun& run, const Fn& fn) {
  return ForType<kTypes>(0, run.input(0).dtype(), [&](auto zero) {
    using T = decltype(zero);
    return BroadcastBinary<T, T, uint8_t>(run, run.input(0), run.input(1), [&](T a, T b) {
      return static_cast<uint8_t>(fn(Widen(a), Widen(b)) ? 1 : 0);
    });
  });
}

}  // namespace pawl

#endif  // PAWL_LIB_GRAPH_OPERATORS_BINARY_H_
