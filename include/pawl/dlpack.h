// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// DLPack 1.x, whose tensors say whether they may be written to (https://dmlc.github.io/dlpack).
// Tensor::FromDLPack and ToDLPack are those of DLPack 0.x, which do not.

#ifndef PAWL_INCLUDE_PAWL_DLPACK_H_
#define PAWL_INCLUDE_PAWL_DLPACK_H_

#include "absl/status/statusor.h"
#include "pawl/tensor.h"

struct DLManagedTensorVersioned;  // dlpack/dlpack.h of version 1.0 and later

namespace pawl {

// Takes over a tensor without copying: the deleter runs with the last copy of the result, which is
// writable unless the producer forbids it. On error the caller still owns it: InvalidArgument as
// Tensor::FromDLPack, Unimplemented for another major version than 1.
absl::StatusOr<Tensor> TensorFromDLPack(DLManagedTensorVersioned* managed);

// Lends the memory to a consumer, which must call the result's deleter; flagged read-only where
// the tensor is not writable. No copy.
absl::StatusOr<DLManagedTensorVersioned*> TensorToDLPack(const Tensor& tensor);

}  // namespace pawl

#endif  // PAWL_INCLUDE_PAWL_DLPACK_H_
