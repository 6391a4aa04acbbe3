// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// Four rows of codes share the loads of x and hide the latency of the multiply-add. One shuffle
// gives each lane the bytes of its codes in as many steps of 16 columns as its 4 bytes have room
// for, so that a shift a step brings them to the bottom. Up to 4 bits a lookup among 16 levels
// ignores what lies above: a shift, a shuffle and a multiply-add for 16 weights. Wider codes become
// numbers.

#include "kernels/dot_codes_vbmi.h"

#include <algorithm>
#include <cstdint>
#include <type_traits>

#include "kernels/x86_intrinsics.h"

namespace pawl::kernels {

#if defined(__x86_64__)
#define PAWL_VBMI __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx512vbmi")))
namespace {

constexpr size_t kRows = 4;
constexpr size_t kMostSteps = 4;

// Four rows: what the first has, and how far it is to the others'.
struct Four {
  const uint8_t* codes;
  size_t row_bytes;
  const float* scales;
  const float* offsets;  // anything where there are none
  size_t param_stride;
  const float* levels;  // 16 of them
  size_t level_stride;
  float* lanes;
};

enum class Formula { kNone, kZero, kMinimum };

// How a register is filled with steps of 16 codes, and emptied.
struct Steps {
  alignas(64) uint8_t bytes[64] = {};                // where each byte of the register comes from
  alignas(64) uint32_t shifts[kMostSteps][16] = {};  // up to 4 bits: to the bottom of each lane
  alignas(64) uint8_t begins[64] = {};  // more: of each 8 bytes the bits that begin a code
  size_t count = 0;

  constexpr explicit Steps(size_t bits) {
    if (bits > 4) {
      count = kMostSteps;
      for (size_t i = 0; i < 64; ++i) {
        bytes[i] = static_cast<uint8_t>(bits * (i / 8) + i % 8);
        begins[i] = static_cast<uint8_t>(bits * (i % 8));
      }
      return;
    }
    // A code lies in so many bytes, whichever bit of the first one it begins at.
    const size_t unit = 8 % bits == 0 ? 1 : 2;
    count = kMostSteps / unit;
    for (size_t i = 0; i < 64; ++i) {
      const size_t lane = i / 4, step = i % 4 / unit;
      bytes[i] = static_cast<uint8_t>(2 * bits * step + bits * lane / 8 + i % unit);
    }
    for (size_t i = 0; i < count * 16; ++i) {
      shifts[i / 16][i % 16] = static_cast<uint32_t>(8 * unit * (i / 16) + bits * (i % 16) % 8);
    }
  }
};

constexpr Steps kSteps[] = {Steps(1), Steps(2), Steps(3), Steps(4),
                            Steps(5), Steps(6), Steps(7), Steps(8)};

// Codes of up to 4 bits: what a group's stand for is a register.
struct Lookup {
  static constexpr bool kLookup = true, kBytes = false;
  __m512 levels[kRows], tables[kRows];

  PAWL_VBMI Lookup(const Four& four, const CodeRows& /*w*/, const Steps& /*steps*/) {
    PAWL_UNROLL
    for (size_t r = 0; r < kRows; ++r) {
      levels[r] = _mm512_loadu_ps(four.levels + r * four.level_stride);
    }
  }
  template <Formula kFormula>
  PAWL_VBMI inline void SetGroup(size_t r, const float* scale, const float* offset) {
    __m512 v = levels[r];
    if constexpr (kFormula == Formula::kZero) v = _mm512_sub_ps(v, _mm512_set1_ps(*offset));
    v = _mm512_mul_ps(v, _mm512_set1_ps(*scale));
    if constexpr (kFormula == Formula::kMinimum) v = _mm512_sub_ps(v, _mm512_set1_ps(*offset));
    tables[r] = v;
  }
  template <Formula kFormula>
  PAWL_VBMI inline __m512 Value(size_t r, __m512i fields) const {
    return _mm512_permutexvar_ps(fields, tables[r]);
  }
};

// Wider ones: numbers. Fields become bytes first, 64 of them at a time; a signed one is an unsigned
// one, its top bit flipped, less that bit.
template <bool kWholeBytes, bool kSigned>
struct Number {
  static constexpr bool kLookup = false, kBytes = kWholeBytes;
  __m512i mask, flip, begins;
  __m512 scales[kRows], offsets[kRows];

