// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// Sequences side by side, as an encoder's graph takes them (encoder_graph.h).

#ifndef PAWL_LIB_MODELS_ENCODER_BATCH_H_
#define PAWL_LIB_MODELS_ENCODER_BATCH_H_

#include <cstdint>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "pawl/tensor.h"

namespace pawl {

// How many sequences from the first on run together: padding is for memory and time what ids are.
// At least one.
size_t SequencesTogether(absl::Span<const int64_t> lengths);

// The graph's inputs, in its order, for sequences of `lengths` ids that stand one after the other;
// ids of padding are 0. Errors: ResourceExhausted.
absl::StatusOr<std::vector<Tensor>> EncoderInputs(absl::Span<const int32_t> ids,
                                                  absl::Span<const int64_t> lengths);

// The rows [ids, width] of what the graph gives, [batch, n, width], without those of padding.
absl::StatusOr<Tensor> RowsOfSequences(const Tensor& states, absl::Span<const int64_t> lengths);

}  // namespace pawl

#endif  // PAWL_LIB_MODELS_ENCODER_BATCH_H_
