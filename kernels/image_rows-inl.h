// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// Rows of images, for one target. image_rows.h has the definitions.

#if defined(PAWL_KERNELS_IMAGE_ROWS_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef PAWL_KERNELS_IMAGE_ROWS_INL_H_
#undef PAWL_KERNELS_IMAGE_ROWS_INL_H_
#else
#define PAWL_KERNELS_IMAGE_ROWS_INL_H_
#endif

#include <cstddef>
#include <cstdint>

#include "hwy/highway.h"
#include "kernels/image_rows.h"

HWY_BEFORE_NAMESPACE();
namespace pawl::kernels {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

void CopyXor(const uint8_t* from, size_t n, uint8_t flip, uint8_t* to) {
  const hn::ScalableTag<uint8_t> d;
  const auto flips = hn::Set(d, flip);
  const size_t lanes = hn::Lanes(d);
  size_t i = 0;
  for (; i + lanes <= n; i += lanes) hn::StoreU(hn::Xor(hn::LoadU(d, from + i), flips), d, to + i);
  reference::CopyXor(from + i, n - i, flip, to + i);
}

// Eight rows of eight bytes into columns.
HWY_INLINE void TransposeBlock(const uint8_t* from, const TransposeShape& s, uint8_t* to) {
  const hn::FixedTag<uint8_t, 8> d8;
  const hn::FixedTag<uint8_t, 16> d;
  const hn::FixedTag<uint16_t, 8> d16;
  const hn::FixedTag<uint32_t, 4> d32;
  hn::Vec<decltype(d16)> pairs[4];
  PAWL_UNROLL
  for (size_t r = 0; r < 4; ++r) {
    const auto even = hn::LoadU(d8, from + 2 * r * s.from_stride);
    const auto odd = hn::LoadU(d8, from + (2 * r + 1) * s.from_stride);
    pairs[r] = hn::BitCast(
        d16, hn::InterleaveLower(d, hn::ResizeBitCast(d, even), hn::ResizeBitCast(d, odd)));
  }
  hn::Vec<decltype(d32)> quads[4];  // rows 0..3 of columns 0..3, of 4..7; rows 4..7
  PAWL_UNROLL
  for (size_t r = 0; r < 2; ++r) {
    quads[2 * r] = hn::BitCast(d32, hn::InterleaveLower(d16, pairs[2 * r], pairs[2 * r + 1]));
    quads[2 * r + 1] = hn::BitCast(d32, hn::InterleaveUpper(d16, pairs[2 * r], pairs[2 * r + 1]));
  }
  PAWL_UNROLL
  for (size_t c = 0; c < 2; ++c) {
    const auto low = hn::BitCast(d, hn::InterleaveLower(d32, quads[c], quads[c + 2]));
    const auto high = hn::BitCast(d, hn::InterleaveUpper(d32, quads[c], quads[c + 2]));
    uint8_t* out = to + 4 * c * s.to_stride;
    hn::StoreU(hn::LowerHalf(d8, low), d8, out);
    hn::StoreU(hn::UpperHalf(d8, low), d8, out + s.to_stride);
    hn::StoreU(hn::LowerHalf(d8, high), d8, out + 2 * s.to_stride);
    hn::StoreU(hn::UpperHalf(d8, high), d8, out + 3 * s.to_stride);
  }
}

// Four rows of four floats into columns.
HWY_INLINE void TransposeBlock(const float* from, const TransposeShape& s, float* to) {
  const hn::FixedTag<float, 4> d;
  const hn::FixedTag<double, 2> d2;
  const auto r0 = hn::LoadU(d, from), r1 = hn::LoadU(d, from + s.from_stride);
  const auto r2 = hn::LoadU(d, from + 2 * s.from_stride);
  const auto r3 = hn::LoadU(d, from + 3 * s.from_stride);
  const auto a = hn::BitCast(d2, hn::InterleaveLower(d, r0, r1));
  const auto b = hn::BitCast(d2, hn::InterleaveLower(d, r2, r3));
  const auto e = hn::BitCast(d2, hn::InterleaveUpper(d, r0, r1));
  const auto f = hn::BitCast(d2, hn::InterleaveUpper(d, r2, r3));
  hn::StoreU(hn::BitCast(d, hn::InterleaveLower(d2, a, b)), d, to);
  hn::StoreU(hn::BitCast(d, hn::InterleaveUpper(d2, a, b)), d, to + s.to_stride);
  hn::StoreU(hn::BitCast(d, hn::InterleaveLower(d2, e, f)), d, to + 2 * s.to_stride);
  hn::StoreU(hn::BitCast(d, hn::InterleaveUpper(d2, e, f)), d, to + 3 * s.to_stride);
}

// In blocks, with the last block overlapping the one before it.
template <size_t kBlock, class T>
HWY_INLINE bool TransposeBlocks(const T* from, const TransposeShape& s, T* to) {
  if (s.rows < kBlock || s.cols < kBlock) return false;
  for (size_t r = 0; r < s.rows; r += kBlock) {
    if (r + kBlock > s.rows) r = s.rows - kBlock;
    for (size_t c = 0; c < s.cols; c += kBlock) {
      if (c + kBlock > s.cols) c = s.cols - kBlock;
      TransposeBlock(from + r * s.from_stride + c, s, to + c * s.to_stride + r);
    }
  }
  return true;
}

void TransposeU8(const uint8_t* from, const TransposeShape& s, uint8_t* to) {
  if (!TransposeBlocks<8>(from, s, to)) reference::TransposeU8(from, s, to);
}

void TransposeF32(const float* from, const TransposeShape& s, float* to) {
  if (!TransposeBlocks<4>(from, s, to)) reference::TransposeF32(from, s, to);
}

void ScaleSums(const int32_t* sums, const float* scales, size_t n, float* out) {
  const hn::ScalableTag<float> df;
  const hn::RebindToSigned<decltype(df)> d32;
  const size_t lanes = hn::Lanes(df);
  size_t i = 0;
  for (; i + lanes <= n; i += lanes) {
    const auto product =
        hn::Mul(hn::LoadU(df, scales + i), hn::ConvertTo(df, hn::LoadU(d32, sums + i)));
    hn::StoreU(hn::Add(product, hn::Zero(df)), df, out + i);
  }
  reference::ScaleSums(sums + i, scales + i, n - i, out + i);
}

void FinishRowF32(const FinishParams& p, size_t n, float* values) {
  const hn::ScalableTag<float> df;
  const auto scale = hn::Set(df, p.scale), low = hn::Set(df, p.low), high = hn::Set(df, p.high);
  const size_t lanes = hn::Lanes(df);
  size_t i = 0;
  for (; i + lanes <= n; i += lanes) {
    auto v = hn::Mul(hn::LoadU(df, values + i), scale);
    if (p.bias != nullptr) v = hn::Add(v, hn::LoadU(df, p.bias + i));
    v = hn::IfThenElse(hn::Lt(v, low), low, hn::IfThenElse(hn::Gt(v, high), high, v));
    hn::StoreU(v, df, values + i);
  }
  FinishParams rest = p;
  if (p.bias != nullptr) rest.bias += i;
  reference::FinishRowF32(rest, n - i, values + i);
}

// NOLINTNEXTLINE(google-readability-namespace-comments)
}  // namespace HWY_NAMESPACE
}  // namespace pawl::kernels
HWY_AFTER_NAMESPACE();

#endif  // per-target include guard
