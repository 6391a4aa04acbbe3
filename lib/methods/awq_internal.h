// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#ifndef PAWL_LIB_METHODS_AWQ_INTERNAL_H_
#define PAWL_LIB_METHODS_AWQ_INTERNAL_H_

#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "pawl/awq.h"
#include "pawl/scheme.h"
#include "pawl/tensor.h"

namespace pawl {

// Mean |x| of each column of inputs f32 [samples, columns].
std::vector<double> MeanMagnitudes(const Tensor& inputs);
// maxima[c] <- the largest of itself and of |x| in column c of f32 [rows, columns]; infinity where
// one is not finite.
void TakeColumnMaxima(const Tensor& values, absl::Span<float> maxima);
// Mean over all outputs of |w| / largest |w| of its group, by column; layers f32, each with its
// scheme.
std::vector<double> RelativeWeights(absl::Span<const Tensor> layers,
                                    absl::Span<const Scheme> schemes);
// f32 W, approximated by Q(W s) / s.
absl::StatusOr<Tensor> RoundScaled(const Tensor& layer, const Scheme& scheme,
                                   const QuantizeOptions& options, absl::Span<const float> scales,
                                   Context* context);
// Tries the ratios of FindAwqScales (awq.h), each by `error_of` its scales. Columns with the same
// `magnitudes` and `weights` (empty: they do not count) have the same scale.
absl::StatusOr<AwqScales> SearchAwqScales(
    absl::Span<const double> magnitudes, absl::Span<const double> weights,
    const AwqOptions& options,
    absl::FunctionRef<absl::StatusOr<double>(absl::Span<const float> scales)> error_of,
    Context* context);
// Mean squared error of the layers' outputs, weights being Q(W s) / s.
absl::StatusOr<double> ErrorOfScales(absl::Span<const Tensor> layers, const Tensor& inputs,
                                     absl::Span<const Scheme> schemes,
                                     const QuantizeOptions& options, absl::Span<const float> scales,
                                     Context* context);
// What awq and smoothquant cannot take: input scales, rotation, outlier columns, an index map.
absl::Status CheckAwqScheme(const Scheme& scheme);

// Everything as f32, checked; of the inputs at most max_samples, evenly spaced.
struct AwqSample {
  std::vector<Tensor> layers;
  Tensor inputs;  // [samples, columns]
};
absl::StatusOr<AwqSample> TakeAwqSample(absl::Span<const Tensor> layers, const Tensor& inputs,
                                        const AwqOptions& options);

// Sum over samples and outputs of (x . (made - weights))^2, in f64 of f32 products.
absl::StatusOr<double> SumOfSquaredOutputs(const Tensor& inputs, const Tensor& weights,
                                           const Tensor& made, Context* context);

}  // namespace pawl

#endif  // PAWL_LIB_METHODS_AWQ_INTERNAL_H_
