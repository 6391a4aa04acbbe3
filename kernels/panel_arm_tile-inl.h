// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// Products with many rows of activations on arm64. Part of panel_arm-inl.h.

// Adds sixteen columns of kM rows, from x on, to the sums; matrix products take paired rows.
#if PAWL_ARM_I8MM
template <size_t kM, int kUsed>
PAWL_ARM_INLINE void MultiplyHalf(const uint8_t* const (&w)[2], const int8_t* x, size_t,
                                  PAWL_SUM_PARAMS) {
  const VB a0 = LoadB(w[0]), a1 = LoadB(w[0], 1);
  const VB b0 = LoadB(w[1]), b1 = LoadB(w[1], 1);
  const VB c0 = LoadB(w[0] + 128), c1 = LoadB(w[0] + 128, 1);
  const VB d0 = LoadB(w[1] + 128), d1 = LoadB(w[1] + 128, 1);
  const auto multiply = [&](size_t i, VI& p, VI& q, VI& r, VI& s) PAWL_ARM_LAMBDA {
    const VX low = LoadX(x + 32 * i), high = LoadX(x + 32 * i + 16);
    p = MatrixMultiply(p, a0, low), q = MatrixMultiply(q, a1, low);
    r = MatrixMultiply(r, b0, low), s = MatrixMultiply(s, b1, low);
    p = MatrixMultiply(p, c0, high), q = MatrixMultiply(q, c1, high);
    r = MatrixMultiply(r, d0, high), s = MatrixMultiply(s, d1, high);
    Settle(p, q), Settle(r, s);
  };
  EachFour<(kM + 1) / 2>(multiply, PAWL_SUMS);
}

// From two by two to sums by rows.
template <size_t kM>
PAWL_ARM_INLINE void Arrange(PAWL_SUM_PARAMS) {
  const auto arrange = [&](size_t, VI& p, VI& q, VI& r, VI& s) PAWL_ARM_LAMBDA {
    const VI even0 = EvenLanes(p, q), odd0 = OddLanes(p, q);
    const VI even1 = EvenLanes(r, s), odd1 = OddLanes(r, s);
    p = even0, q = even1, r = odd0, s = odd1;
  };
  EachFour<(kM + 1) / 2>(arrange, PAWL_SUMS);
}
#else
template <size_t kM, int kUsed>
PAWL_ARM_INLINE void MultiplyHalf(const uint8_t* const (&w)[2], const int8_t* x, size_t stride,
                                  PAWL_SUM_PARAMS) {
  const VB a0 = LoadB(w[0]), a1 = LoadB(w[0] + 64), a2 = LoadB(w[0] + 128), a3 = LoadB(w[0] + 192);
  const VB b0 = LoadB(w[1]), b1 = LoadB(w[1] + 64), b2 = LoadB(w[1] + 128), b3 = LoadB(w[1] + 192);
  const auto of_row = [&](size_t m, VI& p, VI& q) PAWL_ARM_LAMBDA {
    const VX codes = LoadX(x + m * stride);
    MultiplyFour<kUsed>(p, p, a0, a1, a2, a3, codes);
    MultiplyFour<kUsed>(q, q, b0, b1, b2, b3, codes);
    Settle(p, q);
  };
  const auto of_sums = [&](size_t m, VI& p, VI& q, VI& r, VI& s) PAWL_ARM_LAMBDA {
    const VX codes = LoadX(x + m * stride);
    MultiplyFour<kUsed>(p, q, a0, a1, a2, a3, codes);
    Settle(p, q);
    MultiplyFour<kUsed>(r, s, b0, b1, b2, b3, codes);
    Settle(r, s);
  };
  if constexpr (kTwoSums) {
    EachFour<kM>(of_sums, PAWL_SUMS);
  } else {
    EachRow<kM>(of_row, PAWL_SUMS);
  }
}

template <size_t kM>
PAWL_ARM_INLINE void Arrange([[maybe_unused]] PAWL_SUM_PARAMS) {
  if constexpr (kTwoSums) {
    s0 = Merge(s0, s1), s1 = Merge(s2, s3);
    if constexpr (kM > 1) s2 = Merge(s4, s5), s3 = Merge(s6, s7);
    if constexpr (kM > 2) {
      s4 = Merge(s8, s9), s5 = Merge(s10, s11), s6 = Merge(s12, s13), s7 = Merge(s14, s15);
    }
  }
}
#endif  // PAWL_ARM_I8MM

// Columns at hand, in halves of a chunk.
struct Columns {
  size_t begin;
  size_t end;
  size_t all;
};

// Rows of activations at hand: sixteen columns after sixteen columns.
struct Rows {
  const int8_t* x;
  size_t stride;
  size_t step;
  size_t first;
};

