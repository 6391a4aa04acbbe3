// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// AWQ checkpoints of version "gemm". Layout: AutoAWQ's WQLinear_GEMM and packing_utils.

#include "absl/strings/str_cat.h"
#include "lib/core/status_macros.h"
#include "lib/formats/codecs/bit_fields.h"
#include "lib/formats/codecs/codec_util.h"
#include "pawl/checkpoint_formats.h"

namespace pawl {
namespace {

constexpr absl::string_view kName = "AWQ";
constexpr int kBits = 4;

// Where output 8c + i lies in word c, in bits.
constexpr int kShift[8] = {0, 16, 4, 20, 8, 24, 12, 28};

uint32_t CodeOf(uint32_t word, int64_t output) { return word >> kShift[output % 8] & 15; }

struct AwqSizes {
  int64_t in = 0;
  int64_t out = 0;
  int64_t group_size = 0;
  int64_t groups = 0;
};

absl::StatusOr<AwqSizes> CheckTensors(const AwqTensors& t) {
  if (t.qweight.rank() != 2) return BadPart(kName, "qweight", "is not a matrix");
  PAWL_RETURN_IF_ERROR(CheckShape(kName, t.qweight.shape()).status());
  AwqSizes s;
  s.in = t.qweight.dim(0);
  s.out = t.qweight.dim(1) * 8;
  s.group_size = GroupSizeOf(t.group_size, s.in);
  if (s.group_size < 1) return BadPart(kName, "group_size", "is neither positive nor -1");
  s.groups = CeilDiv(s.in, s.group_size);
  PAWL_RETURN_IF_ERROR(
      CheckPart(kName, "qweight", t.qweight, {DType::kI32, DType::kU32}, {s.in, s.out / 8}));
  PAWL_RETURN_IF_ERROR(
      CheckPart(kName, "qzeros", t.qzeros, {DType::kI32, DType::kU32}, {s.groups, s.out / 8}));
  PAWL_RETURN_IF_ERROR(CheckPart(kName, "scales", t.scales,
                                 {DType::kF16, DType::kBF16, DType::kF32}, {s.groups, s.out}));
  return s;
}

// Words [rows, out/8] -> fields at [out, stride] of `to`: field o of row r goes to o*stride + r.
void TakeWords(const Tensor& words, int64_t rows, int64_t out, int64_t stride, uint8_t* to) {
  const uint32_t* from = words.as<uint32_t>().data();
  for (int64_t r = 0; r < rows; ++r) {
    for (int64_t o = 0; o < out; ++o) {
      PutField(kBits, to, o * stride + r, CodeOf(from[r * (out / 8) + o / 8], o));
    }
  }
}

}  // namespace

absl::StatusOr<QuantizedTensor> FromAwq(const AwqTensors& tensors) {
  PAWL_ASSIGN_OR_RETURN(const AwqSizes s, CheckTensors(tensors));
  Scheme scheme;
  scheme.element = Element{ElementKind::kUint, kBits};
  scheme.grouping = Grouping{GroupKind::kAlongRow, 0, 1, s.group_size};
  scheme.scale.type = FloatParam(tensors.scales.dtype());
  scheme.offset =
      OffsetFormat{OffsetKind::kZeroPoint, ParamType{ParamKind::kUint, kBits}, kParamNone};
  scheme.arithmetic = ArithmeticOf(tensors.scales.dtype());
  PAWL_ASSIGN_OR_RETURN(QuantizedTensor out, QuantizedTensor::Create(scheme, {s.out, s.in}));
  // A row of codes is padded to a whole byte, so an odd number of inputs counts as one more.
  TakeWords(tensors.qweight, s.in, s.out, FieldBytes(kBits, s.in) * 2, MutableBytes(out.codes));
  TakeWords(tensors.qzeros, s.groups, s.out, s.groups, MutableBytes(out.offsets));
  PAWL_ASSIGN_OR_RETURN(out.scales,
                        Transposed(tensors.scales, s.groups, s.out, {s.groups * s.out}));
  return out;
}

absl::StatusOr<AwqTensors> ToAwq(const QuantizedTensor& tensor) {
  PAWL_RETURN_IF_ERROR(CheckWritable(kName, tensor));
  PAWL_ASSIGN_OR_RETURN(const int64_t size, RowGroupSize(kName, tensor));
  PAWL_ASSIGN_OR_RETURN(const UnsignedCodes view, SeeUnsigned(kName, tensor));
  const int64_t in = tensor.cols();
  const int64_t out = tensor.rows();
  const int64_t groups = CeilDiv(in, size);
  if (view.bits != kBits) {
    return BadPart(kName, "element", absl::StrCat("has ", view.bits, " bits; the format has 4"));
  }
  if (tensor.scheme.grouping.kind == GroupKind::kIndexMap) {
    return BadPart(kName, "grouping", "by an index map does not fit the format");
  }
  if (out % 8 != 0) {
    return BadPart(kName, "shape", absl::StrCat("has ", out, " outputs, not a multiple of 8"));
  }
  AwqTensors t;
  t.group_size = size >= in ? -1 : size;
  PAWL_ASSIGN_OR_RETURN(t.qweight, Tensor::Create(DType::kI32, {in, out / 8}));
  PAWL_ASSIGN_OR_RETURN(t.qzeros, Tensor::Create(DType::kI32, {groups, out / 8}));
  PAWL_ASSIGN_OR_RETURN(t.scales, Transposed(tensor.scales, out, groups, {groups, out}));
  const absl::Span<uint32_t> codes = t.qweight.mutable_as<uint32_t>();
  const absl::Span<uint32_t> zeros = t.qzeros.mutable_as<uint32_t>();
  std::vector<uint8_t> fields(static_cast<size_t>(in));
  for (int64_t o = 0; o < out; ++o) {
    UnsignedRow(tensor, view, o, fields.data());
    for (int64_t i = 0; i < in; ++i) {
      codes[static_cast<size_t>(i * (out / 8) + o / 8)] |=
          static_cast<uint32_t>(fields[static_cast<size_t>(i)]) << kShift[o % 8];
    }
    for (int64_t g = 0; g < groups; ++g) {
      zeros[static_cast<size_t>(g * (out / 8) + o / 8)] |=
          static_cast<uint32_t>(view.zeros[static_cast<size_t>(o * groups + g)]) << kShift[o % 8];
    }
  }
  return t;
}

}  // namespace pawl
