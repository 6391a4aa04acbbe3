// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// What becomes of a convolution's results.

#include <cstring>
#include <limits>

#include "kernels/image_rows.h"
#include "kernels/requantize.h"
#include "lib/core/conv_impl.h"
#include "lib/core/linear_activation.h"

namespace pawl {
namespace {

template <typename T>
void Store(const ConvCall& call, const ConvResults& r, const T* from) {
  auto* y = static_cast<T*>(call.y);
  if (call.impl.layout == ImageLayout::kNHWC) {
    for (int64_t m = 0; m < r.count; ++m) {
      std::memcpy(y + (r.position + m) * call.impl.out + r.channel, from + m * r.stride,
                  static_cast<size_t>(r.width) * sizeof(T));
    }
    return;
  }
  y += r.channel * call.size.positions() + r.position;
  const kernels::TransposeShape shape{.rows = static_cast<size_t>(r.count),
                                      .cols = static_cast<size_t>(r.width),
                                      .from_stride = static_cast<size_t>(r.stride),
                                      .to_stride = static_cast<size_t>(call.size.positions())};
  if constexpr (sizeof(T) == 1) {
    kernels::TransposeU8(call.target, from, shape, y);
  } else {
    kernels::TransposeF32(call.target, from, shape, y);
  }
}

void FinishCodes(const ConvCall& call, const ConvResults& r, const int32_t* sums, uint8_t* codes) {
  const QuantizedConv::Impl& impl = call.impl;
  const IntegerOutput& integer = impl.layer.integer;
  const auto row = static_cast<size_t>(r.row);
  const kernels::RequantizeParams params{impl.bias.data() + row,
                                         impl.multipliers.data() + row,
                                         impl.shifts.data() + row,
                                         integer.rounding,
                                         integer.zero_point,
                                         integer.low,
                                         integer.high,
                                         impl.narrow};
  const bool straight = impl.layout == ImageLayout::kNHWC;
  if (straight) codes = static_cast<uint8_t*>(call.y) + r.position * impl.out + r.channel;
  kernels::RequantizeRows(call.target, sums,
                          {.rows = static_cast<size_t>(r.count),
                           .n = static_cast<size_t>(r.width),
                           .stride = static_cast<size_t>(r.stride),
                           .codes_stride = static_cast<size_t>(straight ? impl.out : r.stride)},
                          params, codes);
  if (!straight) Store(call, r, codes);
}

// Output i32: the sums with their bias, unless that is none.
void StoreSums(const ConvCall& call, const ConvResults& r, int32_t* sums) {
  const QuantizedConv::Impl& impl = call.impl;
  const int32_t* bias = impl.bias.data() + r.row;
  for (int64_t m = 0; m < r.count && !impl.layer.integer.bias.empty(); ++m) {
    int32_t* row = sums + m * r.stride;
    for (int64_t i = 0; i < r.width; ++i) {
      row[i] = requantize_internal::Saturate32(int64_t{row[i]} + bias[i]);
    }
  }
  Store(call, r, reinterpret_cast<const float*>(sums));
}

}  // namespace

void FinishFloats(const ConvCall& call, const ConvResults& r, float* values) {
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  const QuantizedLinear::Impl& layer = call.impl.layer;
  const SumsToFloats* floats = call.floats;
  const FusedActivation activation =
      floats != nullptr ? floats->activation : layer.options.activation;
  const float* bias = layer.bias.empty() ? nullptr : layer.bias.data() + r.row;
  if (floats != nullptr) bias = floats->bias != nullptr ? floats->bias + r.channel : nullptr;
  const bool relu = activation == FusedActivation::kRelu,
             relu6 = activation == FusedActivation::kRelu6;
  const kernels::FinishParams params{
      .scale = layer.weight_only() || floats != nullptr ? 1.0f : call.scale,
      .bias = bias,
      .low = relu || relu6 ? 0.0f : -kInfinity,
      .high = relu6 ? 6.0f : kInfinity};
  const bool bounded = relu || relu6 || activation == FusedActivation::kNone;
  for (int64_t m = 0; m < r.count; ++m) {
    float* v = values + m * r.stride;
    kernels::FinishRowF32(call.target, params, static_cast<size_t>(r.width), v);
    if (!bounded) ApplyActivation(activation, v, r.width, call.target);
  }
  Store(call, r, values);
}

void FinishSums(const ConvCall& call, const ConvResults& r, int32_t* sums, char* worker) {
  const QuantizedConv::Impl& impl = call.impl;
  if (impl.integer_only() && call.floats == nullptr) {
    if (call.y_dtype == DType::kI32) return StoreSums(call, r, sums);
    return FinishCodes(call, r, sums, reinterpret_cast<uint8_t*>(worker + call.space.codes));
  }
  auto* values = reinterpret_cast<float*>(sums);
  const float* scales =
      call.floats != nullptr ? call.floats->scales + r.channel : impl.row_scales.data() + r.row;
  for (int64_t m = 0; m < r.count; ++m) {
    kernels::ScaleSums(call.target, sums + m * r.stride, scales, static_cast<size_t>(r.width),
                       values + m * r.stride);
  }
  FinishFloats(call, r, values);
}

}  // namespace pawl
