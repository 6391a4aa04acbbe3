// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// Pruning of weights: by magnitude, and SparseGPT (Frantar, Alistarh 2023), which lets the weights
// that stay make up for those that go.

#ifndef PAWL_INCLUDE_PAWL_PRUNING_H_
#define PAWL_INCLUDE_PAWL_PRUNING_H_

#include <cstdint>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "pawl/input_moments.h"
#include "pawl/tensor.h"

namespace pawl {

class Context;

// Which weights become 0: a fraction of all, or of each `of` consecutive inputs of an output the
// `zeros` that matter least ({.zeros = 2, .of = 4} is what sparse tensor cores take).
struct PruningPattern {
  double sparsity = 0.0;  // in [0, 1); not with zeros
  int32_t zeros = 0;
  int32_t of = 0;  // 2, 4, 8 or 16

  bool any() const { return sparsity > 0.0 || zeros > 0; }

  // Errors: InvalidArgument naming the field.
  absl::Status Validate() const;
};

struct PruningReport {
  int64_t zeros = 0;  // weights that were taken
  // Mean over samples of the squared error of the outputs under the damped products; 0 for
  // PruneMagnitude, which knows no inputs.
  double loss = 0.0;
  double damping = 0.0;
};

// f32 copy of `weights` [out, in] with the smallest magnitudes of the tensor (or of each `of`
// inputs) zero; of equal ones those that come first go. Errors: InvalidArgument (shape, type, a
// value that is not finite, a bad pattern), ResourceExhausted.
absl::StatusOr<Tensor> PruneMagnitude(const Tensor& weights, const PruningPattern& pattern,
                                      PruningReport* report = nullptr);

// SparseGPT: of each 128 inputs in the factor's order (all outputs together, as its authors do) the
// fraction with the least w^2 D goes, or of each `of` inputs of an output the least; the error goes
// to later inputs. `zeros` of `of` needs a factor in the inputs' own order. Errors: as above.
absl::StatusOr<Tensor> SparseGpt(const Tensor& weights, const InputFactor& factor,
                                 const PruningPattern& pattern, Context* context = nullptr,
                                 PruningReport* report = nullptr);

}  // namespace pawl

#endif  // PAWL_INCLUDE_PAWL_PRUNING_H_
