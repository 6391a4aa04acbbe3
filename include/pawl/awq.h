// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// Scales of input channels, found from recorded inputs: AWQ (Lin et al. 2024) for weights alone,
// SmoothQuant (Xiao et al. 2023) for layers whose inputs are quantized, too. The weights' columns
// are multiplied by them, and what makes the inputs (a norm, the layer before) is divided.

#ifndef PAWL_INCLUDE_PAWL_AWQ_H_
#define PAWL_INCLUDE_PAWL_AWQ_H_

#include <cstdint>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "pawl/quantized_tensor.h"
#include "pawl/quantizer.h"
#include "pawl/scheme.h"
#include "pawl/tensor.h"

namespace pawl {

class Context;

struct AwqOptions {
  int ratios = 20;            // of the grid r = k / ratios, k = 0 .. ratios - 1
  bool duo_scaling = true;    // weights' magnitudes count, too (AutoAWQ), not only the inputs'
  bool clip = true;           // search for clipped ranges afterwards
  int clip_steps = 10;        // limits 1, 1 - 1/20, 1 - 2/20 ... of the largest magnitude
  int64_t max_samples = 512;  // of the inputs, evenly spaced, that scores are computed from
  RangeMethod range = RangeMethod::kMax;
};

struct AwqScales {
  std::vector<float> scales;  // [columns], all 1 where nothing is better
  double ratio = 0.0;
  double error = 0.0;          // mean squared error of the outputs with them, over the samples used
  double error_without = 0.0;  // with scales of 1
};

// Scales for layers that have the same inputs [samples, columns] (query, key and value of an
// attention, say): with a = mean |x| of a column and m = mean over outputs of |w| / largest |w| of
// its group,
//
//   s = max(a^r, 1e-4), or a^r / (m^(1-r) + 1e-4) with duo_scaling; s / sqrt(max s * min s)
//
// for the r with the least squared error of the layers' outputs, weights being Q(W s) / s. Same
// bits for every target and thread count. Errors: InvalidArgument (shapes, types, inputs that are
// not finite, an option out of range), Cancelled, ResourceExhausted.
absl::StatusOr<AwqScales> FindAwqScales(absl::Span<const Tensor> layers, const Tensor& inputs,
                                        const Scheme& scheme, const AwqOptions& options = {},
                                        Context* context = nullptr);

// f32 copy of the weights, each group's values clipped to the limit that gives the least squared
// error of the group's part of the outputs after quantization. Errors: as above; also a scheme
// whose groups do not lie along the rows (whole rows are fine).
absl::StatusOr<Tensor> ClipForAwq(const Tensor& weights, const Tensor& inputs, const Scheme& scheme,
                                  const AwqOptions& options = {}, Context* context = nullptr);

struct AwqReport {
  AwqScales scales;
  double clip_error = 0.0;  // mean squared error of the outputs after clipping, too
  QuantizeStats stats;
};

// Scales, clipping and codes of one layer. The result decodes to an approximation of W itself: its
// scheme has input_scale (1 / s). For files without such a part, use FindAwqScales, fold 1 / s into
// what makes the inputs, and Quantize() ScaleColumns(W, s); jobs over language models (job.h,
// calibration_ids) do so.
absl::StatusOr<QuantizedTensor> Awq(const Tensor& weights, const Tensor& inputs,
                                    const Scheme& scheme, const AwqOptions& options = {},
                                    Context* context = nullptr, AwqReport* report = nullptr);

// s = max |x|^alpha / max |w|^(1 - alpha) of each column, the second over all layers that share the
// inputs; both maxima at least 1e-5. `input_maxima` [columns]: the largest magnitudes of the inputs
// (an Observer's). alpha in [0, 1], 0.5 by default. Errors: InvalidArgument.
absl::StatusOr<std::vector<float>> SmoothQuantScales(absl::Span<const Tensor> layers,
                                                     absl::Span<const float> input_maxima,
                                                     double alpha = 0.5);

// f32 copy with column j multiplied by scales[j]. Errors: InvalidArgument.
absl::StatusOr<Tensor> ScaleColumns(const Tensor& weights, absl::Span<const float> scales);

}  // namespace pawl

#endif  // PAWL_INCLUDE_PAWL_AWQ_H_
