// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include "lib/methods/super_scales.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "lib/core/level_tables.h"
#include "lib/core/params.h"

namespace pawl {
namespace {

// Largest number that a parameter can say, and for signed integers the smallest.
float LargestParam(const ParamType& type) {
  switch (type.kind) {
    case ParamKind::kUint:
      return std::ldexp(1.0f, type.bits) - 1.0f;
    case ParamKind::kInt:
      return std::ldexp(1.0f, type.bits - 1) - 1.0f;
    case ParamKind::kE4M3:
      return 448.0f;
    case ParamKind::kUE4M3Ggml:
      return 224.0f;
    case ParamKind::kTable:
      return 1.0f;
    default:
      return 1.0f;  // a float sub-scale holds the ratio itself
  }
}

bool IsPlainFloat(const ParamType& type) {
  return type.kind == ParamKind::kF32 || type.kind == ParamKind::kF16 ||
         type.kind == ParamKind::kBF16;
}

bool HasZeroLevel(const Scheme& scheme) {
  if (scheme.element.kind == ElementKind::kBinary) return false;
  if (scheme.table == TableKind::kNone) return true;
  const LevelTable table = MakeLevelTable(scheme);
  const absl::Span<const float> levels = table.span();
  return std::find(levels.begin(), levels.end(), 0.0f) != levels.end();
}

// 1 where a zero would be of no use to a reader that divides by the scale; 0 where only that makes
// the group decode to zeros.
float ScaleOfZeroGroup(const Scheme& scheme) {
  return IsPlainFloat(scheme.scale.type) && HasZeroLevel(scheme) ? 1.0f : 0.0f;
}

float Store(const ParamType& type, Tensor& tensor, int64_t index, float value) {
  const uint32_t raw = EncodeParam(type, value);
  WriteParam(type, tensor, index, raw);
  return ParamValue(type, raw);
}

// No super may be 0 where scales are divided by it: 0/0 would be NaN.
float StoreDivisor(const ParamType& type, Tensor& tensor, int64_t index, float value) {
  const float stored = Store(type, tensor, index, value);
  if (stored != 0.0f) return stored;
  constexpr uint32_t kSmallest = 1;  // the first code above zero in every type
  WriteParam(type, tensor, index, kSmallest);
  return ParamValue(type, kSmallest);
}

// The super that lets every value of the span be said; signed integers reach one further below
// zero.
float IdealSuper(const ParamType& type, absl::Span<const float> values) {
  float extreme = 0.0f;
  for (const float v : values) {
    if (std::fabs(v) > std::fabs(extreme)) extreme = v;
  }
  if (type.kind == ParamKind::kInt) return extreme / -(LargestParam(type) + 1.0f);
  return std::fabs(extreme) / LargestParam(type);
}

void StoreSub(const ParamType& type, const SortedLevels* levels, Tensor& tensor, int64_t index,
              float ratio) {
  if (levels != nullptr) return WriteParam(type, tensor, index, levels->NearestCode(ratio));
  Store(type, tensor, index, ratio);
}

void StoreUnderSupers(absl::Span<const float> values, const ParamType& type,
                      const ParamType& super_type, const ScaleFormat& format, Tensor& subs,
                      Tensor& supers, const SortedLevels* levels) {
  const auto size = format.super_size < 0 ? std::max<size_t>(values.size(), 1)
                                          : static_cast<size_t>(format.super_size);
  for (size_t begin = 0; begin < values.size(); begin += size) {
    const absl::Span<const float> part = values.subspan(begin, size);
    float super = IdealSuper(type, part);
    const auto index = static_cast<int64_t>(begin / size);
    if (format.super_divides) {
      // The reciprocal of a super below 2^-128 overflows.
      super = super > 0.0f ? std::min(1.0f / super, std::numeric_limits<float>::max()) : 1.0f;
      super = StoreDivisor(super_type, supers, index, super);
    } else {
      super = Store(super_type, supers, index, super);
    }
    for (size_t i = 0; i < part.size(); ++i) {
      float ratio = 0.0f;
      if (super != 0.0f) ratio = format.super_divides ? part[i] * super : part[i] / super;
      StoreSub(type, levels, subs, static_cast<int64_t>(begin + i), ratio);
    }
  }
}

// QLoRA's double quantization: the mean is taken off so that both signs of the map are used.
void StoreDoubleQuantized(absl::Span<const float> scales, QuantizedTensor& tensor) {
  FillDynamicMap(tensor.scale_levels.mutable_as<float>());
  double sum = 0.0;
  for (const float s : scales) sum += static_cast<double>(s);
  const float mean =
      scales.empty() ? 0.0f : static_cast<float>(sum / static_cast<double>(scales.size()));
  tensor.scale_offset = mean;
  std::vector<float> centred(scales.begin(), scales.end());
  for (float& s : centred) s -= mean;
  const SortedLevels levels(tensor.scale_levels.as<float>());
  const ScaleFormat& format = tensor.scheme.scale;
  StoreUnderSupers(centred, format.type, format.super_type, format, tensor.scales,
                   tensor.super_scales, &levels);
}

void StoreLoneScale(float scale, float of_zero_group, int64_t index, QuantizedTensor& tensor,
                    QuantizeStats& stats) {
  const ScaleFormat& format = tensor.scheme.scale;
  if (scale == 0.0f) {
    ++stats.zero_groups;
    Store(format.type, tensor.scales, index, of_zero_group);
    return;
  }
  const float stored = Store(format.type, tensor.scales, index, scale);
  if (stored == 0.0f) {
    ++stats.underflowed_scales;
    Store(format.type, tensor.scales, index, of_zero_group);
  }
  const bool half =
      format.type.kind == ParamKind::kE8M0Ggml || format.type.kind == ParamKind::kUE4M3Ggml;
  const float value = half ? 2.0f * stored : stored;
  // Rounding moves a scale by a small part of it; more than a quarter short is the end of the type.
  const bool coarse = format.type.kind == ParamKind::kE8M0 ||
                      format.type.kind == ParamKind::kE8M0Inf ||
                      format.type.kind == ParamKind::kE8M0Ggml;
  if (!coarse && std::fabs(value) < 0.75f * std::fabs(scale) && stored != 0.0f) {
    ++stats.saturated_scales;
  }
}

}  // namespace

void FillDynamicMap(absl::Span<float> levels) {
  // For i = 0..6: 2^i equal bins on [0.1, 1], their midpoints times 10^(i-6), both signs; 0 and 1.
  // Written out: pow differs in its last bit between C libraries.
  constexpr double kPowers[7] = {1e-6, 1e-5, 1e-4, 1e-3, 1e-2, 1e-1, 1.0};
  std::vector<float> map = {0.0f, 1.0f};
  for (int i = 0; i < 7; ++i) {
    const int bins = 1 << i;
    const double power = kPowers[i];
    for (int j = 0; j < bins; ++j) {
      const double low = 0.1 + 0.9 * j / bins;
      const double high = 0.1 + 0.9 * (j + 1) / bins;
      const auto level = static_cast<float>(power * 0.5 * (low + high));
      map.push_back(level);
      map.push_back(-level);
    }
  }
  std::sort(map.begin(), map.end());
  std::copy(map.begin(), map.end(), levels.begin());
}

void StoreScales(absl::Span<const float> scales, QuantizedTensor& tensor, QuantizeStats& stats) {
  const ScaleFormat& format = tensor.scheme.scale;
  if (format.type.kind == ParamKind::kTable) return StoreDoubleQuantized(scales, tensor);
  if (format.super_type.kind != ParamKind::kNone) {
    return StoreUnderSupers(scales, format.type, format.super_type, format, tensor.scales,
                            tensor.super_scales, nullptr);
  }
  const float of_zero_group = ScaleOfZeroGroup(tensor.scheme);
  for (size_t i = 0; i < scales.size(); ++i) {
    StoreLoneScale(scales[i], of_zero_group, static_cast<int64_t>(i), tensor, stats);
  }
}

void StoreOffsets(absl::Span<const float> offsets, QuantizedTensor& tensor) {
  const OffsetFormat& offset = tensor.scheme.offset;
  if (offset.super_type.kind != ParamKind::kNone) {
    ScaleFormat format = tensor.scheme.scale;
    format.super_divides = false;
    return StoreUnderSupers(offsets, offset.type, offset.super_type, format, tensor.offsets,
                            tensor.super_offsets, nullptr);
  }
  for (size_t i = 0; i < offsets.size(); ++i) {
    Store(offset.type, tensor.offsets, static_cast<int64_t>(i), offsets[i]);
  }
}

float AlignZeroPoint(const Scheme& scheme, float zero_point, float ideal_scale,
                     float stored_scale) {
  if (scheme.offset.kind == OffsetKind::kMinimum) return zero_point;
  // zero = low - lo / scale, so lo / stored = (low - zero) * scale / stored.
  if (ideal_scale == 0.0f || stored_scale == 0.0f) return zero_point;
  // A scale cut off at the end of its type: the range is clipped where it was, on both sides.
  if (!(ideal_scale / stored_scale <= 2.0f)) return zero_point;
  const auto low = static_cast<float>(scheme.element.MinCode());
  return low - (low - zero_point) * (ideal_scale / stored_scale);
}

}  // namespace pawl
