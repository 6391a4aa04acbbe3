// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include "lib/core/row_decoder.h"

#include <utility>

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
    float v = round(values[i]);
    if (zero) v = round(v - offset);
    v = round(v * scale);
    if (minimum) v = round(v - offset);
    if (scheme.post_scale != 1.0f) v = round(v * scheme.post_scale);
    values[i] = v;
  }
}

absl::StatusOr<std::shared_ptr<std::vector<float>>> AllGroups(int64_t groups) {
  PAWL_RETURN_IF_ERROR(CheckedNumElements({groups}, sizeof(float)).status());
  return std::make_shared<std::vector<float>>(static_cast<size_t>(groups));
}

}  // namespace

absl::StatusOr<RowDecoder> RowDecoder::Create(const QuantizedTensor& tensor) {
  RowDecoder decoder;
  decoder.tensor_ = &tensor;
  PAWL_ASSIGN_OR_RETURN(decoder.layout_, GroupLayout::Create(tensor.scheme, tensor.shape,
                                                             tensor.group_index.as<int32_t>()));
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

size_t RowDecoder::ScratchBytes() const {
  const auto cols = static_cast<size_t>(layout_.cols());
  const size_t params = layout_.regular() ? 2 * static_cast<size_t>(layout_.groups_per_row()) : 0;
  return params * sizeof(float) + (cols + 1) / 2 * 2 * sizeof(int16_t);
}

void RowDecoder::LevelsOfRow(int64_t row, const int16_t* codes, float* out) const {
  const Scheme& scheme = tensor_->scheme;
  const int64_t cols = layout_.cols();
  switch (scheme.element.kind) {
    case ElementKind::kInt:
    case ElementKind::kUint:
    case ElementKind::kTernary:
      if (table_->size == 0 || table_->levels[1] == 1.0f) {
        for (int64_t i = 0; i < cols; ++i) out[i] = static_cast<float>(codes[i]);
        return;
      }
      break;  // doubled levels: through the table
    case ElementKind::kF16:
      for (int64_t i = 0; i < cols; ++i) out[i] = F16ToF32(static_cast<uint16_t>(codes[i]));
      return;
    case ElementKind::kBF16:
      for (int64_t i = 0; i < cols; ++i) out[i] = BF16ToF32(static_cast<uint16_t>(codes[i]));
      return;
    default:
      break;
  }
  const float* levels = table_->levels.data();
  if (scheme.table == TableKind::kCodebook) {
    const int64_t table = tensor_->levels.dim(0) > 1 ? row : 0;
    levels = tensor_->levels.as<float>().data() + (table << scheme.element.bits);
  }
  const int mask = (1 << scheme.element.bits) - 1;
  for (int64_t i = 0; i < cols; ++i) out[i] = levels[codes[i] & mask];
}

void RowDecoder::ScaleRun(float scale, float offset, float* values, int64_t count) const {
  const Scheme& scheme = tensor_->scheme;
  if (scheme.arithmetic != Arithmetic::kF32) {
    return ScaleRunNarrow(scheme, scale, offset, values, count);
  }
  switch (scheme.offset.kind) {
    case OffsetKind::kNone:
      for (int64_t i = 0; i < count; ++i) values[i] *= scale;
      break;
    case OffsetKind::kZeroPoint:
    case OffsetKind::kFloatZero:
      for (int64_t i = 0; i < count; ++i) values[i] = (values[i] - offset) * scale;
      break;
    case OffsetKind::kMinimum:
      for (int64_t i = 0; i < count; ++i) values[i] = values[i] * scale - offset;
      break;
  }
  if (scheme.post_scale != 1.0f) {
    for (int64_t i = 0; i < count; ++i) values[i] *= scheme.post_scale;
  }
}

void RowDecoder::ScaleRow(int64_t row, float* out, float* params) const {
  const bool has_offset = tensor_->scheme.offset.kind != OffsetKind::kNone;
  if (!layout_.regular()) {
    layout_.ForEachRun(row, [&](int64_t begin, int64_t end, int64_t group) {
      const auto g = static_cast<size_t>(group);
      ScaleRun((*scales_)[g], has_offset ? (*offsets_)[g] : 0.0f, out + begin, end - begin);
    });
    return;
  }
  const auto count = static_cast<size_t>(layout_.groups_per_row());
  const int64_t base = count > 0 ? layout_.RowBase(row) : 0;
  float* const offsets = params + count;
  DecodeScales(*tensor_, base, absl::Span<float>(params, count));
  DecodeOffsets(*tensor_, base, absl::Span<float>(offsets, count));
  for (size_t g = 0; g < count; ++g) {
    const int64_t begin = static_cast<int64_t>(g) * layout_.period();
    const int64_t end = std::min(layout_.cols(), begin + layout_.period());
    ScaleRun(params[g], offsets[g], out + begin, end - begin);
  }
}

void RowDecoder::ApplyOutliers(int64_t row, float* out) const {
  const absl::Span<const int32_t> columns = tensor_->outlier_columns.as<int32_t>();
  const auto count = static_cast<int64_t>(columns.size());
  const ParamType& type = tensor_->scheme.outliers;
  for (int64_t i = 0; i < count; ++i) {
    const uint32_t raw = ReadParam(type, tensor_->outlier_values, row * count + i);
    out[columns[static_cast<size_t>(i)]] = ParamValue(type, raw);
  }
}

void RowDecoder::DecodeInner(int64_t row, float* out, void* scratch) const {
  const size_t groups = layout_.regular() ? static_cast<size_t>(layout_.groups_per_row()) : 0;
  auto* params = static_cast<float*>(scratch);
  auto* codes = reinterpret_cast<int16_t*>(params + 2 * groups);
  const Element& element = tensor_->scheme.element;
  const auto* packed = static_cast<const uint8_t*>(tensor_->codes.data());
  UnpackRow(element, packed + row * RowBytes(element, layout_.cols()), layout_.cols(), codes);
  LevelsOfRow(row, codes, out);
  ScaleRow(row, out, params);
  ApplyOutliers(row, out);
}

void RowDecoder::Decode(int64_t row, float* out, void* scratch) const {
  DecodeInner(row, out, scratch);
  const int64_t cols = layout_.cols();
  if (tensor_->scheme.input_scale) {
    const float* t = tensor_->input_scale.as<float>().data();
    for (int64_t i = 0; i < cols; ++i) out[i] *= t[i];
  }
  if (tensor_->scheme.rotation.block > 0) {
    UnrotateWeights(out, tensor_->rotation_signs.as<int8_t>().data(), cols,
                    tensor_->scheme.rotation.block);
  }
}

}  // namespace pawl
