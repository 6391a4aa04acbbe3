// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#ifndef PAWL_LIB_CORE_CONTEXT_INTERNAL_H_
#define PAWL_LIB_CORE_CONTEXT_INTERNAL_H_

#include <cstddef>
#include <cstdint>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "kernels/target.h"
#include "pawl/context.h"

namespace pawl {

// The kernels' target of a context; without one the best of this CPU.
kernels::Target TargetOf(const Context* context);

// Splits [0, count) into ranges of about `step` and calls fn(begin, end, scratch) for each, spread
// over the context's workers (on the caller's thread without a context), under the floating-point
// environment that kernels assume. scratch has `scratch_bytes`, 64-byte aligned.
// fn may run out of memory (std::bad_alloc), and must not throw anything else.
// Errors: ResourceExhausted for the scratch or by fn, Cancelled where the context was cancelled
// meanwhile.
absl::Status ForRanges(Context* context, int64_t count, int64_t step, size_t scratch_bytes,
                       absl::FunctionRef<void(int64_t begin, int64_t end, void* scratch)> fn);

}  // namespace pawl

#endif  // PAWL_LIB_CORE_CONTEXT_INTERNAL_H_
