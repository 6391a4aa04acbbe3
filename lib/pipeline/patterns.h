// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#ifndef PAWL_LIB_PIPELINE_PATTERNS_H_
#define PAWL_LIB_PIPELINE_PATTERNS_H_

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "re2/re2.h"

namespace pawl {

// A compiled pattern of a recipe: RE2 syntax, found anywhere in a name.
class Pattern {
 public:
  // `where` names the pattern's place in messages. An empty text matches every name.
  static absl::StatusOr<Pattern> Compile(const std::string& text, absl::string_view where);

  bool Matches(absl::string_view name) const;
  bool matches_all() const { return regex_ == nullptr; }

 private:
  friend class PatternSizes;
  std::shared_ptr<const re2::RE2> regex_;
};

// Keeps patterns that are held together within bounds: a few bytes of text such as
// "(abcdefghij){999}" compile to far more than they are.
class PatternSizes {
 public:
  // InvalidArgument when they become too many or too large together. Those of any real recipe,
  // with a rule for each of a hundred thousand tensors, fit.
  absl::Status Add(const Pattern& pattern);

 private:
  int64_t instructions_ = 0;
};

// "; did you mean 'a', 'b'?" for a pattern that matches nothing: the names that come nearest to
// holding it, by the fewest letters to change in it, the shorter first.
std::string DidYouMeanName(absl::string_view pattern, absl::Span<const std::string> names);

}  // namespace pawl

#endif  // PAWL_LIB_PIPELINE_PATTERNS_H_
