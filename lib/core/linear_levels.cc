// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include "lib/core/linear_levels.h"

#include <algorithm>
#include <cmath>

#include "absl/types/span.h"
#include "lib/core/level_tables.h"
#include "lib/core/rounding.h"

namespace pawl {
namespace {

constexpr double kLargest = 127.0;

// Whether levels times `factor` are integers of 8 bits.
bool AreIntegers(absl::Span<const float> levels, double factor) {
  return std::all_of(levels.begin(), levels.end(), [&](float level) {
    const double number = level * factor;
    return std::fabs(number) <= kLargest && number == std::floor(number);
  });
}

// Codes from levels that become `level * numerator / denominator`.
IntegerLevels Make(absl::Span<const float> levels, double numerator, double denominator) {
  std::array<int32_t, 16> numbers{};
  for (size_t i = 0; i < levels.size(); ++i) {
    numbers[i] = static_cast<int32_t>(RoundHalfEven(levels[i] * numerator / denominator));
  }
  const auto [low, high] = std::minmax_element(numbers.begin(), numbers.end());
  IntegerLevels made;
  made.zero = -*low;  // numbers that are not levels are 0, so this is not negative
  made.bits = *high + made.zero < 32 ? 5 : 8;
  made.factor = static_cast<float>(denominator / numerator);
  for (size_t i = 0; i < made.codes.size(); ++i) {
    made.codes[i] = static_cast<uint8_t>(numbers[i] + made.zero);
  }
  return made;
}

}  // namespace

std::optional<IntegerLevels> MakeIntegerLevels(const QuantizedTensor& t, bool round) {
  const Element& element = t.scheme.element;
  if (element.kind != ElementKind::kTable && element.kind != ElementKind::kE2M1) return {};
  const size_t size = size_t{1} << element.bits;
  const LevelTable fixed = MakeLevelTable(t.scheme);
  const bool learned = t.scheme.table == TableKind::kCodebook;
  const absl::Span<const float> levels = learned ? t.levels.as<float>() : fixed.span();
  if (size > 16 || levels.size() != size) return {};  // a codebook for each row has more
  float largest = 0.0f;
  for (const float level : levels) {
    if (!std::isfinite(level)) return {};
    largest = std::max(largest, std::fabs(level));
  }
  for (const double factor : {1.0, 2.0}) {
    if (AreIntegers(levels, factor)) return Make(levels, factor, 1.0);
  }
  if (!round) return {};
  return Make(levels, kLargest, largest);  // not zero: zeros are integers
}

}  // namespace pawl
