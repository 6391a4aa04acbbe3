// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// Orthogonal transforms of n values by Hadamard matrices, in f64, for what is computed once.

#ifndef PAWL_LIB_MODELS_HADAMARD_TRANSFORM_H_
#define PAWL_LIB_MODELS_HADAMARD_TRANSFORM_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"

namespace pawl {

// x <- x H / sqrt(n) with H = M (x) S: S is Sylvester's matrix of a power of two, M one of Paley's
// (1933): order q + 1 for a prime q = 3 (mod 4), 2 (q + 1) for a prime q = 1 (mod 4); 12, 20, 28,
// 36, 44 ... up to 1024. Immutable; threads may share it.
class HadamardTransform {
 public:
  // Of the orders that n leaves the smallest is taken, 1 for powers of two. Errors: InvalidArgument
  // for an n that no such matrix has (172 and 344, say; odd numbers above 1).
  static absl::StatusOr<HadamardTransform> Create(int64_t n);

  int64_t size() const { return order_ * power_; }
  int64_t order() const { return order_; }  // of M
  int64_t power() const { return power_; }  // of S

  std::string Size() const;  // "576 = 36 x 16"

  // `x` has size() values, `scratch` order() of them. The order of operations is fixed.
  void Apply(double* x, double* scratch) const;

 private:
  HadamardTransform(int64_t order, int64_t power);

  int64_t order_;
  int64_t power_;
  double norm_;
  std::vector<int8_t> matrix_;  // M, [order, order]; empty where that is 1
};

}  // namespace pawl

#endif  // PAWL_LIB_MODELS_HADAMARD_TRANSFORM_H_
