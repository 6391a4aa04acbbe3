// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// k-means in one dimension: the levels that minimise the (weighted) squared error of a set of
// values. This is weight sharing as Deep Compression (Han et al. 2016) does it, with sorted values
// so that an iteration costs k binary searches whatever the number of values.

#ifndef PAWL_LIB_METHODS_CODEBOOK_H_
#define PAWL_LIB_METHODS_CODEBOOK_H_

#include <cstddef>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/types/span.h"

namespace pawl {

// Asked now and then with the share of the work that is done, upwards: false stops it.
using GoOn = absl::FunctionRef<bool(double share)>;

// Fills `levels` (ascending) from `values`, which are sorted in place; `weights` goes along with
// them or is empty. Values must be finite. Fewer distinct values than levels are represented
// exactly; no values give zeros. Deterministic: starts from the optimum for 1024 cells of equally
// many values, which for up to 1024 values is the answer. False where go_on said so.
bool FitCodebook(std::vector<float>& values, std::vector<float>& weights, int iterations,
                 absl::Span<float> levels, GoOn go_on);

// A piece of the values: the weights are null where all are 1. The pieces of `ForEachPiece` are the
// same at every call.
using PieceFunction =
    absl::FunctionRef<void(const float* values, const float* weights, size_t count)>;
using ForEachPiece = absl::FunctionRef<void(PieceFunction)>;

// The same for values that are too many to be copied, about `count` of them, no -0 among them: they
// are looked at several times, and what is copied are a sample and those that share the upper 16
// bits with a border between two levels. Starts from the sample's levels and then takes every value
// into account, so that it ends where FitCodebook's iterations may end too, if not always the same.
void FitCodebookInPieces(ForEachPiece pieces, size_t count, int iterations,
                         absl::Span<float> levels);

}  // namespace pawl

#endif  // PAWL_LIB_METHODS_CODEBOOK_H_
