// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include "lib/core/nearest.h"

#include <algorithm>
#include <cstdlib>
#include <tuple>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace pawl {

int EditDistance(absl::string_view a, absl::string_view b) {
  std::vector<int> row(b.size() + 1);
  for (size_t j = 0; j <= b.size(); ++j) row[j] = static_cast<int>(j);
  for (size_t i = 0; i < a.size(); ++i) {
    int diagonal = row[0];
    row[0] = static_cast<int>(i) + 1;
    for (size_t j = 0; j < b.size(); ++j) {
      const bool same = absl::ascii_tolower(static_cast<unsigned char>(a[i])) ==
                        absl::ascii_tolower(static_cast<unsigned char>(b[j]));
      const int replaced = diagonal + (same ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({replaced, diagonal + 1, row[j] + 1});
    }
  }
  return row[b.size()];
}

namespace {

// The number that a word ends with; -1 where there is none.
int NumberOf(absl::string_view word) {
  size_t begin = word.size();
  while (begin > 0 && absl::ascii_isdigit(static_cast<unsigned char>(word[begin - 1]))) --begin;
  int number = -1;
  return absl::SimpleAtoi(word.substr(begin), &number) ? number : -1;
}

}  // namespace

std::vector<std::string> NearestWords(absl::string_view word,
                                      absl::Span<const std::string> candidates, size_t count) {
  // Long words against a model's hundreds of names: the distance is quadratic, so both are cut.
  constexpr size_t kLongest = 256;
  const absl::string_view head = word.substr(0, kLongest);
  const int number = NumberOf(head);
  std::vector<std::tuple<int, int, size_t>> ranked;  // of equal words the nearest number
  ranked.reserve(candidates.size());
  for (size_t i = 0; i < candidates.size(); ++i) {
    const absl::string_view candidate = absl::string_view(candidates[i]).substr(0, kLongest);
    int distance = EditDistance(head, candidate);
    if (!head.empty() && absl::StrContains(candidate, head)) distance = std::min(distance, 1);
    const int other = NumberOf(candidate);
    const bool both = number >= 0 && other >= 0;
    ranked.emplace_back(distance, both ? std::abs(number - other) : 0, i);
  }
  std::sort(ranked.begin(), ranked.end());
  std::vector<std::string> nearest;
  for (size_t i = 0; i < ranked.size() && nearest.size() < count; ++i) {
    nearest.push_back(candidates[std::get<2>(ranked[i])]);
  }
  return nearest;
}

std::string DidYouMean(absl::string_view word, absl::Span<const std::string> candidates) {
  const std::vector<std::string> nearest = NearestWords(word, candidates);
  if (nearest.empty()) return "";
  return absl::StrCat("; did you mean '", absl::StrJoin(nearest, "', '"), "'?");
}

}  // namespace pawl
