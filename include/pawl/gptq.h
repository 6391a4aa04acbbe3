// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// GPTQ (Frantar et al. 2023): columns are rounded one after another, and the weights that are not
// rounded yet make up for the errors so far. Works for any scheme whose codes round single values,
// GGUF's K blocks, nf4 and codebooks included.

#ifndef PAWL_INCLUDE_PAWL_GPTQ_H_
#define PAWL_INCLUDE_PAWL_GPTQ_H_

#include <cstdint>

#include "absl/status/statusor.h"
#include "pawl/input_moments.h"
#include "pawl/pruning.h"
#include "pawl/quantized_tensor.h"
#include "pawl/quantizer.h"
#include "pawl/scheme.h"
#include "pawl/tensor.h"

namespace pawl {

class Context;

struct GptqOptions {
  // How ranges are found: kMax as the first GPTQ, kMse its --mse grid; kScaleSearch is better:
  // for static groups along the rows it is what SearchBlocks (block_search.h) finds.
  RangeMethod range = RangeMethod::kScaleSearch;
  double percentile = 99.99;
  int kmeans_iterations = 100;
  // Errors of the range search are weighted by the pivots of the factor: what an error of a column
  // costs when later ones have made up for it as well as they can.
  bool weighted_range = true;
  // Scales from the weights as they are given, for any scheme and any order of columns. Otherwise
  // each group along the rows gets its scale when its first column is reached, from the weights as
  // they are then; columns in another order than their own then need an index map (g_idx), which
  // the result has. Schemes with super-scales or without scales need static groups.
  bool static_groups = true;
  // Prunes in the same pass (SparseGPT): needs a scheme that has an exact zero.
  PruningPattern pruning = {};
};

struct GptqReport {
  double damping = 0.0;      // that the factor needed
  int attempts = 0;          // factorizations until one was found
  int64_t dead_columns = 0;  // whose inputs were all 0
  int64_t pruned = 0;        // weights that are 0 by the pruning pattern
  // Mean over samples of the squared error of the outputs, under the damped products.
  double loss = 0.0;
  QuantizeStats stats;
};

// Weights [out, in] of any float type with the inputs that `factor` was made of. With products that
// are diagonal the codes are those of Quantize() with the same ranges. Same bytes for every target
// and thread count.
//
// Memory beyond the result: f32 and i16 copies of the weights. Errors: InvalidArgument (shape;
// weights that are not finite, naming the first; schemes with outlier columns, input scales or
// rotation - apply those to weights and inputs first -, f16 and bf16 elements, or an arithmetic
// other than f32; an option that does not fit), Cancelled, ResourceExhausted.
absl::StatusOr<QuantizedTensor> Gptq(const Tensor& weights, const Scheme& scheme,
                                     const InputFactor& factor, const GptqOptions& options = {},
                                     Context* context = nullptr, GptqReport* report = nullptr);

// Asymmetric calibration (GPTAQ, Li et al. 2025; Qronos, Zhang et al. 2025): the weights for which
// the quantized network's inputs come nearest to what the float network's inputs give,
//
//   W + strength * W (sum of (x_float - x) x^T) (H + damping)^-1
//
// f32, to be quantized in place of W. Needs moments with pairs, of which `factor` was made. Where
// they also have what the outputs miss (AddMissing), (sum of missing x^T) (H + damping)^-1 is
// added: a layer whose outputs are added to a stream then makes up for the stream's error, too.
// strength: 1 is the least-squares solution, smaller is safer with few samples.
absl::StatusOr<Tensor> CorrectForInputs(const Tensor& weights, const InputMoments& moments,
                                        const InputFactor& factor, double strength = 1.0,
                                        Context* context = nullptr);

}  // namespace pawl

#endif  // PAWL_INCLUDE_PAWL_GPTQ_H_
