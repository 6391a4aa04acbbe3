// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// From a Target to the compiled version of a kernel. For sources that include simd.h and, within
// HWY_ONCE, define the entries of a family:
//
//   PAWL_EXPORT(QuantizeRowI8);
//   void QuantizeRowI8(Target target, ...) { PAWL_DISPATCH(target, QuantizeRowI8)(...); }
//
// The tables are constants: no static initialiser, no global state, and Highway's own notion of the
// chosen target plays no part.

#ifndef PAWL_KERNELS_DISPATCH_H_
#define PAWL_KERNELS_DISPATCH_H_

#include <bit>
#include <cstddef>
#include <cstdint>

#include "hwy/highway.h"
#include "kernels/target.h"

namespace pawl::kernels {

// Highway's bit of a target, of the one below for our own levels; 0 for kScalar.
constexpr int64_t HighwayBit(Target target) {
  constexpr int64_t kBits[kNumTargets] = {
      0,
      HWY_SSE2,
      HWY_SSSE3,
      HWY_SSE4,
      HWY_AVX2,
      HWY_AVX2,
      HWY_AVX3,
      HWY_AVX3_DL,
      HWY_AVX3_ZEN4,
      HWY_AVX3_SPR,
      HWY_AVX3_SPR,
      HWY_NEON_WITHOUT_AES,
      HWY_NEON_WITHOUT_AES,
      HWY_NEON_BF16,
      HWY_NEON_WITHOUT_AES,
      HWY_SVE,
      HWY_SVE2,
      HWY_SVE_256,
      HWY_SVE2_128,
      HWY_SVE,
      HWY_EMU128,
  };
  const auto index = static_cast<size_t>(target);
  return index < kNumTargets ? kBits[index] : 0;
}

#if defined(HWY_CHOOSE_TARGET_LIST)
inline constexpr int kNumTableEntries = HWY_MAX_DYNAMIC_TARGETS + 1;
#define PAWL_TARGET_LIST(name) HWY_CHOOSE_TARGET_LIST(name),
#else
inline constexpr int kNumTableEntries = 1;
#define PAWL_TARGET_LIST(name)
#endif

// Place of a target in the tables: Highway's list for this architecture, then EMU128. -1 for
// kScalar and other architectures' targets.
constexpr int TableIndex(Target target) {
  if (target == Target::kEMU128) return kNumTableEntries - 1;
  const auto bit = static_cast<uint64_t>(HighwayBit(target));
  if (bit == 0) return -1;
  const int index = std::countr_zero(bit) - (HWY_HIGHEST_TARGET_BIT + 1 - HWY_MAX_DYNAMIC_TARGETS);
  return index >= 0 && index < kNumTableEntries - 1 ? index : -1;
}

// The version for a target, or for the next lower one that the family has, or the reference.
template <class Function>
constexpr Function Select(Target target, Function scalar,
                          const Function (&table)[kNumTableEntries]) {
  const int index = TableIndex(target);
  if (index >= 0 && table[index] != nullptr) return table[index];
  if (target > Target::kSSE2 && target <= Target::kAMX) {
    return Select(static_cast<Target>(static_cast<uint8_t>(target) - 1), scalar, table);
  }
  if (target > Target::kNEON && target <= Target::kSVE_I8MM) {
    return Select(Target::kNEON, scalar, table);
  }
  return scalar;
}

}  // namespace pawl::kernels

#if HWY_TARGETS & HWY_EMU128
#define PAWL_CHOOSE_EMU128(name) &N_EMU128::name
#else
#define PAWL_CHOOSE_EMU128(name) nullptr
#endif

#define PAWL_EXPORT(name)                                                          \
  constexpr decltype(&HWY_STATIC_DISPATCH(name)) name##Table[kNumTableEntries] = { \
      PAWL_TARGET_LIST(name) PAWL_CHOOSE_EMU128(name)}

#define PAWL_DISPATCH(target, name) Select(target, &reference::name, name##Table)

#endif  // PAWL_KERNELS_DISPATCH_H_
