// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include "lib/methods/source.h"

#include "kernels/convert.h"
#include "pawl/float_types.h"

namespace pawl {

const float* Source::Load(int64_t begin, int64_t count, float* buffer) const {
  const auto first = static_cast<size_t>(begin);
  const auto n = static_cast<size_t>(count);
  switch (tensor_->dtype()) {
    case DType::kF32:
      return tensor_->as<float>().data() + first;
    case DType::kF16:
      kernels::ConvertF16ToF32(target_, tensor_->as<uint16_t>().data() + first, n, buffer);
      break;
    case DType::kBF16:
      kernels::ConvertBF16ToF32(target_, tensor_->as<uint16_t>().data() + first, n, buffer);
      break;
    case DType::kF64: {
      const double* in = tensor_->as<double>().data() + first;
      for (size_t i = 0; i < n; ++i) buffer[i] = static_cast<float>(in[i]);
      break;
    }
    case DType::kE4M3:
    case DType::kE5M2: {
      const uint8_t* in = tensor_->as<uint8_t>().data() + first;
      const bool e4m3 = tensor_->dtype() == DType::kE4M3;
      for (size_t i = 0; i < n; ++i) buffer[i] = e4m3 ? E4M3ToF32(in[i]) : E5M2ToF32(in[i]);
      break;
    }
    default:
      for (size_t i = 0; i < n; ++i) buffer[i] = 0.0f;  // excluded by Accepts
  }
  return buffer;
}

}  // namespace pawl
