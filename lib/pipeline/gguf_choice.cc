// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include "lib/pipeline/gguf_choice.h"

#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "lib/pipeline/job_plan.h"

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

}  // namespace pawl
