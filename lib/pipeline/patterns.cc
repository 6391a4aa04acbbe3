// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include "lib/pipeline/patterns.h"

#include "absl/strings/str_cat.h"

namespace pawl {

absl::StatusOr<Pattern> Pattern::Compile(const std::string& text, absl::string_view where) {
  Pattern pattern;
  if (text.empty()) return pattern;
  re2::RE2::Options options;
  options.set_log_errors(false);  // it would write to stderr
  options.set_max_mem(1 << 20);
  auto regex = std::make_shared<const re2::RE2>(text, options);
  if (!regex->ok()) {
    return absl::InvalidArgumentError(
        absl::StrCat(where, ": '", text, "' is not a regular expression: ", regex->error()));
  }
  pattern.regex_ = std::move(regex);
  return pattern;
}

bool Pattern::Matches(absl::string_view name) const {
  return regex_ == nullptr ||
         re2::RE2::PartialMatch(re2::StringPiece(name.data(), name.size()), *regex_);
}

absl::Status PatternSizes::Add(const Pattern& pattern) {
  constexpr int64_t kMost = int64_t{1} << 23;  // of 16 bytes each
  if (pattern.regex_ != nullptr) instructions_ += pattern.regex_->ProgramSize();
  if (instructions_ <= kMost) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat("the patterns up to '", pattern.regex_->pattern(),
                                                 "' compile to more than ", kMost,
                                                 " instructions together; use simpler ones"));
}

}  // namespace pawl
