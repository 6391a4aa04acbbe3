// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// HQQ weights. Layout: hqq/core/bitpack.py and quantize.py. The flat order of the code matrix is
// that of the weight, whatever the axis: only which elements share a group differs.

#include <string>

#include "absl/strings/str_cat.h"
#include "lib/core/params.h"
#include "lib/core/status_macros.h"
#include "lib/formats/codecs/bit_fields.h"
#include "lib/formats/codecs/codec_util.h"
#include "pawl/checkpoint_formats.h"

namespace pawl {
namespace {

constexpr absl::string_view kName = "HQQ";

struct Packing {
  absl::string_view name;
  int bits;   // of a code
  int codes;  // in a word
  DType word;
};

constexpr Packing kPackings[] = {{"8bit_u8", 8, 1, DType::kU8},
                                 {"4bit_u8", 4, 2, DType::kU8},
                                 {"3bit_32", 3, 10, DType::kI32},
                                 {"2bit_u8", 2, 4, DType::kU8},
                                 {"1bit_u8", 1, 8, DType::kU8}};

// The matrix of codes and how its rows fold into words.
struct Folding {
  int64_t rows = 0;
  int64_t cols = 0;
  int64_t step = 0;  // rows of words
  int64_t groups = 0;

  // Word and bit of the code at a flat position.
  int64_t WordOf(int64_t element) const { return element / cols % step * cols + element % cols; }
  int ShiftOf(int64_t element, const Packing& packing) const {
    const auto j = static_cast<int>(element / cols / step);
    return (packing.codes - 1 - j) * packing.bits;
  }
};

absl::StatusOr<Folding> Fold(const Packing& packing, int axis, int64_t group_size,
                             absl::Span<const int64_t> shape) {
  PAWL_ASSIGN_OR_RETURN(const int64_t elements, CheckShape(kName, shape));
  if (axis != 0 && axis != 1) return BadPart(kName, "axis", "is neither 0 nor 1");
  if (shape.size() != 2) {
    return BadPart(kName, "shape", absl::StrCat(ShapeString(shape), " is not that of a matrix"));
  }
  const int64_t size = group_size == 0 ? shape[axis == 0 ? 0 : 1] : group_size;
  if (size < 1 || elements % size != 0) {
    return BadPart(kName, "group_size",
                   absl::StrCat(group_size, " does not divide ", elements, " elements"));
  }
  Folding f;
  f.groups = elements / size;
  f.rows = axis == 0 ? size : f.groups;
  f.cols = elements / f.rows;
  f.step = CeilDiv(f.rows, packing.codes);
  // Only the 3-bit packing pads its rows.
  if (packing.bits != 3 && f.rows % packing.codes != 0) {
    return BadPart(kName, "W_q",
                   absl::StrCat("packs ", f.rows, " rows of codes in ranges of 1/", packing.codes,
                                ", which must be whole"));
  }
  return f;
}

uint32_t WordAt(const Tensor& words, int64_t index) {
  const auto i = static_cast<size_t>(index);
  return words.dtype() == DType::kU8 ? words.as<uint8_t>()[i] : words.as<uint32_t>()[i];
}

void OrWord(Tensor& words, int64_t index, uint32_t value) {
  const auto i = static_cast<size_t>(index);
  if (words.dtype() == DType::kU8) {
    uint8_t& word = words.mutable_as<uint8_t>()[i];
    word = static_cast<uint8_t>(word | value);
  } else {
    words.mutable_as<uint32_t>()[i] |= value;
  }
}

absl::StatusOr<const Packing*> FindPacking(absl::string_view name) {
  for (const Packing& packing : kPackings) {
    if (packing.name == name) return &packing;
  }
  return BadPart(
      kName, "packing",
      absl::StrCat("\"", name, "\" is none of 8bit_u8, 4bit_u8, 3bit_32, 2bit_u8, 1bit_u8"));
}

// Canonical rows are padded to whole bytes, so rows are walked, not the flat stream.
template <typename Fn>
void ForEachCode(const QuantizedTensor& tensor, Fn&& fn) {
  const int bits = tensor.scheme.element.bits;
  const int64_t cols = tensor.cols();
  const int64_t row_bytes = FieldBytes(bits, cols);
  for (int64_t row = 0; row < tensor.rows(); ++row) {
    for (int64_t col = 0; col < cols; ++col) fn(row * row_bytes, col, row * cols + col);
  }
}

struct HqqGrouping {
  int axis = 1;
  int64_t size = 0;
};

absl::StatusOr<HqqGrouping> GroupingOf(const QuantizedTensor& tensor) {
  const Grouping& g = tensor.scheme.grouping;
  switch (g.kind) {
    case GroupKind::kFlat:
      return HqqGrouping{1, g.size};
    case GroupKind::kAlongRow:
      if (tensor.cols() % g.size == 0) return HqqGrouping{1, g.size};
      break;
    case GroupKind::kFlatStrided:
      return HqqGrouping{0, g.size};
    case GroupKind::kChannel:
      return HqqGrouping{g.axis == 0 || g.axis == -2 ? 1 : 0, 0};
    default:
      break;
  }
  return BadPart(kName, "grouping",
                 absl::StrCat("of scheme ", SchemeString(tensor.scheme), " does not fit"));
}

}  // namespace

absl::StatusOr<QuantizedTensor> FromHqq(const HqqTensors& tensors) {
  PAWL_ASSIGN_OR_RETURN(const Packing* packing, FindPacking(tensors.packing));
  PAWL_ASSIGN_OR_RETURN(const Folding f,
                        Fold(*packing, tensors.axis, tensors.group_size, tensors.shape));
  PAWL_RETURN_IF_ERROR(CheckCount(kName, "W_q", tensors.w_q, {packing->word}, f.step * f.cols));
  const DType dtype = tensors.scale.dtype();
  PAWL_RETURN_IF_ERROR(CheckCount(kName, "scale", tensors.scale,
                                  {DType::kF32, DType::kF16, DType::kBF16}, f.groups));
  PAWL_RETURN_IF_ERROR(CheckCount(kName, "zero", tensors.zero, {dtype}, f.groups));
  Scheme scheme;
  scheme.element = Element{ElementKind::kUint, static_cast<uint8_t>(packing->bits)};
  scheme.grouping.kind = tensors.axis == 0 ? GroupKind::kFlatStrided : GroupKind::kFlat;
  scheme.grouping.size = tensors.group_size;
  if (tensors.group_size == 0) {
    scheme.grouping = Grouping{GroupKind::kChannel, tensors.axis == 0 ? 1 : 0, 1, 0};
  }
  scheme.scale.type = FloatParam(dtype);
  scheme.offset = OffsetFormat{OffsetKind::kFloatZero, FloatParam(dtype), kParamNone};
  scheme.arithmetic = ArithmeticOf(dtype);
  PAWL_ASSIGN_OR_RETURN(QuantizedTensor out, QuantizedTensor::Create(scheme, tensors.shape));
  out.scales = tensors.scale;
  out.offsets = tensors.zero;
  uint8_t* codes = MutableBytes(out.codes);
  ForEachCode(out, [&](int64_t row_begin, int64_t col, int64_t element) {
    const uint32_t word = WordAt(tensors.w_q, f.WordOf(element));
    PutField(packing->bits, codes + row_begin, col, word >> f.ShiftOf(element, *packing));
  });
  return out;
}

absl::StatusOr<HqqTensors> ToHqq(const QuantizedTensor& tensor) {
  PAWL_RETURN_IF_ERROR(CheckWritable(kName, tensor));
  const Scheme& s = tensor.scheme;
  const Packing* packing = nullptr;
  for (const Packing& p : kPackings) {
    if (s.element == Element{ElementKind::kUint, static_cast<uint8_t>(p.bits)}) packing = &p;
  }
  if (packing == nullptr || s.offset.kind != OffsetKind::kFloatZero ||
      s.offset.type != s.scale.type || !IsPlainFloat(s.scale.type) ||
      s.scale.super_type.kind != ParamKind::kNone || s.post_scale != 1.0f) {
    return BadPart(kName, "format",
                   absl::StrCat("cannot hold scheme ", SchemeString(s),
                                "; it takes uint1, 2, 3, 4 or 8 with float zero points (hqq)"));
  }
  PAWL_ASSIGN_OR_RETURN(const HqqGrouping grouping, GroupingOf(tensor));
  PAWL_ASSIGN_OR_RETURN(const Folding f,
                        Fold(*packing, grouping.axis, grouping.size, tensor.shape));
  HqqTensors t;
  t.packing = std::string(packing->name);
  t.axis = grouping.axis;
  t.group_size = grouping.size;
  t.shape = tensor.shape;
  const bool columns = t.axis == 0;
  const std::vector<int64_t> shape = {columns ? 1 : f.groups, columns ? f.groups : 1};
  PAWL_ASSIGN_OR_RETURN(t.scale, tensor.scales.Reshape(shape));
  PAWL_ASSIGN_OR_RETURN(t.zero, tensor.offsets.Reshape(shape));
  PAWL_ASSIGN_OR_RETURN(t.w_q, Tensor::Create(packing->word, {f.step, f.cols}));
  const uint8_t* codes = ConstBytes(tensor.codes);
  ForEachCode(tensor, [&](int64_t row_begin, int64_t col, int64_t element) {
    const uint32_t code = GetField(packing->bits, codes + row_begin, col);
    OrWord(t.w_q, f.WordOf(element), code << f.ShiftOf(element, *packing));
  });
  return t;
}

}  // namespace pawl
