// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// Products with one row of activations on arm64. Part of panel_arm-inl.h.

// The field of kWidth bits at kFrom of each byte, moved to kTo.
template <int kWidth, int kFrom, int kTo>
PAWL_ARM_INLINE VB Field(VB v) {
  if constexpr (kFrom > kTo) v = Right<kFrom - kTo>(v);
  if constexpr (kFrom < kTo) v = Left<kTo - kFrom>(v);
  constexpr bool kClean = kTo == 0 && kFrom + kWidth == 8;
  if constexpr (!kClean) v = Mask<((1 << kWidth) - 1) << kTo>(v);
  return v;
}

// Codes of quad kQuad, `chunk` pointing to the chunk's first block.
template <int kBits, int kQuad>
PAWL_ARM_INLINE VB Quad(const uint8_t* chunk, size_t vector) {
  constexpr int kBlock2 = (kBits & 4) != 0 ? 4 : 0;
  constexpr int kBlock1 = kBlock2 + ((kBits & 2) != 0 ? 2 : 0);
  if constexpr (kBits == 8) {
    const VB code = LoadB(chunk + 64 * kQuad, vector);
    if constexpr (kSignedCodes) return Flip<0x80>(code);
    return code;
  } else if constexpr ((kBits & 4) != 0) {
    VB code = Field<4, kQuad % 2 * 4, 0>(LoadB(chunk + 64 * (kQuad / 2), vector));
    if constexpr ((kBits & 2) != 0) {
      const VB block = LoadB(chunk + 64 * (kBlock2 + kQuad / 4), vector);
      code = Or(code, Field<2, kQuad % 4 * 2, 4>(block));
    }
    if constexpr ((kBits & 1) != 0) {
      code = Or(code, Field<1, kQuad, kBlock1>(LoadB(chunk + 64 * kBlock1, vector)));
    }
    return code;
  } else {
    VB code = Field<2, kQuad % 4 * 2, 0>(LoadB(chunk + 64 * (kQuad / 4), vector));
    if constexpr ((kBits & 1) != 0) {
      code = Or(code, Field<1, kQuad, kBlock1>(LoadB(chunk + 64 * kBlock1, vector)));
    }
    return code;
  }
}

// Quads [kQuad, kQuad + 4) of vector i.
template <int kBits, int kQuad>
PAWL_ARM_INLINE void MultiplyVector(const uint8_t* chunk, size_t i, const VX& x, VI& low,
                                    VI& high) {
  MultiplyFour<kBits>(low, high, Quad<kBits, kQuad>(chunk, i), Quad<kBits, kQuad + 1>(chunk, i),
                      Quad<kBits, kQuad + 2>(chunk, i), Quad<kBits, kQuad + 3>(chunk, i), x);
}

// Half a chunk for the kN vectors of a panel.
template <int kBits, int kQuad, size_t kN>
PAWL_ARM_INLINE void MultiplyVectors(const uint8_t* chunk, const int8_t* columns, VI& s0, VI& s1,
                                     VI& s2, VI& s3, VI& s4, VI& s5, VI& s6, VI& s7) {
  const VX x = LoadX(columns + 4 * kQuad);
  MultiplyVector<kBits, kQuad>(chunk, 0, x, s0, s1);
  if constexpr (kN > 1) MultiplyVector<kBits, kQuad>(chunk, 1, x, s2, s3);
  if constexpr (kN > 2) {
    MultiplyVector<kBits, kQuad>(chunk, 2, x, s4, s5);
    MultiplyVector<kBits, kQuad>(chunk, 3, x, s6, s7);
  }
}

template <int kLines>
PAWL_ARM_INLINE void PrefetchLines(const uint8_t* from) {
  Prefetch(from);
  if constexpr (kLines > 1) PrefetchLines<kLines - 1>(from + kCacheLine);
}

// One panel.
template <int kBits, size_t kN>
PAWL_ARM_NOINLINE void OneRow(const PanelMatrix& w, size_t panel, const PanelInput& a, float* out) {
  const uint8_t* chunk = w.codes + panel * w.panel_bytes();
  const int8_t* x = a.codes;
  const size_t length = w.group_quads / 4;
  const size_t all = w.groups * length < 2 * w.chunks ? w.groups * length : 2 * w.chunks;
  Place first, last;
  first.Set(w, panel, 0, kN, chunk, 0);
  last.Set(w, panel, kN > 2 ? 2 : 0, kN, chunk, 0);
  size_t half = 0;
  for (size_t g = 0; half < all; ++g) {
    VI s0 = Zero(), s1 = s0, s2 = s0, s3 = s0, s4 = s0, s5 = s0, s6 = s0, s7 = s0;
    VI s8 = s0, s9 = s0, s10 = s0, s11 = s0, s12 = s0, s13 = s0, s14 = s0, s15 = s0;
    const size_t end = half + length < all ? half + length : all;
    const auto to_next_chunk = [&]() PAWL_ARM_LAMBDA {
      PrefetchLines<kBits>(chunk + kPrefetchBytes);
      chunk += PanelChunkBytes(kBits);
      x += kPanelChunk;
    };
    if (half % 2 != 0) {  // groups of sixteen columns
      MultiplyVectors<kBits, 4, kN>(chunk, x, s0, s1, s2, s3, s4, s5, s6, s7);
      to_next_chunk();
      ++half;
    }
    for (; half + 2 <= end; half += 2) {
      MultiplyVectors<kBits, 0, kN>(chunk, x, s0, s1, s2, s3, s4, s5, s6, s7);
      MultiplyVectors<kBits, 4, kN>(chunk, x, s0, s1, s2, s3, s4, s5, s6, s7);
      to_next_chunk();
    }
    if (half < end) {
      MultiplyVectors<kBits, 0, kN>(chunk, x, s0, s1, s2, s3, s4, s5, s6, s7);
      ++half;
    }
    s0 = Merge(s0, s1), s2 = Merge(s2, s3), s4 = Merge(s4, s5), s6 = Merge(s6, s7);
    s1 = s0;  // as Place has it
    if constexpr (kN > 1) s1 = s2;
    FinishGroup<1>(w, a, first, g, 0, out, 0, PAWL_SUMS);
    if constexpr (kN > 2) {
      s0 = s4, s1 = s6;
      FinishGroup<1>(w, a, last, g, 0, out, 0, PAWL_SUMS);
    }
  }
}

template <size_t kN>
PAWL_ARM_ATTR void OneRowOfPanels(const PanelMatrix& w, size_t begin, size_t end,
                                  const PanelInput& a, float* out) {
  for (size_t panel = begin; panel < end; ++panel, out += kPanelRows) {
    switch (w.bits) {
      case 2:
        OneRow<2, kN>(w, panel, a, out);
        break;
      case 3:
        OneRow<3, kN>(w, panel, a, out);
        break;
      case 4:
        OneRow<4, kN>(w, panel, a, out);
        break;
      case 5:
        OneRow<5, kN>(w, panel, a, out);
        break;
      case 6:
        OneRow<6, kN>(w, panel, a, out);
        break;
      default:
        OneRow<8, kN>(w, panel, a, out);
    }
  }
}
