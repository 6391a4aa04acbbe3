// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#ifndef PAWL_LIB_METHODS_PREPARE_H_
#define PAWL_LIB_METHODS_PREPARE_H_

#include "absl/status/statusor.h"
#include "pawl/context.h"
#include "pawl/quantized_tensor.h"
#include "pawl/quantizer.h"

namespace pawl {

// Fills the parts of `tensor` that concern columns (index map, input scale, rotation signs, outlier
// columns) from the options and returns the values whose codes are to be computed: `weights` itself
// where no part changes them, else an f32 copy, rotated, divided and with outlier columns zeroed.
// Values that are not finite and do not reach that copy are counted here.
absl::StatusOr<Tensor> PrepareColumns(const Tensor& weights, const QuantizeOptions& options,
                                      Context* context, QuantizedTensor& tensor,
                                      QuantizeStats& stats);

}  // namespace pawl

#endif  // PAWL_LIB_METHODS_PREPARE_H_
