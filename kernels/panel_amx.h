// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// What the files for AMX share: tiles' configuration; of MatMulPanels also codes as signed bytes,
// prefetching, parameters of groups. For x86-64 only.

#ifndef PAWL_KERNELS_PANEL_AMX_H_
#define PAWL_KERNELS_PANEL_AMX_H_

#if defined(__x86_64__)

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "kernels/panel_matmul.h"
#include "kernels/x86_intrinsics.h"

// Every CPU with AMX has the rest.
#define PAWL_AMX \
  __attribute__((target("amx-tile,amx-int8,avx512f,avx512bw,avx512dq,avx512vl,avx512vbmi")))
// What must be gone before GCC decides which arrays of vectors are registers.
#define PAWL_AMX_INLINE PAWL_AMX __attribute__((always_inline)) inline

namespace pawl::kernels::amx {

inline constexpr size_t kTile = 16;  // rows of a tile
inline constexpr size_t kTileValues = kTile * kTile;
inline constexpr size_t kTileBytes = 1024;
// Rows of x that pass through the same codes, and their sums in scratch; two panels' codes of
// 1024 columns, which stay in the first-level cache.
inline constexpr size_t kSlabRows = 256;
inline constexpr size_t kSumsBytes = kSlabRows * 2 * kTile * sizeof(int32_t);
inline constexpr size_t kBlockBytes = 32 * kTileBytes;
static_assert(kSumsBytes + kBlockBytes <= kPanelScratchLeast);

// Tiles 0 to 3 are C and 4, 5 A for two times up to 16 rows of x; 6 and 7 are B of 4 * quads
// columns. A `second` of 0 rows: all of them have `first`.
void Configure(size_t first, size_t second, size_t quads);

// A field f of a panel stands for levels[f], fields of 8 bits for f ^ 128; a code is that plus
// `shift`. So a shared zero point is gone where levels without it fit signed bytes.
struct SignedCodes {
  alignas(64) int8_t levels[64] = {};
  int32_t shift = 0;
};
SignedCodes MakeSignedCodes(const PanelMatrix& w);

// `count` chunks of fields of so many bits at `from` in the layout of 8 bits; `out` is 64-byte
// aligned.
void DecodeSigned(int bits, const SignedCodes& codes, const uint8_t* from, size_t count,
                  int8_t* out);

// Codes that will be wanted soon, `runs` times run_bytes that begin `next_run` apart, on their way
// to the second-level cache: a share of them with each of `steps` calls of Step, for loads that
// wait for a far cache leave none for tiles.
class CodesAhead {
 public:
  CodesAhead(const uint8_t* from, size_t run_bytes, size_t next_run, size_t runs, size_t steps)
      : at_(from),
        lines_(run_bytes / kLine),
        in_run_(lines_),
        jump_(next_run - run_bytes),
        left_(lines_ * runs),
        each_((left_ + steps - 1) / steps) {}

  void Step() {
    for (size_t i = 0; i < each_ && left_ > 0; ++i, --left_) {
      __builtin_prefetch(at_, 0, 2);
      at_ += kLine;
      if (--in_run_ > 0) continue;
      in_run_ = lines_;
      at_ += jump_;
    }
  }

 private:
  static constexpr size_t kLine = 64;
  const uint8_t* at_;
  size_t lines_;
  size_t in_run_;
  size_t jump_;
  size_t left_;
  size_t each_;
};

// ---- what a group adds (panel_matmul.h) ---------------------------------------------------------

// Parts that not every group has.
inline constexpr int kCorrected = 1;  // a zero point that codes still have, or an offset
inline constexpr int kFactored = 2;
inline constexpr int kWithMinimums = 4;

inline int PartsOf(const PanelMatrix& w, const PanelInput& a, int32_t shift) {
  const bool corrected = w.zeros != nullptr || w.zero != shift || w.offsets != nullptr;
  return (corrected ? kCorrected : 0) | (a.factors != nullptr ? kFactored : 0) |
         (w.minimums != nullptr ? kWithMinimums : 0);
}

PAWL_AMX_INLINE __m512 LoadHalves(const uint16_t* from) {
  return _mm512_cvtph_ps(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(from)));
}

