// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// The arithmetic under Observer's histograms, on bit patterns.

#ifndef PAWL_LIB_CORE_OBSERVER_BINS_H_
#define PAWL_LIB_CORE_OBSERVER_BINS_H_

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>

#include "absl/types/span.h"
#include "pawl/observer.h"

namespace pawl::observer_internal {

inline constexpr uint32_t kMagnitudeMask = 0x7FFFFFFFu;
inline constexpr uint32_t kInfinityBits = 0x7F800000u;

// The value of a finite float; both zeros give +0.
inline double Widen(float value) {
  const uint32_t bits = std::bit_cast<uint32_t>(value);
  const int exponent = static_cast<int>(bits >> 23 & 0xFFu);
  const uint32_t fraction = bits & 0x7FFFFFu;
  if ((bits & kMagnitudeMask) == 0) return 0.0;
  const uint32_t mantissa = exponent == 0 ? fraction : fraction | 0x800000u;
  const double wide = std::ldexp(static_cast<double>(mantissa), std::max(exponent, 1) - 150);
  return bits >> 31 != 0 ? -wide : wide;
}

// The exponent of the smallest power-of-two width at which `bins` bins cover `magnitude` > 0.
inline int CoveringExponent(double magnitude, int32_t bins) {
  return std::ilogb(magnitude) + 1 - std::bit_width(static_cast<uint32_t>(bins)) + 1;
}

// floor(|value| / 2^exponent) for a finite value whose bin is below kMaxBins = 2^14, so that the
// shift to the left is at most 13.
inline size_t BinOf(uint32_t magnitude, int exponent) {
  const int biased = static_cast<int>(magnitude >> 23);
  const uint32_t fraction = magnitude & 0x7FFFFFu;
  const uint64_t mantissa = biased == 0 ? fraction : fraction | 0x800000u;
  const int shift = exponent + 150 - std::max(biased, 1);
  return static_cast<size_t>(mantissa << 14 >> std::clamp(shift + 14, 0, 63));
}

// Counts finite values into histogram (2 * bins long); all magnitudes must be covered. The side is
// computed, not branched on: signs are hard to predict.
inline void CountBins(absl::Span<const float> values, int exponent, int32_t bins,
                      absl::Span<uint64_t> histogram) {
  for (const float value : values) {
    const uint32_t bits = std::bit_cast<uint32_t>(value);
    const uint32_t magnitude = bits & kMagnitudeMask;
    if (magnitude >= kInfinityBits) continue;
    const size_t negative = (bits >> 31) & static_cast<uint32_t>(magnitude != 0);
    ++histogram[negative * static_cast<size_t>(bins) + BinOf(magnitude, exponent)];
  }
}

// Makes room for `magnitude` > 0 by merging bins; the first time, all earlier values were zeros.
void CoverMagnitude(double magnitude, int32_t bins, ChannelStatistics& channel);

}  // namespace pawl::observer_internal

#endif  // PAWL_LIB_CORE_OBSERVER_BINS_H_
