// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// Text for people, as reports and the command line print it: aligned columns, short numbers,
// suggestions. Pure functions, thread-safe.

#ifndef PAWL_INCLUDE_PAWL_TEXT_H_
#define PAWL_INCLUDE_PAWL_TEXT_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"

namespace pawl {

// Columns as wide as their longest cell, two spaces apart. The first `left_columns` are aligned to
// the left, the others, numbers, to the right. Widths count UTF-8 characters.
class TextTable {
 public:
  TextTable(std::vector<std::string> header, size_t left_columns);

  // As many cells as the header has; each is made Printable.
  void AddRow(std::vector<std::string> cells);

  // Header, a rule, the rows; each line ends with a newline and has no trailing spaces.
  std::string ToString() const;

 private:
  size_t left_columns_;
  std::vector<std::vector<std::string>> rows_;
};

// "312 B", "4.1 KB", "90.9 MB": powers of 1000, as disks and networks count.
std::string HumanBytes(uint64_t bytes);

// Control characters as "\x1b", so that a name from a file cannot drive the terminal.
std::string Printable(absl::string_view text);

// "; did you mean 'a', 'b'?": up to three candidates nearest to `word`, best first. Empty without
// candidates.
std::string DidYouMean(absl::string_view word, absl::Span<const std::string> candidates);

// "43.21", "exact" for infinity.
std::string DecibelText(double decibels);

}  // namespace pawl

#endif  // PAWL_INCLUDE_PAWL_TEXT_H_
