// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include "kernels/panel_amx.h"

#if defined(__x86_64__)

namespace pawl::kernels::amx {
namespace {

// By a negative number to the right. Shifts of 16 bits do for bytes of which only bits below 8 -
// |kBits|, or above it, are used.
template <int kBits>
PAWL_AMX_INLINE __m512i ShiftLeft(__m512i v) {
  if constexpr (kBits >= 0) return _mm512_slli_epi16(v, kBits);
  return _mm512_srli_epi16(v, -kBits);
}

// The low kPlace bits of each byte of `low`, and the others of `high`.
template <size_t kPlace>
PAWL_AMX_INLINE __m512i Join(__m512i low, __m512i high) {
  const __m512i mask = _mm512_set1_epi8((1 << kPlace) - 1);
  return _mm512_ternarylogic_epi64(mask, low, high, 0xca);  // mask ? low : high
}

// Fields of quad kQuad of a chunk where VPERMB looks for its index: in the low bits, whatever is
// above them. Planes as panel_matmul.h has them.
template <int kBits, size_t kQuad>
PAWL_AMX_INLINE __m512i Fields(const uint8_t* chunk) {
  constexpr size_t kBlock2 = (kBits & 4) != 0 ? 4 : 0;
  constexpr size_t kBlock1 = kBlock2 + ((kBits & 2) != 0 ? 2 : 0);
  constexpr int kInt = static_cast<int>(kQuad);
  __m512i fields = _mm512_setzero_si512();
  if constexpr ((kBits & 4) != 0) {
    fields = ShiftLeft<-(kInt % 2 * 4)>(_mm512_load_si512(chunk + 64 * (kQuad / 2)));
  }
  if constexpr ((kBits & 2) != 0) {
    const __m512i block = _mm512_load_si512(chunk + 64 * (kBlock2 + kQuad / 4));
    fields = Join<kBlock2>(fields, ShiftLeft<int{kBlock2} - kInt % 4 * 2>(block));
  }
  if constexpr ((kBits & 1) != 0) {
    const __m512i block = _mm512_load_si512(chunk + 64 * kBlock1);
    fields = Join<kBlock1>(fields, ShiftLeft<int{kBlock1} - kInt>(block));
  }
  return fields;
}

template <int kBits, size_t kQuad = 0>
PAWL_AMX_INLINE void DecodeQuads(const uint8_t* chunk, __m512i levels, int8_t* out) {
  __m512i codes;
  if constexpr (kBits == 8) {
    codes = _mm512_xor_si512(_mm512_load_si512(chunk + 64 * kQuad), levels);
  } else {
    codes = _mm512_permutexvar_epi8(Fields<kBits, kQuad>(chunk), levels);
  }
  _mm512_store_si512(out + 64 * kQuad, codes);
  if constexpr (kQuad < 7) DecodeQuads<kBits, kQuad + 1>(chunk, levels, out);
}

template <int kBits>
PAWL_AMX void DecodeChunks(const uint8_t* from, const int8_t* table, size_t count, int8_t* out) {
  const __m512i levels = kBits == 8 ? _mm512_set1_epi8(-128) : _mm512_load_si512(table);
  for (size_t c = 0; c < count; ++c) {
    DecodeQuads<kBits>(from + c * PanelChunkBytes(kBits), levels, out + c * PanelChunkBytes(8));
  }
}

}  // namespace

SignedCodes MakeSignedCodes(const PanelMatrix& w) {
  SignedCodes codes;
  if (w.bits == 8) {
    codes.shift = 128;
    return codes;
  }
  const size_t fields = size_t{1} << w.bits;
  const auto code = [&](size_t f) {
    return w.table != nullptr ? w.table[f % 16] : static_cast<int>(f);
  };
  int low = 255, high = 0;
  for (size_t f = 0; f < fields; ++f) {
    low = std::min(low, code(f));
    high = std::max(high, code(f));
  }
  // One zero point for all is taken off here where that leaves signed bytes.
  const int zero = w.zeros != nullptr ? 0 : w.zero;
  const auto fits = [&](int shift) { return low - shift >= -128 && high - shift <= 127; };
  codes.shift = fits(zero) ? zero : fits(0) ? 0 : 128;
  for (size_t i = 0; i < 64; ++i) {
    codes.levels[i] = static_cast<int8_t>(code(i % fields) - codes.shift);
  }
  return codes;
}

void DecodeSigned(int bits, const SignedCodes& codes, const uint8_t* from, size_t count,
                  int8_t* out) {
  switch (bits) {
    case 2:
      return DecodeChunks<2>(from, codes.levels, count, out);
    case 3:
      return DecodeChunks<3>(from, codes.levels, count, out);
    case 4:
      return DecodeChunks<4>(from, codes.levels, count, out);
    case 5:
      return DecodeChunks<5>(from, codes.levels, count, out);
    case 6:
      return DecodeChunks<6>(from, codes.levels, count, out);
    default:
      return DecodeChunks<8>(from, codes.levels, count, out);
  }
}

}  // namespace pawl::kernels::amx

#endif  // __x86_64__
