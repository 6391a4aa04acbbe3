// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include "lib/formats/codecs/bitsandbytes_state.h"

#include <charconv>
#include <cmath>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "lib/core/status_macros.h"
#include "lib/formats/codecs/codec_util.h"
#include "nlohmann/json.hpp"

namespace pawl {
namespace {

absl::Status BadState(absl::string_view key, absl::string_view why) {
  return BadPart(kBitsAndBytes4, "quant_state", absl::StrCat("has ", key, " that ", why));
}

absl::Status TakeSize(const nlohmann::json& state, const char* key, int64_t* size) {
  const auto it = state.find(key);
  if (it == state.end() || !it->is_number_integer()) return BadState(key, "is not an integer");
  *size = it->get<int64_t>();
  return *size > 0 ? absl::OkStatus() : BadState(key, "is not positive");
}

absl::Status TakeNames(const nlohmann::json& state, QuantState* out) {
  const auto type = state.find("quant_type");
  if (type != state.end() && *type == "nf4") {
    out->table = TableKind::kNF4;
  } else if (type != state.end() && *type == "fp4") {
    out->table = TableKind::kFP4;
  } else {
    return BadState("a quant_type", "is neither nf4 nor fp4");
  }
  const auto dtype = state.find("dtype");
  if (dtype != state.end() && *dtype == "float32") {
    out->dtype = Arithmetic::kF32;
  } else if (dtype != state.end() && *dtype == "float16") {
    out->dtype = Arithmetic::kF16;
  } else if (dtype != state.end() && *dtype == "bfloat16") {
    out->dtype = Arithmetic::kBF16;
  } else {
    return BadState("a dtype", "is none of float32, float16, bfloat16");
  }
  return absl::OkStatus();
}

// The value in Python's repr: shortest digits, an exponent below 1e-4 and from 1e16 on.
std::string PythonNumber(double value) {
  char digits[64];
  const double magnitude = std::fabs(value);
  const bool fixed = magnitude == 0.0 || (magnitude >= 1e-4 && magnitude < 1e16);
  const std::to_chars_result end =
      std::to_chars(digits, digits + sizeof(digits), value,
                    fixed ? std::chars_format::fixed : std::chars_format::scientific);
  std::string text(digits, end.ptr);
  if (fixed && text.find('.') == std::string::npos) text += ".0";
  return text;
}

absl::string_view StateDType(Arithmetic arithmetic) {
  if (arithmetic == Arithmetic::kF16) return "float16";
  return arithmetic == Arithmetic::kBF16 ? "bfloat16" : "float32";
}

}  // namespace

absl::StatusOr<QuantState> ParseQuantState(const Tensor& text, bool nested) {
  if (text.dtype() != DType::kU8) return BadPart(kBitsAndBytes4, "quant_state", "is not u8");
  const uint8_t* begin = ConstBytes(text);
  const nlohmann::json state =
      nlohmann::json::parse(begin, begin + text.size_bytes(), nullptr, /*allow_exceptions=*/false);
  if (!state.is_object()) return BadPart(kBitsAndBytes4, "quant_state", "is not a JSON object");
  QuantState out;
  PAWL_RETURN_IF_ERROR(TakeNames(state, &out));
  PAWL_RETURN_IF_ERROR(TakeSize(state, "blocksize", &out.blocksize));
  const auto shape = state.find("shape");
  if (shape == state.end() || !shape->is_array()) return BadState("a shape", "is not an array");
  for (const nlohmann::json& dim : *shape) {
    if (!dim.is_number_integer()) return BadState("a shape", "is not of integers");
    out.shape.push_back(dim.get<int64_t>());
  }
  if (!nested) return out;
  PAWL_RETURN_IF_ERROR(TakeSize(state, "nested_blocksize", &out.nested_blocksize));
  const auto offset = state.find("nested_offset");
  if (offset == state.end() || !offset->is_number()) {
    return BadState("a nested_offset", "is not a number");
  }
  out.nested_offset = static_cast<float>(offset->get<double>());
  return out;
}

std::string QuantStateText(const QuantizedTensor& tensor, int64_t blocksize,
                           absl::string_view type) {
  std::string text = absl::StrCat(R"({"quant_type": ")", type, R"(", "blocksize": )", blocksize,
                                  R"(, "dtype": ")", StateDType(tensor.scheme.arithmetic),
                                  R"(", "shape": [)", absl::StrJoin(tensor.shape, ", "), "]");
  if (tensor.scheme.scale.type.kind == ParamKind::kTable) {
    absl::StrAppend(&text, R"(, "nested_blocksize": )", tensor.scheme.scale.super_size,
                    R"(, "nested_dtype": "float32", "nested_offset": )",
                    PythonNumber(static_cast<double>(tensor.scale_offset)));
  }
  return text + "}";
}

}  // namespace pawl
