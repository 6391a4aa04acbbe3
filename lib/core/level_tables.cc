// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include "lib/core/level_tables.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <vector>

#include "pawl/float_types.h"

namespace pawl {
namespace {

// QLoRA (Dettmers et al. 2023), appendix E, as bitsandbytes stores them.
constexpr float kNF4[16] = {-1.0f,
                            -0.6961928009986877f,
                            -0.5250730514526367f,
                            -0.39491748809814453f,
                            -0.28444138169288635f,
                            -0.18477343022823334f,
                            -0.09105003625154495f,
                            0.0f,
                            0.07958029955625534f,
                            0.16093020141124725f,
                            0.24611230194568634f,
                            0.33791524171829224f,
                            0.44070982933044434f,
                            0.5626170039176941f,
                            0.7229568362236023f,
                            1.0f};

// bitsandbytes' fp4 by magnitude code, in twelfths of the largest.
constexpr float kFP4Twelfths[8] = {0.0f, 0.0625f, 8.0f, 12.0f, 4.0f, 6.0f, 2.0f, 3.0f};

constexpr float kIQ4NL[16] = {-127, -104, -83, -65, -49, -35, -22, -10,
                              1,    13,   25,  38,  53,  69,  89,  113};

float PowerOfTwo(int exponent) { return std::ldexp(1.0f, exponent); }

// Magnitudes of the b-1 bits below the sign: 0 and 2^-(n-2) ... 2^0, ascending.
std::vector<float> PowerMagnitudes(int bits) {
  const int count = 1 << (bits - 1);
  std::vector<float> magnitudes(static_cast<size_t>(count), 0.0f);
  for (int i = 1; i < count; ++i) magnitudes[static_cast<size_t>(i)] = PowerOfTwo(i + 1 - count);
  return magnitudes;
}

// APoT (Li et al. 2020, section 3): sums of one term from each of two disjoint sets, scaled so that
// the largest is 1. The sets for an odd number of magnitude bits follow the authors' choice.
std::vector<float> AdditivePowerMagnitudes(int bits) {
  std::vector<float> a = {0.0f};
  std::vector<float> b = {0.0f};
  switch (bits - 1) {
    case 2:
      for (int e : {-1, -2, -3}) a.push_back(PowerOfTwo(e));
      break;
    case 3:
      for (int e : {-1, -2, -4}) a.push_back(PowerOfTwo(e));
      b.push_back(PowerOfTwo(-3));
      break;
    default:
      for (int e : {-1, -3, -5}) a.push_back(PowerOfTwo(e));
      for (int e : {-2, -4, -6}) b.push_back(PowerOfTwo(e));
      break;
  }
  std::vector<float> magnitudes;
  for (const float x : a) {
    for (const float y : b) magnitudes.push_back(x + y);
  }
  std::sort(magnitudes.begin(), magnitudes.end());
  const float largest = magnitudes.back();
  for (float& m : magnitudes) m /= largest;
  return magnitudes;
}

float TableLevel(TableKind kind, const std::vector<float>& magnitudes, int code) {
  switch (kind) {
    case TableKind::kNF4:
      return kNF4[code];
    case TableKind::kFP4:
      return (code & 8 ? -kFP4Twelfths[code & 7] : kFP4Twelfths[code & 7]) / 12.0f;
    case TableKind::kIQ4NL:
      return kIQ4NL[code];
    case TableKind::kPowersOfTwo:
    case TableKind::kAdditivePowersOfTwo: {
      const int half = static_cast<int>(magnitudes.size());
      const float m = magnitudes[static_cast<size_t>(code % half)];
      return code >= half ? -m : m;
    }
    default:
      return 0.0f;
  }
}

int32_t SignExtend(int code, int bits) {
  return code >= 1 << (bits - 1) ? code - (1 << bits) : code;
}

}  // namespace

LevelTable MakeLevelTable(const Scheme& scheme) {
  LevelTable table;
  const int bits = scheme.element.bits;
  if (bits > 8 || scheme.table == TableKind::kCodebook) return table;
  std::vector<float> magnitudes;
  if (scheme.table == TableKind::kPowersOfTwo) magnitudes = PowerMagnitudes(bits);
  if (scheme.table == TableKind::kAdditivePowersOfTwo) magnitudes = AdditivePowerMagnitudes(bits);
  table.size = 1 << bits;
  const bool doubled = scheme.scale.type.kind == ParamKind::kE8M0Ggml ||
                       scheme.scale.type.kind == ParamKind::kUE4M3Ggml;
  for (int code = 0; code < table.size; ++code) {
    float level = 0.0f;
    switch (scheme.element.kind) {
      case ElementKind::kInt:
      case ElementKind::kTernary:
        level = static_cast<float>(SignExtend(code, bits));
        break;
      case ElementKind::kUint:
        level = static_cast<float>(code);
        break;
      case ElementKind::kBinary:
        level = code == 0 ? -1.0f : 1.0f;
        break;
      case ElementKind::kTable:
        level = TableLevel(scheme.table, magnitudes, code);
        break;
      case ElementKind::kE2M1:
        level = E2M1ToF32(static_cast<uint8_t>(code));
        break;
      case ElementKind::kE4M3:
        level = E4M3ToF32(static_cast<uint8_t>(code));
        break;
      case ElementKind::kE5M2:
        level = E5M2ToF32(static_cast<uint8_t>(code));
        break;
      default:
        break;
    }
    // + 0: ggml's doubled levels are integers, which know no -0.
    table.levels[static_cast<size_t>(code)] = doubled ? 2.0f * level + 0.0f : level;
  }
  return table;
}

SortedLevels::SortedLevels(absl::Span<const float> levels) {
  std::vector<uint8_t> order(levels.size());
  std::iota(order.begin(), order.end(), uint8_t{0});
  // Stable, and NaN levels (e4m3's) are left out: no value may become one.
  std::stable_sort(order.begin(), order.end(), [&](uint8_t a, uint8_t b) {
    if (std::isnan(levels[b])) return !std::isnan(levels[a]);
    return levels[a] < levels[b];
  });
  for (const uint8_t code : order) {
    if (!std::isfinite(levels[code])) continue;
    values[static_cast<size_t>(size)] = levels[code];
    codes[static_cast<size_t>(size++)] = code;
  }
}

size_t SortedLevels::Nearest(float value) const {
  if (!(value == value)) value = 0.0f;
  const float* const begin = values.data();
  const float* const end = begin + size;
  const float* const above = std::lower_bound(begin, end, value);
  if (above == begin) return 0;
  if (above == end) return static_cast<size_t>(size - 1);
  const auto index = static_cast<size_t>(above - begin);
  return value - above[-1] <= *above - value ? index - 1 : index;
}

}  // namespace pawl
