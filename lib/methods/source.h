// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#ifndef PAWL_LIB_METHODS_SOURCE_H_
#define PAWL_LIB_METHODS_SOURCE_H_

#include <cstdint>

#include "kernels/target.h"
#include "pawl/tensor.h"

namespace pawl {

// Reads pieces of a float tensor as f32, without a copy where it is f32 already.
class Source {
 public:
  Source(const Tensor& tensor, kernels::Target target) : tensor_(&tensor), target_(target) {}

  static bool Accepts(DType dtype) { return IsFloat(dtype) && dtype != DType::kE8M0; }
  bool is_f32() const { return tensor_->dtype() == DType::kF32; }

  // Elements [begin, begin+count) in memory order; `buffer` has room for them.
  const float* Load(int64_t begin, int64_t count, float* buffer) const;

 private:
  const Tensor* tensor_;
  kernels::Target target_;
};

}  // namespace pawl

#endif  // PAWL_LIB_METHODS_SOURCE_H_
