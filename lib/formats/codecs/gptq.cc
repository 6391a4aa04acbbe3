// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// GPTQ checkpoints. Layout: AutoGPTQ's and GPTQModel's torch QuantLinear; v1's zero points: see
// GPTQModel's convert_gptq_v1_to_v2_format. A column of qweight, taken as little-endian words, is
// the canonical bit stream of one row.

#include <algorithm>
#include <cstring>

#include "absl/strings/str_cat.h"
#include "lib/core/params.h"
#include "lib/core/status_macros.h"
#include "lib/formats/codecs/bit_fields.h"
#include "lib/formats/codecs/codec_util.h"
#include "pawl/checkpoint_formats.h"

namespace pawl {
namespace {

constexpr absl::string_view kName = "GPTQ";

struct GptqSizes {
  int64_t in = 0;
  int64_t out = 0;
  int64_t group_size = 0;
  int64_t groups = 0;
};

absl::StatusOr<GptqSizes> CheckTensors(const GptqTensors& t) {
  if (t.bits != 2 && t.bits != 3 && t.bits != 4 && t.bits != 8) {
    return BadPart(kName, "bits", absl::StrCat("are ", t.bits, "; 2, 3, 4 and 8 are known"));
  }
  if (t.qweight.rank() != 2) return BadPart(kName, "qweight", "is not a matrix");
  PAWL_RETURN_IF_ERROR(CheckShape(kName, t.qweight.shape()).status());
  GptqSizes s;
  s.out = t.qweight.dim(1);
  const int64_t stream_bits = t.qweight.dim(0) * 32;
  s.in = t.g_idx.empty() ? stream_bits / t.bits : t.g_idx.num_elements();
  if (t.g_idx.empty() && stream_bits % t.bits != 0) {
    return BadPart(kName, "qweight", "does not tell the number of inputs; give g_idx");
  }
  s.group_size = GroupSizeOf(t.group_size, s.in);
  if (s.group_size < 1) return BadPart(kName, "group_size", "is neither positive nor -1");
  s.groups = CeilDiv(s.in, s.group_size);
  PAWL_RETURN_IF_ERROR(CheckPart(kName, "qweight", t.qweight, {DType::kI32, DType::kU32},
                                 {FieldWords(t.bits, s.in), s.out}));
  PAWL_RETURN_IF_ERROR(CheckPart(kName, "qzeros", t.qzeros, {DType::kI32, DType::kU32},
                                 {s.groups, FieldWords(t.bits, s.out)}));
  PAWL_RETURN_IF_ERROR(CheckPart(kName, "scales", t.scales,
                                 {DType::kF16, DType::kBF16, DType::kF32}, {s.groups, s.out}));
  return s;
}

// What v1 lacks in each word of zero points: one in each field, for whole-word arithmetic.
uint32_t OneInEachField(int bits) { return 0xFFFFFFFFu / ((1u << bits) - 1); }

// Adds `delta` (+1 or -1) to zero points as the peers do: words of 2, 4 and 8 bits with carry from
// field to field, fields of 3 bits each for itself.
void ShiftZeros(int bits, int delta, int64_t fields, absl::Span<uint32_t> row) {
  if (bits != 3) {
    const uint32_t ones = OneInEachField(bits);
    for (uint32_t& word : row) word += delta > 0 ? ones : 0u - ones;
    return;
  }
  auto* bytes = reinterpret_cast<uint8_t*>(row.data());
  std::vector<uint8_t> codes(static_cast<size_t>(fields));
  UnpackFields(bits, bytes, fields, codes.data());
  for (uint8_t& code : codes) code = static_cast<uint8_t>((code + delta) & 7);
  PackFields(bits, codes.data(), fields, bytes);
}

absl::Status TakeZeros(const GptqTensors& t, const GptqSizes& s, QuantizedTensor* out) {
  const int64_t words = FieldWords(t.bits, s.out);
  std::vector<uint32_t> row(static_cast<size_t>(words));
  uint8_t* zeros = MutableBytes(out->offsets);
  for (int64_t g = 0; g < s.groups; ++g) {
    std::copy_n(t.qzeros.as<uint32_t>().begin() + g * words, words, row.begin());
    if (t.v1) ShiftZeros(t.bits, 1, s.out, absl::MakeSpan(row));
    const auto* bytes = reinterpret_cast<const uint8_t*>(row.data());
    for (int64_t o = 0; o < s.out; ++o) {
      PutField(t.bits, zeros, o * s.groups + g, GetField(t.bits, bytes, o));
    }
  }
  return absl::OkStatus();
}

void TakeCodes(const GptqTensors& t, const GptqSizes& s, QuantizedTensor* out) {
  const int64_t words = t.qweight.dim(0);
  const int64_t row_bytes = FieldBytes(t.bits, s.in);
  const uint32_t* from = t.qweight.as<uint32_t>().data();
  uint8_t* to = MutableBytes(out->codes);
  constexpr int64_t kTile = 16;  // columns at a time: a cache line of words
  for (int64_t begin = 0; begin < s.out; begin += kTile) {
    const int64_t end = std::min(s.out, begin + kTile);
    for (int64_t w = 0; w < words; ++w) {
      const auto bytes = static_cast<size_t>(std::min<int64_t>(4, row_bytes - 4 * w));
      for (int64_t o = begin; o < end; ++o) {
        std::memcpy(to + o * row_bytes + 4 * w, from + w * s.out + o, bytes);
      }
    }
    for (int64_t o = begin; o < end; ++o) ClearPadding(t.bits, s.in, to + o * row_bytes);
  }
}

absl::Status PutZeros(const UnsignedCodes& view, int64_t groups, int64_t out, GptqTensors* t) {
  const int64_t words = FieldWords(t->bits, out);
  PAWL_ASSIGN_OR_RETURN(t->qzeros, Tensor::Create(DType::kI32, {groups, words}));
  for (int64_t g = 0; g < groups; ++g) {
    const absl::Span<uint32_t> row = t->qzeros.mutable_as<uint32_t>().subspan(
        static_cast<size_t>(g * words), static_cast<size_t>(words));
    auto* bytes = reinterpret_cast<uint8_t*>(row.data());
    for (int64_t o = 0; o < out; ++o) {
      PutField(t->bits, bytes, o, view.zeros[static_cast<size_t>(o * groups + g)]);
    }
    if (t->v1) ShiftZeros(t->bits, -1, out, row);
  }
  return absl::OkStatus();
}

absl::Status PutCodes(const QuantizedTensor& tensor, const UnsignedCodes& view, GptqTensors* t) {
  const int64_t in = tensor.cols();
  const int64_t out = tensor.rows();
  const int64_t words = FieldWords(t->bits, in);
  PAWL_ASSIGN_OR_RETURN(t->qweight, Tensor::Create(DType::kI32, {words, out}));
  uint32_t* to = t->qweight.mutable_as<uint32_t>().data();
  std::vector<uint8_t> fields(static_cast<size_t>(in));
  std::vector<uint32_t> row(static_cast<size_t>(words));
  for (int64_t o = 0; o < out; ++o) {
    UnsignedRow(tensor, view, o, fields.data());
    PackFields(t->bits, fields.data(), in, reinterpret_cast<uint8_t*>(row.data()));
    for (int64_t w = 0; w < words; ++w) to[w * out + o] = row[static_cast<size_t>(w)];
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<QuantizedTensor> FromGptq(const GptqTensors& tensors) {
  PAWL_ASSIGN_OR_RETURN(const GptqSizes sizes, CheckTensors(tensors));
  const auto bits = static_cast<uint8_t>(tensors.bits);
  Scheme scheme;
  Tensor group_index;
  scheme.element = Element{ElementKind::kUint, bits};
  scheme.scale.type = FloatParam(tensors.scales.dtype());
  scheme.offset =
      OffsetFormat{OffsetKind::kZeroPoint, ParamType{ParamKind::kUint, bits}, kParamNone};
  scheme.arithmetic = ArithmeticOf(tensors.scales.dtype());
  PAWL_RETURN_IF_ERROR(SetGroupIndex(kName, tensors.g_idx, sizes.in, sizes.group_size,
                                     &scheme.grouping, &group_index));
  PAWL_ASSIGN_OR_RETURN(QuantizedTensor out,
                        QuantizedTensor::Create(scheme, {sizes.out, sizes.in}));
  out.group_index = group_index;
  PAWL_ASSIGN_OR_RETURN(
      out.scales, Transposed(tensors.scales, sizes.groups, sizes.out, {sizes.groups * sizes.out}));
  TakeCodes(tensors, sizes, &out);
  PAWL_RETURN_IF_ERROR(TakeZeros(tensors, sizes, &out));
  return out;
}

absl::StatusOr<GptqTensors> ToGptq(const QuantizedTensor& tensor, bool v1) {
  PAWL_RETURN_IF_ERROR(CheckWritable(kName, tensor));
  PAWL_ASSIGN_OR_RETURN(const int64_t size, RowGroupSize(kName, tensor));
  PAWL_ASSIGN_OR_RETURN(const UnsignedCodes view, SeeUnsigned(kName, tensor));
  const int64_t groups = CeilDiv(tensor.cols(), size);
  GptqTensors t;
  t.bits = view.bits;
  t.v1 = v1;
  t.group_size = size >= tensor.cols() ? -1 : size;
  if (t.bits != 2 && t.bits != 3 && t.bits != 4 && t.bits != 8) {
    return BadPart(kName, "element",
                   absl::StrCat("has ", t.bits, " bits; 2, 3, 4 and 8 can be written"));
  }
  PAWL_RETURN_IF_ERROR(PutCodes(tensor, view, &t));
  PAWL_RETURN_IF_ERROR(PutZeros(view, groups, tensor.rows(), &t));
  PAWL_ASSIGN_OR_RETURN(t.scales,
                        Transposed(tensor.scales, tensor.rows(), groups, {groups, tensor.rows()}));
  PAWL_ASSIGN_OR_RETURN(t.g_idx, GroupIndexOf(tensor, size));
  return t;
}

}  // namespace pawl
