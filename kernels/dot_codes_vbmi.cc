// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// Four rows of codes share the loads of x and hide the latency of the multiply-add. Sixteen codes
// of up to 4 bits lie in 8 bytes, and one instruction brings each to the bottom of its lane, where
// a lookup among 16 levels ignores what lies above: two shuffles and a multiply-add for 16 weights.

#include "kernels/dot_codes_vbmi.h"

#include <algorithm>
#include <cstdint>
#include <cstring>

#if defined(__x86_64__)
#if defined(__GNUC__) && !defined(__clang__)
// GCC 12 suspects the operands that its own intrinsics leave undefined on purpose.
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#pragma GCC diagnostic ignored "-Wuninitialized"
#endif
#include <immintrin.h>
#endif

namespace pawl::kernels {

#if defined(__x86_64__)
#define PAWL_VBMI __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx512vbmi")))
#if defined(__clang__)
#define PAWL_UNROLL _Pragma("unroll")
#else
#define PAWL_UNROLL _Pragma("GCC unroll 16")
#endif
namespace {

constexpr size_t kRows = 4;

// Four rows: what the first has, and how far it is to the others'.
struct Four {
  const uint8_t* codes;
  size_t row_bytes;
  size_t ahead;  // bytes to the codes of the rows that come after these
  const float* scales;
  const float* offsets;  // anything where there are none
  size_t param_stride;
  const float* levels;  // 16 of them
  size_t level_stride;
  float* lanes;
};

enum class Formula { kScale, kZero, kMinimum };

// The weights that the codes of a group stand for.
template <Formula kFormula>
PAWL_VBMI inline __m512 GroupTable(__m512 levels, const float* scale, const float* offset) {
  if constexpr (kFormula == Formula::kZero) levels = _mm512_sub_ps(levels, _mm512_set1_ps(*offset));
  levels = _mm512_mul_ps(levels, _mm512_set1_ps(*scale));
  if constexpr (kFormula == Formula::kMinimum) {
    levels = _mm512_sub_ps(levels, _mm512_set1_ps(*offset));
  }
  return levels;
}

// For the lowest byte of each lane the bit of the 8 bytes where its code begins.
PAWL_VBMI inline __m512i Begins(int bits) {
  alignas(64) uint8_t begins[64] = {};
  for (int i = 0; i < 16; ++i) begins[4 * i] = static_cast<uint8_t>(i * bits);
  return _mm512_load_si512(begins);
}

template <Formula kFormula>
PAWL_VBMI void Dot(const Four& four, const CodeRows& w, const float* x) {
  const __m512i begins = Begins(w.bits);
  const size_t whole = w.cols / kLaneSums * kLaneSums, step = 2 * static_cast<size_t>(w.bits);
  __m512 sums[kRows], levels[kRows];
  PAWL_UNROLL
  for (size_t r = 0; r < kRows; ++r) {
    sums[r] = _mm512_setzero_ps();
    levels[r] = _mm512_loadu_ps(four.levels + r * four.level_stride);
  }
  // Of the first row and the last: the others' are one and two strides after the first.
  const uint8_t* codes[2] = {four.codes, four.codes + 3 * four.row_bytes};
  const float* scales[2] = {four.scales, four.scales + 3 * four.param_stride};
  const float* offsets[2] = {four.offsets, four.offsets + 3 * four.param_stride};
  const auto at = [](const auto* const(&two)[2], size_t stride, size_t r)
                      PAWL_VBMI { return r == 3 ? two[1] : two[0] + r * stride; };
  size_t k = 0;
  while (k < w.cols) {
    __m512 tables[kRows];
    PAWL_UNROLL
    for (size_t r = 0; r < kRows; ++r) {
      tables[r] = GroupTable<kFormula>(levels[r], at(scales, four.param_stride, r),
                                       at(offsets, four.param_stride, r));
      // An integer, for those rows need not exist.
      const auto here = reinterpret_cast<uintptr_t>(at(codes, four.row_bytes, r));
      // NOLINTNEXTLINE(performance-no-int-to-ptr)
      _mm_prefetch(reinterpret_cast<const char*>(here + four.ahead), _MM_HINT_T0);
    }
    for (size_t i = 0; i < 2; ++i) {
      ++scales[i];
      ++offsets[i];
    }
    const auto value = [&](size_t r) PAWL_VBMI {
      int64_t eight;
      std::memcpy(&eight, at(codes, four.row_bytes, r), 8);
      const __m512i index = _mm512_multishift_epi64_epi8(begins, _mm512_set1_epi64(eight));
      return _mm512_permutexvar_ps(index, tables[r]);
    };
    const size_t end = k + std::min(w.groups.size, w.cols - k);
    for (const size_t stop = std::min(end, whole); k < stop; k += kLaneSums) {
      const __m512 vx = _mm512_loadu_ps(x + k);
      PAWL_UNROLL
      for (size_t r = 0; r < kRows; ++r) sums[r] = _mm512_fmadd_ps(vx, value(r), sums[r]);
      codes[0] += step;
      codes[1] += step;
    }
    if (k == end) continue;
    // Lanes without a column keep their sums.
    const auto exists = static_cast<__mmask16>((1u << (end - k)) - 1);
    const __m512 vx = _mm512_maskz_loadu_ps(exists, x + k);
    PAWL_UNROLL
    for (size_t r = 0; r < kRows; ++r) {
      sums[r] = _mm512_mask3_fmadd_ps(vx, value(r), sums[r], exists);
    }
    k = end;
  }
  PAWL_UNROLL
  for (size_t r = 0; r < kRows; ++r) _mm512_storeu_ps(four.lanes + r * kLaneSums, sums[r]);
}

}  // namespace

bool VbmiTakes(Target target, const CodeRows& w) {
  return target >= Target::kAVX3_DL && target <= Target::kAMX && w.bits <= 4 && w.rows >= kRows;
}

void DotCodesVbmi(const float* x, const CodeRows& w, float* lanes) {
  float table[16];
  for (uint32_t i = 0; i < 16 && w.level_stride == 0; ++i) {
    const auto code = static_cast<int32_t>(i & ((1u << w.bits) - 1));
    const int32_t half = w.kind == CodeKind::kSigned ? 1 << (w.bits - 1) : 0;
    table[i] =
        w.kind == CodeKind::kTable ? w.levels[code] : static_cast<float>((code ^ half) - half);
  }
  const bool minimum = w.groups.minimums != nullptr;
  const bool zero = w.groups.zeros != nullptr;
  const float* offsets = minimum ? w.groups.minimums : zero ? w.groups.zeros : w.groups.scales;
  for (size_t n = 0; n < w.rows; n += kRows) {
    // The last four may have been computed in part: the same again.
    const size_t row = std::min(n, w.rows - kRows);
    const Four four = {
        .codes = w.codes + row * w.row_bytes,
        .row_bytes = w.row_bytes,
        .ahead = kRows * w.row_bytes,
        .scales = w.groups.scales + row * w.param_stride,
        .offsets = offsets + row * w.param_stride,
        .param_stride = w.param_stride,
        .levels = w.level_stride != 0 ? w.levels + row * w.level_stride : table,
        .level_stride = w.level_stride,
        .lanes = lanes + row * kLaneSums,
    };
    if (minimum) {
      Dot<Formula::kMinimum>(four, w, x);
    } else if (zero) {
      Dot<Formula::kZero>(four, w, x);
    } else {
      Dot<Formula::kScale>(four, w, x);
    }
  }
}
#else   // __x86_64__
bool VbmiTakes(Target /*target*/, const CodeRows& /*w*/) { return false; }

void DotCodesVbmi(const float* /*x*/, const CodeRows& /*w*/, float* /*lanes*/) {}
#endif  // __x86_64__

}  // namespace pawl::kernels
