// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// The words of schemes' texts (ParseScheme in scheme.h), for lists and for people who choose.

#ifndef PAWL_INCLUDE_PAWL_SCHEME_WORDS_H_
#define PAWL_INCLUDE_PAWL_SCHEME_WORDS_H_

#include "absl/strings/string_view.h"
#include "absl/types/span.h"

namespace pawl {

// Both end with NUL. <N>, <R>, <C> and <AXIS> in a word stand for numbers.
struct SchemeWord {
  absl::string_view word;
  absl::string_view description;
};

// What may stand first, beside the names of whole formats (NamedSchemes in scheme.h).
absl::Span<const SchemeWord> SchemeElementWords();
// What may follow, one of each: what shares a scale; where zero is; the type of scales.
absl::Span<const SchemeWord> SchemeGroupWords();
absl::Span<const SchemeWord> SchemeOffsetWords();
absl::Span<const SchemeWord> SchemeScaleWords();
// And any of these.
absl::Span<const SchemeWord> SchemeOtherWords();

}  // namespace pawl

#endif  // PAWL_INCLUDE_PAWL_SCHEME_WORDS_H_
