// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// Weights of one row come from the last cache almost as fast as four pipes can take them, so each
// vector operation counts (bench/NOTES.md has the bound).

#include "kernels/panel_row_zen4.h"

#include <cstdint>
#include <cstring>

#include "kernels/x86_intrinsics.h"

namespace pawl::kernels {

#if defined(__x86_64__)
#define PAWL_ZEN4 \
  __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx512vbmi,avx512vnni,f16c,fma")))
namespace {

constexpr size_t kMostGroups = 1024;
constexpr size_t kBlocks = 4;  // of 64 bytes, two quads each, in a chunk

enum class Codes {
  kPlaces,  // fields where they stand in the byte, a sum for each place, one shifted at the end
  kMoved,   // the lower field moved up beside the higher one by a lookup: one sum, of 16 times A
};
enum class Params { kScale, kZero, kMinimum, kSupers };

// What the row has for each group: where sums begin (times a zero point where each has its own),
// and what minimums are multiplied by.
struct Groups {
  int32_t starts[kMostGroups];
  float shifted[kMostGroups];
};

// Products with 16 * A: v becomes 16 * v, which f16 scales keep exact: their products with
// integers, and all sums of those, are multiples of 2^-24 below 2^100.
constexpr int kMovedBy = 16;

template <Codes kCodes>
struct Decode {
  __m512i low, high;

  PAWL_ZEN4 Decode() {
    alignas(16) uint8_t moved[16];
    for (int i = 0; i < 16; ++i) moved[i] = static_cast<uint8_t>(i * kMovedBy);
    low = kCodes == Codes::kMoved
              ? _mm512_broadcast_i32x4(_mm_load_si128(reinterpret_cast<const __m128i*>(moved)))
              : _mm512_set1_epi8(0x0F);
    high = _mm512_set1_epi8(static_cast<char>(0xF0));
  }
  PAWL_ZEN4 inline __m512i Low(__m512i block) const {
    if constexpr (kCodes == Codes::kPlaces) return _mm512_and_si512(block, low);
    // It looks at six bits of an index, and the table repeats: those above a field do not count.
    return _mm512_permutexvar_epi8(block, low);
  }
  PAWL_ZEN4 inline __m512i High(__m512i block) const { return _mm512_and_si512(block, high); }
};

PAWL_ZEN4 inline __m512i Quad(const int8_t* from) {
  int32_t four;
  std::memcpy(&four, from, sizeof(four));
  return _mm512_set1_epi32(four);
}

// Sums of both fields' products as they were asked for.
template <Codes kCodes>
PAWL_ZEN4 inline __m512i Total(__m512i low, __m512i high) {
  if constexpr (kCodes == Codes::kMoved) return low;
  return _mm512_add_epi32(low, _mm512_srai_epi32(high, 4));
}

PAWL_ZEN4 inline __m512 Halves(const void* from, size_t index) {
  return _mm512_cvtph_ps(_mm256_loadu_si256(
      reinterpret_cast<const __m256i*>(static_cast<const uint16_t*>(from) + index)));
}

PAWL_ZEN4 inline __m512i Bytes(const void* from, size_t index) {
  return _mm512_cvtepu8_epi32(
      _mm_loadu_si128(reinterpret_cast<const __m128i*>(static_cast<const uint8_t*>(from) + index)));
}

// Scales and minimums of kN panels, and what to do with a group's sums.
template <Params kParams, bool kMoved, size_t kN>
struct Finish {
  const PanelMatrix& w;
  const Groups& groups;
  size_t panel;
  __m512 supers[kN], super_minimums[kN];