// kM rows by two vectors. Where there is one group only, sums go on from block to block in `out`.
template <size_t kM, int kUsed>
PAWL_ARM_NOINLINE void RunTile(const PanelMatrix& w, const PanelInput& a, const Place& at,
                               const Columns& columns, const Rows& rows, float* out,
                               size_t out_stride) {
  const uint8_t* codes[2] = {at.codes[0], at.codes[1]};
  const int8_t* x = rows.x;
  const size_t length = w.group_quads / 4, stride = rows.stride, step = rows.step;
  float* const to = out + rows.first * out_stride;
  float *const out0 = to + at.columns[0], *const out1 = to + at.columns[1];
  for (size_t half = columns.begin; half < columns.end;) {
    VI s0 = Zero(), s1 = s0, s2 = s0, s3 = s0, s4 = s0, s5 = s0, s6 = s0, s7 = s0;
    VI s8 = s0, s9 = s0, s10 = s0, s11 = s0, s12 = s0, s13 = s0, s14 = s0, s15 = s0;
    const bool goes_on = w.groups == 1 && columns.begin > 0;
    const size_t g = w.groups == 1 ? 0 : half / length;
    const size_t end = w.groups > 1 && half + length < columns.end ? half + length : columns.end;
    do {
      MultiplyHalf<kM, kUsed>(codes, x, stride, PAWL_SUMS);
      codes[0] += kHalfBytes;
      codes[1] += kHalfBytes;
      x += step;
    } while (++half < end);
    Arrange<kM>(PAWL_SUMS);
    if (goes_on) {
      const auto add = [&](size_t m, VI& p, VI& q) PAWL_ARM_LAMBDA {
        p = Add(p, FloatToBits(Load(out0 + m * out_stride)));
        q = Add(q, FloatToBits(Load(out1 + m * out_stride)));
      };
      EachRow<kM>(add, PAWL_SUMS);
    }
    if (w.groups == 1 && columns.end < columns.all) {
      StoreSums<kM>(at, to, out_stride, PAWL_SUMS);
    } else {
      FinishGroup<kM>(w, a, at, g, rows.first, to, out_stride, PAWL_SUMS);
    }
  }
}

// A block of columns of one or two panels, decoded.
struct Block {
  Columns columns;
  Place places[4];
  size_t count;
};

// Rows [row, row + kM).
template <size_t kM, int kUsed>
PAWL_ARM_INLINE void RunRows(const PanelMatrix& w, const PanelInput& a, const Block& block,
                             size_t row, float* out, size_t out_stride) {
  Rows rows{a.codes + row * a.stride + 16 * block.columns.begin, a.stride, 16, row};
  alignas(64) int8_t pairs[kMatrices ? 16 * kTileM * kBlockHalves : 1];
  if constexpr (kMatrices) {
    PairArmRows(rows.x, a.stride, kM, block.columns.end - block.columns.begin, pairs);
    rows = {pairs, 0, 32 * ((kM + 1) / 2), row};
  }
  for (size_t i = 0; i < block.count; ++i) {
    RunTile<kM, kUsed>(w, a, block.places[i], block.columns, rows, out, out_stride);
  }
}

template <int kUsed>
PAWL_ARM_NOINLINE void RunBlock(const PanelMatrix& w, const PanelInput& a, const Block& block,
                                float* out, size_t stride) {
  size_t m = 0;
  if constexpr (kTileM == 8) {
    for (; m + 8 <= a.rows; m += 8) RunRows<8, kUsed>(w, a, block, m, out, stride);
  }
  for (; m + 4 <= a.rows; m += 4) RunRows<4, kUsed>(w, a, block, m, out, stride);
  if (m + 2 <= a.rows) {
    RunRows<2, kUsed>(w, a, block, m, out, stride);
    m += 2;
  }
  if (m < a.rows) RunRows<1, kUsed>(w, a, block, m, out, stride);
}

// Two panels at most.
PAWL_ARM_ATTR void ManyRows(const PanelMatrix& w, size_t panel, size_t panels, const PanelInput& a,
                            float* out, size_t stride) {
  constexpr ArmOrder kOrder = kMatrices ? ArmOrder::kRowPairs : ArmOrder::kQuads;
  const bool bytes = w.code_bits() == 8;
  const auto flip = static_cast<uint8_t>(Shift(bytes));
  const size_t length = w.group_quads / 4;
  const size_t all = w.groups * length < 2 * w.chunks ? w.groups * length : 2 * w.chunks;
  size_t step = kBlockHalves;  // whole groups
  if (w.groups > 1) step = length < kBlockHalves ? kBlockHalves / length * length : length;
  const size_t vectors = panels * Parts();
  for (size_t half = 0; half < all; half += step) {
    Block block;
    block.columns = {half, half + step < all ? half + step : all, all};
    const size_t begin = half / 2, end = (block.columns.end + 1) / 2;
    const size_t decoded_panel = (end - begin) * PanelChunkBytes(8);
    for (size_t p = 0; p < panels; ++p) {
      DecodeArmPanel(w, panel + p, begin, end, kOrder, flip, a.scratch + p * decoded_panel);
    }
    block.count = (vectors + 1) / 2;
    for (size_t i = 0; i < block.count; ++i) {
      block.places[i].Set(w, panel, 2 * i, vectors, a.scratch, decoded_panel);
    }
    if (kTwoSums && !bytes) {
      RunBlock<6>(w, a, block, out, stride);
    } else {
      RunBlock<8>(w, a, block, out, stride);
    }
  }
}
