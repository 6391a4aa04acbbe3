// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// What a layer's inputs say about errors of its weights. For a layer y = W x and an approximation
// Q of W, the squared error of the output over all samples is tr((W - Q) H (W - Q)^T) with H = sum
// of x x^T. InputMoments collects H; InputFactor factorizes it for methods that let later columns
// make up for the error of earlier ones (GPTQ, SparseGPT). Both serve every layer that has the same
// inputs.

#ifndef PAWL_INCLUDE_PAWL_INPUT_MOMENTS_H_
#define PAWL_INCLUDE_PAWL_INPUT_MOMENTS_H_

#include <cstdint>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "pawl/tensor.h"

namespace pawl {

class Context;

// Sums over samples, in f64. Samples of one call are taken in blocks of 256, whose products are
// summed in f32, in the samples' order, by fused multiply-add, and then added to the f64 sum: the
// same bits for every target and thread count. Not thread-safe while adding. After Cancelled or
// ResourceExhausted from an Add the sums are of no use.
class InputMoments {
 public:
  // Memory: 8 * columns^2 bytes. Errors: InvalidArgument (columns < 1), ResourceExhausted.
  static absl::StatusOr<InputMoments> Create(int64_t columns);

  // Adds inputs [.., columns] of any float type. Errors: InvalidArgument where the shape or type
  // does not fit or a value is not finite (naming sample and column); nothing is added then.
  absl::Status Add(const Tensor& inputs, Context* context = nullptr);

  // Adds inputs as the quantized network has them, and what the float network has in the same
  // places, for CorrectForInputs (gptq.h). Twice the memory from the first call on.
  absl::Status AddPair(const Tensor& quantized_inputs, const Tensor& float_inputs,
                       Context* context = nullptr);

  // Adds what the outputs of a layer with these inputs should have beside W x, f32 [samples,
  // outputs]: where outputs are added to a stream that is not what it is in the float network, the
  // difference of the two. For CorrectForInputs; Add or AddPair takes the inputs themselves.
  absl::Status AddMissing(const Tensor& quantized_inputs, const Tensor& missing,
                          Context* context = nullptr);

  // Adds what another object has collected. Errors: InvalidArgument (another number of columns).
  absl::Status Merge(const InputMoments& other);

  // The sums of inputs that a scheme's rotation (scheme.h) turns, R x for x: block a power of two
  // that divides the columns, signs [columns] of +1 and -1. f64, the same bits for every target and
  // thread count. Errors: InvalidArgument, ResourceExhausted, Cancelled.
  absl::StatusOr<InputMoments> Rotated(absl::Span<const int8_t> signs, int32_t block,
                                       Context* context = nullptr) const;

  int64_t columns() const { return columns_; }
  int64_t samples() const { return samples_; }

  // Sum of x_i x_j, [columns, columns] row-major. Only i <= j is filled in.
  absl::Span<const double> products() const { return products_.as<double>(); }
  // Sum of (float x_i - quantized x_i) * quantized x_j, [columns, columns]; empty without AddPair.
  absl::Span<const double> differences() const { return differences_.as<double>(); }
  // Sum of missing_o * quantized x_j, [outputs, columns]; empty without AddMissing.
  absl::Span<const double> missing() const { return missing_.as<double>(); }

  // Mean of x_i^2: the importance of a column (QuantizeOptions::importance), [columns].
  std::vector<float> Importance() const;

 private:
  int64_t columns_ = 0;
  int64_t samples_ = 0;
  Tensor products_;
  Tensor differences_;
  Tensor missing_;
};

// Mean over samples of the squared error of the outputs, summed over outputs:
// tr(E H E^T) / samples with E = weights - approximation, f32 [rows, columns] each; in f64, the
// same bits for every target and thread count. Errors: InvalidArgument (shapes).
absl::StatusOr<double> OutputError(const InputMoments& moments, const Tensor& weights,
                                   const Tensor& approximation, Context* context = nullptr);

struct FactorOptions {
  // Added to the diagonal of H, as a part of its mean (over columns that are not dead). Where H
  // cannot be factorized even so, it is doubled (from 1e-4 at least) until it can be.
  double damping = 0.01;
  // Columns in the order of falling x^2 (GPTQ's act-order, desc_act) instead of as they come.
  bool by_activation = true;
};

// H + damping = M D M^T with M unit upper triangular and D diagonal, columns in the order that
// `order` gives. Immutable; threads may share it.
//
// With e_k = w_k - q_k the error of the column at position k, GPTQ's update is the same as rounding
//
//   w_j + sum of M[k, j] e_k over k < j
//
// at position j (that GPTQ is Babai's nearest plane method: Chen et al. 2025, "The geometry of LLM
// quantization"), so neither H^-1 nor its factor is needed; the error under the damped H is the sum
// of D[j] times the squared rounding error at j.
class InputFactor {
 public:
  // Memory: 4 * columns^2 bytes, and 8 * columns^2 while it runs. Errors: InvalidArgument (no
  // samples, a bad option, products that are not finite), ResourceExhausted, Cancelled.
  static absl::StatusOr<InputFactor> Create(const InputMoments& moments,
                                            const FactorOptions& options = {},
                                            Context* context = nullptr);

  int64_t columns() const { return static_cast<int64_t>(order_.size()); }
  int64_t samples() const { return samples_; }
  // The column at each position.
  absl::Span<const int32_t> order() const { return order_; }
  bool in_order() const { return in_order_; }  // order()[i] == i
  // M, f32 [columns, columns]; zero on and below the diagonal.
  absl::Span<const float> coefficients() const { return coefficients_.as<float>(); }
  // D / samples, by position.
  absl::Span<const double> pivots() const { return pivots_; }

  double damping() const { return damping_; }     // that was needed
  int attempts() const { return attempts_; }      // 1 where the asked damping was enough
  int64_t dead_columns() const { return dead_; }  // whose inputs are all 0: rounded on their own

 private:
  static absl::StatusOr<InputFactor> CreateInMode(const InputMoments& moments,
                                                  const FactorOptions& options, Context* context);

  int64_t samples_ = 0;
  std::vector<int32_t> order_;
  bool in_order_ = true;
  Tensor coefficients_;
  std::vector<double> pivots_;
  double damping_ = 0.0;
  int attempts_ = 0;
  int64_t dead_ = 0;
};

}  // namespace pawl

#endif  // PAWL_INCLUDE_PAWL_INPUT_MOMENTS_H_
