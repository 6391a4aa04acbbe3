// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// Matrix products, for one target. matmul.h has the definitions.
//
// Integer products; matmul_f32-inl.h has the float ones. Tiles of kM rows of a by kN rows of w
// share their loads.

#if defined(PAWL_KERNELS_MATMUL_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef PAWL_KERNELS_MATMUL_INL_H_
#undef PAWL_KERNELS_MATMUL_INL_H_
#else
#define PAWL_KERNELS_MATMUL_INL_H_
#endif

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <type_traits>

#include "hwy/highway.h"
#include "kernels/matmul.h"

#undef PAWL_HAVE_VNNI
#if HWY_ARCH_X86 && HWY_TARGET <= HWY_AVX3_DL
#define PAWL_HAVE_VNNI 1
#else
#define PAWL_HAVE_VNNI 0
#endif

HWY_BEFORE_NAMESPACE();
namespace pawl::kernels {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

using MatMulD32 = hn::ScalableTag<int32_t>;
using MatMulD16 = hn::ScalableTag<int16_t>;
using MatMulD8 = hn::ScalableTag<int8_t>;
using MatMulV32 = hn::Vec<MatMulD32>;

// AVX-512 has 32 registers.
constexpr size_t kTileM = HWY_MAX_BYTES >= 64 ? 4 : 2;
constexpr size_t kTileN = 4;

// ---- int8 ---------------------------------------------------------------------------------------

#if PAWL_HAVE_VNNI
// dpbusd multiplies unsigned by signed: a + 128 stands for a signed a, and 128 * sum(w), which the
// tile computes too, is taken off at the end.
constexpr size_t kStep8 = HWY_MAX_LANES_D(MatMulD8);
using MatMulVA = hn::Vec<hn::RebindToUnsigned<MatMulD8>>;
using MatMulVW = hn::Vec<MatMulD8>;

HWY_INLINE MatMulVA LoadA8(const int8_t* a, size_t count) {
  const MatMulD8 d8;
  const hn::RebindToUnsigned<MatMulD8> du8;
  const auto v = count == kStep8 ? hn::LoadU(d8, a) : hn::LoadN(d8, a, count);
  return hn::Xor(hn::BitCast(du8, v), hn::Set(du8, uint8_t{0x80}));
}
HWY_INLINE MatMulVA LoadA8(const uint8_t* a, size_t count) {
  const hn::RebindToUnsigned<MatMulD8> du8;
  return count == kStep8 ? hn::LoadU(du8, a) : hn::LoadN(du8, a, count);
}
HWY_INLINE MatMulVW LoadW8(const int8_t* w, size_t count) {
  const MatMulD8 d8;
  return count == kStep8 ? hn::LoadU(d8, w) : hn::LoadN(d8, w, count);
}
HWY_INLINE MatMulV32 MulAdd8(MatMulVA a, MatMulVW w, MatMulV32 sum) {
  return hn::SumOfMulQuadAccumulate(MatMulD32(), a, w, sum);
}
#else
// Widened to 16 bits, where the sum of two products is exact.
constexpr size_t kStep8 = HWY_MAX_LANES_D(MatMulD16);
using MatMulVA = hn::Vec<MatMulD16>;
using MatMulVW = hn::Vec<MatMulD16>;

template <class T>
HWY_INLINE MatMulVA LoadA8(const T* a, size_t count) {
  const hn::Rebind<T, MatMulD16> d8;
  return hn::PromoteTo(MatMulD16(), count == kStep8 ? hn::LoadU(d8, a) : hn::LoadN(d8, a, count));
}
HWY_INLINE MatMulVW LoadW8(const int8_t* w, size_t count) { return LoadA8(w, count); }
HWY_INLINE MatMulV32 MulAdd8(MatMulVA a, MatMulVW w, MatMulV32 sum) {
  return hn::Add(sum, hn::WidenMulPairwiseAdd(MatMulD32(), a, w));
}
#endif  // PAWL_HAVE_VNNI

template <class A, size_t kM, size_t kN>
struct Sums8 {
  static constexpr bool kCorrect = PAWL_HAVE_VNNI && std::is_signed_v<A>;
  MatMulV32 sums[kM][kN];
  MatMulV32 corrections[kCorrect ? kN : 1];
};

template <class A, size_t kM, size_t kN>
HWY_INLINE void Step8(const A* a, const int8_t* w, const MatMulShape& shape, size_t count,
                      Sums8<A, kM, kN>& t) {
  MatMulVW vw[kN];
  PAWL_UNROLL
  for (size_t n = 0; n < kN; ++n) vw[n] = LoadW8(w + n * shape.w_stride, count);
#if PAWL_HAVE_VNNI
  if constexpr (Sums8<A, kM, kN>::kCorrect) {
    const auto bias = hn::Set(hn::RebindToUnsigned<MatMulD8>(), uint8_t{128});
    PAWL_UNROLL
    for (size_t n = 0; n < kN; ++n) t.corrections[n] = MulAdd8(bias, vw[n], t.corrections[n]);
  }
#endif
  PAWL_UNROLL
  for (size_t m = 0; m < kM; ++m) {
    const MatMulVA va = LoadA8(a + m * shape.a_stride, count);
    PAWL_UNROLL
    for (size_t n = 0; n < kN; ++n) t.sums[m][n] = MulAdd8(va, vw[n], t.sums[m][n]);
  }
}

template <class A, size_t kM, size_t kN>
HWY_NOINLINE void Tile(const A* a, const int8_t* w, const MatMulShape& shape, int32_t* out) {
  const MatMulD32 d32;
  Sums8<A, kM, kN> t;
  PAWL_UNROLL
  for (size_t n = 0; n < kN; ++n) {
    if constexpr (Sums8<A, kM, kN>::kCorrect) t.corrections[n] = hn::Zero(d32);
    PAWL_UNROLL
    for (size_t m = 0; m < kM; ++m) t.sums[m][n] = hn::Zero(d32);
  }
  size_t k = 0;
  for (; k + kStep8 <= shape.k; k += kStep8) {
    Step8<A, kM, kN>(a + k, w + k, shape, kStep8, t);
  }
  if (k < shape.k) Step8<A, kM, kN>(a + k, w + k, shape, shape.k - k, t);
  PAWL_UNROLL
  for (size_t m = 0; m < kM; ++m) {
    PAWL_UNROLL
    for (size_t n = 0; n < kN; ++n) {
      auto sum = t.sums[m][n];
      if constexpr (Sums8<A, kM, kN>::kCorrect) sum = hn::Sub(sum, t.corrections[n]);
      out[m * shape.out_stride + n] = hn::ReduceSum(d32, sum);
    }
  }
}

// ---- int16 by int8 ------------------------------------------------------------------------------

// Adds up to kBlock16 steps in 32 bits: each adds at most 2 * 2^15 * 2^7 to a lane.
constexpr size_t kStep16 = HWY_MAX_LANES_D(MatMulD16);
constexpr size_t kBlock16 = 128 * kStep16;

template <class A, size_t kM, size_t kN>
HWY_NOINLINE void Tile(const int16_t* a, const int8_t* w, const MatMulShape& shape, int64_t* out) {
  const MatMulD16 d16;
  const MatMulD32 d32;
  const hn::Rebind<int8_t, MatMulD16> d8;
  static_assert(kM == 1);
  int64_t totals[kN] = {};
  for (size_t begin = 0; begin < shape.k; begin += kBlock16) {
    const size_t end = std::min(shape.k, begin + kBlock16);
    MatMulV32 sums[kN];
    PAWL_UNROLL
    for (size_t n = 0; n < kN; ++n) sums[n] = hn::Zero(d32);
    for (size_t k = begin; k < end; k += kStep16) {
      const size_t count = std::min(kStep16, end - k);
      const auto va = hn::LoadN(d16, a + k, count);
      PAWL_UNROLL
      for (size_t n = 0; n < kN; ++n) {
        const auto vw = hn::PromoteTo(d16, hn::LoadN(d8, w + n * shape.w_stride + k, count));
        sums[n] = hn::Add(sums[n], hn::WidenMulPairwiseAdd(d32, va, vw));
      }
    }
    PAWL_UNROLL
    for (size_t n = 0; n < kN; ++n) {
      const hn::Repartition<int64_t, MatMulD32> d64;
      const auto wide = hn::Add(hn::PromoteLowerTo(d64, sums[n]), hn::PromoteUpperTo(d64, sums[n]));
      totals[n] += hn::ReduceSum(d64, wide);
    }
  }
  for (size_t n = 0; n < kN; ++n) out[n] = totals[n];
}

// ---- all outputs --------------------------------------------------------------------------------

template <size_t kN, size_t kM, class A, class W, class Out>
HWY_INLINE void Rows(const A* a, const W* w, const MatMulShape& shape, Out* out) {
  size_t m = 0;
  for (; m + kM <= shape.m; m += kM) {
    Tile<A, kM, kN>(a + m * shape.a_stride, w, shape, out + m * shape.out_stride);
  }
  if constexpr (kM > 1) {
    for (; m < shape.m; ++m) {
      Tile<A, 1, kN>(a + m * shape.a_stride, w, shape, out + m * shape.out_stride);
    }
  }
}

template <size_t kM, size_t kN, class A, class W, class Out>
HWY_INLINE void MatMul(const A* a, const W* w, const MatMulShape& shape, Out* out) {
  size_t n = 0;
  for (; n + kN <= shape.n; n += kN) Rows<kN, kM>(a, w + n * shape.w_stride, shape, out + n);
  for (; n < shape.n; ++n) Rows<1, kM>(a, w + n * shape.w_stride, shape, out + n);
}

void MatMulI8(const int8_t* a, const int8_t* w, const MatMulShape& shape, int32_t* out) {
  PAWL_SSE2_RUNS(MatMulI8(a, w, shape, out));
  MatMul<kTileM, kTileN>(a, w, shape, out);
}

void MatMulU8I8(const uint8_t* a, const int8_t* w, const MatMulShape& shape, int32_t* out) {
  PAWL_SSE2_RUNS(MatMulU8I8(a, w, shape, out));
  MatMul<kTileM, kTileN>(a, w, shape, out);
}

void MatMulI16I8(const int16_t* a, const int8_t* w, const MatMulShape& shape, int64_t* out) {
  PAWL_SSE2_RUNS(MatMulI16I8(a, w, shape, out));
  MatMul<1, kTileN>(a, w, shape, out);
}

void RowSumI8(const int8_t* w, size_t rows, size_t cols, size_t stride, int32_t* sums) {
  const MatMulD16 d16;
  const MatMulD32 d32;
  const hn::Rebind<int8_t, MatMulD16> d8;
  const auto ones = hn::Set(d16, int16_t{1});
  for (size_t r = 0; r < rows; ++r, w += stride) {
    auto sum = hn::Zero(d32);
    for (size_t c = 0; c < cols; c += kStep16) {
      const auto v = hn::PromoteTo(d16, hn::LoadN(d8, w + c, std::min(kStep16, cols - c)));
      sum = hn::Add(sum, hn::WidenMulPairwiseAdd(d32, v, ones));
    }
    sums[r] = hn::ReduceSum(d32, sum);
  }
}

// NOLINTNEXTLINE(google-readability-namespace-comments)
}  // namespace HWY_NAMESPACE
}  // namespace pawl::kernels
HWY_AFTER_NAMESPACE();

#endif  // per-target include guard
