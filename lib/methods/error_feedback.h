// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// The loop that GPTQ and SparseGPT share: columns one after another, each rounded after what the
// errors of those before it say (input_moments.h).

#ifndef PAWL_LIB_METHODS_ERROR_FEEDBACK_H_
#define PAWL_LIB_METHODS_ERROR_FEEDBACK_H_

#include <cstdint>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "pawl/context.h"
#include "pawl/input_moments.h"
#include "pawl/pruning.h"
#include "pawl/tensor.h"

namespace pawl {

// What a column of weights becomes. Calls for different outputs may run at the same time.
class ColumnRounder {
 public:
  virtual ~ColumnRounder() = default;

  // Positions that are fitted together, 0 for none: Fit sees them before the first is rounded.
  virtual int64_t group_size() const { return 0; }
  // values [count positions][outputs]: of the positions from `position` on, for outputs [begin,
  // begin + outputs).
  virtual void Fit(int64_t position, int64_t count, int64_t begin, int64_t outputs,
                   const float* values) {
    static_cast<void>(position), static_cast<void>(count), static_cast<void>(begin);
    static_cast<void>(outputs), static_cast<void>(values);
  }
  // The values [outputs] of a position to what they are rounded to.
  virtual void Round(int64_t position, int64_t begin, int64_t outputs, const float* values,
                     float* rounded) = 0;
};

// Weights [out, in] as f32 [in, out], columns in the factor's order. Errors: InvalidArgument
// (shape, type, a value that is not finite, naming row and column), ResourceExhausted, Cancelled.
absl::StatusOr<Tensor> TransposeInOrder(const Tensor& weights, const InputFactor& factor,
                                        Context* context);

struct FeedbackResult {
  double loss = 0.0;   // mean over samples of the squared error under the damped H
  int64_t pruned = 0;  // weights that the mask took
};

// Rounds `columns` (TransposeInOrder) and leaves errors w - q there. The same bits for every target
// and thread count. Errors: ResourceExhausted, Cancelled.
absl::StatusOr<FeedbackResult> RunErrorFeedback(const InputFactor& factor,
                                                const PruningPattern& pattern,
                                                ColumnRounder& rounder, Tensor& columns,
                                                Context* context);

}  // namespace pawl

#endif  // PAWL_LIB_METHODS_ERROR_FEEDBACK_H_
