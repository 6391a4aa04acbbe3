// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// Functions of one value.

#ifndef PAWL_LIB_GRAPH_OPERATORS_UNARY_H_
#define PAWL_LIB_GRAPH_OPERATORS_UNARY_H_

#include <cstdint>

#include "absl/status/status.h"
#include "kernels/target.h"
#include "lib/core/context_internal.h"
#include "lib/graph/operators/common.h"
#include "lib/graph/operators/element_types.h"

namespace pawl {

inline constexpr int64_t kUnaryStep = 1 << 14;

// out[i] = fn(in[i]), elements as they are stored.
template <typename In, typename Out, typename Fn>
absl::Status MapElements(OpRun& run, const Fn& fn) {
  const In* from = Data<In>(run.input(0));
  Out* to = MutableData<Out>(run.output(0));
  return Ranges(run, run.input(0).num_elements(), kUnaryStep, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) to[i] = fn(from[i]);
  });
}

// fn(Wide) -> Wide.
template <uint32_t kTypes, typename Fn>
absl::Status RunUnary(OpRun& run, const Fn& fn) {
  return ForType<kTypes>(0, run.input(0).dtype(), [&](auto zero) {
    using T = decltype(zero);
    return MapElements<T, T>(run,
                             [&](T a) { return Narrow<T>(static_cast<Wide<T>>(fn(Widen(a)))); });
  });
}

// fn(double) -> double, rounded once: the same on every machine but for the last bit of libm.
template <typename Fn>
absl::Status RunInDouble(OpRun& run, const Fn& fn) {
  return ForType<kFloatTypes>(0, run.input(0).dtype(), [&](auto zero) {
    using T = decltype(zero);
    return MapElements<T, T>(run, [&](T a) {
      return Narrow<T>(static_cast<Wide<T>>(fn(static_cast<double>(Widen(a)))));
    });
  });
}

// The same for f32 by a vector kernel, kernel(target, from, count, to).
template <typename Kernel, typename Fn>
absl::Status RunVector(OpRun& run, const Kernel& kernel, const Fn& fn) {
  if (run.input(0).dtype() != DType::kF32) return RunInDouble(run, fn);
  const float* from = Data<float>(run.input(0));
  float* to = MutableData<float>(run.output(0));
  const kernels::Target target = TargetOf(&run.context());
  return Ranges(run, run.input(0).num_elements(), kUnaryStep, [&](int64_t begin, int64_t end) {
    kernel(target, from + begin, static_cast<size_t>(end - begin), to + begin);
  });
}

// fn(Wide) -> bool.
template <uint32_t kTypes, typename Fn>
absl::Status RunTest(OpRun& run, const Fn& fn) {
  return ForType<kTypes>(0, run.input(0).dtype(), [&](auto zero) {
    using T = decltype(zero);
    return MapElements<T, uint8_t>(run,
                                   [&](T a) { return static_cast<uint8_t>(fn(Widen(a)) ? 1 : 0); });
  });
}

}  // namespace pawl

#endif  // PAWL_LIB_GRAPH_OPERATORS_UNARY_H_