  PAWL_VBMI Number(const Four& /*four*/, const CodeRows& w, const Steps& steps) {
    mask = _mm512_set1_epi8(static_cast<char>((1 << w.bits) - 1));
    flip = _mm512_set1_epi8(static_cast<char>(1 << (w.bits - 1)));
    begins = _mm512_load_si512(steps.begins);
  }
  template <Formula kFormula>
  PAWL_VBMI inline void SetGroup(size_t r, const float* scale, const float* offset) {
    scales[r] = _mm512_set1_ps(*scale);
    if constexpr (kFormula != Formula::kNone) offsets[r] = _mm512_set1_ps(*offset);
  }
  PAWL_VBMI inline __m512i Bytes(__m512i ordered) const {
    const __m512i fields = _mm512_multishift_epi64_epi8(begins, ordered);
    if constexpr (!kSigned) return _mm512_and_si512(fields, mask);
    constexpr int kFlippedAnd = 0x78;  // flip ^ (mask & fields)
    return _mm512_sub_epi8(_mm512_ternarylogic_epi32(flip, mask, fields, kFlippedAnd), flip);
  }
  template <Formula kFormula>
  PAWL_VBMI inline __m512 Value(size_t r, __m128i bytes) const {
    __m512 v =
        _mm512_cvtepi32_ps(kSigned ? _mm512_cvtepi8_epi32(bytes) : _mm512_cvtepu8_epi32(bytes));
    if constexpr (kFormula == Formula::kZero) v = _mm512_sub_ps(v, offsets[r]);
    v = _mm512_mul_ps(v, scales[r]);
    if constexpr (kFormula == Formula::kMinimum) v = _mm512_sub_ps(v, offsets[r]);
    return v;
  }
};

// Where four rows are: of the first and the last, for the others' are one and two strides after
// the first.
template <typename T>
struct Place {
  const T* ends[2];
  size_t stride;

