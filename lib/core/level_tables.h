// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#ifndef PAWL_LIB_CORE_LEVEL_TABLES_H_
#define PAWL_LIB_CORE_LEVEL_TABLES_H_

#include <array>
#include <cstdint>

#include "absl/types/span.h"
#include "pawl/scheme.h"

namespace pawl {

// Numbers that the 2^bits codes of an element stand for, in code order. Covers elements of up to 8
// bits but codebooks, whose levels belong to the tensor. ggml's MXFP4 and NVFP4 scales carry half
// of the value; the levels are doubled for them, as ggml does.
struct LevelTable {
  std::array<float, 256> levels{};
  int32_t size = 0;

  absl::Span<const float> span() const {
    return absl::Span<const float>(levels.data(), static_cast<size_t>(size));
  }
};

LevelTable MakeLevelTable(const Scheme& scheme);

// Indices of `levels` sorted by value, for nearest-level search.
struct SortedLevels {
  std::array<float, 256> values{};
  std::array<uint8_t, 256> codes{};
  int32_t size = 0;

  explicit SortedLevels(absl::Span<const float> levels);
  // Position of the nearest level; half-way values go to the smaller number. NaN gives the level
  // nearest to zero.
  size_t Nearest(float value) const;
  uint8_t NearestCode(float value) const { return codes[Nearest(value)]; }
};

}  // namespace pawl

#endif  // PAWL_LIB_CORE_LEVEL_TABLES_H_
