// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// And what stands for architectures that have no loops.

#if !defined(__x86_64__)

#if defined(__aarch64__)
#include <arm_neon.h>
#endif

#include "examples/pawl/bench_loops.h"

namespace pawl::tool {

#if defined(__aarch64__)

namespace {

// Independent sums in registers. The empty assembly hides from the compiler that x never changes:
// nothing can be computed once for all.
constexpr int kSums = 12;

#define PAWL_HIDE_ALL(V)                                                                         \
  __asm__ volatile("" : "+w"(V[0]), "+w"(V[1]), "+w"(V[2]), "+w"(V[3]), "+w"(V[4]), "+w"(V[5])); \
  __asm__ volatile("" : "+w"(V[6]), "+w"(V[7]), "+w"(V[8]), "+w"(V[9]), "+w"(V[10]), "+w"(V[11]))

void F32Neon(int64_t rounds) {
  float32x4_t x = vdupq_n_f32(0.5f);
  float32x4_t sums[kSums];
  for (float32x4_t& sum : sums) sum = x;
  PAWL_HIDE_ALL(sums);
  for (int64_t i = 0; i < rounds; ++i) {
    __asm__ volatile("" : "+w"(x));
#pragma GCC unroll 12
    for (float32x4_t& sum : sums) sum = vfmaq_f32(x, sum, x);
  }
  PAWL_HIDE_ALL(sums);
}

#if defined(__clang__)
#define PAWL_DOT __attribute__((target("dotprod")))
#define PAWL_I8MM __attribute__((target("i8mm")))
#else
#define PAWL_DOT __attribute__((target("arch=armv8.2-a+dotprod")))
#define PAWL_I8MM __attribute__((target("arch=armv8.2-a+i8mm")))
#endif
// Not the intrinsics: clang 14 declares them only where the whole file may use them.
#define PAWL_INTEGER_LOOP(instruction)                                             \
  const int8x16_t x = vdupq_n_s8(3);                                               \
  int32x4_t sums[kSums];                                                           \
  for (int32x4_t & sum : sums) sum = vdupq_n_s32(0);                               \
  PAWL_HIDE_ALL(sums);                                                             \
  for (int64_t i = 0; i < rounds; ++i) {                                           \
    _Pragma("GCC unroll 12") for (int32x4_t & sum : sums) {                        \
      __asm__ volatile(instruction " %0.4s, %1.16b, %1.16b" : "+w"(sum) : "w"(x)); \
    }                                                                              \
  }                                                                                \
  PAWL_HIDE_ALL(sums)

PAWL_DOT void QuadsNeon(int64_t rounds) { PAWL_INTEGER_LOOP("sdot"); }
PAWL_I8MM void MatricesNeon(int64_t rounds) { PAWL_INTEGER_LOOP("usmmla"); }

// Pairs of columns in 16 bits: 2 * kRun products a lane, of [-127, 127] by codes small enough, then
// widened. Codes of 8 bits (signed) allow one pair.
template <int kRun>
void PairsNeon(int64_t rounds) {
  constexpr int kPairSums = 8;
  int8x16_t x = vdupq_n_s8(1);
  int32x4_t sums[kPairSums];
  for (int32x4_t& sum : sums) sum = vdupq_n_s32(0);
  for (int64_t i = 0; i < rounds; ++i) {
#pragma GCC unroll 8
    for (int32x4_t& sum : sums) {
      __asm__ volatile("" : "+w"(x));
      int16x8_t pairs = vmull_s8(vget_low_s8(x), vget_low_s8(x));
      pairs = vmlal_high_s8(pairs, x, x);
#pragma GCC unroll 8
      for (int run = 1; run < kRun; ++run) {
        pairs = vmlal_s8(pairs, vget_low_s8(x), vget_low_s8(x));
        pairs = vmlal_high_s8(pairs, x, x);
      }
      sum = vpadalq_s16(sum, pairs);
      __asm__ volatile("" : "+w"(sum));
    }
  }
}

template <int kRun>
PeakLoop PairLoop() {
  return {PairsNeon<kRun>, 8.0 * 32.0 * kRun, "smlal, sums of 16 bits"};
}

void ReadNeon(const void* from, size_t bytes) {
  const auto* words = static_cast<const uint64_t*>(from);
  uint64x2_t sums[4] = {};
  for (size_t i = 0; i < bytes / 8; i += 8) {
#pragma GCC unroll 4
    for (size_t lane = 0; lane < 4; ++lane) {
      sums[lane] = veorq_u64(sums[lane], vld1q_u64(words + i + 2 * lane));
    }
  }
  __asm__ volatile("" : : "w"(sums[0]), "w"(sums[1]), "w"(sums[2]), "w"(sums[3]));
}

}  // namespace

PeakLoop FindPeakLoop(absl::string_view target, Arithmetics arithmetics) {
  // Of SVE only the level whose vectors are as long as NEON's.
  const bool dot = target == "neon_dot" || target == "neon_bf16" || target == "sve2_128";
  const bool matrices = target == "neon_i8mm";
  if (!dot && !matrices && target != "neon") return {};
  if (arithmetics.floats) return {F32Neon, 8.0 * kSums, "f32 fmla"};
  if (matrices) return {MatricesNeon, 64.0 * kSums, "usmmla"};
  if (dot) return {QuadsNeon, 32.0 * kSums, "sdot"};
  switch (arithmetics.bits < 8 ? PairRun(arithmetics.bits) : 1) {
    case 8:
      return PairLoop<8>();
    case 4:
      return PairLoop<4>();
    case 2:
      return PairLoop<2>();
    default:
      return PairLoop<1>();
  }
}

ReadLoop FindReadLoop(absl::string_view) { return ReadNeon; }

#else

namespace {

void ReadWords(const void* from, size_t bytes) {
  const auto* words = static_cast<const uint64_t*>(from);
  uint64_t sum = 0;
  for (size_t i = 0; i < bytes / sizeof(uint64_t); ++i) sum ^= words[i];
  __asm__ volatile("" : : "r"(sum));
}

}  // namespace

PeakLoop FindPeakLoop(absl::string_view, Arithmetics) { return {}; }
ReadLoop FindReadLoop(absl::string_view) { return ReadWords; }

#endif  // __aarch64__

}  // namespace pawl::tool

#endif  // !__x86_64__
