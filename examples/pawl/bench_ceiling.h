// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// What the machine can do at most, measured in the same run as what is compared with it.

#ifndef PAWL_EXAMPLES_PAWL_BENCH_CEILING_H_
#define PAWL_EXAMPLES_PAWL_BENCH_CEILING_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "pawl/context.h"

namespace pawl::tool {

struct Timing {
  double median = 0.0;  // seconds a call
  double min = 0.0;
  int64_t calls = 0;
};

// Calls `call` a few times unmeasured, then for about `seconds` and at least 5 times; stops early
// when the context is cancelled.
Timing Measure(Context& context, double seconds, absl::FunctionRef<void()> call);

// Fastest reading of `bytes` bytes, again and again, spread over the context's threads, in bytes a
// second: the caches' bandwidth where they hold that much.
double ReadBandwidth(Context& context, size_t bytes);

enum class Arithmetics { kInt8, kF32 };

// Most operations a second (a multiplication and an addition are two) of the context's threads, by
// the best exact instruction for it that the target has: int8 by widening multiply-add (pmaddwd)
// or VNNI, f32 by fused multiply-add (separate ones where there is none). None for targets that
// this program has no loop for.
std::optional<double> PeakOperations(Context& context, Arithmetics arithmetics);

}  // namespace pawl::tool

#endif  // PAWL_EXAMPLES_PAWL_BENCH_CEILING_H_
