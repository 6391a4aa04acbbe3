// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// bitsandbytes checkpoints: 4-bit types with absmax by flat blocks, and LLM.int8. Layout:
// functional.py (QuantState.as_dict(packed=True), quantize_4bit, int8_vectorwise_dequant).

#include <cstring>
#include <string>

#include "absl/strings/str_cat.h"
#include "lib/core/level_tables.h"
#include "lib/core/params.h"
#include "lib/core/status_macros.h"
#include "lib/formats/codecs/bit_fields.h"
#include "lib/formats/codecs/bitsandbytes_state.h"
#include "lib/formats/codecs/codec_util.h"
#include "pawl/checkpoint_formats.h"

namespace pawl {
namespace {

constexpr absl::string_view kName8 = "bitsandbytes int8";

// The peer multiplies by this constant rather than dividing by 127.
constexpr float kInverse127 = 7.874015718698502e-3f;

Scheme StateScheme(const QuantState& state) {
  Scheme scheme;
  scheme.element = Element{ElementKind::kTable, 4};
  scheme.table = state.table;
  scheme.grouping = Grouping{GroupKind::kFlat, 0, 1, state.blocksize};
  scheme.arithmetic = state.dtype;
  if (state.nested_blocksize > 0) {
    scheme.scale =
        ScaleFormat{ParamType{ParamKind::kTable, 8}, kParamF32, state.nested_blocksize, false};
  }
  return scheme;
}

// The levels as files hold them: their code 8 of fp4 is +0.
std::vector<float> StoredMap(TableKind kind) {
  Scheme scheme;
  scheme.element = Element{ElementKind::kTable, 4};
  scheme.table = kind;
  const LevelTable table = MakeLevelTable(scheme);
  std::vector<float> map(table.levels.begin(), table.levels.begin() + 16);
  for (float& level : map) level += 0.0f;
  return map;
}

absl::Status CheckTensors4(const BitsAndBytes4Tensors& t, const QuantState& state) {
  PAWL_ASSIGN_OR_RETURN(const int64_t elements, CheckShape(kBitsAndBytes4, state.shape));
  const int64_t blocks = CeilDiv(elements, state.blocksize);
  const bool nested = state.nested_blocksize > 0;
  PAWL_RETURN_IF_ERROR(
      CheckCount(kBitsAndBytes4, "weight", t.weight, {DType::kU8}, CeilDiv(elements, 2)));
  PAWL_RETURN_IF_ERROR(
      CheckCount(kBitsAndBytes4, "absmax", t.absmax, {nested ? DType::kU8 : DType::kF32}, blocks));
  PAWL_RETURN_IF_ERROR(CheckCount(kBitsAndBytes4, "quant_map", t.quant_map, {DType::kF32}, 16));
  const std::vector<float> map = StoredMap(state.table);
  const absl::Span<const float> given = t.quant_map.as<float>();
  for (size_t i = 0; i < map.size(); ++i) {
    if (given[i] != map[i]) {
      return BadPart(kBitsAndBytes4, "quant_map",
                     absl::StrCat("has level ", i, " unlike that of its quant_type"));
    }
  }
  if (!nested) return absl::OkStatus();
  PAWL_RETURN_IF_ERROR(CheckCount(kBitsAndBytes4, "nested_absmax", t.nested_absmax, {DType::kF32},
                                  CeilDiv(blocks, state.nested_blocksize)));
  return CheckCount(kBitsAndBytes4, "nested_quant_map", t.nested_quant_map, {DType::kF32}, 256);
}

absl::StatusOr<int64_t> BlockSizeOf(const QuantizedTensor& tensor) {
  const Grouping& grouping = tensor.scheme.grouping;
  const bool rows = grouping.kind == GroupKind::kAlongRow && tensor.cols() % grouping.size == 0;
  if (grouping.kind == GroupKind::kFlat || rows) return grouping.size;
  return BadPart(kBitsAndBytes4, "grouping",
                 absl::StrCat("of scheme ", SchemeString(tensor.scheme),
                              " is not by runs of elements; quantize to nf4 or fp4 with flat<N>"));
}

absl::Status PutScales(const QuantizedTensor& tensor, BitsAndBytes4Tensors* t) {
  const ScaleFormat& scale = tensor.scheme.scale;
  if (scale.type.kind == ParamKind::kTable) {
    if (scale.super_type != kParamF32 || scale.super_divides || scale.super_size < 1) {
      return BadPart(kBitsAndBytes4, "scale", "is not double quantization with f32 super-scales");
    }
    t->absmax = tensor.scales;
    t->nested_absmax = tensor.super_scales;
    t->nested_quant_map = tensor.scale_levels;
    return absl::OkStatus();
  }
  if (!IsPlainFloat(scale.type) || scale.super_type.kind != ParamKind::kNone) {
    return BadPart(kBitsAndBytes4, "scale", "is neither a float nor doubly quantized");
  }
  PAWL_ASSIGN_OR_RETURN(t->absmax, tensor.scales.ToF32());
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<QuantizedTensor> FromBitsAndBytes4(const BitsAndBytes4Tensors& tensors) {
  const bool nested = !tensors.nested_absmax.empty() || tensors.absmax.dtype() == DType::kU8;
  PAWL_ASSIGN_OR_RETURN(const QuantState state, ParseQuantState(tensors.quant_state, nested));
  PAWL_RETURN_IF_ERROR(CheckTensors4(tensors, state));
  PAWL_ASSIGN_OR_RETURN(QuantizedTensor out,
                        QuantizedTensor::Create(StateScheme(state), state.shape));
  out.scales = tensors.absmax;
  if (nested) {
    out.super_scales = tensors.nested_absmax;
    out.scale_levels = tensors.nested_quant_map;
    out.scale_offset = state.nested_offset;
  }
  const uint8_t* from = ConstBytes(tensors.weight);
  uint8_t* to = MutableBytes(out.codes);
  const int64_t cols = out.cols();
  const int64_t stride = FieldBytes(4, cols) * 2;
  int64_t element = 0;
  for (int64_t row = 0; row < out.rows(); ++row) {
    for (int64_t col = 0; col < cols; ++col, ++element) {
      const int byte = from[element / 2];
      PutField(4, to, row * stride + col,
               static_cast<uint32_t>(element % 2 == 0 ? byte >> 4 : byte));
    }
  }
  return out;
}

absl::StatusOr<BitsAndBytes4Tensors> ToBitsAndBytes4(const QuantizedTensor& tensor) {
  PAWL_RETURN_IF_ERROR(CheckWritable(kBitsAndBytes4, tensor));
  const Scheme& s = tensor.scheme;
  if ((s.table != TableKind::kNF4 && s.table != TableKind::kFP4) ||
      s.offset.kind != OffsetKind::kNone || s.post_scale != 1.0f) {
    return BadPart(kBitsAndBytes4, "element",
                   absl::StrCat("of scheme ", SchemeString(s), " is neither nf4 nor fp4"));
  }
  PAWL_ASSIGN_OR_RETURN(const int64_t blocksize, BlockSizeOf(tensor));
  BitsAndBytes4Tensors t;
  t.quant_type = s.table == TableKind::kNF4 ? "nf4" : "fp4";
  PAWL_RETURN_IF_ERROR(PutScales(tensor, &t));
  PAWL_ASSIGN_OR_RETURN(t.quant_map, Tensor::FromValues<float>({16}, StoredMap(s.table)));
  const std::string text = QuantStateText(tensor, blocksize, t.quant_type);
  PAWL_ASSIGN_OR_RETURN(t.quant_state,
                        Tensor::Create(DType::kU8, {static_cast<int64_t>(text.size())}));
  std::memcpy(t.quant_state.mutable_data(), text.data(), text.size());
  PAWL_ASSIGN_OR_RETURN(t.weight,
                        Tensor::Create(DType::kU8, {CeilDiv(tensor.num_elements(), 2), 1}));
  uint8_t* to = MutableBytes(t.weight);
  const int64_t cols = tensor.cols();
  const int64_t stride = FieldBytes(4, cols) * 2;
  int64_t element = 0;
  for (int64_t row = 0; row < tensor.rows(); ++row) {
    for (int64_t col = 0; col < cols; ++col, ++element) {
      const int code = GetField(4, ConstBytes(tensor.codes), row * stride + col);
      to[element / 2] =
          static_cast<uint8_t>(to[element / 2] | (element % 2 == 0 ? code << 4 : code));
    }
  }
  // The peer pads with the code of 0: 7 of nf4, 0 of fp4.
  if (element % 2 != 0 && s.table == TableKind::kNF4) to[element / 2] |= 7;
  return t;
}

absl::StatusOr<QuantizedTensor> FromBitsAndBytes8(const BitsAndBytes8Tensors& tensors) {
  const std::vector<int64_t>& shape = tensors.weight.shape();
  if (shape.size() != 2) return BadPart(kName8, "weight", "is not a matrix");
  PAWL_RETURN_IF_ERROR(CheckShape(kName8, shape).status());
  PAWL_RETURN_IF_ERROR(CheckPart(kName8, "weight", tensors.weight, {DType::kI8}, shape));
  PAWL_RETURN_IF_ERROR(CheckPart(kName8, "SCB", tensors.scb, {DType::kF32}, {shape[0]}));
  if (!tensors.weight_format.empty()) {
    PAWL_RETURN_IF_ERROR(
        CheckCount(kName8, "weight_format", tensors.weight_format, {DType::kU8}, 1));
    if (tensors.weight_format.as<uint8_t>()[0] != 0) {
      return BadPart(kName8, "weight_format", "is not 0 (row-major); save it so");
    }
  }
  Scheme scheme;
  scheme.grouping = Grouping{GroupKind::kChannel, 0, 1, 0};
  scheme.post_scale = kInverse127;
  scheme.full_range = true;
  PAWL_ASSIGN_OR_RETURN(QuantizedTensor out, QuantizedTensor::Create(scheme, shape));
  PAWL_ASSIGN_OR_RETURN(out.codes, AsBytes(tensors.weight, shape));
  out.scales = tensors.scb;
  return out;
}

absl::StatusOr<BitsAndBytes8Tensors> ToBitsAndBytes8(const QuantizedTensor& tensor) {
  PAWL_RETURN_IF_ERROR(CheckWritable(kName8, tensor));
  const Scheme& s = tensor.scheme;
  PAWL_ASSIGN_OR_RETURN(const int64_t group, RowGroupSize(kName8, tensor));
  const bool integers = s.element == Element{ElementKind::kInt, 8};
  if (!integers || s.offset.kind != OffsetKind::kNone || !IsPlainFloat(s.scale.type) ||
      s.scale.super_type.kind != ParamKind::kNone || s.grouping.kind == GroupKind::kIndexMap ||
      group < tensor.cols()) {
    return BadPart(kName8, "format",
                   absl::StrCat("cannot hold scheme ", SchemeString(s),
                                "; quantize to int8:channel, symmetric"));
  }
  BitsAndBytes8Tensors t;
  const std::vector<int64_t> shape = {tensor.rows(), tensor.cols()};
  PAWL_ASSIGN_OR_RETURN(t.weight, CopyBytesAs(DType::kI8, tensor.codes, shape));
  PAWL_ASSIGN_OR_RETURN(t.weight_format, Tensor::Create(DType::kU8, {}));
  PAWL_ASSIGN_OR_RETURN(t.scb, tensor.scales.ToF32());
  PAWL_ASSIGN_OR_RETURN(t.scb, t.scb.Reshape({tensor.rows()}));
  // A plain int8 scale is SCB / 127.
  const float factor = s.post_scale == kInverse127 ? 1.0f : 127.0f * s.post_scale;
  for (float& scb : t.scb.mutable_as<float>()) scb *= factor;
  return t;
}

}  // namespace pawl
