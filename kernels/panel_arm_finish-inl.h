// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// From the sums of a group to values, on arm64, and what a tile is made of. Part of
// panel_arm-inl.h.

constexpr bool kMatrices = PAWL_ARM_I8MM != 0;
constexpr bool kSignedCodes = PAWL_ARM_I8MM == 0;  // codes of 8 bits lose 128
constexpr bool kTwoSums = PAWL_ARM_DOT == 0;       // a vector's sums are in two variables
constexpr size_t kTileM = kTwoSums ? 4 : 8;
constexpr size_t kHalfBytes = PanelChunkBytes(8) / 2;
constexpr size_t kBlockHalves = 64;  // 1024 columns, whose codes take 16 KB a panel

#define PAWL_SUM_PARAMS                                                                    \
  VI &s0, VI &s1, VI &s2, VI &s3, VI &s4, VI &s5, VI &s6, VI &s7, VI &s8, VI &s9, VI &s10, \
      VI &s11, VI &s12, VI &s13, VI &s14, VI &s15
#define PAWL_SUMS s0, s1, s2, s3, s4, s5, s6, s7, s8, s9, s10, s11, s12, s13, s14, s15

// fn(row, its two sums).
template <size_t kM, class Fn>
PAWL_ARM_INLINE void EachRow(const Fn& fn, PAWL_SUM_PARAMS) {
  fn(0, s0, s1);
  if constexpr (kM > 1) fn(1, s2, s3);
  if constexpr (kM > 2) fn(2, s4, s5), fn(3, s6, s7);
  if constexpr (kM > 4) fn(4, s8, s9), fn(5, s10, s11), fn(6, s12, s13), fn(7, s14, s15);
}

// fn(i, four sums) for each two rows, or for each of up to four where a vector has two sums.
template <size_t kCount, class Fn>
PAWL_ARM_INLINE void EachFour(const Fn& fn, PAWL_SUM_PARAMS) {
  fn(0, s0, s1, s2, s3);
  if constexpr (kCount > 1) fn(1, s4, s5, s6, s7);
  if constexpr (kCount > 2) fn(2, s8, s9, s10, s11), fn(3, s12, s13, s14, s15);
}

// ---- parameters ---------------------------------------------------------------------------------

// The two vectors of panel rows at hand.
struct Place {
  const uint8_t* codes[2];
  size_t params[2];  // where group 0's are
  size_t supers[2];
  size_t columns[2];  // of the output

  // Vectors [first, first + 2) of `count`, whose panels are `first_panel` and the next; one past
  // the end is the last again.
  PAWL_ARM_INLINE void Set(const PanelMatrix& w, size_t first_panel, size_t first, size_t count,
                           const uint8_t* decoded, size_t decoded_panel) {
    const size_t parts = Parts(), lanes = kPanelRows / parts;
    for (size_t i = 0; i < 2; ++i) {
      const size_t vector = first + i < count ? first + i : count - 1;
      const size_t panel = first_panel + vector / parts, part = vector % parts;
      const size_t bytes = (kMatrices ? 8 : 4) * lanes;  // of a vector's codes, one after another
      codes[i] = decoded + vector / parts * decoded_panel + part * bytes;
      params[i] = panel * w.groups * kPanelRows + part * lanes;
      supers[i] = panel * w.supers * kPanelRows + part * lanes;
      columns[i] = vector * lanes;
    }
  }
};

// Scales or minimums of a vector of rows at `at` in group g.
PAWL_ARM_INLINE VF LoadParam(const PanelMatrix& w, const void* params, const uint16_t* supers,
                             int32_t bias, size_t at, size_t super, size_t g) {
  at += g * kPanelRows;
  if (w.super_shift >= 0) {
    const VI bytes = LoadBytes(static_cast<const uint8_t*>(params) + at);
    const VF numbers = ToFloat(Subtract(bytes, Set(bias)));
    return Multiply(LoadHalves(supers + super + (g >> w.super_shift) * kPanelRows), numbers);
  }
  if (w.half_scales) return LoadHalves(static_cast<const uint16_t*>(params) + at);
  return Load(static_cast<const float*>(params) + at);
}

PAWL_ARM_INLINE VF LoadScales(const PanelMatrix& w, const Place& at, size_t i, size_t g) {
  return LoadParam(w, w.scales, w.super_scales, w.scale_bias, at.params[i], at.supers[i], g);
}

PAWL_ARM_INLINE VF LoadMinimums(const PanelMatrix& w, const Place& at, size_t i, size_t g) {
  if (w.minimums == nullptr) return ZeroF();
  return LoadParam(w, w.minimums, w.super_minimums, w.minimum_bias, at.params[i], at.supers[i], g);
}

// What the sums' codes have that the definition's do not.
PAWL_ARM_INLINE int32_t Shift(bool bytes) { return kSignedCodes && bytes ? 128 : 0; }

PAWL_ARM_INLINE VI LoadZeros(const PanelMatrix& w, int32_t shift, size_t at) {
  if (w.zeros == nullptr) return Set(w.zero - shift);
  return Subtract(LoadBytes(w.zeros + at), Set(shift));
}