  Place(const T* first, size_t row_stride)
      : ends{first, first + 3 * row_stride}, stride(row_stride) {}
  const T* at(size_t r) const { return r == 3 ? ends[1] : ends[0] + r * stride; }
  void Advance(size_t count) {
    ends[0] += count;
    ends[1] += count;
  }
};

// What a register's worth of codes is until its steps come.
struct Filled {
  __m512i fields[kRows];                    // for lookups
  alignas(64) uint8_t unpacked[kRows][64];  // for numbers
};

template <class Codes>
PAWL_VBMI inline void Fill(const Codes& decoder, const Steps& steps, const Place<uint8_t>& codes,
                           size_t bytes, Filled* filled) {
  const __m512i order = _mm512_load_si512(steps.bytes);
  const __mmask64 exist = ~uint64_t{0} >> (64 - bytes);
  PAWL_UNROLL
  for (size_t r = 0; r < kRows; ++r) {
    const uint8_t* from = codes.at(r);
    if constexpr (!Codes::kBytes) {
      const __m512i ordered = _mm512_permutexvar_epi8(order, _mm512_maskz_loadu_epi8(exist, from));
      if constexpr (Codes::kLookup) {
        filled->fields[r] = ordered;
      } else {
        _mm512_store_si512(filled->unpacked[r], decoder.Bytes(ordered));
      }
    }
    // The rows that come after these. An integer, for they need not exist.
    const auto ahead = reinterpret_cast<uintptr_t>(from) + kRows * codes.stride;
    // NOLINTNEXTLINE(performance-no-int-to-ptr)
    _mm_prefetch(reinterpret_cast<const char*>(ahead), _MM_HINT_T0);
  }
}

// The weights of row r in a step; with kRest only `lanes` of them, and no others may be read.
template <Formula kFormula, bool kRest, class Codes>
PAWL_VBMI inline __m512 ValueOf(const Codes& decoder, const Steps& steps, size_t step,
                                const Place<uint8_t>& codes, const Filled& filled, size_t r,
                                __mmask16 lanes) {
  if constexpr (Codes::kLookup) {
    const __m512i shifts = _mm512_load_si512(steps.shifts[step]);
    return decoder.template Value<kFormula>(r, _mm512_srlv_epi32(filled.fields[r], shifts));
  } else {
    const uint8_t* from = (Codes::kBytes ? codes.at(r) : filled.unpacked[r]) + 16 * step;
    const __m128i bytes = kRest ? _mm_maskz_loadu_epi8(lanes, from)
                                : _mm_loadu_si128(reinterpret_cast<const __m128i*>(from));
    return decoder.template Value<kFormula>(r, bytes);
  }
}

template <class Codes, Formula kFormula>
PAWL_VBMI void Walk(const Four& four, const CodeRows& w, const Steps& steps, const float* x) {
  const size_t row_bytes = (w.cols * static_cast<size_t>(w.bits) + 7) / 8;
  const size_t register_bytes = 2 * static_cast<size_t>(w.bits) * steps.count;
  Codes decoder(four, w, steps);
  Place<uint8_t> codes(four.codes, four.row_bytes);
  Place<float> scales(four.scales, four.param_stride), offsets(four.offsets, four.param_stride);
  Filled filled;
  __m512 sums[kRows];
  PAWL_UNROLL
  for (size_t r = 0; r < kRows; ++r) sums[r] = _mm512_setzero_ps();
  size_t group_end = 0;
  for (size_t k = 0, done = 0; k < w.cols; done += register_bytes) {
    Fill(decoder, steps, codes, std::min(register_bytes, row_bytes - done), &filled);
    const size_t end = std::min(w.cols, k + steps.count * kLaneSums);
    for (size_t step = 0; k < end; ++step, k += kLaneSums) {
      if (k == group_end) {
        group_end += std::min(w.groups.size, w.cols);
        PAWL_UNROLL
        for (size_t r = 0; r < kRows; ++r) {
          decoder.template SetGroup<kFormula>(r, scales.at(r), offsets.at(r));
        }
        scales.Advance(1);
        offsets.Advance(1);
      }
      if (k + kLaneSums <= end) {
        const __m512 vx = _mm512_loadu_ps(x + k);
        PAWL_UNROLL
        for (size_t r = 0; r < kRows; ++r) {
          const __m512 v = ValueOf<kFormula, false>(decoder, steps, step, codes, filled, r, 0);
          sums[r] = _mm512_fmadd_ps(vx, v, sums[r]);
        }
        continue;
      }
      // Lanes without a column keep their sums.
      const auto lanes = static_cast<__mmask16>((1u << (end - k)) - 1);
      const __m512 vx = _mm512_maskz_loadu_ps(lanes, x + k);
      PAWL_UNROLL
      for (size_t r = 0; r < kRows; ++r) {
        const __m512 v = ValueOf<kFormula, true>(decoder, steps, step, codes, filled, r, lanes);
        sums[r] = _mm512_mask3_fmadd_ps(vx, v, sums[r], lanes);
      }
    }
    codes.Advance(register_bytes);
  }
  PAWL_UNROLL
  for (size_t r = 0; r < kRows; ++r) _mm512_storeu_ps(four.lanes + r * kLaneSums, sums[r]);
}

template <class Codes>
void WalkOfFormula(const Four& four, const CodeRows& w, const Steps& steps, const float* x) {
  if (w.groups.minimums != nullptr) return Walk<Codes, Formula::kMinimum>(four, w, steps, x);
  if (w.groups.zeros != nullptr) return Walk<Codes, Formula::kZero>(four, w, steps, x);
  Walk<Codes, Formula::kNone>(four, w, steps, x);
}

void WalkFour(const Four& four, const CodeRows& w, const Steps& steps, const float* x) {
  const bool is_signed = w.kind == CodeKind::kSigned;
  if (w.bits <= 4) return WalkOfFormula<Lookup>(four, w, steps, x);
  if (w.bits < 8 && is_signed) return WalkOfFormula<Number<false, true>>(four, w, steps, x);
  if (w.bits < 8) return WalkOfFormula<Number<false, false>>(four, w, steps, x);
  if (is_signed) return WalkOfFormula<Number<true, true>>(four, w, steps, x);
  WalkOfFormula<Number<true, false>>(four, w, steps, x);
}

}  // namespace

bool VbmiTakes(Target target, const CodeRows& w) {
  return target >= Target::kAVX3_DL && target <= Target::kAMX && w.rows >= kRows;
}

void DotCodesVbmi(const float* x, const CodeRows& w, float* lanes) {
  float table[16] = {};
  for (uint32_t i = 0; i < 16 && w.bits <= 4 && w.level_stride == 0; ++i) {
    const auto code = static_cast<int32_t>(i & ((1u << w.bits) - 1));
    const int32_t half = w.kind == CodeKind::kSigned ? 1 << (w.bits - 1) : 0;
    table[i] =
        w.kind == CodeKind::kTable ? w.levels[code] : static_cast<float>((code ^ half) - half);
  }
  const Steps& steps = kSteps[w.bits - 1];
  const DequantizeGroups& groups = w.groups;
  const float* offsets = groups.minimums != nullptr ? groups.minimums
                         : groups.zeros != nullptr  ? groups.zeros
                                                    : groups.scales;
  for (size_t n = 0; n < w.rows; n += kRows) {
    // The last four may have been computed in part: the same again.
    const size_t row = std::min(n, w.rows - kRows);
    const Four four = {
        .codes = w.codes + row * w.row_bytes,
        .row_bytes = w.row_bytes,
        .scales = groups.scales + row * w.param_stride,
        .offsets = offsets + row * w.param_stride,
        .param_stride = w.param_stride,
        .levels = w.level_stride != 0 ? w.levels + row * w.level_stride : table,
        .level_stride = w.level_stride,
        .lanes = lanes + row * kLaneSums,
    };
    WalkFour(four, w, steps, x);
  }
}
#else   // __x86_64__
bool VbmiTakes(Target /*target*/, const CodeRows& /*w*/) { return false; }

void DotCodesVbmi(const float* /*x*/, const CodeRows& /*w*/, float* /*lanes*/) {}
#endif  // __x86_64__

}  // namespace pawl::kernels
