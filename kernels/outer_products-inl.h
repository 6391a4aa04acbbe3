// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// Sums of outer products for one target. outer_products.h defines them.
//
// A tile of c stays in registers while k runs: kTileM numbers of a, each spread over a register,
// times kTileV registers of b, so 8 x 3 sums on AVX-512 take 11 loads for 24 multiply-adds. Pieces
// of a and b are copied first so that rows a multiple of 4 KB apart do not evict one another.

#if defined(PAWL_KERNELS_OUTER_PRODUCTS_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef PAWL_KERNELS_OUTER_PRODUCTS_INL_H_
#undef PAWL_KERNELS_OUTER_PRODUCTS_INL_H_
#else
#define PAWL_KERNELS_OUTER_PRODUCTS_INL_H_
#endif

#include <algorithm>
#include <cstddef>

#include "hwy/highway.h"
#include "kernels/outer_products.h"

HWY_BEFORE_NAMESPACE();
namespace pawl::kernels {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

#if HWY_NATIVE_FMA
template <typename T>
using OuterD = hn::CappedTag<T, 64 / sizeof(T)>;

// AVX-512 and NEON have 32 registers.
#if HWY_ARCH_X86 && HWY_MAX_BYTES < 64
constexpr size_t kOuterTileM = 4;
#else
constexpr size_t kOuterTileM = 8;
#endif
constexpr size_t kOuterTileV = 3;
constexpr size_t kOuterDepth = 128;  // of k at a time
constexpr size_t kOuterRows = 128;   // of c at a time

// a is [k][kOuterTileM], b is [k][kOuterTileV registers], both without gaps.
template <bool kSubtract, typename T>
HWY_NOINLINE void OuterTile(const T* HWY_RESTRICT a, const T* HWY_RESTRICT b, size_t k,
                            size_t c_stride, T* HWY_RESTRICT c) {
  const OuterD<T> d;
  constexpr size_t kLanes = HWY_MAX_LANES_D(OuterD<T>);
  hn::Vec<OuterD<T>> sums[kOuterTileM][kOuterTileV];
  PAWL_UNROLL
  for (size_t m = 0; m < kOuterTileM; ++m) {
    PAWL_UNROLL
    for (size_t v = 0; v < kOuterTileV; ++v) {
      sums[m][v] = hn::LoadU(d, c + m * c_stride + v * kLanes);
    }
  }
  for (size_t i = 0; i < k; ++i) {
    hn::Vec<OuterD<T>> vb[kOuterTileV];
    PAWL_UNROLL
    for (size_t v = 0; v < kOuterTileV; ++v) vb[v] = hn::LoadU(d, b + v * kLanes);
    PAWL_UNROLL
    for (size_t m = 0; m < kOuterTileM; ++m) {
      const auto va = hn::Set(d, a[m]);
      PAWL_UNROLL
      for (size_t v = 0; v < kOuterTileV; ++v) {
        if constexpr (kSubtract) {
          sums[m][v] = hn::NegMulAdd(va, vb[v], sums[m][v]);
        } else {
          sums[m][v] = hn::MulAdd(va, vb[v], sums[m][v]);
        }
      }
    }
    a += kOuterTileM;
    b += kOuterTileV * kLanes;
  }
  PAWL_UNROLL
  for (size_t m = 0; m < kOuterTileM; ++m) {
    PAWL_UNROLL
    for (size_t v = 0; v < kOuterTileV; ++v) {
      hn::StoreU(sums[m][v], d, c + m * c_stride + v * kLanes);
    }
  }
}

// Copies columns [0, count) of k rows into [k][kWidth], the rest of each row zero. Whole rows have
// a size that the compiler knows: no calls, and the loads of several rows are under way at a time.
template <size_t kWidth, typename T>
HWY_INLINE void GatherColumns(const T* HWY_RESTRICT from, size_t stride, size_t k, size_t count,
                              T* HWY_RESTRICT to) {
  if (count == kWidth) {
    for (size_t i = 0; i < k; ++i)
      hwy::CopyBytes<kWidth * sizeof(T)>(from + i * stride, to + i * kWidth);
    return;
  }
  for (size_t i = 0; i < k; ++i, from += stride, to += kWidth) {
    std::copy_n(from, count, to);
    std::fill(to + count, to + kWidth, T{0});
  }
}

// A tile that reaches beyond c: computed beside it.
template <bool kSubtract, typename T>
HWY_NOINLINE void OuterEdge(const T* a, const T* b, size_t k, size_t rows, size_t cols,
                            size_t c_stride, T* c) {
  constexpr size_t kWidth = kOuterTileV * HWY_MAX_LANES_D(OuterD<T>);
  HWY_ALIGN T tile[kOuterTileM * kWidth] = {};
  for (size_t m = 0; m < rows; ++m) std::copy_n(c + m * c_stride, cols, tile + m * kWidth);
  OuterTile<kSubtract>(a, b, k, kWidth, tile);
  for (size_t m = 0; m < rows; ++m) std::copy_n(tile + m * kWidth, cols, c + m * c_stride);
}

// At most kOuterRows x n, of at most kOuterDepth.
template <bool kSubtract, typename T>
HWY_NOINLINE void OuterBlock(const T* a, const T* b, const OuterShape& shape, T* c, T* scratch) {
  constexpr size_t kWidth = kOuterTileV * HWY_MAX_LANES_D(OuterD<T>);
  T* const tiles = scratch;
  T* const panel = scratch + kOuterRows * kOuterDepth;
  for (size_t m = 0; m < shape.m; m += kOuterTileM) {
    GatherColumns<kOuterTileM>(a + m, shape.a_stride, shape.k, std::min(kOuterTileM, shape.m - m),
                               tiles + m * shape.k);
  }
  for (size_t n = 0; n < shape.n; n += kWidth) {
    const size_t cols = std::min(kWidth, shape.n - n);
    GatherColumns<kWidth>(b + n, shape.b_stride, shape.k, cols, panel);
    for (size_t m = 0; m < shape.m; m += kOuterTileM) {
      const size_t rows = std::min(kOuterTileM, shape.m - m);
      T* const at = c + m * shape.c_stride + n;
      if (rows == kOuterTileM && cols == kWidth) {
        OuterTile<kSubtract>(tiles + m * shape.k, panel, shape.k, shape.c_stride, at);
      } else {
        OuterEdge<kSubtract>(tiles + m * shape.k, panel, shape.k, rows, cols, shape.c_stride, at);
      }
    }
  }
}

template <typename T>
HWY_INLINE void AddOuterProducts(const T* a, const T* b, const OuterShape& shape, T* c,
                                 void* scratch) {
  for (size_t m = 0; m < shape.m; m += kOuterRows) {
    for (size_t k = 0; k < shape.k; k += kOuterDepth) {
      OuterShape block = shape;
      block.m = std::min(kOuterRows, shape.m - m);
      block.k = std::min(kOuterDepth, shape.k - k);
      const T* const block_a = a + k * shape.a_stride + m;
      const T* const block_b = b + k * shape.b_stride;
      T* const block_c = c + m * shape.c_stride;
      if (shape.subtract) {
        OuterBlock<true>(block_a, block_b, block, block_c, static_cast<T*>(scratch));
      } else {
        OuterBlock<false>(block_a, block_b, block, block_c, static_cast<T*>(scratch));
      }
    }
  }
}
#endif  // HWY_NATIVE_FMA

void AddOuterProductsF32(const float* a, const float* b, const OuterShape& shape, float* c,
                         void* scratch) {
#if HWY_NATIVE_FMA
  AddOuterProducts(a, b, shape, c, scratch);
#else
  reference::AddOuterProductsF32(a, b, shape, c, scratch);
#endif
}

void AddOuterProductsF64(const double* a, const double* b, const OuterShape& shape, double* c,
                         void* scratch) {
#if HWY_NATIVE_FMA && HWY_HAVE_FLOAT64
  AddOuterProducts(a, b, shape, c, scratch);
#else
  reference::AddOuterProductsF64(a, b, shape, c, scratch);
#endif
}

// NOLINTNEXTLINE(google-readability-namespace-comments)
}  // namespace HWY_NAMESPACE
}  // namespace pawl::kernels
HWY_AFTER_NAMESPACE();

#endif  // per-target include guard
