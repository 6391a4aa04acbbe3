// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// Checkpoint formats to canonical packing and back.

#include <string>
#include <variant>

#include "absl/strings/str_cat.h"
#include "capi/checkpoint_weight.h"
#include "lib/core/status_macros.h"

namespace pawl::capi {
namespace {

absl::StatusOr<bool> IsV1(const Gptq& t) {
  if (t.variant == "gptq") return true;
  if (t.variant == "gptq_v2") return false;
  return absl::InvalidArgumentError(
      absl::StrCat("GPTQ: variant '", t.variant, "' is none; there are gptq (v1) and gptq_v2"));
}

absl::StatusOr<QuantizedTensor> Decode(Gptq t) {
  PAWL_ASSIGN_OR_RETURN(t.v1, IsV1(t));
  return FromGptq(t);
}
absl::StatusOr<QuantizedTensor> Decode(const AwqTensors& t) { return FromAwq(t); }
absl::StatusOr<QuantizedTensor> Decode(const BitsAndBytes4Tensors& t) {
  PAWL_ASSIGN_OR_RETURN(QuantizedTensor result, FromBitsAndBytes4(t));
  const absl::string_view type = result.scheme.table == TableKind::kFP4 ? "fp4" : "nf4";
  if (!t.quant_type.empty() && t.quant_type != type) {
    return absl::InvalidArgumentError(absl::StrCat("bitsandbytes: quant_state is of ", type,
                                                   ", but its name or the variant says ",
                                                   t.quant_type));
  }
  return result;
}
absl::StatusOr<QuantizedTensor> Decode(const BitsAndBytes8Tensors& t) {
  return FromBitsAndBytes8(t);
}
absl::StatusOr<QuantizedTensor> Decode(const CompressedTensors& t) {
  return FromCompressedTensors(t);
}
absl::StatusOr<QuantizedTensor> Decode(const HqqTensors& t) { return FromHqq(t); }
absl::StatusOr<QuantizedTensor> Decode(MatMulNBits t) {
  if (t.shape.size() != 2) {
    return absl::InvalidArgumentError(
        absl::StrCat("MatMulNBits: the shape is ", ShapeString(t.shape), "; it must be [N, K]"));
  }
  t.n = t.shape[0];
  t.k = t.shape[1];
  return FromMatMulNBits(t);
}
absl::StatusOr<QuantizedTensor> Decode(const TfliteTensors& t) { return FromTflite(t); }

// `old` has what a format leaves to choose: its variant.
absl::StatusOr<Weight> Encode(const Gptq& old, const QuantizedTensor& tensor) {
  Gptq result;
  PAWL_ASSIGN_OR_RETURN(const bool v1, IsV1(old));
  PAWL_ASSIGN_OR_RETURN(static_cast<GptqTensors&>(result), ToGptq(tensor, v1));
  result.variant = old.variant;
  return result;
}
absl::StatusOr<Weight> Encode(const AwqTensors&, const QuantizedTensor& tensor) {
  return ToAwq(tensor);
}
absl::StatusOr<Weight> Encode(const BitsAndBytes4Tensors&, const QuantizedTensor& tensor) {
  return ToBitsAndBytes4(tensor);
}
absl::StatusOr<Weight> Encode(const BitsAndBytes8Tensors&, const QuantizedTensor& tensor) {
  return ToBitsAndBytes8(tensor);
}
absl::StatusOr<Weight> Encode(const CompressedTensors& old, const QuantizedTensor& tensor) {
  return ToCompressedTensors(tensor, old.format);
}
absl::StatusOr<Weight> Encode(const HqqTensors&, const QuantizedTensor& tensor) {
  return ToHqq(tensor);
}
absl::StatusOr<Weight> Encode(const MatMulNBits&, const QuantizedTensor& tensor) {
  MatMulNBits result;
  PAWL_ASSIGN_OR_RETURN(static_cast<MatMulNBitsTensors&>(result), ToMatMulNBits(tensor));
  result.shape = {result.n, result.k};
  return result;
}
absl::StatusOr<Weight> Encode(const TfliteTensors&, const QuantizedTensor& tensor) {
  return ToTflite(tensor);
}

}  // namespace

absl::StatusOr<QuantizedTensor> DecodeWeight(const Weight& weight) {
  return std::visit([](const auto& t) { return Decode(t); }, weight);
}

absl::StatusOr<Weight> EncodeWeight(const Weight& old, const QuantizedTensor& tensor) {
  return std::visit([&](const auto& t) { return Encode(t, tensor); }, old);
}

}  // namespace pawl::capi
