// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#ifndef PAWL_LIB_CORE_NEAREST_H_
#define PAWL_LIB_CORE_NEAREST_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"

namespace pawl {

// Levenshtein distance, upper and lower case the same.
int EditDistance(absl::string_view a, absl::string_view b);

// Up to `count` candidates nearest to `word`, best first, for error messages. Candidates that
// contain the word or a piece of it come before merely similar ones, and
// of equally similar ones that end with numbers ("int9") those with the nearest number.
std::vector<std::string> NearestWords(absl::string_view word,
                                      absl::Span<const std::string> candidates, size_t count = 3);

// "; did you mean 'a', 'b'?" or nothing where there is no candidate.
std::string DidYouMean(absl::string_view word, absl::Span<const std::string> candidates);

}  // namespace pawl

#endif  // PAWL_LIB_CORE_NEAREST_H_
