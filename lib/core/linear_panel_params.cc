// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include "lib/core/linear_panel_params.h"

#include "kernels/pack.h"
#include "pawl/float_types.h"

namespace pawl {
namespace {

constexpr auto kRows = static_cast<int64_t>(kernels::kPanelRows);

bool FitsHalf(float value) { return F16ToF32(F32ToF16(value)) == value; }

bool IsSmallInteger(const ParamType& type) {
  return (type.kind == ParamKind::kUint || type.kind == ParamKind::kInt) && type.bits <= 8;
}

// GGUF's K blocks, whose parameters would take 4 bytes instead of less than one: integers under f16
// super-parameters, in whole super-groups of 2^n groups a row.
bool KeepsSupers(const Scheme& s, const PackedWeights& layout) {
  const int64_t size = s.scale.super_size;
  const bool minimum = s.offset.kind == OffsetKind::kMinimum;
  if (!IsSmallInteger(s.scale.type) || s.scale.super_type != kParamF16 || s.scale.super_divides) {
    return false;
  }
  if (minimum && (!IsSmallInteger(s.offset.type) || s.offset.super_type != kParamF16)) return false;
  if (s.offset.kind == OffsetKind::kFloatZero || s.post_scale != 1.0f) return false;
  return size >= 8 && (size & (size - 1)) == 0 && s.grouping.kind == GroupKind::kAlongRow &&
         layout.groups % size == 0;
}

// Scales (and minimums) that are stored as f16, each its group's own.
bool StoredAsHalf(const Scheme& s) {
  const bool plain = s.scale.type == kParamF16 && s.scale.super_type.kind == ParamKind::kNone &&
                     s.post_scale == 1.0f;
  const bool minima = s.offset.kind == OffsetKind::kMinimum;
  if (s.offset.kind == OffsetKind::kFloatZero) return false;
  return plain &&
         (!minima || (s.offset.type == kParamF16 && s.offset.super_type.kind == ParamKind::kNone));
}

void SetParam(Tensor& params, int64_t at, float value) {
  if (params.dtype() == DType::kF16) {
    static_cast<uint16_t*>(params.mutable_data())[at] = F32ToF16(value);
  } else {
    static_cast<float*>(params.mutable_data())[at] = value;
  }
}

// The stored integers and super-parameters of a row's groups, as they are; `numbers` has a byte for
// each of them.
void CopySupers(const PanelSource& source, int64_t row, uint8_t* numbers, PanelWeights* panels) {
  const QuantizedTensor& t = source.tensor;
  const int64_t groups = source.layout.groups, size = t.scheme.scale.super_size;
  const int64_t from = source.groups.GroupOf(row, 0),
                lane = row / kRows * groups * kRows + row % kRows;
  const int64_t super_lane = row / kRows * (groups / size) * kRows + row % kRows;
  const auto copy = [&](const ParamType& type, const Tensor& subs, const Tensor& supers,
                        Tensor& sub_out, Tensor& super_out) {
    // Whole super-groups of 8 or more fill bytes, so a row begins in one.
    const auto* bytes = static_cast<const uint8_t*>(subs.data()) + from * type.bits / 8;
    kernels::UnpackBitsU8(source.target, bytes, static_cast<size_t>(groups), type.bits, false,
                          numbers);
    const int32_t sign = type.kind == ParamKind::kInt ? 1 << (type.bits - 1) : 0;
    auto* out = static_cast<uint8_t*>(sub_out.mutable_data()) + lane;
    for (int64_t g = 0; g < groups; ++g) {
      out[g * kRows] = static_cast<uint8_t>((numbers[g] ^ sign) - sign + BiasOf(type));
    }
    const uint16_t* half = supers.as<uint16_t>().data() + from / size;
    auto* super = static_cast<uint16_t*>(super_out.mutable_data()) + super_lane;
    for (int64_t g = 0; g < groups / size; ++g) super[g * kRows] = half[g];
  };
  copy(t.scheme.scale.type, t.scales, t.super_scales, panels->scales, panels->super_scales);
  if (panels->minimums.empty()) return;
  copy(t.scheme.offset.type, t.offsets, t.super_offsets, panels->minimums, panels->super_minimums);
}

// Scale and minimum of group `from` of the tensor to place `at`.
void SetScale(const PanelSource& source, const PanelParams& shared, int64_t from, int64_t at,
              PanelWeights* panels) {
  const auto i = static_cast<size_t>(from);
  if (shared.copied) {
    const auto copy = [&](const Tensor& stored, Tensor& out) {
      static_cast<uint16_t*>(out.mutable_data())[at] =
          static_cast<const uint16_t*>(stored.data())[i];
    };
    copy(source.tensor.scales, panels->scales);
    if (!panels->minimums.empty()) copy(source.tensor.offsets, panels->minimums);
    return;
  }
  const Scheme& scheme = source.tensor.scheme;
  const float scale = source.params.scales[i], offset = source.params.offsets[i];
  SetParam(panels->scales, at, WeightScale(scheme, scale));
  if (!panels->minimums.empty()) {
    SetParam(panels->minimums, at, WeightMinimum(scheme, scale, offset));
  }
}

}  // namespace

int32_t ZeroOf(const PanelSource& source, int64_t group) {
  const bool given = source.tensor.scheme.offset.kind == OffsetKind::kZeroPoint;
  const float zero = given ? source.params.offsets[static_cast<size_t>(group)] : 0.0f;
  return static_cast<int32_t>(zero) + source.map.zero;
}

bool TakesStoredParams(const QuantizedTensor& t, const PackedWeights& layout, bool rescaled) {
  return !rescaled && t.scheme.offset.kind != OffsetKind::kZeroPoint &&
         (KeepsSupers(t.scheme, layout) || StoredAsHalf(t.scheme));
}

PanelParams LookAtParams(const PanelSource& source, bool rescaled) {
  const Scheme& scheme = source.tensor.scheme;
  const bool minima =
      scheme.offset.kind == OffsetKind::kMinimum || scheme.offset.kind == OffsetKind::kFloatZero;
  PanelParams shared;
  shared.supers = !rescaled && KeepsSupers(scheme, source.layout);
  shared.copied = !rescaled && StoredAsHalf(scheme);
  if (TakesStoredParams(source.tensor, source.layout, rescaled)) {
    const int32_t zero = source.map.zero;  // of every group
    shared.zeros_fit = zero <= 255;
    return shared;
  }
  for (size_t i = 0; i < source.params.scales.size(); ++i) {
    const float scale = source.params.scales[i], offset = source.params.offsets[i];
    shared.half = shared.copied || (shared.half && FitsHalf(WeightScale(scheme, scale)) &&
                                    (!minima || FitsHalf(WeightMinimum(scheme, scale, offset))));
    const int32_t zero = ZeroOf(source, static_cast<int64_t>(i));
    shared.one_zero = shared.one_zero && zero == ZeroOf(source, 0);
    shared.zeros_fit = shared.zeros_fit && zero >= 0 && zero <= 255;
  }
  return shared;
}

void SetRowParams(const PanelSource& source, const PanelParams& shared, int64_t row,
                  const uint8_t* codes, uint8_t* scratch, PanelWeights* panels) {
  const PackedWeights& p = source.layout;
  if (shared.supers) CopySupers(source, row, scratch, panels);
  for (int64_t g = 0; g < p.groups; ++g) {
    const int64_t at = (row / kRows * p.groups + g) * kRows + row % kRows;
    const int64_t from = source.groups.GroupOf(row, g);
    if (!shared.supers) SetScale(source, shared, from, at, panels);
    if (panels->zeros.empty() && panels->offsets.empty()) continue;
    const int32_t zero = ZeroOf(source, from);
    if (!panels->zeros.empty()) {
      static_cast<uint8_t*>(panels->zeros.mutable_data())[at] = static_cast<uint8_t>(zero);
    }
    if (panels->offsets.empty()) continue;
    const int64_t begin = p.run_begin[static_cast<size_t>(g)];
    const int64_t length = p.run_begin[static_cast<size_t>(g) + 1] - begin;
    const uint8_t* group = codes + (panels->spread ? GroupStart(*panels, g) : begin);
    const uint8_t* table = panels->table.empty() ? nullptr : panels->table.as<uint8_t>().data();
    int64_t sum = -zero * length;
    for (int64_t i = 0; i < length; ++i) sum += table != nullptr ? table[group[i]] : group[i];
    panels->offsets.mutable_as<int32_t>()[static_cast<size_t>(at)] =
        static_cast<int32_t>(sum * panels->zero_point);
  }
}

}  // namespace pawl
