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
#include <cstdint>
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

// Rows of w are short pieces to a hardware prefetcher: a tile brings closer those of the next one.
using Ahead = const float* [kLaneTileN];

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
        // A part's share of the lines.
        PAWL_UNROLL
        for (size_t i = 0; i < kLaneTileN / kPartsF; ++i) {
          hwy::Prefetch(ahead[part * (kLaneTileN / kPartsF) + i] + k);
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

// Rows of a that go through a piece of w together: their block of kDepthF columns stays in the
// first-level cache while rows of w come from the second, and their lane sums stay, too.
constexpr size_t kBlockM = 6;
// Columns in a block. AVX2 reads every line twice, half of the lanes at a time, so less must stay.
constexpr size_t kDepthF = HWY_TARGET == HWY_AVX2 ? 256 : 512;

// At most kBlockM rows of a by all rows of w, of kDepthF columns at most; `next` is where w goes
// on afterwards.
HWY_NOINLINE void AddBlock(const float* a, const float* w, const MatMulShape& shape, bool first,
                           const float* next, float* lanes) {
  size_t n = 0;
  for (; n + kLaneTileN <= shape.n; n += kLaneTileN) {
    const float* rows = w + n * shape.w_stride;
    const bool last = n + 2 * kLaneTileN > shape.n;
    Ahead ahead;
    for (size_t i = 0; i < kLaneTileN; ++i) {
      ahead[i] = last ? next + std::min(i, shape.n - 1) * shape.w_stride
                      : rows + (kLaneTileN + i) * shape.w_stride;
    }
    LaneRows<kLaneTileN>(a, rows, shape, first, ahead, lanes + n * kLaneSums);
  }
  for (; n < shape.n; ++n) {
    LaneRows<1>(a, w + n * shape.w_stride, shape, first, nullptr, lanes + n * kLaneSums);
  }
}

void AddProductsF32(const float* a, const float* w, const MatMulShape& shape, bool first,
                    float* lanes) {
  for (size_t m = 0; m < shape.m; m += kBlockM) {
    MatMulShape block = shape;
    block.m = std::min(kBlockM, shape.m - m);
    size_t k = 0;
    do {  // once even for no columns, which may be the first
      block.k = std::min(kDepthF, shape.k - k);
      const float* next = w + (k + block.k < shape.k ? k + block.k : 0);
      AddBlock(a + m * shape.a_stride + k, w + k, block, first && k == 0, next,
               lanes + m * shape.out_stride);
      k += kDepthF;
    } while (k < shape.k);
  }
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

// Rows of w that many rows of a go through: these stay in the second-level cache.
constexpr size_t kGroupN = 32;
constexpr size_t kGroupWeights = kGroupN * 8192;

// Rows that begin at lines of the cache and do not evict one another.
HWY_INLINE bool RowsSuitF32(const float* a, size_t stride) {
  constexpr size_t kPage = 4096;
  const size_t bytes = stride * sizeof(float);
  return reinterpret_cast<uintptr_t>(a) % kCacheLine == 0 && bytes % kCacheLine == 0 &&
         bytes % kPage != 0;
}

// At most kBlockM rows of a by at most kGroupN rows of w.
HWY_NOINLINE void BlockF32(const float* a, const float* w, const MatMulShape& shape, float* out) {
  HWY_ALIGN float lanes[kBlockM * kGroupN * kLaneSums];
  HWY_ALIGN float copy[kBlockM * kDepthF];
  // Copies pay where enough rows of w use them.
  const bool copies = shape.n > 2 * kLaneTileN && !RowsSuitF32(a, shape.a_stride);
  MatMulShape block = shape;
  block.out_stride = shape.n * kLaneSums;
  if (copies) block.a_stride = kDepthF;
  size_t k = 0;
  do {
    block.k = std::min(kDepthF, shape.k - k);
    const float* rows = copies ? copy : a + k;
    for (size_t m = 0; copies && m < shape.m; ++m) {
      std::memcpy(copy + m * kDepthF, a + m * shape.a_stride + k, block.k * sizeof(float));
    }
    AddBlock(rows, w + k, block, k == 0, w + (k + block.k < shape.k ? k + block.k : 0), lanes);
    k += kDepthF;
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
  const size_t fit = kGroupWeights / std::max<size_t>(shape.k, 1) / kLaneTileN * kLaneTileN;
  // Few rows of a read w once: its rows as they come.
  const size_t step = shape.m <= kBlockM ? kLaneTileN : std::clamp(fit, kLaneTileN, kGroupN);
  for (size_t n = 0; n < shape.n; n += step) {
    for (size_t m = 0; m < shape.m; m += kBlockM) {
      MatMulShape block = shape;
      block.n = std::min(step, shape.n - n);
      block.m = std::min(kBlockM, shape.m - m);
      BlockF32(a + m * shape.a_stride, w + n * shape.w_stride, block,
               out + m * shape.out_stride + n);
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
