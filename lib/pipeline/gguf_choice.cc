// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include "lib/pipeline/gguf_choice.h"

#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "lib/core/status_macros.h"

namespace pawl {

std::string LowerName(const BlockFormat& format) { return absl::AsciiStrToLower(format.name); }

const BlockFormat* FormatOf(const Scheme& scheme) {
  for (const BlockFormat* format : BlockFormats()) {
    Scheme same = scheme;
    same.full_range = format->scheme.full_range;
    if (format->scheme.scale.type.kind == ParamKind::kE8M0Ggml && same.scale.type == kParamE8M0) {
      same.scale.type = format->scheme.scale.type;
    }
    if (same == format->scheme) return format;
  }
  return nullptr;
}

absl::Status NoFormat(absl::string_view scheme) {
  std::string known;
  for (const BlockFormat* format : BlockFormats()) {
    absl::StrAppend(&known, known.empty() ? "" : ", ", LowerName(*format));
  }
  return absl::InvalidArgumentError(
      absl::StrCat("GGUF has no blocks for the scheme '", scheme, "'; it has ", known));
}

const BlockFormat* FallbackOf(const BlockFormat& format) {
  static constexpr std::pair<absl::string_view, absl::string_view> kFallbacks[] = {
      {"Q2_K", "IQ4_NL"}, {"Q3_K", "IQ4_NL"}, {"IQ4_XS", "IQ4_NL"},
      {"Q4_K", "Q5_0"},   {"Q5_K", "Q5_1"},   {"Q6_K", "Q8_0"},
  };
  for (const auto& [from, to] : kFallbacks) {
    if (format.name == from) return FindBlockFormat(to);
  }
  return nullptr;
}

bool Fits(const BlockFormat& format, absl::Span<const int64_t> shape) {
  return !shape.empty() && shape.back() % format.elements == 0 &&
         CheckFits(format.scheme, shape).ok();
}

namespace {

absl::Status ChooseBlocks(const GgufChoice& choice, GgufTensor* tensor) {
  const SafetensorsEntry& entry = tensor->source->entry;
  const auto rule = static_cast<size_t>(tensor->planned.rule);
  std::string& reason = tensor->planned.reason;
  Scheme scheme = tensor->planned.scheme;
  if (!tensor->planned.quantize) {
    PAWL_ASSIGN_OR_RETURN(scheme, ParseScheme(choice.recipe.rules[rule].scheme));
  }
  const BlockFormat* format = FormatOf(scheme);
  if (format == nullptr) return NoFormat(SchemeString(scheme));
  if (!Fits(*format, entry.shape)) {  // a scheme's last group may be short, a block may not
    const bool own = choice.given.rules[rule].fallback.empty();
    const BlockFormat* fallback = own ? FallbackOf(*format) : nullptr;
    reason = absl::StrCat("its rows are not whole blocks of ", format->elements);
    if (fallback == nullptr || !Fits(*fallback, entry.shape)) return absl::OkStatus();
    format = fallback;
    absl::StrAppend(&reason, ", so it became ", LowerName(*format));
  }
  // Without a rule that names it the layer that makes logits gets more bits, as llama.cpp does it.
  if (!tensor->planned.by_name && entry.name == choice.head && format->name != "Q8_0") {
    const BlockFormat* better = FindBlockFormat("Q6_K");
    if (!Fits(*better, entry.shape)) better = FindBlockFormat("Q8_0");
    if (better->scheme.element.bits > format->scheme.element.bits && Fits(*better, entry.shape)) {
      format = better;
      reason = absl::StrCat("it makes the logits, so it became ", LowerName(*format));
    }
  }
  tensor->format = format;
  tensor->planned.scheme = format->scheme;
  return absl::OkStatus();
}

}  // namespace

// Engines want vectors (norms, biases) in f32; matrices keep their type where GGUF has it.
void ChoosePlain(GgufTensor* tensor) {
  const DType dtype = *tensor->source->entry.dtype;
  const bool narrow = dtype == DType::kF16 || dtype == DType::kBF16 || dtype == DType::kF64;
  const bool vector = tensor->source->entry.shape.size() < 2 && narrow;
  tensor->plain = vector || !GgufTypeOf(dtype).has_value() ? DType::kF32 : dtype;
  tensor->as_is = tensor->plain == dtype && !tensor->source->add_one;
  if (tensor->source->add_one) tensor->plain = DType::kF32;
}

absl::Status ChooseType(const GgufChoice& choice, GgufTensor* tensor) {
  const SafetensorsEntry& entry = tensor->source->entry;
  tensor->as_is = !entry.dtype.has_value();
  if (tensor->as_is) return absl::OkStatus();
  const bool refused = !tensor->planned.quantize && tensor->planned.rule >= 0 &&
                       entry.shape.size() >= 2 &&
                       absl::StrContains(tensor->planned.reason, "does not fit");
  if (tensor->planned.quantize || refused) PAWL_RETURN_IF_ERROR(ChooseBlocks(choice, tensor));
  if (tensor->format == nullptr) ChoosePlain(tensor);
  return absl::OkStatus();
}

}  // namespace pawl
