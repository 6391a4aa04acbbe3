// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// Functions of two values, broadcast together.

#ifndef PAWL_LIB_GRAPH_OPERATORS_BINARY_H_
#define PAWL_LIB_GRAPH_OPERATORS_BINARY_H_

#include <cstddef>
#include <cstdint>
#include <utility>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
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

// Runs of the elements of a, b and output 0 that lie evenly: where they begin, the steps within a
// and b in elements, their number.
using BinaryRunFn = absl::FunctionRef<void(const std::byte* a, int64_t a_step, const std::byte* b,
                                           int64_t b_step, std::byte* out, int64_t n)>;
// Broadcasts a and b to output 0 and splits it among the context's threads.
absl::Status BroadcastRuns(OpRun& run, const Tensor& a, const Tensor& b, BinaryRunFn fn);

// out[i] = fn(a[i], b[i]) over whole tensors: inputs 0 and 1 (or others) into output 0.
template <typename A, typename B, typename Out, typename Fn>
absl::Status BroadcastBinary(OpRun& run, const Tensor& a, const Tensor& b, const Fn& fn) {
  return BroadcastRuns(run, a, b,
                       [&](const std::byte* from_a, int64_t a_step, const std::byte* from_b,
                           int64_t b_step, std::byte* to, int64_t n) {
                         ApplyBinary(reinterpret_cast<const A*>(from_a), a_step,
                                     reinterpret_cast<const B*>(from_b), b_step,
                                     reinterpret_cast<Out*>(to), n, fn);
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