  PAWL_ZEN4 inline __m512 Scale(const void* params, size_t at) const {
    return w.half_scales ? Halves(params, at)
                         : _mm512_loadu_ps(static_cast<const float*>(params) + at);
  }
  PAWL_ZEN4 inline void StartSuper(size_t g) {
    PAWL_UNROLL
    for (size_t n = 0; n < kN; ++n) {
      const size_t at = ((panel + n) * w.supers + (g >> w.super_shift)) * kPanelRows;
      supers[n] = Halves(w.super_scales, at);
      super_minimums[n] = _mm512_mul_ps(Halves(w.super_minimums, at),
                                        _mm512_set1_ps(kMoved ? -float{kMovedBy} : -1.0f));
    }
  }
  PAWL_ZEN4 inline __m512 Add(size_t n, size_t g, __m512i sum, __m512 v) const {
    const size_t at = ((panel + n) * w.groups + g) * kPanelRows;
    if constexpr (kParams == Params::kSupers) {
      // super * (number * sum), whose integers f32 holds, for (super * number) * sum.
      const __m512i product = _mm512_mullo_epi32(sum, Bytes(w.scales, at));
      v = _mm512_fmadd_ps(supers[n], _mm512_cvtepi32_ps(product), v);
      const __m512 number = _mm512_cvtepi32_ps(Bytes(w.minimums, at));
      return _mm512_fmadd_ps(_mm512_mul_ps(super_minimums[n], number),
                             _mm512_set1_ps(groups.shifted[g]), v);
    }
    v = _mm512_fmadd_ps(Scale(w.scales, at), _mm512_cvtepi32_ps(sum), v);
    if constexpr (kParams == Params::kMinimum) {
      v = _mm512_fnmadd_ps(Scale(w.minimums, at), _mm512_set1_ps(groups.shifted[g]), v);
    }
    return v;
  }
};

// kN panels, which share the broadcasts.
template <Codes kCodes, Params kParams, size_t kN>
PAWL_ZEN4 void Panels(const PanelMatrix& w, size_t panel, const int8_t* x, const Groups& groups,
                      float* out) {
  constexpr bool kMoved = kCodes == Codes::kMoved;
  const Decode<kCodes> decode;
  Finish<kParams, kMoved, kN> finish{w, groups, panel, {}, {}};
  const uint8_t* codes = w.codes + panel * w.panel_bytes();
  const size_t next = w.panel_bytes(), length = w.group_quads / 8;
  __m512 values[kN];
  PAWL_UNROLL
  for (size_t n = 0; n < kN; ++n) values[n] = _mm512_setzero_ps();
  size_t left = w.chunks;
  for (size_t g = 0; g < w.groups && left > 0; ++g) {
    if constexpr (kParams == Params::kSupers) {
      if (g % (size_t{1} << w.super_shift) == 0) finish.StartSuper(g);
    }
    __m512i low[kN], high[kN];
    PAWL_UNROLL
    for (size_t n = 0; n < kN; ++n) {
      low[n] = _mm512_set1_epi32(groups.starts[g]);
      if constexpr (kParams == Params::kZero) {
        const size_t at = ((panel + n) * w.groups + g) * kPanelRows;
        low[n] = _mm512_mullo_epi32(Bytes(w.zeros, at), low[n]);
      }
      high[n] = _mm512_setzero_si512();
    }
    for (const size_t end = left - (left < length ? left : length); left > end; --left) {
      PAWL_UNROLL
      for (size_t b = 0; b < kBlocks; ++b) {
        const __m512i first = Quad(x + 8 * b), second = Quad(x + 8 * b + 4);
        PAWL_UNROLL
        for (size_t n = 0; n < kN; ++n) {
          __m512i block = _mm512_load_si512(codes + n * next + 64 * b);
          __asm__("" : "+v"(block));  // GCC would load it for each of its uses
          low[n] = _mm512_dpbusd_epi32(low[n], decode.Low(block), first);
          __m512i& sum = kMoved ? low[n] : high[n];
          sum = _mm512_dpbusd_epi32(sum, decode.High(block), second);
        }
      }
      codes += PanelChunkBytes(4);
      x += kPanelChunk;
    }
    PAWL_UNROLL
    for (size_t n = 0; n < kN; ++n) {
      values[n] = finish.Add(n, g, Total<kCodes>(low[n], high[n]), values[n]);
    }
  }
  PAWL_UNROLL
  for (size_t n = 0; n < kN; ++n) {
    const __m512 v = kMoved ? _mm512_mul_ps(values[n], _mm512_set1_ps(1.0f / kMovedBy)) : values[n];
    _mm512_storeu_ps(out + n * kPanelRows, v);
  }
}

template <Codes kCodes, Params kParams>
void AllPanels(const PanelMatrix& w, size_t begin, size_t end, const PanelInput& a, float* out) {
  constexpr int kTimes = kCodes == Codes::kMoved ? kMovedBy : 1;
  Groups groups;
  for (size_t g = 0; g < w.groups; ++g) {
    groups.starts[g] = -kTimes * a.sums[g] * (kParams == Params::kZero ? 1 : w.zero);
    if constexpr (kParams == Params::kMinimum) groups.shifted[g] = kTimes * a.shifted[g];
    if constexpr (kParams == Params::kSupers) groups.shifted[g] = a.shifted[g];
  }
  size_t panel = begin;
  for (; panel + 2 <= end; panel += 2, out += 2 * kPanelRows) {
    Panels<kCodes, kParams, 2>(w, panel, a.codes, groups, out);
  }
  if (panel < end) Panels<kCodes, kParams, 1>(w, panel, a.codes, groups, out);
}

}  // namespace

bool RowZen4Takes(Target target, const PanelMatrix& w, const PanelInput& a) {
  if (target != Target::kAVX3_ZEN4 || a.rows != 1) return false;
  if (w.bits != 4 || w.table != nullptr) return false;
  if (w.scales == nullptr || w.offsets != nullptr) return false;
  if (a.factors != nullptr || w.group_quads % 8 != 0 || w.groups > kMostGroups) return false;
  if (w.zeros != nullptr) return w.super_shift < 0 && w.minimums == nullptr;
  if (w.super_shift < 0) return true;
  // Integers below 2^24, as long as codes less their zero point have 4 bits.
  return w.minimums != nullptr && w.group_quads == 8 && w.scale_bias == 0 && w.minimum_bias == 0 &&
         w.zero >= 0 && w.zero < 16;
}

void MatMulPanelsRowZen4(const PanelMatrix& w, size_t begin, size_t end, const PanelInput& a,
                         float* out) {
  // Short groups end often enough to pay for lookups.
  const bool moved = w.half_scales && w.group_quads == 8;
  if (w.super_shift >= 0) {
    return AllPanels<Codes::kMoved, Params::kSupers>(w, begin, end, a, out);
  }
  if (w.zeros != nullptr) {
    return moved ? AllPanels<Codes::kMoved, Params::kZero>(w, begin, end, a, out)
                 : AllPanels<Codes::kPlaces, Params::kZero>(w, begin, end, a, out);
  }
  if (w.minimums != nullptr) {
    return moved ? AllPanels<Codes::kMoved, Params::kMinimum>(w, begin, end, a, out)
                 : AllPanels<Codes::kPlaces, Params::kMinimum>(w, begin, end, a, out);
  }
  moved ? AllPanels<Codes::kMoved, Params::kScale>(w, begin, end, a, out)
        : AllPanels<Codes::kPlaces, Params::kScale>(w, begin, end, a, out);
}
#else   // __x86_64__
bool RowZen4Takes(Target /*target*/, const PanelMatrix& /*w*/, const PanelInput& /*a*/) {
  return false;
}

void MatMulPanelsRowZen4(const PanelMatrix& /*w*/, size_t /*begin*/, size_t /*end*/,
                         const PanelInput& /*a*/, float* /*out*/) {}
#endif  // __x86_64__

}  // namespace pawl::kernels
