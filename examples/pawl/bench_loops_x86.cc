// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#if defined(__x86_64__)

#include <immintrin.h>

#include <cstring>

#include "examples/pawl/bench_loops.h"

namespace pawl::tool {
namespace {

// Loops of 12 independent accumulators, in registers. The empty assembly hides from the
// compiler that they start equal and that x never changes: nothing can be computed once for all.
// STEP reads and writes a, and reads x.
constexpr int kAccumulators = 12;

#define PAWL_PEAK_LOOP(NAME, TARGET, VECTOR, START, STEP)                                \
  __attribute__((target(TARGET))) void NAME(int64_t rounds) {                            \
    VECTOR x = START;                                                                    \
    VECTOR a0 = x, a1 = x, a2 = x, a3 = x, a4 = x, a5 = x;                               \
    VECTOR a6 = x, a7 = x, a8 = x, a9 = x, a10 = x, a11 = x;                             \
    __asm__ volatile("" : "+x"(a0), "+x"(a1), "+x"(a2), "+x"(a3), "+x"(a4), "+x"(a5));   \
    __asm__ volatile("" : "+x"(a6), "+x"(a7), "+x"(a8), "+x"(a9), "+x"(a10), "+x"(a11)); \
    for (int64_t i = 0; i < rounds; ++i) {                                               \
      __asm__ volatile("" : "+x"(x));                                                    \
      STEP(a0), STEP(a1), STEP(a2), STEP(a3), STEP(a4), STEP(a5);                        \
      STEP(a6), STEP(a7), STEP(a8), STEP(a9), STEP(a10), STEP(a11);                      \
    }                                                                                    \
    __asm__ volatile("" : : "x"(a0), "x"(a1), "x"(a2), "x"(a3), "x"(a4), "x"(a5));       \
    __asm__ volatile("" : : "x"(a6), "x"(a7), "x"(a8), "x"(a9), "x"(a10), "x"(a11));     \
  }

#define PAWL_STEP(a) a = _mm_add_epi32(a, _mm_madd_epi16(a, x))
PAWL_PEAK_LOOP(WordsSse2, "sse2", __m128i, _mm_set1_epi16(3), PAWL_STEP)
#undef PAWL_STEP
#define PAWL_STEP(a) a = _mm256_add_epi32(a, _mm256_madd_epi16(a, x))
PAWL_PEAK_LOOP(WordsAvx2, "avx2", __m256i, _mm256_set1_epi16(3), PAWL_STEP)
#undef PAWL_STEP
#define PAWL_STEP(a) a = _mm512_add_epi32(a, _mm512_madd_epi16(a, x))
PAWL_PEAK_LOOP(WordsAvx512, "avx512f,avx512bw", __m512i, _mm512_set1_epi32(196611), PAWL_STEP)
#undef PAWL_STEP
#define PAWL_STEP(a) a = _mm256_dpbusd_avx_epi32(a, x, x)
PAWL_PEAK_LOOP(QuadsAvx2, "avx2,avxvnni", __m256i, _mm256_set1_epi8(3), PAWL_STEP)
#undef PAWL_STEP
#define PAWL_STEP(a) a = _mm512_dpbusd_epi32(a, x, x)
PAWL_PEAK_LOOP(QuadsAvx512, "avx512f,avx512vnni", __m512i, _mm512_set1_epi8(3), PAWL_STEP)
#undef PAWL_STEP
#define PAWL_STEP(a) a = _mm_add_ps(x, _mm_mul_ps(a, x))
PAWL_PEAK_LOOP(F32Sse2, "sse2", __m128, _mm_set1_ps(0.5f), PAWL_STEP)
#undef PAWL_STEP
#define PAWL_STEP(a) a = _mm256_fmadd_ps(a, x, x)
PAWL_PEAK_LOOP(F32Avx2, "avx2,fma", __m256, _mm256_set1_ps(0.5f), PAWL_STEP)
#undef PAWL_STEP
#define PAWL_STEP(a) a = _mm512_fmadd_ps(a, x, x)
PAWL_PEAK_LOOP(F32Avx512, "avx512f", __m512, _mm512_set1_ps(0.5f), PAWL_STEP)
#undef PAWL_STEP
#define PAWL_STEP(a) a = _mm512_dpbf16_ps(a, (__m512bh)x, (__m512bh)x)
PAWL_PEAK_LOOP(BF16Avx512, "avx512f,avx512bf16", __m512, _mm512_set1_ps(0.5f), PAWL_STEP)
#undef PAWL_STEP
#undef PAWL_PEAK_LOOP

// Four sums of 32 bits, each with a sum of 16 bits that RUN products of pairs enter before it is
// widened. Hiding x before each product keeps all of them.
constexpr int kPairSums = 4;

#define PAWL_PAIR_LOOP(NAME, TARGET, VECTOR, START, MULTIPLY, ADD16, MADD, ADD32) \
  template <int kRun>                                                             \
  __attribute__((target(TARGET))) void NAME(int64_t rounds) {                     \
    VECTOR x = START, ones = START;                                               \
    VECTOR s0 = x, s1 = x, s2 = x, s3 = x;                                        \
    for (int64_t i = 0; i < rounds; ++i) {                                        \
      VECTOR p[kPairSums];                                                        \
      _Pragma("GCC unroll 8") for (int run = 0; run < kRun; ++run) {              \
        _Pragma("GCC unroll 4") for (int n = 0; n < kPairSums; ++n) {             \
          __asm__ volatile("" : "+x"(x));                                         \
          p[n] = run == 0 ? MULTIPLY(x, x) : ADD16(p[n], MULTIPLY(x, x));         \
          __asm__ volatile("" : "+x"(p[n]));                                      \
        }                                                                         \
      }                                                                           \
      s0 = ADD32(s0, MADD(p[0], ones)), s1 = ADD32(s1, MADD(p[1], ones));         \
      s2 = ADD32(s2, MADD(p[2], ones)), s3 = ADD32(s3, MADD(p[3], ones));         \
      __asm__ volatile("" : "+x"(s0), "+x"(s1), "+x"(s2), "+x"(s3), "+x"(ones));  \
    }                                                                             \
  }

PAWL_PAIR_LOOP(PairsSsse3, "ssse3", __m128i, _mm_set1_epi16(1), _mm_maddubs_epi16, _mm_add_epi16,
               _mm_madd_epi16, _mm_add_epi32)
PAWL_PAIR_LOOP(PairsAvx2, "avx2", __m256i, _mm256_set1_epi16(1), _mm256_maddubs_epi16,
               _mm256_add_epi16, _mm256_madd_epi16, _mm256_add_epi32)
PAWL_PAIR_LOOP(PairsAvx512, "avx512f,avx512bw", __m512i, _mm512_set1_epi32(65537),
               _mm512_maddubs_epi16, _mm512_add_epi16, _mm512_madd_epi16, _mm512_add_epi32)
#undef PAWL_PAIR_LOOP

// ---- tiles --------------------------------------------------------------------------------------

// What ldtilecfg reads (Intel's manual, volume 1, 18.3).
struct alignas(64) TileConfig {
  uint8_t palette = 1;
  uint8_t start_row = 0;
  uint8_t reserved[14] = {};
  uint16_t row_bytes[16] = {};
  uint8_t rows[16] = {};
};
static_assert(sizeof(TileConfig) == 64);

constexpr int kTiles = 8;
constexpr int kTileSums = 6;
constexpr double kTileOperations = 2.0 * 16 * 16 * 64;  // of a product of two full tiles of bytes

__attribute__((target("amx-tile"))) void SetUpTiles() {
  TileConfig config;
  for (int i = 0; i < kTiles; ++i) {
    config.row_bytes[i] = 64;
    config.rows[i] = 16;
  }
  // GCC 12 thinks that ldtilecfg reads the first 8 bytes only, and drops the other stores.
  __asm__ volatile("" : : "r"(&config) : "memory");
  _tile_loadconfig(&config);
  _tile_zero(0);
  _tile_zero(1);
  _tile_zero(2);
  _tile_zero(3);
  _tile_zero(4);
  _tile_zero(5);
  _tile_zero(6);
  _tile_zero(7);
}

#define PAWL_TILE_LOOP(NAME, TARGET, MULTIPLY)                \
  __attribute__((target(TARGET))) void NAME(int64_t rounds) { \
    SetUpTiles();                                             \
    for (int64_t i = 0; i < rounds; ++i) {                    \
      MULTIPLY(0, 6, 7);                                      \
      MULTIPLY(1, 6, 7);                                      \
      MULTIPLY(2, 6, 7);                                      \
      MULTIPLY(3, 6, 7);                                      \
      MULTIPLY(4, 6, 7);                                      \
      MULTIPLY(5, 6, 7);                                      \
    }                                                         \
    _tile_release();                                          \
  }

PAWL_TILE_LOOP(Int8Amx, "amx-tile,amx-int8", _tile_dpbusd)
PAWL_TILE_LOOP(BF16Amx, "amx-tile,amx-bf16", _tile_dpbf16ps)
#undef PAWL_TILE_LOOP

// ---- reading ------------------------------------------------------------------------------------

#define PAWL_READ_LOOP(NAME, TARGET, VECTOR, ZERO, LOAD, XOR)                        \
  __attribute__((target(TARGET))) void NAME(const void* from, size_t bytes) {        \
    constexpr size_t kAtOnce = 64 / sizeof(VECTOR);                                  \
    const auto* blocks = static_cast<const VECTOR*>(from);                           \
    VECTOR sums[4] = {ZERO, ZERO, ZERO, ZERO};                                       \
    for (size_t i = 0; i < bytes / sizeof(VECTOR); i += kAtOnce) {                   \
      _Pragma("GCC unroll 4") for (size_t lane = 0; lane < kAtOnce; ++lane) {        \
        sums[lane] = XOR(sums[lane], LOAD(blocks + i + lane));                       \
      }                                                                              \
    }                                                                                \
    __asm__ volatile("" : : "x"(sums[0]), "x"(sums[1]), "x"(sums[2]), "x"(sums[3])); \
  }

PAWL_READ_LOOP(ReadSse2, "sse2", __m128i, _mm_setzero_si128(), _mm_load_si128, _mm_xor_si128)
PAWL_READ_LOOP(ReadAvx2, "avx2", __m256i, _mm256_setzero_si256(), _mm256_load_si256,
               _mm256_xor_si256)
PAWL_READ_LOOP(ReadAvx512, "avx512f", __m512i, _mm512_setzero_si512(), _mm512_load_si512,
               _mm512_xor_si512)
#undef PAWL_READ_LOOP

// ---- choice -------------------------------------------------------------------------------------

enum class Level { kNone, kSse2, kSsse3, kAvx2, kAvx2Vnni, kAvx512, kAvx512Vnni, kAmx };

Level LevelOf(absl::string_view target) {
  if (target == "sse2") return Level::kSse2;
  if (target == "ssse3" || target == "sse4") return Level::kSsse3;
  if (target == "avx2") return Level::kAvx2;
  if (target == "avx2_vnni") return Level::kAvx2Vnni;
  if (target == "avx3") return Level::kAvx512;
  if (target == "avx3_dl" || target == "avx3_zen4" || target == "avx3_spr") {
    return Level::kAvx512Vnni;
  }
  return target == "amx" ? Level::kAmx : Level::kNone;
}

constexpr const char* kWordsText = "pmaddwd";
constexpr const char* kPairsText = "pmaddubsw, sums of 16 bits";
constexpr const char* kQuadsText = "vpdpbusd";

PeakLoop FloatLoop(Level level) {
  switch (level) {
    case Level::kNone:
      return {};
    case Level::kSse2:
    case Level::kSsse3:
      return {F32Sse2, 8.0 * kAccumulators, "f32 mulps, addps"};
    case Level::kAvx2:
    case Level::kAvx2Vnni:
      return {F32Avx2, 16.0 * kAccumulators, "f32 vfmadd, 256 bits"};
    default:
      return {F32Avx512, 32.0 * kAccumulators, "f32 vfmadd, 512 bits"};
  }
}

// A register of `bytes` bytes: two operations on each of them a pmaddubsw.
template <int kRun>
PeakLoop PairLoop(Level level) {
  constexpr double kOperations = 2.0 * kRun * kPairSums;
  if (level == Level::kSsse3) return {PairsSsse3<kRun>, 16 * kOperations, kPairsText};
  if (level == Level::kAvx2) return {PairsAvx2<kRun>, 32 * kOperations, kPairsText};
  return {PairsAvx512<kRun>, 64 * kOperations, kPairsText};
}

PeakLoop PairLoopOf(Level level, int bits) {
  switch (PairRun(bits)) {
    case 8:
      return PairLoop<8>(level);
    case 4:
      return PairLoop<4>(level);
    case 2:
      return PairLoop<2>(level);
    default:
      return PairLoop<1>(level);
  }
}

PeakLoop WordLoop(Level level) {
  if (level == Level::kAvx512) return {WordsAvx512, 64.0 * kAccumulators, kWordsText};
  if (level == Level::kAvx2) return {WordsAvx2, 32.0 * kAccumulators, kWordsText};
  return {WordsSse2, 16.0 * kAccumulators, kWordsText};
}

}  // namespace

PeakLoop FindPeakLoop(absl::string_view target, Arithmetics arithmetics) {
  const Level level = LevelOf(target);
  const bool bf16 = target == "avx3_zen4" || target == "avx3_spr";
  if (arithmetics.floats && arithmetics.bits == 16) {
    if (level == Level::kAmx) return {BF16Amx, kTileOperations / 2 * kTileSums, "tdpbf16ps"};
    if (bf16) return {BF16Avx512, 64.0 * kAccumulators, "vdpbf16ps"};
  }
  if (arithmetics.floats) return FloatLoop(level);
  switch (level) {
    case Level::kNone:
      return {};
    case Level::kAmx:
      return {Int8Amx, kTileOperations * kTileSums, "tdpbusd"};
    case Level::kAvx512Vnni:
      return {QuadsAvx512, 128.0 * kAccumulators, kQuadsText};
    case Level::kAvx2Vnni:
      return {QuadsAvx2, 64.0 * kAccumulators, kQuadsText};
    case Level::kSse2:
      return WordLoop(level);
    default:
      return arithmetics.bits < 8 ? PairLoopOf(level, arithmetics.bits) : WordLoop(level);
  }
}

ReadLoop FindReadLoop(absl::string_view target) {
  const Level level = LevelOf(target);
  if (level >= Level::kAvx512) return ReadAvx512;
  return level >= Level::kAvx2 ? ReadAvx2 : ReadSse2;
}

}  // namespace pawl::tool

#endif  // __x86_64__
