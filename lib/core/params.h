// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// Scales, zero points and minima as they are stored (quantized_tensor.h, canonical packing).

#ifndef PAWL_LIB_CORE_PARAMS_H_
#define PAWL_LIB_CORE_PARAMS_H_

#include <cstdint>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "pawl/quantized_tensor.h"
#include "pawl/scheme.h"
#include "pawl/tensor.h"

namespace pawl {

// Type and length of the tensor that holds `count` parameters; length 0 for kNone.
DType ParamDType(const ParamType& type);
int64_t ParamLength(const ParamType& type, int64_t count);
int64_t ParamBytes(const ParamType& type, int64_t count);

// One stored parameter as raw bits. `index` must be in range; Write needs a writable tensor.
uint32_t ReadParam(const ParamType& type, const Tensor& stored, int64_t index);
void WriteParam(const ParamType& type, Tensor& stored, int64_t index, uint32_t raw);

// The number that raw bits stand for. For kTable pass its 256 levels.
float ParamValue(const ParamType& type, uint32_t raw, const float* levels = nullptr);

// The raw bits nearest to value, half to even, saturating; e8m0 rounds the exponent to the nearest
// power of two. NaN and Inf give the encoding of zero (or the smallest power for e8m0).
uint32_t EncodeParam(const ParamType& type, float value);

// Decodes the effective scales and offsets of groups [begin, begin+out.size()), supers applied.
// Schemes without a scale give 1, without an offset 0.
void DecodeScales(const QuantizedTensor& tensor, int64_t begin, absl::Span<float> out);
void DecodeOffsets(const QuantizedTensor& tensor, int64_t begin, absl::Span<float> out);

}  // namespace pawl

#endif  // PAWL_LIB_CORE_PARAMS_H_