PAWL_ARM_INLINE VF AddTo(VF value, VF scale, VI sum) {
  return MultiplyAdd(scale, ToFloat(sum), value);
}

// Sums by rows of group g to A of them.
template <size_t kM>
PAWL_ARM_INLINE void ToExact(const PanelMatrix& w, const PanelInput& a, const Place& at, size_t g,
                             size_t row, PAWL_SUM_PARAMS) {
  const int32_t shift = Shift(w.code_bits() == 8);
  const size_t p0 = at.params[0] + g * kPanelRows, p1 = at.params[1] + g * kPanelRows;
  if (w.zeros != nullptr || w.zero != shift) {
    const VI zero0 = LoadZeros(w, shift, p0), zero1 = LoadZeros(w, shift, p1);
    const auto subtract = [&](size_t m, VI& x, VI& y) PAWL_ARM_LAMBDA {
      const VI sum = Set(a.sums[(row + m) * w.groups + g]);
      x = SubtractProduct(zero0, sum, x), y = SubtractProduct(zero1, sum, y);
    };
    EachRow<kM>(subtract, PAWL_SUMS);
  }
  if (w.offsets != nullptr) {
    const VI offset0 = Load(w.offsets + p0), offset1 = Load(w.offsets + p1);
    const auto subtract = [&](size_t, VI& x, VI& y) PAWL_ARM_LAMBDA {
      x = Subtract(x, offset0), y = Subtract(y, offset1);
    };
    EachRow<kM>(subtract, PAWL_SUMS);
  }
}

template <size_t kM>
PAWL_ARM_INLINE void StoreSums(const Place& at, float* out, size_t stride, PAWL_SUM_PARAMS) {
  float *const out0 = out + at.columns[0], *const out1 = out + at.columns[1];
  const auto store = [&](size_t m, VI& x, VI& y) PAWL_ARM_LAMBDA {
    Store(BitsToFloat(x), out0 + m * stride), Store(BitsToFloat(y), out1 + m * stride);
  };
  EachRow<kM>(store, PAWL_SUMS);
}

// Values of `out`, from zero in the first group, with A of group g.
template <size_t kM>
PAWL_ARM_INLINE void AddValues(const PanelMatrix& w, const PanelInput& a, const Place& at, size_t g,
                               size_t row, float* out, size_t stride, PAWL_SUM_PARAMS) {
  float *const out0 = out + at.columns[0], *const out1 = out + at.columns[1];
  const VF scale0 = LoadScales(w, at, 0, g), scale1 = LoadScales(w, at, 1, g);
  if (a.factors == nullptr && w.minimums == nullptr) {
    const auto add = [&](size_t m, VI& x, VI& y) PAWL_ARM_LAMBDA {
      float *const v0 = out0 + m * stride, *const v1 = out1 + m * stride;
      const VF x0 = AddTo(g == 0 ? ZeroF() : Load(v0), scale0, x);
      const VF y0 = AddTo(g == 0 ? ZeroF() : Load(v1), scale1, y);
      Store(x0, v0), Store(y0, v1);
    };
    return EachRow<kM>(add, PAWL_SUMS);
  }
  const VF minimum0 = LoadMinimums(w, at, 0, g), minimum1 = LoadMinimums(w, at, 1, g);
  const auto add = [&](size_t m, VI& x, VI& y) PAWL_ARM_LAMBDA {
    const size_t of_row = (row + m) * w.groups + g;
    float *const v0 = out0 + m * stride, *const v1 = out1 + m * stride;
    const VF factor = SetF(a.factors != nullptr ? a.factors[of_row] : 1.0f);
    VF x0 = AddTo(g == 0 ? ZeroF() : Load(v0), Multiply(scale0, factor), x);
    VF y0 = AddTo(g == 0 ? ZeroF() : Load(v1), Multiply(scale1, factor), y);
    if (w.minimums != nullptr) {
      const VF shifted = SetF(a.shifted[of_row]);
      x0 = MultiplySubtract(Multiply(minimum0, factor), shifted, x0);
      y0 = MultiplySubtract(Multiply(minimum1, factor), shifted, y0);
    }
    Store(x0, v0), Store(y0, v1);
  };
  EachRow<kM>(add, PAWL_SUMS);
}

// Group g of rows [row, row + kM), whose sums are by rows, into `out`, the first row's.
template <size_t kM>
PAWL_ARM_INLINE void FinishGroup(const PanelMatrix& w, const PanelInput& a, const Place& at,
                                 size_t g, size_t row, float* out, size_t stride, PAWL_SUM_PARAMS) {
  ToExact<kM>(w, a, at, g, row, PAWL_SUMS);
  if (w.scales == nullptr) {  // A itself is wanted
    StoreSums<kM>(at, out, stride, PAWL_SUMS);
  } else {
    AddValues<kM>(w, a, at, g, row, out, stride, PAWL_SUMS);
  }
}
