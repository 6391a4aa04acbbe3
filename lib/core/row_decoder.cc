// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include "lib/core/row_decoder.h"

#include <algorithm>
#include <cstring>
#include <new>
#include <utility>

#include "absl/strings/str_cat.h"
#include "kernels/convert.h"
#include "kernels/float_env.h"
#include "kernels/pack.h"
#include "lib/core/code_packing.h"
#include "lib/core/hadamard.h"
#include "lib/core/params.h"
#include "lib/core/status_macros.h"
#include "pawl/float_types.h"

namespace pawl {
namespace {

float RoundTo(Arithmetic arithmetic, float value) {
  switch (arithmetic) {
    case Arithmetic::kF16:
      return F16ToF32(F32ToF16(value));
    case Arithmetic::kBF16:
      return BF16ToF32(F32ToBF16(value));
    default:
      return value;
  }
}

// The steps of scheme.h for narrow arithmetic: an f32 result of one operation on narrow operands,
// rounded once more, is the correctly rounded narrow result (24 >= 2 * 11 + 2 bits).
void ScaleRunNarrow(const Scheme& scheme, float scale, float offset, float* values, int64_t count) {
  const auto round = [&](float v) { return RoundTo(scheme.arithmetic, v); };
  const bool minimum = scheme.offset.kind == OffsetKind::kMinimum;
  const bool zero = scheme.offset.kind != OffsetKind::kNone && !minimum;
  for (int64_t i = 0; i < count; ++i) {
    float v = values[i];
    if (zero) v = round(v - offset);
    v = round(v * scale);
    if (minimum) v = round(v - offset);
    if (scheme.post_scale != 1.0f) v = round(v * scheme.post_scale);
    values[i] = v;
  }
}

// Each value replaced; sixteen at a time, a number that compilers know, become vectors.
template <typename Fn>
void ForEachValue(float* values, int64_t count, const Fn& fn) {
  constexpr int64_t kTogether = 16;
  int64_t i = 0;
  for (; i + kTogether <= count; i += kTogether) {
    for (int64_t j = 0; j < kTogether; ++j) values[i + j] = fn(values[i + j]);
  }
  for (; i < count; ++i) values[i] = fn(values[i]);
}

absl::StatusOr<std::shared_ptr<std::vector<float>>> AllGroups(int64_t groups) {
  PAWL_RETURN_IF_ERROR(CheckedNumElements({groups}, sizeof(float)).status());
  try {
    return std::make_shared<std::vector<float>>(static_cast<size_t>(groups));
  } catch (const std::bad_alloc&) {
    return absl::ResourceExhaustedError(
        absl::StrCat("no memory for the parameters of ", groups, " groups"));
  }
}

}  // namespace

absl::StatusOr<RowDecoder> RowDecoder::Create(const QuantizedTensor& tensor) {
  // Scales are computed here on the caller's thread, whatever mode it runs with.
  const kernels::FloatEnvironment environment;
  RowDecoder decoder;
  decoder.tensor_ = &tensor;
  PAWL_ASSIGN_OR_RETURN(decoder.layout_, GroupLayout::Create(tensor.scheme, tensor.shape,
                                                             tensor.group_index.as<int32_t>()));
  const ElementKind kind = tensor.scheme.element.kind;
  decoder.one_call_ = decoder.layout_.regular() && tensor.scheme.arithmetic == Arithmetic::kF32 &&
                      kind != ElementKind::kF16 && kind != ElementKind::kBF16;
  decoder.table_ = std::make_shared<const LevelTable>(MakeLevelTable(tensor.scheme));
  if (!decoder.layout_.regular()) {
    PAWL_ASSIGN_OR_RETURN(auto scales, AllGroups(decoder.layout_.num_groups()));
    DecodeScales(tensor, 0, absl::MakeSpan(*scales));
    decoder.scales_ = std::move(scales);
    if (tensor.scheme.offset.kind != OffsetKind::kNone) {
      PAWL_ASSIGN_OR_RETURN(auto offsets, AllGroups(decoder.layout_.num_groups()));
      DecodeOffsets(tensor, 0, absl::MakeSpan(*offsets));
      decoder.offsets_ = std::move(offsets);
    }
  }
  return decoder;
}

struct RowDecoder::RowScratch {
  float* scales;
  float* offsets;
  uint8_t* codes;  // 8-bit codes, or int16 ones
};

size_t RowDecoder::ScratchBytes() const {
  const size_t params = layout_.regular() ? 2 * static_cast<size_t>(layout_.groups_per_row()) : 0;
  return (params + static_cast<size_t>(layout_.cols())) * sizeof(float);
}

RowDecoder::RowScratch RowDecoder::Carve(void* scratch) const {
  const size_t groups = layout_.regular() ? static_cast<size_t>(layout_.groups_per_row()) : 0;
  auto* scales = static_cast<float*>(scratch);
  return {scales, scales + groups, reinterpret_cast<uint8_t*>(scales + 2 * groups)};
}

const float* RowDecoder::LevelsOf(int64_t row) const {
  if (tensor_->scheme.table != TableKind::kCodebook) return table_->levels.data();
  const int64_t table = tensor_->levels.dim(0) > 1 ? row : 0;
  return tensor_->levels.as<float>().data() + (table << tensor_->scheme.element.bits);
}

const uint8_t* RowDecoder::CodesOf(int64_t row) const {
  return static_cast<const uint8_t*>(tensor_->codes.data()) +
         row * RowBytes(tensor_->scheme.element, layout_.cols());
}

// Codes to values with the parameters in `groups`, whatever the element.
void RowDecoder::DecodeGroups(kernels::Target target, const Span& span,
                              const kernels::DequantizeGroups& groups, float* out,
                              const RowScratch& s) const {
  const Element& element = tensor_->scheme.element;
  const auto n = static_cast<size_t>(span.count);
  const uint8_t* packed = CodesOf(span.row) + span.begin * element.bits / 8;
  const bool is_signed = element.kind == ElementKind::kInt || element.kind == ElementKind::kTernary;
  const bool number = is_signed || element.kind == ElementKind::kUint;
  if (element.bits == 16) {
    auto* codes = reinterpret_cast<int16_t*>(s.codes);
    UnpackRow(element, packed, span.count, codes);
    return kernels::DequantizeRowI16(target, codes, n, groups, out);
  }
  if (number && element.bits == 4) {
    return is_signed ? kernels::DequantizeRowI4(target, packed, n, groups, out)
                     : kernels::DequantizeRowU4(target, packed, n, groups, out);
  }
  if (!number && element.bits == 4) {
    return kernels::DequantizeRowTable4(target, packed, n, LevelsOf(span.row), groups, out);
  }
  const uint8_t* codes = packed;
  if (element.bits != 8) {
    kernels::UnpackBitsU8(target, packed, n, element.bits, is_signed, s.codes);
    codes = s.codes;
  }
  if (is_signed) {
    return kernels::DequantizeRowI8(target, reinterpret_cast<const int8_t*>(codes), n, groups, out);
  }
  if (number) return kernels::DequantizeRowU8(target, codes, n, groups, out);
  const size_t levels = size_t{1} << element.bits;
  kernels::DequantizeRowTable(target, codes, n, LevelsOf(span.row), levels, groups, out);
}

void RowDecoder::DecodeRegular(kernels::Target target, const Span& span, float* out,
                               const RowScratch& s) const {
  const Scheme& scheme = tensor_->scheme;
  const int64_t period = std::max<int64_t>(1, layout_.period());
  const auto count = static_cast<size_t>(GroupsOf(span.count, period));
  const int64_t base = count > 0 ? layout_.RowBase(span.row) + span.begin / period : 0;
  DecodeScales(*tensor_, base, absl::Span<float>(s.scales, count));
  kernels::DequantizeGroups groups;
  groups.size = static_cast<size_t>(period);
  groups.scales = s.scales;
  if (scheme.offset.kind != OffsetKind::kNone) {
    DecodeOffsets(*tensor_, base, absl::Span<float>(s.offsets, count));
    const bool minimum = scheme.offset.kind == OffsetKind::kMinimum;
    (minimum ? groups.minimums : groups.zeros) = s.offsets;
  }
  DecodeGroups(target, span, groups, out, s);
  if (scheme.post_scale != 1.0f) {
    for (int64_t i = 0; i < span.count; ++i) out[i] *= scheme.post_scale;
  }
}

void RowDecoder::ScaleRun(float scale, float offset, float* values, int64_t count) const {
  const Scheme& scheme = tensor_->scheme;
  if (scheme.arithmetic != Arithmetic::kF32) {
    return ScaleRunNarrow(scheme, scale, offset, values, count);
  }
  switch (scheme.offset.kind) {
    case OffsetKind::kNone:
      ForEachValue(values, count, [&](float v) { return v * scale; });
      break;
    case OffsetKind::kZeroPoint:
    case OffsetKind::kFloatZero:
      ForEachValue(values, count, [&](float v) { return (v - offset) * scale; });
      break;
    case OffsetKind::kMinimum:
      ForEachValue(values, count, [&](float v) { return v * scale - offset; });
      break;
  }
  if (scheme.post_scale != 1.0f) {
    const float post_scale = scheme.post_scale;  // which values cannot change
    ForEachValue(values, count, [&](float v) { return v * post_scale; });
  }
}

void RowDecoder::ScaleRow(int64_t row, float* out, const RowScratch& s) const {
  const Scheme& scheme = tensor_->scheme;
  const bool has_offset = scheme.offset.kind != OffsetKind::kNone;
  // Floats as they are.
  if (scheme.scale.type.kind == ParamKind::kNone && !has_offset && scheme.post_scale == 1.0f)
    return;
  if (!layout_.regular()) {
    layout_.ForEachRun(row, [&](int64_t begin, int64_t end, int64_t group) {
      const auto g = static_cast<size_t>(group);
      ScaleRun((*scales_)[g], has_offset ? (*offsets_)[g] : 0.0f, out + begin, end - begin);
    });
    return;
  }
  const auto count = static_cast<size_t>(layout_.groups_per_row());
  const int64_t base = count > 0 ? layout_.RowBase(row) : 0;
  DecodeScales(*tensor_, base, absl::Span<float>(s.scales, count));
  DecodeOffsets(*tensor_, base, absl::Span<float>(s.offsets, count));
  for (size_t g = 0; g < count; ++g) {
    const int64_t begin = static_cast<int64_t>(g) * layout_.period();
    const int64_t end = std::min(layout_.cols(), begin + layout_.period());
    ScaleRun(s.scales[g], s.offsets[g], out + begin, end - begin);
  }
}

void RowDecoder::ApplyOutliers(const Span& span, float* out) const {
  const absl::Span<const int32_t> columns = tensor_->outlier_columns.as<int32_t>();
  const auto count = static_cast<int64_t>(columns.size());
  const ParamType& type = tensor_->scheme.outliers;
  for (int64_t i = 0; i < count; ++i) {
    const int64_t at = columns[static_cast<size_t>(i)] - span.begin;
    if (at < 0 || at >= span.count) continue;
    const uint32_t raw = ReadParam(type, tensor_->outlier_values, span.row * count + i);
    out[at] = ParamValue(type, raw);
  }
}

void RowDecoder::DecodeIrregular(kernels::Target target, int64_t row, float* out,
                                 const RowScratch& s) const {
  const ElementKind kind = tensor_->scheme.element.kind;
  if (kind == ElementKind::kF16 || kind == ElementKind::kBF16) {
    const auto n = static_cast<size_t>(layout_.cols());
    const uint8_t* packed = CodesOf(row);
    const auto* codes = reinterpret_cast<const uint16_t*>(packed);
    if (reinterpret_cast<uintptr_t>(packed) % alignof(uint16_t) != 0) {
      // Codes are bytes and may be a view of memory with any alignment.
      std::memcpy(s.codes, packed, n * sizeof(uint16_t));
      codes = reinterpret_cast<const uint16_t*>(s.codes);
    }
    kind == ElementKind::kF16 ? kernels::ConvertF16ToF32(target, codes, n, out)
                              : kernels::ConvertBF16ToF32(target, codes, n, out);
  } else {
    constexpr float kOne = 1.0f;
    kernels::DequantizeGroups plain;
    plain.size = static_cast<size_t>(std::max<int64_t>(1, layout_.cols()));
    plain.scales = &kOne;
    DecodeGroups(target, {row, 0, layout_.cols()}, plain, out, s);
  }
  ScaleRow(row, out, s);
}

void RowDecoder::DecodeSpan(const Span& span, float* out, void* scratch,
                            kernels::Target target) const {
  const RowScratch s = Carve(scratch);
  one_call_ ? DecodeRegular(target, span, out, s) : DecodeIrregular(target, span.row, out, s);
  ApplyOutliers(span, out);
}

void RowDecoder::DecodeInner(int64_t row, float* out, void* scratch, kernels::Target target) const {
  DecodeSpan({row, 0, layout_.cols()}, out, scratch, target);
}

void RowDecoder::Decode(int64_t row, float* out, void* scratch, kernels::Target target) const {
  DecodeInner(row, out, scratch, target);
  const int64_t cols = layout_.cols();
  if (tensor_->scheme.input_scale) {
    const float* t = tensor_->input_scale.as<float>().data();
    for (int64_t i = 0; i < cols; ++i) out[i] *= t[i];
  }
  if (tensor_->scheme.rotation.block > 0) {
    UnrotateWeights(target, out, tensor_->rotation_signs.as<int8_t>().data(), cols,
                    tensor_->scheme.rotation.block);
  }
}

}  // namespace pawl
