// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// Float products in the order of 16 lanes, for one target. matmul.h and matmul_f32.h define them.
//
// Lanes run along k as the weights do, so nothing is transposed. A register holds kLanesF of an
// output's 16 lanes; the others are as independent as other outputs are, so a tile takes them in
// turn, and has registers for more outputs: 3 x 4 of them on AVX2, 7 loads for 12 multiply-adds.

#if defined(PAWL_KERNELS_MATMUL_F32_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef PAWL_KERNELS_MATMUL_F32_INL_H_
#undef PAWL_KERNELS_MATMUL_F32_INL_H_
#else
#define PAWL_KERNELS_MATMUL_F32_INL_H_
#endif

#include <algorithm>
#include <cstddef>
#include <cstring>

#include "hwy/highway.h"
#include "kernels/matmul_f32.h"
#include "kernels/prefetch.h"

HWY_BEFORE_NAMESPACE();
namespace pawl::kernels {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

#if HWY_NATIVE_FMA
using LaneD = hn::CappedTag<float, kLaneSums>;
using LaneV = hn::Vec<LaneD>;
constexpr size_t kLanesF = HWY_MAX_LANES_D(LaneD);
constexpr size_t kPartsF = kLaneSums / kLanesF;

// AVX-512 and NEON have 32 registers.
#if HWY_ARCH_X86 && HWY_MAX_BYTES < 64
constexpr size_t kLaneTileM = 3;
#else
constexpr size_t kLaneTileM = 6;
#endif
constexpr size_t kLaneTileN = 4;
// Parts that a tile takes at once where it has few outputs: eight sums hide the latency.
constexpr size_t kTwoParts = kPartsF < 2 ? kPartsF : 2;

// Adds the products of kLanesF columns from k on; with kFull false only the first `count` lanes
// take part.
template <size_t kM, size_t kN, size_t kP, bool kFull>
HWY_INLINE void LaneStep(const float* a, const float* w, const MatMulShape& shape, size_t part,
                         size_t count, LaneV (&sums)[kP][kM][kN]) {
  const LaneD d;
  PAWL_UNROLL
  for (size_t p = 0; p < kP; ++p) {
    const size_t begin = (part + p) * kLanesF;
    const size_t here = kFull ? kLanesF : std::min(kLanesF, count - std::min(count, begin));
    const auto exists = hn::FirstN(d, here);
    const auto load = [&](const float* from) HWY_ATTR {
      if constexpr (kFull) return hn::LoadU(d, from + begin);
#if HWY_ARCH_X86
      // vmaskmovps and the masks of AVX-512 do not touch what they leave out.
      return hn::MaskedLoad(exists, d, from + begin);
#else
      return hn::LoadN(d, from + begin, here);
#endif
    };
    LaneV va[kM];
    PAWL_UNROLL
    for (size_t m = 0; m < kM; ++m) va[m] = load(a + m * shape.a_stride);
    PAWL_UNROLL
    for (size_t n = 0; n < kN; ++n) {
      const LaneV vw = load(w + n * shape.w_stride);
      PAWL_UNROLL
      for (size_t m = 0; m < kM; ++m) {
        const LaneV sum = hn::MulAdd(va[m], vw, sums[p][m][n]);
        sums[p][m][n] = kFull ? sum : hn::IfThenElse(exists, sum, sums[p][m][n]);
      }
    }
  }
}

// Pieces of rows are too short for a hardware prefetcher: a tile brings closer what comes after it,
// a line of one row (two with AVX-512) for each 16 columns.
constexpr size_t kAheadPerPass = HWY_MAX_BYTES >= 64 ? 2 : 1;
constexpr size_t kAhead = kRowsF32 / kLaneTileN * kPartsF * kAheadPerPass;
using Ahead = const float* [kAhead];

// kM rows of a by kN rows of w, kP parts of the lanes at a time.
template <size_t kM, size_t kN, size_t kP>
HWY_NOINLINE void LaneTile(const float* a, const float* w, const MatMulShape& shape, bool first,
                           const float* const* ahead, float* lanes) {
  const LaneD d;
  for (size_t part = 0; part < kPartsF; part += kP) {
    LaneV sums[kP][kM][kN];
    const auto for_sums = [&](const auto& fn) HWY_ATTR {
      PAWL_UNROLL
      for (size_t p = 0; p < kP; ++p) {
        PAWL_UNROLL
        for (size_t m = 0; m < kM; ++m) {
          PAWL_UNROLL
          for (size_t n = 0; n < kN; ++n) {
            fn(sums[p][m][n], lanes + m * shape.out_stride + n * kLaneSums + (part + p) * kLanesF);
          }
        }
      }
    };
    for_sums([&](LaneV& sum, const float* at)
                 HWY_ATTR { sum = first ? hn::Zero(d) : hn::LoadU(d, at); });
    size_t k = 0;
    for (; k + kLaneSums <= shape.k; k += kLaneSums) {
      LaneStep<kM, kN, kP, true>(a + k, w + k, shape, part, kLaneSums, sums);
      if constexpr (kM == kLaneTileM && kN == kLaneTileN) {
        PAWL_UNROLL
        for (size_t i = 0; i < kAheadPerPass; ++i) {
          hwy::Prefetch(ahead[part * kAheadPerPass + i] + k);
        }
      }
    }
    if (k < shape.k) {
      LaneStep<kM, kN, kP, false>(a + k, w + k, shape, part, shape.k - k, sums);
    }
    for_sums([&](const LaneV& sum, float* at) HWY_ATTR { hn::StoreU(sum, d, at); });
  }
}

template <size_t kN>
HWY_INLINE void LaneRows(const float* a, const float* w, const MatMulShape& shape, bool first,
                         const float* const* ahead, float* lanes) {
  constexpr size_t kP = kN == 1 ? kTwoParts : 1;
  size_t m = 0;
  for (; m + kLaneTileM <= shape.m; m += kLaneTileM) {
    LaneTile<kLaneTileM, kN, kP>(a + m * shape.a_stride, w, shape, first, ahead,
                                 lanes + m * shape.out_stride);
  }
  for (; m + 2 <= shape.m; m += 2) {
    LaneTile<2, kN, kP>(a + m * shape.a_stride, w, shape, first, ahead,
                        lanes + m * shape.out_stride);
  }
  if (m < shape.m) {
    LaneTile<1, kN, kTwoParts>(a + m * shape.a_stride, w, shape, first, ahead,
                               lanes + m * shape.out_stride);
  }
}

// At most kLaneTileM rows of a by all of a piece of w, which the first-level cache keeps.
HWY_NOINLINE void AddRows(const float* a, const float* w, const MatMulShape& shape, bool first,
                          const Ahead& ahead, float* lanes) {
  size_t n = 0, slot = 0;
  for (; n + kLaneTileN <= shape.n; n += kLaneTileN) {
    LaneRows<kLaneTileN>(a, w + n * shape.w_stride, shape, first, ahead + slot,
                         lanes + n * kLaneSums);
    slot = (slot + kPartsF * kAheadPerPass) % kAhead;
  }
  for (; n < shape.n; ++n) {
    LaneRows<1>(a, w + n * shape.w_stride, shape, first, ahead, lanes + n * kLaneSums);
  }
}

// All rows of a by a piece of w; `next` is the piece of shape.n rows that comes after it, as it
// lies in memory, or null.
HWY_NOINLINE void AddBlock(const float* a, const float* w, const MatMulShape& shape, bool first,
                           const float* next, size_t next_stride, float* lanes) {
  if (shape.m == 0) return;
  const size_t steps = (shape.m + kLaneTileM - 1) / kLaneTileM;
  const size_t share = (shape.n + steps - 1) / steps;
  for (size_t m = 0, row = 0; m < shape.m; m += kLaneTileM, row += share) {
    MatMulShape rows = shape;
    rows.m = std::min(kLaneTileM, shape.m - m);
    const float* a_rows = a + m * shape.a_stride;
    Ahead ahead;
    for (size_t i = 0; i < kAhead; ++i) {
      const size_t j = i - kLaneTileM;
      ahead[i] = a_rows;
      if (i < kLaneTileM) {
        if (m + kLaneTileM + i < shape.m) ahead[i] += (kLaneTileM + i) * shape.a_stride;
      } else if (next != nullptr && j < share && row + j < shape.n) {
        ahead[i] = next + (row + j) * next_stride;
      }
    }
    AddRows(a_rows, w, rows, first, ahead, lanes + m * shape.out_stride);
  }
}

void AddProductsF32(const float* a, const float* w, const MatMulShape& shape, bool first,
                    float* lanes) {
  // Of few rows of w the first-level cache holds more columns.
  const size_t depth = shape.n <= kLaneTileN ? 2 * kDepthF32 : kDepthF32;
  size_t k = 0;
  do {  // once even for no columns, which may be the first
    MatMulShape block = shape;
    block.k = std::min(depth, shape.k - k);
    AddBlock(a + k, w + k, block, first && k == 0, nullptr, 0, lanes);
    k += depth;
  } while (k < shape.k);
}

void SumLanesF32(const float* lanes, size_t count, float* out) {
  const hn::Full128<float> d;
  const auto load = [&](const float* from) HWY_ATTR {
    return hn::Add(hn::Add(hn::LoadU(d, from), hn::LoadU(d, from + 8)),
                   hn::Add(hn::LoadU(d, from + 4), hn::LoadU(d, from + 12)));
  };
  const auto four = [&](const float* from) HWY_ATTR {
    const auto s0 = load(from), s1 = load(from + 16), s2 = load(from + 32), s3 = load(from + 48);
    // Lanes l and l+2 of two outputs at once.
    const auto low = hn::Add(hn::InterleaveLower(d, s0, s1), hn::InterleaveUpper(d, s0, s1));
    const auto high = hn::Add(hn::InterleaveLower(d, s2, s3), hn::InterleaveUpper(d, s2, s3));
    return hn::Add(hn::ConcatLowerLower(d, high, low), hn::ConcatUpperUpper(d, high, low));
  };
  size_t i = 0;
  for (; i + 4 <= count; i += 4) hn::StoreU(four(lanes + i * kLaneSums), d, out + i);
  if (i < count) {
    float rest[4 * kLaneSums] = {};
    std::memcpy(rest, lanes + i * kLaneSums, (count - i) * kLaneSums * sizeof(float));
    hn::StoreN(four(rest), d, out + i, count - i);
  }
}

// Few rows of a: w is read once, so nothing is gained from copies of it.
HWY_INLINE void FewRowsF32(const float* a, const float* w, const MatMulShape& shape, float* out) {
  for (size_t n = 0; n < shape.n; n += kLaneTileN) {
    HWY_ALIGN float lanes[kLaneTileM * kLaneTileN * kLaneSums];
    MatMulShape tile = shape;
    tile.n = std::min(kLaneTileN, shape.n - n);
    tile.out_stride = kLaneTileN * kLaneSums;
    AddProductsF32(a, w + n * shape.w_stride, tile, true, lanes);
    for (size_t m = 0; m < shape.m; ++m) {
      SumLanesF32(lanes + m * tile.out_stride, tile.n, out + m * shape.out_stride + n);
    }
  }
}

// Rows of a that share a copied piece of w and keep their lane sums on the stack.
constexpr size_t kPassM = 48;

// kRowsF32 rows of w, or fewer, by at most kPassM rows of a.
HWY_INLINE void PassF32(const float* a, const float* w, const MatMulShape& shape, float* out) {
  // A copy, for rows that lie a multiple of 4 KB apart would evict one another.
  HWY_ALIGN float piece[kRowsF32 * kDepthF32];
  HWY_ALIGN float lanes[kPassM * kRowsF32 * kLaneSums];
  MatMulShape block = shape;
  block.w_stride = kDepthF32;
  block.out_stride = shape.n * kLaneSums;
  size_t k = 0;
  do {
    block.k = std::min(kDepthF32, shape.k - k);
    for (size_t n = 0; n < shape.n; ++n) {
      std::memcpy(piece + n * kDepthF32, w + n * shape.w_stride + k, block.k * sizeof(float));
    }
    const float* next = k + block.k < shape.k ? w + k + block.k : nullptr;
    AddBlock(a + k, piece, block, k == 0, next, shape.w_stride, lanes);
    k += kDepthF32;
  } while (k < shape.k);
  for (size_t m = 0; m < shape.m; ++m) {
    SumLanesF32(lanes + m * block.out_stride, shape.n, out + m * shape.out_stride);
  }
}
#endif  // HWY_NATIVE_FMA

#if !HWY_NATIVE_FMA
void AddProductsF32(const float* a, const float* w, const MatMulShape& shape, bool first,
                    float* lanes) {
  reference::AddProductsF32(a, w, shape, first, lanes);
}

void SumLanesF32(const float* lanes, size_t count, float* out) {
  reference::SumLanesF32(lanes, count, out);
}
#endif

void MatMulF32(const float* a, const float* w, const MatMulShape& shape, float* out) {
#if HWY_NATIVE_FMA
  if (shape.m <= kLaneTileM) return FewRowsF32(a, w, shape, out);
  for (size_t n = 0; n < shape.n; n += kRowsF32) {
    for (size_t m = 0; m < shape.m; m += kPassM) {
      MatMulShape pass = shape;
      pass.n = std::min(kRowsF32, shape.n - n);
      pass.m = std::min(kPassM, shape.m - m);
      PassF32(a + m * shape.a_stride, w + n * shape.w_stride, pass, out + m * shape.out_stride + n);
    }
  }
#else
  reference::MatMulF32(a, w, shape, out);
#endif
}

// NOLINTNEXTLINE(google-readability-namespace-comments)
}  // namespace HWY_NAMESPACE
}  // namespace pawl::kernels
HWY_AFTER_NAMESPACE();

#endif  // per-target include guard
