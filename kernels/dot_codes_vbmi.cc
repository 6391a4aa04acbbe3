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

struct Four {
  const uint8_t* codes[kRows];
  size_t ahead;  // bytes to the codes of the rows that come after these
  const float* scales[kRows];
  const float* offsets[kRows];  // null: none
  const float* levels[kRows];   // 16 of them
  float* lanes[kRows];
};

enum class Formula { kScale, kZero, kMinimum };

// The weights that the codes of a group stand for.
template <Formula kFormula>
PAWL_VBMI inline __m512 GroupTable(const Four& four, size_t row, size_t g) {
  __m512 table = _mm512_loadu_ps(four.levels[row]);
  if constexpr (kFormula == Formula::kZero) {
    table = _mm512_sub_ps(table, _mm512_set1_ps(four.offsets[row][g]));
  }
  table = _mm512_mul_ps(table, _mm512_set1_ps(four.scales[row][g]));
  if constexpr (kFormula == Formula::kMinimum) {
    table = _mm512_sub_ps(table, _mm512_set1_ps(four.offsets[row][g]));
  }
  return table;
}

// For the lowest byte of each lane the bit of the 8 bytes where its code begins.
PAWL_VBMI inline __m512i Begins(int bits) {
  alignas(64) uint8_t begins[64] = {};
  for (int i = 0; i < 16; ++i) begins[4 * i] = static_cast<uint8_t>(i * bits);
  return _mm512_load_si512(begins);
}

template <Formula kFormula>
PAWL_VBMI void Dot(const Four& four, const CodeRows& w, const float* x) {
  const auto bits = static_cast<size_t>(w.bits);
  const __m512i begins = Begins(w.bits);
  const size_t whole = w.cols / kLaneSums * kLaneSums, step = 2 * bits;
  __m512 sums[kRows];
  PAWL_UNROLL
  for (size_t r = 0; r < kRows; ++r) sums[r] = _mm512_setzero_ps();
  size_t at = 0, k = 0;  // bytes, columns
  for (size_t g = 0; k < w.cols; ++g) {
    __m512 tables[kRows];
    PAWL_UNROLL
    for (size_t r = 0; r < kRows; ++r) {
      tables[r] = GroupTable<kFormula>(four, r, g);
      // An integer, for those rows need not exist.
      const uintptr_t next = reinterpret_cast<uintptr_t>(four.codes[r]) + four.ahead + at;
      // NOLINTNEXTLINE(performance-no-int-to-ptr)
      _mm_prefetch(reinterpret_cast<const char*>(next), _MM_HINT_T0);
    }
    const auto value = [&](size_t r) PAWL_VBMI {
      int64_t eight;
      std::memcpy(&eight, four.codes[r] + at, 8);
      const __m512i index = _mm512_multishift_epi64_epi8(begins, _mm512_set1_epi64(eight));
      return _mm512_permutexvar_ps(index, tables[r]);
    };
    const size_t left = w.cols - k, end = k + std::min(w.groups.size, left);
    for (const size_t stop = std::min(end, whole); k < stop; k += kLaneSums, at += step) {
      const __m512 vx = _mm512_loadu_ps(x + k);
      PAWL_UNROLL
      for (size_t r = 0; r < kRows; ++r) sums[r] = _mm512_fmadd_ps(vx, value(r), sums[r]);
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
  for (size_t r = 0; r < kRows; ++r) _mm512_storeu_ps(four.lanes[r], sums[r]);
}

}  // namespace

bool VbmiTakes(Target target, const CodeRows& w) {
  return target >= Target::kAVX3_DL && target <= Target::kAMX && w.bits <= 4;
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
  const float* offsets = minimum ? w.groups.minimums : w.groups.zeros;
  for (size_t n = 0; n < w.rows; n += kRows) {
    Four four;
    four.ahead = kRows * w.row_bytes;
    for (size_t r = 0; r < kRows; ++r) {
      const size_t row = std::min(n + r, w.rows - 1);
      four.codes[r] = w.codes + row * w.row_bytes;
      four.scales[r] = w.groups.scales + row * w.param_stride;
      four.offsets[r] = offsets != nullptr ? offsets + row * w.param_stride : nullptr;
      four.levels[r] = w.level_stride != 0 ? w.levels + row * w.level_stride : table;
      four.lanes[r] = lanes + row * kLaneSums;
    }
    if (offsets == nullptr) {
      Dot<Formula::kScale>(four, w, x);
    } else if (minimum) {
      Dot<Formula::kMinimum>(four, w, x);
    } else {
      Dot<Formula::kZero>(four, w, x);
    }
  }
}
#else   // __x86_64__
bool VbmiTakes(Target /*target*/, const CodeRows& /*w*/) { return false; }

void DotCodesVbmi(const float* /*x*/, const CodeRows& /*w*/, float* /*lanes*/) {}
#endif  // __x86_64__

}  // namespace pawl::kernels
