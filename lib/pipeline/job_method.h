// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// The methods of recipes, run on one tensor of a job.

#ifndef PAWL_LIB_PIPELINE_JOB_METHOD_H_
#define PAWL_LIB_PIPELINE_JOB_METHOD_H_

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "pawl/context.h"
#include "pawl/input_moments.h"
#include "pawl/quantized_tensor.h"
#include "pawl/quantizer.h"
#include "pawl/recipe.h"
#include "pawl/tensor.h"

namespace pawl {

// What met a layer while the model ran on calibration data; computed when asked for.
class MethodInputs {
 public:
  virtual ~MethodInputs() = default;
  // Inputs as they were, [samples, cols] of a float type.
  virtual absl::StatusOr<Tensor> Rows() = 0;
  // Their products; the same object until this one goes.
  virtual absl::StatusOr<const InputMoments*> Moments() = 0;
  virtual absl::StatusOr<const InputFactor*> Factor(const FactorOptions& options) = 0;
  // Scales of columns are in the weights and inputs already, so awq and smoothquant look for none.
  virtual bool folded() const { return false; }
};

// Of inputs that `load` gives.
class RecordedInputs final : public MethodInputs {
 public:
  RecordedInputs(std::function<absl::StatusOr<Tensor>()> load, Context& context)
      : load_(std::move(load)), context_(context) {}
  absl::StatusOr<Tensor> Rows() override { return load_(); }
  absl::StatusOr<const InputMoments*> Moments() override;
  absl::StatusOr<const InputFactor*> Factor(const FactorOptions& options) override;

 private:
  std::function<absl::StatusOr<Tensor>()> load_;
  Context& context_;
  std::optional<InputMoments> moments_;
  std::optional<InputFactor> factor_;
};

// Whether a method needs recorded inputs.
bool NeedsInputs(const RecipeMethod& method);

// Memory beyond that of rounding to nearest, for a weight [rows, cols]; and for its recorded inputs
// [samples, cols] of any type.
uint64_t MethodBytes(const RecipeMethod& method, const Scheme& scheme, uint64_t rows,
                     uint64_t cols);
uint64_t InputBytes(const RecipeMethod& method, uint64_t samples, uint64_t cols);

// Of the time that a tensor of a job takes, about: reading it, the method, and comparing the
// result. Writing has the rest.
struct StepShares {
  double load, method, compare;
};
StepShares SharesOf(const RecipeMethod& method);

struct MethodResult {
  QuantizedTensor tensor;
  QuantizeStats stats;
  std::vector<std::string> notes;  // what else should be known, such as a damping that rose
};

// `inputs` may be null where not NeedsInputs. `ranges` has the settings of rounding to nearest,
// importance included. Errors: those of the method.
absl::StatusOr<MethodResult> RunMethod(const RecipeMethod& method, const Tensor& weights,
                                       const Scheme& scheme, const QuantizeOptions& ranges,
                                       MethodInputs* inputs, Context& context);

}  // namespace pawl

#endif  // PAWL_LIB_PIPELINE_JOB_METHOD_H_
