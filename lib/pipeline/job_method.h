// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// The methods of recipes, run on one tensor of a job.

#ifndef PAWL_LIB_PIPELINE_JOB_METHOD_H_
#define PAWL_LIB_PIPELINE_JOB_METHOD_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "pawl/context.h"
#include "pawl/quantized_tensor.h"
#include "pawl/quantizer.h"
#include "pawl/recipe.h"
#include "pawl/tensor.h"

namespace pawl {

// Whether a method needs recorded inputs.
bool NeedsInputs(const RecipeMethod& method);

// Memory beyond that of rounding to nearest, for a weight [rows, cols]; and for its recorded inputs
// [samples, cols] of any type.
uint64_t MethodBytes(const RecipeMethod& method, uint64_t rows, uint64_t cols);
uint64_t InputBytes(const RecipeMethod& method, uint64_t samples, uint64_t cols);

struct MethodResult {
  QuantizedTensor tensor;
  QuantizeStats stats;
  std::vector<std::string> notes;  // what else should be known, such as a damping that rose
};

// `inputs` gives the recorded inputs [samples, cols]; it is called only where NeedsInputs. `ranges`
// has the settings of rounding to nearest, importance included. Errors: those of the method.
absl::StatusOr<MethodResult> RunMethod(const RecipeMethod& method, const Tensor& weights,
                                       const Scheme& scheme, const QuantizeOptions& ranges,
                                       absl::FunctionRef<absl::StatusOr<Tensor>()> inputs,
                                       Context& context);

}  // namespace pawl

#endif  // PAWL_LIB_PIPELINE_JOB_METHOD_H_
