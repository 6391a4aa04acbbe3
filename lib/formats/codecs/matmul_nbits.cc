// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// Weights of ONNX Runtime's operator MatMulNBits (com.microsoft). Layout: the operator's page in
// ContribOperators.md. Each block of a row is a bit stream of its own, as are a row's zero points.

#include "absl/strings/str_cat.h"
#include "lib/core/params.h"
#include "lib/core/status_macros.h"
#include "lib/formats/codecs/bit_fields.h"
#include "lib/formats/codecs/codec_util.h"
#include "pawl/checkpoint_formats.h"

namespace pawl {
namespace {

constexpr absl::string_view kName = "MatMulNBits";

enum class ZeroKind { kNone, kPacked, kFloat };

struct Sizes {
  int64_t blocks = 0;
  int64_t row_bytes = 0;   // of B
  int64_t zero_bytes = 0;  // of packed zero points
};

absl::StatusOr<Sizes> SizesOf(const MatMulNBitsTensors& t) {
  if (t.bits < 2 || t.bits > 8) return BadPart(kName, "bits", "are not 2 to 8");
  if (t.block_size < 16 || (t.block_size & (t.block_size - 1)) != 0) {
    return BadPart(kName, "block_size",
                   absl::StrCat(t.block_size, " is not a power of two from 16 on"));
  }
  PAWL_RETURN_IF_ERROR(CheckShape(kName, {t.n, t.k, t.block_size}).status());
  Sizes s;
  s.blocks = CeilDiv(t.k, t.block_size);
  s.row_bytes = s.blocks * FieldBytes(t.bits, t.block_size);
  s.zero_bytes = FieldBytes(t.bits, s.blocks);
  return s;
}

absl::StatusOr<ZeroKind> CheckTensors(const MatMulNBitsTensors& t, const Sizes& s) {
  PAWL_RETURN_IF_ERROR(CheckCount(kName, "B", t.b, {DType::kU8}, t.n * s.row_bytes));
  PAWL_RETURN_IF_ERROR(
      CheckCount(kName, "scales", t.scales, {DType::kF32, DType::kF16}, t.n * s.blocks));
  if (t.zero_points.empty()) return ZeroKind::kNone;
  if (t.zero_points.dtype() == DType::kU8) {
    PAWL_RETURN_IF_ERROR(
        CheckCount(kName, "zero_points", t.zero_points, {DType::kU8}, t.n * s.zero_bytes));
    return ZeroKind::kPacked;
  }
  PAWL_RETURN_IF_ERROR(
      CheckCount(kName, "zero_points", t.zero_points, {t.scales.dtype()}, t.n * s.blocks));
  return ZeroKind::kFloat;
}

Scheme SchemeOf(const MatMulNBitsTensors& t, ZeroKind zero) {
  const auto bits = static_cast<uint8_t>(t.bits);
  Scheme scheme;
  scheme.element = Element{zero == ZeroKind::kNone ? ElementKind::kInt : ElementKind::kUint, bits};
  scheme.full_range = zero == ZeroKind::kNone;
  scheme.grouping = Grouping{GroupKind::kAlongRow, 0, 1, t.block_size};
  scheme.scale.type = FloatParam(t.scales.dtype());
  if (zero == ZeroKind::kPacked) {
    scheme.offset =
        OffsetFormat{OffsetKind::kZeroPoint, ParamType{ParamKind::kUint, bits}, kParamNone};
  }
  if (zero == ZeroKind::kFloat) {
    scheme.offset = OffsetFormat{OffsetKind::kMinimum, scheme.scale.type, kParamOwnScale};
  } else {
    scheme.arithmetic = ArithmeticOf(t.scales.dtype());
  }
  return scheme;
}

}  // namespace

absl::StatusOr<QuantizedTensor> FromMatMulNBits(const MatMulNBitsTensors& tensors) {
  PAWL_ASSIGN_OR_RETURN(const Sizes s, SizesOf(tensors));
  PAWL_ASSIGN_OR_RETURN(const ZeroKind zero, CheckTensors(tensors, s));
  PAWL_ASSIGN_OR_RETURN(QuantizedTensor out,
                        QuantizedTensor::Create(SchemeOf(tensors, zero), {tensors.n, tensors.k}));
  const int bits = tensors.bits;
  out.scales = tensors.scales;
  const auto flip = static_cast<uint8_t>(zero == ZeroKind::kNone ? 1 << (bits - 1) : 0);
  // Blocks hold a multiple of 16 codes, so a row's blocks are one stream.
  std::vector<uint8_t> fields(static_cast<size_t>(tensors.k));
  for (int64_t row = 0; row < tensors.n; ++row) {
    UnpackFields(bits, ConstBytes(tensors.b) + row * s.row_bytes, tensors.k, fields.data());
    for (uint8_t& field : fields) field ^= flip;
    PackFields(bits, fields.data(), tensors.k,
               MutableBytes(out.codes) + row * FieldBytes(bits, tensors.k));
  }
  if (zero == ZeroKind::kFloat) out.offsets = tensors.zero_points;
  if (zero == ZeroKind::kPacked) {
    for (int64_t i = 0; i < tensors.n * s.blocks; ++i) {
      const uint8_t* row = ConstBytes(tensors.zero_points) + i / s.blocks * s.zero_bytes;
      PutField(bits, MutableBytes(out.offsets), i, GetField(bits, row, i % s.blocks));
    }
  }
  return out;
}

namespace {

absl::Status PutZeros(const QuantizedTensor& tensor, const UnsignedCodes& view, const Sizes& s,
                      MatMulNBitsTensors* t) {
  if (tensor.scheme.offset.kind == OffsetKind::kNone &&
      tensor.scheme.element.kind == ElementKind::kInt) {
    return absl::OkStatus();
  }
  PAWL_ASSIGN_OR_RETURN(t->zero_points, Tensor::Create(DType::kU8, {t->n, s.zero_bytes}));
  for (int64_t i = 0; i < t->n * s.blocks; ++i) {
    PutField(t->bits, MutableBytes(t->zero_points) + i / s.blocks * s.zero_bytes, i % s.blocks,
             view.zeros[static_cast<size_t>(i)]);
  }
  return absl::OkStatus();
}

// As the operator sees them: whether float zero points go with the scales, and the rest.
absl::StatusOr<UnsignedCodes> View(const QuantizedTensor& tensor, bool float_zeros) {
  if (!float_zeros) return SeeUnsigned(kName, tensor);
  QuantizedTensor codes = tensor;
  codes.scheme.offset = OffsetFormat();
  return SeeUnsigned(kName, codes);
}

}  // namespace

absl::StatusOr<MatMulNBitsTensors> ToMatMulNBits(const QuantizedTensor& tensor) {
  PAWL_RETURN_IF_ERROR(CheckWritable(kName, tensor));
  const Scheme& scheme = tensor.scheme;
  const bool float_zeros =
      scheme.element.kind == ElementKind::kUint && scheme.offset.kind == OffsetKind::kMinimum &&
      scheme.offset.super_type == kParamOwnScale && scheme.offset.type == scheme.scale.type;
  PAWL_ASSIGN_OR_RETURN(const UnsignedCodes view, View(tensor, float_zeros));
  PAWL_ASSIGN_OR_RETURN(const int64_t size, RowGroupSize(kName, tensor));
  if (scheme.grouping.kind == GroupKind::kIndexMap || scheme.scale.type == kParamBF16) {
    return BadPart(kName, "format",
                   absl::StrCat("cannot hold scheme ", SchemeString(scheme),
                                "; it takes groups along rows and f32 or f16 scales"));
  }
  MatMulNBitsTensors t;
  t.bits = view.bits;
  t.n = tensor.rows();
  t.k = tensor.cols();
  t.block_size = size;
  PAWL_ASSIGN_OR_RETURN(const Sizes s, SizesOf(t));
  PAWL_ASSIGN_OR_RETURN(t.scales, tensor.scales.Reshape({t.n, s.blocks}));
  if (float_zeros) {
    PAWL_ASSIGN_OR_RETURN(t.zero_points, tensor.offsets.Reshape({t.n, s.blocks}));
  } else {
    PAWL_RETURN_IF_ERROR(PutZeros(tensor, view, s, &t));
  }
  PAWL_ASSIGN_OR_RETURN(
      t.b, Tensor::Create(DType::kU8, {t.n, s.blocks, FieldBytes(t.bits, t.block_size)}));
  std::vector<uint8_t> fields(static_cast<size_t>(t.k));
  for (int64_t row = 0; row < t.n; ++row) {
    UnsignedRow(tensor, view, row, fields.data());
    PackFields(t.bits, fields.data(), t.k, MutableBytes(t.b) + row * s.row_bytes);
  }
  return t;
}

}  // namespace pawl