PAWL_AMX_INLINE __m512i LoadBytes(const uint8_t* from) {
  return _mm512_cvtepu8_epi32(_mm_loadu_si128(reinterpret_cast<const __m128i*>(from)));
}

// Scales or minimums of a panel's group.
PAWL_AMX_INLINE __m512 LoadParam(const PanelMatrix& w, const void* params, const uint16_t* supers,
                                 int32_t bias, size_t panel, size_t g) {
  const size_t at = (panel * w.groups + g) * kPanelRows;
  if (w.super_shift >= 0) {
    const __m512i bytes = LoadBytes(static_cast<const uint8_t*>(params) + at);
    const __m512 numbers = _mm512_cvtepi32_ps(_mm512_sub_epi32(bytes, _mm512_set1_epi32(bias)));
    const size_t super = (panel * w.supers + (g >> w.super_shift)) * kPanelRows;
    return _mm512_mul_ps(LoadHalves(supers + super), numbers);
  }
  if (w.half_scales) return LoadHalves(static_cast<const uint16_t*>(params) + at);
  return _mm512_loadu_ps(static_cast<const float*>(params) + at);
}

// A panel's group.
struct GroupTerms {
  __m512 scales, minimums;
  __m512i zeros, offsets;
};

template <int kParts>
PAWL_AMX_INLINE GroupTerms LoadTerms(const PanelMatrix& w, int32_t shift, size_t panel, size_t g) {
  GroupTerms t;
  t.scales = w.scales != nullptr ? LoadParam(w, w.scales, w.super_scales, w.scale_bias, panel, g)
                                 : _mm512_setzero_ps();
  if constexpr ((kParts & kWithMinimums) != 0) {
    t.minimums = LoadParam(w, w.minimums, w.super_minimums, w.minimum_bias, panel, g);
  }
  if constexpr ((kParts & kCorrected) != 0) {
    const size_t at = (panel * w.groups + g) * kPanelRows;
    t.zeros = w.zeros != nullptr ? LoadBytes(w.zeros + at) : _mm512_set1_epi32(w.zero);
    t.zeros = _mm512_sub_epi32(t.zeros, _mm512_set1_epi32(shift));
    t.offsets = w.offsets != nullptr ? _mm512_loadu_si512(w.offsets + at) : _mm512_setzero_si512();
  }
  return t;
}

// The sum of a group without what zero points and offsets put into it.
PAWL_AMX_INLINE __m512i CorrectedSum(const GroupTerms& t, const PanelInput& a, size_t at,
                                     __m512i sum) {
  const __m512i zeros = _mm512_mullo_epi32(t.zeros, _mm512_set1_epi32(a.sums[at]));
  return _mm512_sub_epi32(_mm512_sub_epi32(sum, zeros), t.offsets);
}

// `value` after the group of the row of x whose place in a's arrays is `at`.
template <int kParts>
PAWL_AMX_INLINE __m512 AddGroup(const GroupTerms& t, const PanelInput& a, size_t at, __m512i sum,
                                __m512 value) {
  if constexpr ((kParts & kCorrected) != 0) sum = CorrectedSum(t, a, at, sum);
  __m512 scale = t.scales;
  if constexpr ((kParts & kFactored) != 0) {
    scale = _mm512_mul_ps(scale, _mm512_set1_ps(a.factors[at]));
  }
  value = _mm512_fmadd_ps(scale, _mm512_cvtepi32_ps(sum), value);
  if constexpr ((kParts & kWithMinimums) != 0) {
    __m512 minimum = t.minimums;
    if constexpr ((kParts & kFactored) != 0) {
      minimum = _mm512_mul_ps(minimum, _mm512_set1_ps(a.factors[at]));
    }
    value = _mm512_fnmadd_ps(minimum, _mm512_set1_ps(a.shifted[at]), value);
  }
  return value;
}

inline constexpr size_t kLongestShortGroup = 512;
// Groups of at most that many columns (panel_groups_amx.cc), of rows [row, row + rows), at most a
// slab; `scratch` is kPanelScratchLeast bytes.
void MatMulShortGroups(const PanelMatrix& w, size_t begin, size_t end, const PanelInput& a,
                       size_t row, size_t rows, float* out, size_t out_stride);

}  // namespace pawl::kernels::amx

#endif  // __x86_64__
#endif  // PAWL_KERNELS_PANEL_AMX_H_
