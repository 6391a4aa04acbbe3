// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include "lib/methods/row_encoder.h"

#include <algorithm>
#include <limits>
#include <optional>

#include "kernels/pack.h"
#include "kernels/quantize.h"
#include "lib/core/code_packing.h"
#include "lib/core/params.h"
#include "pawl/float_types.h"

namespace pawl {
namespace {

// Dividing by infinity gives 0, and so the code that stands for it.
void ReplaceZeros(std::vector<float>& scales) {
  for (float& s : scales) {
    if (s == 0.0f) s = std::numeric_limits<float>::infinity();
  }
}

void DoubleHalves(const Scheme& scheme, std::vector<float>& scales) {
  // The levels that ggml doubles are searched undoubled, so the scale is the doubled one.
  const ParamKind kind = scheme.scale.type.kind;
  if (kind != ParamKind::kE8M0Ggml && kind != ParamKind::kUE4M3Ggml) return;
  for (float& s : scales) s *= 2.0f;
}

}  // namespace

RowEncoder::RowEncoder(QuantizedTensor& tensor, const GroupLayout& layout, kernels::Target target)
    : tensor_(&tensor), layout_(layout), target_(target) {
  const Scheme& scheme = tensor.scheme;
  low_ = scheme.element.MinCode();
  high_ = scheme.element.MaxCode();
  const bool symmetric = scheme.offset.kind == OffsetKind::kNone;
  if (scheme.element.kind == ElementKind::kInt && symmetric && !scheme.full_range) low_ = -high_;
  if (scheme.table == TableKind::kCodebook) {
    if (tensor.levels.dim(0) == 1) {
      levels_ = std::make_unique<const SortedLevels>(tensor.levels.as<float>());
    }
  } else {
    Scheme plain = scheme;
    plain.scale.type = kParamF32;
    levels_ = std::make_unique<const SortedLevels>(MakeLevelTable(plain).span());
  }
  if (layout.regular()) return;
  all_scales_.resize(static_cast<size_t>(layout.num_groups()));
  DecodeScales(tensor, 0, absl::MakeSpan(all_scales_));
  ReplaceZeros(all_scales_);
  DoubleHalves(scheme, all_scales_);
  if (symmetric) return;
  all_offsets_.resize(all_scales_.size());
  DecodeOffsets(tensor, 0, absl::MakeSpan(all_offsets_));
}

// After this the row has one scale (and offset) for each group of a regular layout, or for each
// column of any other.
void RowEncoder::RowParams(int64_t row, Scratch& scratch) const {
  if (layout_.regular()) {
    const auto count = static_cast<size_t>(layout_.groups_per_row());
    scratch.scales.resize(count);
    scratch.offsets.resize(count);
    if (count == 0) return;
    DecodeScales(*tensor_, layout_.RowBase(row), absl::MakeSpan(scratch.scales));
    DecodeOffsets(*tensor_, layout_.RowBase(row), absl::MakeSpan(scratch.offsets));
    ReplaceZeros(scratch.scales);
    DoubleHalves(tensor_->scheme, scratch.scales);
    return;
  }
  scratch.scales.resize(static_cast<size_t>(layout_.cols()));
  scratch.offsets.assign(scratch.scales.size(), 0.0f);
  layout_.ForEachRun(row, [&](int64_t begin, int64_t end, int64_t group) {
    const auto g = static_cast<size_t>(group);
    std::fill(scratch.scales.begin() + begin, scratch.scales.begin() + end, all_scales_[g]);
    if (all_offsets_.empty()) return;
    std::fill(scratch.offsets.begin() + begin, scratch.offsets.begin() + end, all_offsets_[g]);
  });
}

void RowEncoder::EncodeInteger(int64_t row, const float* x, Scratch& scratch) {
  RowParams(row, scratch);
  const Scheme& scheme = tensor_->scheme;
  kernels::QuantizeGroups groups;
  groups.size = layout_.regular() ? static_cast<size_t>(std::max<int64_t>(1, layout_.period())) : 1;
  groups.scales = scratch.scales.data();
  groups.lo = low_;
  groups.hi = high_;
  if (scheme.offset.kind == OffsetKind::kZeroPoint) groups.zeros = scratch.offsets.data();
  if (scheme.offset.kind == OffsetKind::kFloatZero) groups.float_zeros = scratch.offsets.data();
  if (scheme.offset.kind == OffsetKind::kMinimum) groups.minimums = scratch.offsets.data();
  const int64_t cols = layout_.cols();
  const auto n = static_cast<size_t>(cols);
  auto* packed =
      static_cast<uint8_t*>(tensor_->codes.mutable_data()) + row * RowBytes(scheme.element, cols);
  const bool is_signed = scheme.element.kind == ElementKind::kInt;
  if (scheme.element.bits == 8) {
    if (is_signed) {
      kernels::QuantizeRowI8(target_, x, n, groups, reinterpret_cast<int8_t*>(packed));
    } else {
      kernels::QuantizeRowU8(target_, x, n, groups, packed);
    }
  } else if (scheme.element.bits == 4) {
    kernels::QuantizeRow4(target_, x, n, groups, packed);
  } else {
    scratch.codes.resize(n);
    kernels::QuantizeRowI16(target_, x, n, groups, scratch.codes.data());
    PackRow(scheme.element, scratch.codes.data(), cols, packed);
  }
}

int16_t RowEncoder::OtherCode(float value, const SortedLevels* levels) const {
  switch (tensor_->scheme.element.kind) {
    case ElementKind::kBinary:
      return value < 0.0f ? 0 : 1;
    case ElementKind::kE2M1:
      return F32ToE2M1(value);
    case ElementKind::kE4M3:
      return value == value ? F32ToE4M3(value) : int16_t{0};
    case ElementKind::kE5M2:
      // Saturates infinities too: a code that decodes to infinity is of no use to a product.
      return value == value ? F32ToE5M2(std::clamp(value, -57344.0f, 57344.0f)) : int16_t{0};
    case ElementKind::kF16:
      return static_cast<int16_t>(value == value ? F32ToF16(std::clamp(value, -65504.0f, 65504.0f))
                                                 : 0);
    case ElementKind::kBF16:
      return static_cast<int16_t>(
          value == value ? F32ToBF16(std::clamp(value, -3.3895314e38f, 3.3895314e38f)) : 0);
    default:
      return levels->NearestCode(value);
  }
}

void RowEncoder::EncodeOther(int64_t row, const float* x, Scratch& scratch) {
  const Scheme& scheme = tensor_->scheme;
  const int64_t cols = layout_.cols();
  const SortedLevels* levels = levels_.get();
  std::optional<SortedLevels> own;
  if (levels == nullptr) {
    const auto count = static_cast<size_t>(1) << scheme.element.bits;
    own.emplace(tensor_->levels.as<float>().subspan(static_cast<size_t>(row) * count, count));
    levels = &*own;
  }
  scratch.codes.resize(static_cast<size_t>(cols));
  if (scheme.scale.type.kind == ParamKind::kNone) {
    for (int64_t i = 0; i < cols; ++i) {
      scratch.codes[static_cast<size_t>(i)] = OtherCode(x[i], levels);
    }
  } else {
    RowParams(row, scratch);
    const int64_t period = layout_.regular() ? layout_.period() : 1;
    for (int64_t begin = 0; begin < cols; begin += period) {
      const float scale = scratch.scales[static_cast<size_t>(begin / period)];
      for (int64_t i = begin; i < std::min(cols, begin + period); ++i) {
        scratch.codes[static_cast<size_t>(i)] = OtherCode(x[i] / scale, levels);
      }
    }
  }
  auto* packed = static_cast<uint8_t*>(tensor_->codes.mutable_data());
  PackRow(scheme.element, scratch.codes.data(), cols,
          packed + row * RowBytes(scheme.element, cols));
}

void RowEncoder::Encode(int64_t row, const float* x, Scratch& scratch) {
  const ElementKind kind = tensor_->scheme.element.kind;
  const bool integer =
      kind == ElementKind::kInt || kind == ElementKind::kUint || kind == ElementKind::kTernary;
  if (integer) {
    EncodeInteger(row, x, scratch);
  } else {
    EncodeOther(row, x, scratch);
  }
}

}  // namespace pawl
