// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#ifndef PAWL_LIB_METHODS_SUPER_SCALES_H_
#define PAWL_LIB_METHODS_SUPER_SCALES_H_

#include "absl/types/span.h"
#include "pawl/quantized_tensor.h"
#include "pawl/quantizer.h"

namespace pawl {

// Writes the scales of all groups into `tensor`, in its scheme's types. Where they have supers,
// each is chosen so that the largest of its groups just fits. A scale of 0 stands for a group of
// zeros.
void StoreScales(absl::Span<const float> scales, QuantizedTensor& tensor, QuantizeStats& stats);

// The same for zero points and minima; nothing where the scheme has none.
void StoreOffsets(absl::Span<const float> offsets, QuantizedTensor& tensor);

// The zero point for the scale as it is stored, where `zero_point` belongs to the ideal one: the
// range keeps its low end. Minima and clipped scales leave it as it is.
float AlignZeroPoint(const Scheme& scheme, float zero_point, float ideal_scale, float stored_scale);

// bitsandbytes' signed dynamic map of 256 levels in [-1, 1], for scales that are quantized again.
void FillDynamicMap(absl::Span<float> levels);

}  // namespace pawl

#endif  // PAWL_LIB_METHODS_SUPER_SCALES_H_
