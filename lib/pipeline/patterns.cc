// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include "lib/pipeline/patterns.h"

#include <algorithm>
#include <tuple>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace pawl {
namespace {

constexpr char kAnything = '*';  // in a pattern's letters

// The regular expression as what it spells: letters, and kAnything for what it leaves open.
std::string Letters(absl::string_view pattern) {
  std::string letters;
  for (size_t i = 0; i < pattern.size(); ++i) {
    const char c = pattern[i];
    const bool repeats = i + 1 < pattern.size() && (pattern[i + 1] == '*' || pattern[i + 1] == '+');
    if (c == '.' && repeats) {
      letters.push_back(kAnything);
    } else if (absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '_' || c == '.') {
      letters.push_back(absl::ascii_tolower(static_cast<unsigned char>(c)));
    }
  }
  return letters;
}

// How many letters of `letters` must change for it to be found somewhere in `name`: Levenshtein's
// distance where what lies before and behind costs nothing (Sellers, 1980).
int DistanceWithin(absl::string_view letters, absl::string_view name) {
  std::vector<int> row(name.size() + 1, 0);
  for (const char letter : letters) {
    if (letter == kAnything) {
      for (size_t j = 1; j < row.size(); ++j) row[j] = std::min(row[j], row[j - 1]);
      continue;
    }
    int diagonal = row[0]++;
    for (size_t j = 1; j < row.size(); ++j) {
      const bool same = letter == absl::ascii_tolower(static_cast<unsigned char>(name[j - 1]));
      const int replaced = diagonal + (same ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({replaced, diagonal + 1, row[j - 1] + 1});
    }
  }
  return *std::min_element(row.begin(), row.end());
}

}  // namespace

std::string DidYouMeanName(absl::string_view pattern, absl::Span<const std::string> names) {
  constexpr size_t kLongest = 256;  // the distance is quadratic
  constexpr size_t kMost = 3;
  const std::string letters = Letters(pattern.substr(0, kLongest));
  using Ranked = std::tuple<int, size_t, size_t>;  // distance, length, index
  std::vector<Ranked> ranked;
  ranked.reserve(names.size());
  for (size_t i = 0; i < names.size(); ++i) {
    const absl::string_view name = absl::string_view(names[i]).substr(0, kLongest);
    ranked.emplace_back(DistanceWithin(letters, name), names[i].size(), i);
  }
  const size_t count = std::min(kMost, ranked.size());
  if (count == 0) return "";
  std::partial_sort(ranked.begin(), ranked.begin() + static_cast<int64_t>(count), ranked.end());
  std::vector<std::string> nearest;
  nearest.reserve(count);
  for (size_t i = 0; i < count; ++i) nearest.push_back(names[std::get<2>(ranked[i])]);
  return absl::StrCat("; did you mean '", absl::StrJoin(nearest, "', '"), "'?");
}

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
