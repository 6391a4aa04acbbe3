// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// Checkpoints of compressed-tensors. Layout: the package's compressors (pack_to_int32, fp4 packing)
// and quantization/lifecycle/forward.py for the arithmetic. Packed integers are stored as code +
// 2^(bits-1): with the top bit of each field flipped that is two's complement.

#include <algorithm>
#include <optional>
#include <string>

#include "absl/strings/str_cat.h"
#include "lib/core/params.h"
#include "lib/core/status_macros.h"
#include "lib/formats/codecs/bit_fields.h"
#include "lib/formats/codecs/codec_util.h"
#include "pawl/checkpoint_formats.h"

namespace pawl {
namespace {

constexpr absl::string_view kName = "compressed-tensors";
constexpr Element kInt8{ElementKind::kInt, 8};
constexpr Element kE4M3{ElementKind::kE4M3, 8};
constexpr Element kE2M1{ElementKind::kE2M1, 4};

enum class Codes { kWords, kNibbles, kBytes };
enum class Scales { kFloat, kE8M0, kE4M3 };

// What each format stores. The element's bits of kWords come from num_bits.
struct Format {
  absl::string_view name;
  Codes codes;
  Element element;
  DType dtype;  // of the codes
  Scales scales;
};

constexpr Format kFormats[] = {
    {"pack-quantized", Codes::kWords, {ElementKind::kInt, 0}, DType::kI32, Scales::kFloat},
    {"int-quantized", Codes::kBytes, kInt8, DType::kI8, Scales::kFloat},
    {"float-quantized", Codes::kBytes, kE4M3, DType::kE4M3, Scales::kFloat},
    {"nvfp4-pack-quantized", Codes::kNibbles, kE2M1, DType::kU8, Scales::kE4M3},
    {"mxfp4-pack-quantized", Codes::kNibbles, kE2M1, DType::kU8, Scales::kE8M0},
    {"mxfp8-quantized", Codes::kBytes, kE4M3, DType::kE4M3, Scales::kE8M0}};

absl::StatusOr<const Format*> FindFormat(const CompressedTensors& t) {
  absl::string_view name = t.format;
  // The naive format is whichever plain one the weight's type tells.
  if (name == "naive-quantized") {
    name = t.weight.dtype() == DType::kI8 ? "int-quantized" : "float-quantized";
  }
  for (const Format& format : kFormats) {
    if (format.name == name) return &format;
  }
  return BadPart(kName, "format", absl::StrCat("\"", name, "\" is not known"));
}

absl::StatusOr<std::vector<int64_t>> ShapeOf(const CompressedTensors& t, const Format& format) {
  std::vector<int64_t> shape;
  if (format.codes == Codes::kBytes) {
    shape = t.weight.shape();
    if (shape.size() != 2) return BadPart(kName, "weight", "is not a matrix");
    PAWL_RETURN_IF_ERROR(CheckShape(kName, shape).status());
    PAWL_RETURN_IF_ERROR(CheckPart(kName, "weight", t.weight, {format.dtype}, shape));
    return shape;
  }
  if (t.weight_packed.rank() != 2) return BadPart(kName, "weight_packed", "is not a matrix");
  PAWL_RETURN_IF_ERROR(CheckShape(kName, t.weight_packed.shape()).status());
  shape = {t.weight_packed.dim(0), t.weight_packed.dim(1) * 2};
  std::vector<int64_t> packed = t.weight_packed.shape();
  if (format.codes == Codes::kWords) {
    if (t.num_bits < 2 || t.num_bits > 8) return BadPart(kName, "num_bits", "are not 2 to 8");
    PAWL_RETURN_IF_ERROR(CheckCount(kName, "weight_shape", t.weight_shape, {DType::kI64}, 2));
    const absl::Span<const int64_t> given = t.weight_shape.as<int64_t>();
    shape.assign(given.begin(), given.end());
    PAWL_RETURN_IF_ERROR(CheckShape(kName, shape).status());
    packed = {shape[0], FieldWords(t.num_bits, shape[1])};
  }
  PAWL_RETURN_IF_ERROR(CheckPart(kName, "weight_packed", t.weight_packed, {format.dtype}, packed));
  return shape;
}

struct Groups {
  Grouping grouping;
  std::vector<int64_t> scale_shape;
};

absl::StatusOr<Groups> GroupsOf(const CompressedTensors& t, absl::Span<const int64_t> shape) {
  if (t.strategy == "tensor") return Groups{Grouping{}, {1}};
  if (t.strategy == "channel") {
    return Groups{Grouping{GroupKind::kChannel, 0, 1, 0}, {shape[0], 1}};
  }
  if (t.strategy == "group" || t.strategy == "tensor_group") {
    if (t.group_size < 1) return BadPart(kName, "group_size", "is not positive");
    return Groups{Grouping{GroupKind::kAlongRow, 0, 1, t.group_size},
                  {shape[0], CeilDiv(shape[1], t.group_size)}};
  }
  if (t.strategy == "block") {
    if (t.block_rows < 1 || t.block_columns < 1) {
      return BadPart(kName, "block_structure", "is not of two positive sizes");
    }
    return Groups{Grouping{GroupKind::kBlock2D, 0, t.block_rows, t.block_columns},
                  {CeilDiv(shape[0], t.block_rows), CeilDiv(shape[1], t.block_columns)}};
  }
  return BadPart(
      kName, "strategy",
      absl::StrCat("\"", t.strategy, "\" is none of tensor, channel, group, tensor_group, block"));
}

// Type and shape of the scales, into the scheme.
absl::Status TakeScales(const CompressedTensors& t, const Format& format, const Groups& groups,
                        Scheme* scheme) {
  const DType given = t.weight_scale.dtype();
  scheme->arithmetic = Arithmetic::kBF16;
  switch (format.scales) {
    case Scales::kFloat:
      scheme->scale.type = FloatParam(given);
      scheme->arithmetic = ArithmeticOf(given);
      return CheckPart(kName, "weight_scale", t.weight_scale,
                       {DType::kF32, DType::kF16, DType::kBF16}, groups.scale_shape);
    case Scales::kE8M0:
      scheme->scale.type = kParamE8M0Inf;
      return CheckPart(kName, "weight_scale", t.weight_scale, {DType::kU8, DType::kE8M0},
                       groups.scale_shape);
    case Scales::kE4M3:
      scheme->scale = ScaleFormat{kParamE4M3, kParamF32, -1, true};
      PAWL_RETURN_IF_ERROR(
          CheckCount(kName, "weight_global_scale", t.weight_global_scale, {DType::kF32}, 1));
      return CheckPart(kName, "weight_scale", t.weight_scale, {DType::kE4M3, DType::kU8},
                       groups.scale_shape);
  }
  return BadPart(kName, "format", "is not known");
}

absl::Status CheckZeros(const CompressedTensors& t, const Format& format, const Groups& groups,
                        int64_t rows, Scheme* scheme) {
  if (t.weight_zero_point.empty()) return absl::OkStatus();
  if (scheme->element.kind != ElementKind::kInt) {
    return BadPart(kName, "weight_zero_point", "goes with integers only");
  }
  scheme->offset = OffsetFormat{OffsetKind::kZeroPoint,
                                ParamType{ParamKind::kInt, scheme->element.bits}, kParamNone};
  if (format.codes != Codes::kWords) {
    return CheckPart(kName, "weight_zero_point", t.weight_zero_point, {DType::kI8},
                     groups.scale_shape);
  }
  if (groups.scale_shape.size() != 2 || groups.scale_shape[0] != rows) {
    return BadPart(kName, "weight_zero_point", "is packed by rows, the scales are not");
  }
  return CheckPart(kName, "weight_zero_point", t.weight_zero_point, {DType::kI32},
                   {FieldWords(scheme->element.bits, rows), groups.scale_shape[1]});
}

void FlipRow(int bits, const uint8_t* from, int64_t count, uint8_t* fields, uint8_t* to) {
  UnpackFields(bits, from, count, fields);
  for (int64_t i = 0; i < count; ++i) fields[i] ^= static_cast<uint8_t>(1 << (bits - 1));
  PackFields(bits, fields, count, to);
}

absl::Status TakeCodes(const CompressedTensors& t, const Format& format, QuantizedTensor* out) {
  const int bits = out->scheme.element.bits;
  if (format.codes != Codes::kWords) {
    const Tensor& codes = format.codes == Codes::kBytes ? t.weight : t.weight_packed;
    PAWL_ASSIGN_OR_RETURN(out->codes, AsBytes(codes, out->codes.shape()));
    return absl::OkStatus();
  }
  const int64_t cols = out->cols();
  const int64_t from_bytes = FieldWords(bits, cols) * 4;
  std::vector<uint8_t> fields(static_cast<size_t>(cols));
  for (int64_t row = 0; row < out->rows(); ++row) {
    FlipRow(bits, ConstBytes(t.weight_packed) + row * from_bytes, cols, fields.data(),
            MutableBytes(out->codes) + row * FieldBytes(bits, cols));
  }
  return absl::OkStatus();
}

// Word w of group g holds zero points of rows 32 * w / bits and on.
absl::Status TakeZeros(const CompressedTensors& t, const Format& format, QuantizedTensor* out) {
  if (t.weight_zero_point.empty()) return absl::OkStatus();
  if (format.codes != Codes::kWords) {
    PAWL_ASSIGN_OR_RETURN(out->offsets, AsBytes(t.weight_zero_point, out->offsets.shape()));
    return absl::OkStatus();
  }
  const int bits = out->scheme.element.bits;
  const int64_t words = t.weight_zero_point.dim(0);
  const int64_t groups = t.weight_zero_point.dim(1);
  PAWL_ASSIGN_OR_RETURN(const Tensor streams,
                        Transposed(t.weight_zero_point, words, groups, {groups, words}));
  for (int64_t g = 0; g < groups; ++g) {
    const uint8_t* stream = ConstBytes(streams) + g * words * 4;
    for (int64_t row = 0; row < out->rows(); ++row) {
      PutField(bits, MutableBytes(out->offsets), row * groups + g,
               GetField(bits, stream, row) ^ (1u << (bits - 1)));
    }
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<QuantizedTensor> FromCompressedTensors(const CompressedTensors& tensors) {
  PAWL_ASSIGN_OR_RETURN(const Format* format, FindFormat(tensors));
  PAWL_ASSIGN_OR_RETURN(const std::vector<int64_t> shape, ShapeOf(tensors, *format));
  PAWL_ASSIGN_OR_RETURN(const Groups groups, GroupsOf(tensors, shape));
  Scheme scheme;
  Tensor group_index;
  scheme.element = format->element;
  if (format->codes == Codes::kWords) scheme.element.bits = static_cast<uint8_t>(tensors.num_bits);
  scheme.full_range = scheme.element.kind == ElementKind::kInt;
  scheme.grouping = groups.grouping;
  PAWL_RETURN_IF_ERROR(TakeScales(tensors, *format, groups, &scheme));
  PAWL_RETURN_IF_ERROR(CheckZeros(tensors, *format, groups, shape[0], &scheme));
  if (!tensors.weight_g_idx.empty()) {
    if (scheme.grouping.kind != GroupKind::kAlongRow) {
      return BadPart(kName, "weight_g_idx", "goes with strategy group only");
    }
    PAWL_RETURN_IF_ERROR(SetGroupIndex(kName, tensors.weight_g_idx, shape[1], scheme.grouping.size,
                                       &scheme.grouping, &group_index));
  }
  PAWL_ASSIGN_OR_RETURN(QuantizedTensor out, QuantizedTensor::Create(scheme, shape));
  out.group_index = group_index;
  out.scales = tensors.weight_scale;
  if (format->scales != Scales::kFloat) {
    PAWL_ASSIGN_OR_RETURN(out.scales, AsBytes(tensors.weight_scale, tensors.weight_scale.shape()));
  }
  if (format->scales == Scales::kE4M3) out.super_scales = tensors.weight_global_scale;
  PAWL_RETURN_IF_ERROR(TakeCodes(tensors, *format, &out));
  PAWL_RETURN_IF_ERROR(TakeZeros(tensors, *format, &out));
  return out;
}

namespace {

std::optional<Scales> ScalesOf(const ScaleFormat& scale) {
  const bool alone = scale.super_type.kind == ParamKind::kNone;
  if (alone && IsPlainFloat(scale.type)) return Scales::kFloat;
  if (alone && (scale.type == kParamE8M0Inf || scale.type == kParamE8M0)) return Scales::kE8M0;
  if (scale == ScaleFormat{kParamE4M3, kParamF32, -1, true}) return Scales::kE4M3;
  return std::nullopt;
}

bool Fits(const Format& format, const Scheme& s) {
  const bool element = format.codes == Codes::kWords
                           ? s.element.kind == ElementKind::kInt && s.element.bits <= 8
                           : s.element == format.element;
  const bool zero = s.offset.kind == OffsetKind::kZeroPoint &&
                    s.element.kind == ElementKind::kInt &&
                    s.offset.type == ParamType{ParamKind::kInt, s.element.bits};
  return element && ScalesOf(s.scale) == format.scales && s.post_scale == 1.0f &&
         (zero || s.offset.kind == OffsetKind::kNone);
}

absl::StatusOr<const Format*> ChooseFormat(const Scheme& s, absl::string_view name) {
  const Format* chosen = nullptr;
  for (const Format& format : kFormats) {
    // Of several, the last: bytes rather than words for 8 bits.
    if (Fits(format, s) && (name.empty() || name == format.name)) chosen = &format;
  }
  if (chosen != nullptr) return chosen;
  return BadPart(kName, name.empty() ? "format" : name,
                 absl::StrCat("cannot hold scheme ", SchemeString(s)));
}

// Strategy and sizes of the config, and the shape of the scales.
absl::StatusOr<std::vector<int64_t>> PutGroups(const QuantizedTensor& tensor,
                                               CompressedTensors* t) {
  const Grouping& g = tensor.scheme.grouping;
  if (g.kind == GroupKind::kTensor) {
    t->strategy = "tensor";
  } else if (g.kind == GroupKind::kBlock2D) {
    t->strategy = "block";
    t->block_rows = g.rows;
    t->block_columns = g.size;
  } else {
    PAWL_ASSIGN_OR_RETURN(t->group_size, RowGroupSize(kName, tensor));
    t->strategy = g.kind == GroupKind::kChannel ? "channel" : "group";
    if (g.kind == GroupKind::kChannel) t->group_size = 0;
    if (g.kind == GroupKind::kIndexMap) t->weight_g_idx = tensor.group_index;
    if (t->format == "nvfp4-pack-quantized") t->strategy = "tensor_group";
  }
  PAWL_ASSIGN_OR_RETURN(const Groups groups, GroupsOf(*t, tensor.shape));
  return groups.scale_shape;
}

absl::Status PutWords(const QuantizedTensor& tensor, CompressedTensors* t) {
  const int bits = tensor.scheme.element.bits;
  const int64_t rows = tensor.rows();
  const int64_t cols = tensor.cols();
  t->num_bits = bits;
  PAWL_ASSIGN_OR_RETURN(t->weight_shape, Tensor::FromValues<int64_t>({2}, {rows, cols}));
  PAWL_ASSIGN_OR_RETURN(t->weight_packed,
                        Tensor::Create(DType::kI32, {rows, FieldWords(bits, cols)}));
  std::vector<uint8_t> fields(static_cast<size_t>(cols));
  for (int64_t row = 0; row < rows; ++row) {
    FlipRow(bits, ConstBytes(tensor.codes) + row * FieldBytes(bits, cols), cols, fields.data(),
            MutableBytes(t->weight_packed) + row * FieldWords(bits, cols) * 4);
  }
  if (tensor.scheme.offset.kind == OffsetKind::kNone) return absl::OkStatus();
  if (t->strategy != "channel" && t->strategy != "group") {
    return BadPart(kName, "weight_zero_point", "can be packed for channels and groups only");
  }
  const int64_t groups = t->weight_scale.dim(1);
  const int64_t words = FieldWords(bits, rows);
  PAWL_ASSIGN_OR_RETURN(Tensor streams, Tensor::Create(DType::kI32, {groups, words}));
  for (int64_t g = 0; g < groups; ++g) {
    for (int64_t row = 0; row < rows; ++row) {
      const uint8_t zero = GetField(bits, ConstBytes(tensor.offsets), row * groups + g);
      PutField(bits, MutableBytes(streams) + g * words * 4, row, zero ^ (1u << (bits - 1)));
    }
  }
  PAWL_ASSIGN_OR_RETURN(t->weight_zero_point, Transposed(streams, groups, words, {words, groups}));
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<CompressedTensors> ToCompressedTensors(const QuantizedTensor& tensor,
                                                      absl::string_view format_name) {
  PAWL_RETURN_IF_ERROR(CheckWritable(kName, tensor));
  PAWL_ASSIGN_OR_RETURN(const Format* format, ChooseFormat(tensor.scheme, format_name));
  if (tensor.shape.size() != 2) return BadPart(kName, "shape", "is not that of a matrix");
  const int64_t rows = tensor.rows();
  const int64_t cols = tensor.cols();
  CompressedTensors t;
  t.format = std::string(format->name);
  PAWL_ASSIGN_OR_RETURN(const std::vector<int64_t> scale_shape, PutGroups(tensor, &t));
  PAWL_ASSIGN_OR_RETURN(t.weight_scale, tensor.scales.Reshape(scale_shape));
  if (format->scales == Scales::kE4M3) {
    PAWL_ASSIGN_OR_RETURN(t.weight_scale, CopyBytesAs(DType::kE4M3, tensor.scales, scale_shape));
    PAWL_ASSIGN_OR_RETURN(t.weight_global_scale, tensor.super_scales.Reshape({1}));
  }
  if (format->codes == Codes::kWords) {
    PAWL_RETURN_IF_ERROR(PutWords(tensor, &t));
    return t;
  }
  if (format->codes == Codes::kNibbles) {
    if (cols % 2 != 0) return BadPart(kName, "shape", "has an odd number of columns");
    t.num_bits = 4;
    PAWL_ASSIGN_OR_RETURN(t.weight_packed, CopyBytesAs(DType::kU8, tensor.codes, {rows, cols / 2}));
  } else {
    PAWL_ASSIGN_OR_RETURN(t.weight, CopyBytesAs(format->dtype, tensor.codes, {rows, cols}));
  }
  if (tensor.scheme.offset.kind == OffsetKind::kZeroPoint) {
    PAWL_ASSIGN_OR_RETURN(t.weight_zero_point,
                          CopyBytesAs(DType::kI8, tensor.offsets, scale_shape));
  }
  return t;
}

}  // namespace pawl
