// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include "hostile_scheme.h"

#include <algorithm>
#include <cstring>
#include <string>

#include "absl/strings/str_cat.h"
#include "lib/core/params.h"

namespace pawl::fuzz {
namespace {

// Values that scales usually have, and now and then any bits at all.
void FillParams(Input& input, const ParamType& type, Tensor& tensor) {
  if (tensor.empty() || type.kind == ParamKind::kNone) return;
  auto* bytes = static_cast<uint8_t*>(tensor.mutable_data());
  const std::vector<uint8_t> any = input.Filled(tensor.size_bytes());
  std::memcpy(bytes, any.data(), any.size());
  const bool is_float =
      type.kind == ParamKind::kF32 || type.kind == ParamKind::kF16 || type.kind == ParamKind::kBF16;
  if (!is_float || input.Rarely()) return;
  for (int64_t i = 0; i < tensor.num_elements(); ++i) {
    // 2^-8 .. 2^-1 with mantissas of the bytes that were there.
    const float value = (1.0f + static_cast<float>(bytes[i * type.bits / 8]) / 256.0f) *
                        (static_cast<float>(1 << (bytes[i * type.bits / 8] & 7)) / 256.0f);
    WriteParam(type, tensor, i, EncodeParam(type, input.Rarely() ? input.Float() : value));
  }
}

int64_t GroupsPerRow(const Scheme& scheme, int64_t cols) {
  return std::max<int64_t>(1, (cols + scheme.grouping.size - 1) / scheme.grouping.size);
}

}  // namespace

Scheme TextScheme(Input& input) {
  constexpr const char* kElements[] = {
      "int4", "int8",      "uint4",     "uint8", "int3",  "int2",     "int5",   "int6",
      "int7", "uint2",     "uint3",     "uint1", "int16", "ternary",  "binary", "nf4",
      "fp4",  "codebook4", "codebook2", "pot4",  "apot4", "fp4e2m1",  "e4m3",   "e5m2",
      "f16",  "bf16",      "uint5",     "uint6", "uint7", "codebook8"};
  constexpr const char* kGroups[] = {"",     ":g32",       ":channel", ":tensor",
                                     ":g16", ":g64",       ":g128",    ":g24",
                                     ":g7",  ":block2x16", ":flat64",  ":channel1"};
  constexpr const char* kOffsets[] = {"", ":asym", ":min", ":hqq", ":sym"};
  constexpr const char* kScales[] = {"", ":f16", ":f32", ":bf16", ":e8m0", ":e4m3", ":dq"};
  const absl::Span<const NamedScheme> named = NamedSchemes();
  Scheme scheme;
  if (input.Byte() % 4 == 3) {
    scheme = named[input.Byte() % named.size()].scheme;
  } else {
    // One after another, so that an input means the same whatever the compiler evaluates first.
    const char* scale = input.Pick(kScales);
    const char* offset = input.Pick(kOffsets);
    const char* group = input.Pick(kGroups);
    const char* element = input.Pick(kElements);
    const auto parsed = ParseScheme(absl::StrCat(element, group, offset, scale));
    if (parsed.ok()) scheme = *parsed;
  }
  if (!input.Rarely()) return scheme;
  const uint8_t extras = input.Byte();
  if ((extras & 1) != 0) scheme.input_scale = true;
  if ((extras & 2) != 0) scheme.rotation.block = 1 << (extras >> 6);
  if ((extras & 4) != 0) scheme.outliers = kParamF16;
  if ((extras & 8) != 0 && scheme.grouping.kind == GroupKind::kAlongRow) {
    scheme.grouping.kind = GroupKind::kIndexMap;
  }
  if ((extras & 16) != 0) scheme.arithmetic = Arithmetic::kF16;
  if ((extras & 32) != 0) scheme.full_range = true;
  return scheme;
}

absl::StatusOr<QuantizedTensor> RandomTensor(Input& input, const Scheme& scheme,
                                             const std::vector<int64_t>& shape) {
  absl::StatusOr<QuantizedTensor> made = QuantizedTensor::Create(scheme, shape);
  if (!made.ok()) return made;
  QuantizedTensor& t = *made;
  const std::vector<uint8_t> codes = input.Filled(t.codes.size_bytes());
  const bool extreme = input.Rarely();
  const int64_t cols = t.cols();
  std::vector<int16_t> row(static_cast<size_t>(cols));
  const Element& e = scheme.element;
  const int64_t range = int64_t{e.MaxCode()} - e.MinCode() + 1;
  for (int64_t r = 0; r < t.rows(); ++r) {
    for (int64_t c = 0; c < cols && !codes.empty(); ++c) {
      const uint8_t byte = codes[static_cast<size_t>(r * cols + c) % codes.size()];
      int64_t code = e.MinCode() + (range > 256 ? byte * 257 : byte) % range;
      if (extreme) code = (byte & 1) != 0 ? e.MaxCode() : e.MinCode();
      row[static_cast<size_t>(c)] = static_cast<int16_t>(code);
    }
    const absl::Status packed = PackCodes(t, r, row);
    PAWL_FUZZ_CHECK(packed.ok(), packed.ToString());
  }
  FillParams(input, scheme.scale.type, t.scales);
  FillParams(input, scheme.offset.type, t.offsets);
  FillParams(input, scheme.scale.super_type, t.super_scales);
  FillParams(input, scheme.offset.super_type, t.super_offsets);
  for (float& level : t.levels.mutable_as<float>()) level = input.Float();
  for (float& level : t.scale_levels.mutable_as<float>()) level = input.Float();
  for (float& scale : t.input_scale.mutable_as<float>()) scale = input.Float();
  for (int8_t& sign : t.rotation_signs.mutable_as<int8_t>()) sign = input.Bool() ? 1 : -1;
  for (int32_t& group : t.group_index.mutable_as<int32_t>()) {
    group = static_cast<int32_t>(input.Byte() % GroupsPerRow(scheme, cols));
  }
  if (scheme.outliers.kind != ParamKind::kNone && cols > 1) {
    const int32_t columns[] = {0, static_cast<int32_t>(cols - 1)};
    t.outlier_columns = *Tensor::FromValues<int32_t>({2}, columns);
    t.outlier_values = *Tensor::Create(DType::kF16, {t.rows(), 2});
    FillParams(input, scheme.outliers, t.outlier_values);
  }
  const absl::Status valid = t.Validate();  // a rotation need not divide the columns
  if (!valid.ok()) return valid;
  return made;
}

}  // namespace pawl::fuzz
