// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#ifndef PAWL_LIB_METHODS_AWQ_INTERNAL_H_
#define PAWL_LIB_METHODS_AWQ_INTERNAL_H_

#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "pawl/awq.h"
#include "pawl/tensor.h"

namespace pawl {

// Everything as f32, checked; of the inputs at most max_samples, evenly spaced.
struct AwqSample {
  std::vector<Tensor> layers;
  Tensor inputs;  // [samples, columns]
};
absl::StatusOr<AwqSample> TakeAwqSample(absl::Span<const Tensor> layers, const Tensor& inputs,
                                        const AwqOptions& options);

// Sum over samples and outputs of (x . (made / scales - weights))^2, in f64 of f32 products.
absl::StatusOr<double> SumOfSquaredOutputs(const Tensor& inputs, const Tensor& weights,
                                           const Tensor& made, absl::Span<const float> scales,
                                           Context* context);

}  // namespace pawl

#endif  // PAWL_LIB_METHODS_AWQ_INTERNAL_H_
