// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#ifndef PAWL_LIB_CORE_UNSET_TENSOR_H_
#define PAWL_LIB_CORE_UNSET_TENSOR_H_

#include <cstdint>

#include "absl/status/statusor.h"
#include "pawl/tensor.h"

namespace pawl {

// u8 [bytes], 64-byte aligned like Tensor::Create's but not cleared: for whoever writes all of it.
// Much memory comes in large pages where the system has them for the asking: fewer faults while it
// is filled, fewer misses of the address cache while it is read.
absl::StatusOr<Tensor> CreateUnset(int64_t bytes);

}  // namespace pawl

#endif  // PAWL_LIB_CORE_UNSET_TENSOR_H_
