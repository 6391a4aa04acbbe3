// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// The arithmetic under Observer, on bit patterns: the host's denormal mode cannot change a count,
// a minimum or a bin.

#ifndef PAWL_LIB_CORE_OBSERVER_BINS_H_
#define PAWL_LIB_CORE_OBSERVER_BINS_H_

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>

#include "absl/types/span.h"
#include "pawl/observer.h"

namespace pawl::observer_internal {

inline constexpr uint32_t kMagnitudeMask = 0x7FFFFFFFu;
inline constexpr uint32_t kInfinityBits = 0x7F800000u;

// Floats in the order of their values as integers: -0 right below +0.
inline int32_t OrderedKey(uint32_t bits) {
  const auto s = static_cast<int32_t>(bits);
  return s ^ ((s >> 31) & 0x7FFFFFFF);
}

// The value of an OrderedKey of a finite float; both zeros give +0.
inline double KeyValue(int32_t key) {
  const auto bits = static_cast<uint32_t>(key ^ ((key >> 31) & 0x7FFFFFFF));
  const int exponent = static_cast<int>(bits >> 23 & 0xFFu);
  const uint32_t fraction = bits & 0x7FFFFFu;
  if ((bits & kMagnitudeMask) == 0) return 0.0;
  const uint32_t mantissa = exponent == 0 ? fraction : fraction | 0x800000u;
  const double value = std::ldexp(static_cast<double>(mantissa), std::max(exponent, 1) - 150);
  return bits >> 31 != 0 ? -value : value;
}

struct Extrema {
  int32_t min_key = std::numeric_limits<int32_t>::max();
  int32_t max_key = std::numeric_limits<int32_t>::min();
  uint64_t count = 0;
  uint64_t nan_count = 0;
  uint64_t inf_count = 0;
};

inline void Accumulate(absl::Span<const float> values, Extrema& total) {
  Extrema e = total;
  for (const float value : values) {
    const uint32_t bits = std::bit_cast<uint32_t>(value);
    const uint32_t magnitude = bits & kMagnitudeMask;
    const int32_t key = OrderedKey(bits);
    const bool finite = magnitude < kInfinityBits;
    e.min_key = std::min(e.min_key, finite ? key : std::numeric_limits<int32_t>::max());
    e.max_key = std::max(e.max_key, finite ? key : std::numeric_limits<int32_t>::min());
    e.nan_count += magnitude > kInfinityBits;
    e.inf_count += magnitude == kInfinityBits;
  }
  e.count = total.count + values.size() - (e.nan_count - total.nan_count) -
            (e.inf_count - total.inf_count);
  total = e;
}

// The exponent of the smallest power-of-two width at which `bins` bins cover `magnitude` > 0.
inline int CoveringExponent(double magnitude, int32_t bins) {
  return std::ilogb(magnitude) + 1 - std::bit_width(static_cast<uint32_t>(bins)) + 1;
}

// floor(|value| / 2^exponent) for a finite value.
inline uint32_t BinOf(uint32_t magnitude, int exponent) {
  const int biased = static_cast<int>(magnitude >> 23);
  const uint32_t fraction = magnitude & 0x7FFFFFu;
  const uint32_t mantissa = biased == 0 ? fraction : fraction | 0x800000u;
  const int shift = std::max(biased, 1) - 150 - exponent;
  return shift >= 0 ? mantissa << std::min(shift, 31) : mantissa >> std::min(-shift, 31);
}

// Counts finite values into histogram (2 * bins long); all magnitudes must be covered.
inline void CountBins(absl::Span<const float> values, int exponent, int32_t bins,
                      absl::Span<uint64_t> histogram) {
  for (const float value : values) {
    const uint32_t bits = std::bit_cast<uint32_t>(value);
    const uint32_t magnitude = bits & kMagnitudeMask;
    if (magnitude >= kInfinityBits) continue;
    const bool negative = magnitude != 0 && bits >> 31 != 0;
    const size_t side = negative ? static_cast<size_t>(bins) : 0;
    ++histogram[side + BinOf(magnitude, exponent)];
  }
}

// Makes room for `magnitude` > 0 by merging bins; the first time, all earlier values were zeros.
void CoverMagnitude(double magnitude, int32_t bins, ChannelStatistics& channel);

}  // namespace pawl::observer_internal

#endif  // PAWL_LIB_CORE_OBSERVER_BINS_H_
