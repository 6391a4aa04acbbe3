// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// Conversion between f32 and 16-bit floats, for one target: integer arithmetic (but for results
// that are denormal halves), because the conversion instructions quiet signalling NaNs.

#if defined(PAWL_KERNELS_CONVERT_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef PAWL_KERNELS_CONVERT_INL_H_
#undef PAWL_KERNELS_CONVERT_INL_H_
#else
#define PAWL_KERNELS_CONVERT_INL_H_
#endif

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "hwy/highway.h"
#include "kernels/convert.h"

HWY_BEFORE_NAMESPACE();
namespace pawl::kernels {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

using ConvertDF = hn::ScalableTag<float>;
using ConvertDI = hn::RebindToSigned<ConvertDF>;
using ConvertDU = hn::RebindToUnsigned<ConvertDF>;
using ConvertD16 = hn::Rebind<uint16_t, ConvertDF>;
using ConvertVF = hn::Vec<ConvertDF>;
using ConvertVI = hn::Vec<ConvertDI>;
using ConvertV16 = hn::Vec<ConvertD16>;

HWY_INLINE ConvertVF WidenF16(ConvertV16 code) {
  const ConvertDF df;
  const ConvertDI di;
  const auto wide = hn::PromoteTo(di, code);
  const auto sign = hn::ShiftLeft<16>(hn::And(wide, hn::Set(di, 0x8000)));
  const auto magnitude = hn::And(wide, hn::Set(di, 0x7FFF));
  const auto shifted = hn::ShiftLeft<13>(magnitude);
  const auto normal = hn::Add(shifted, hn::Set(di, (127 - 15) << 23));
  const auto not_finite = hn::Or(shifted, hn::Set(di, 0x7F800000));
  // A denormal half is magnitude * 2^-24, an exact product and a normal f32.
  const auto denormal =
      hn::BitCast(di, hn::Mul(hn::ConvertTo(df, magnitude), hn::Set(df, 5.9604644775390625e-8f)));
  auto result = hn::IfThenElse(hn::Lt(magnitude, hn::Set(di, 0x0400)), denormal, normal);
  result = hn::IfThenElse(hn::Gt(magnitude, hn::Set(di, 0x7BFF)), not_finite, result);
  return hn::BitCast(df, hn::Or(result, sign));
}

HWY_INLINE ConvertV16 NarrowF16(ConvertVF value) {
  const ConvertDF df;
  const ConvertDI di;
  const ConvertDU du;
  const auto bits = hn::BitCast(di, value);
  const auto sign = hn::And(hn::ShiftRight<16>(bits), hn::Set(di, 0x8000));
  const auto magnitude = hn::And(bits, hn::Set(di, 0x7FFFFFFF));
  const auto shifted = hn::ShiftRight<13>(magnitude);
  const auto odd = hn::And(shifted, hn::Set(di, 1));
  const auto rebiased = hn::Sub(magnitude, hn::Set(di, ((127 - 15) << 23) - 0xFFF));
  const auto normal = hn::ShiftRight<13>(hn::Add(rebiased, odd));
  // 0.5 has the unit in the last place of a denormal half: the addition rounds to it.
  const auto half = hn::Set(df, 0.5f);
  const auto denormal =
      hn::Sub(hn::BitCast(di, hn::Add(hn::BitCast(df, magnitude), half)), hn::BitCast(di, half));
  const auto nan = hn::Or(hn::And(shifted, hn::Set(di, 0x01FF)), hn::Set(di, 0x7E00));
  auto result = hn::IfThenElse(hn::Lt(magnitude, hn::Set(di, 0x38800000)), denormal, normal);
  result = hn::IfThenElse(hn::Gt(magnitude, hn::Set(di, 0x477FFFFF)), hn::Set(di, 0x7C00), result);
  result = hn::IfThenElse(hn::Gt(magnitude, hn::Set(di, 0x7F800000)), nan, result);
  return hn::TruncateTo(ConvertD16(), hn::BitCast(du, hn::Or(result, sign)));
}

HWY_INLINE ConvertVF WidenBF16(ConvertV16 code) {
  return hn::BitCast(ConvertDF(), hn::ShiftLeft<16>(hn::PromoteTo(ConvertDU(), code)));
}

HWY_INLINE ConvertV16 NarrowBF16(ConvertVF value) {
  const ConvertDI di;
  const ConvertDU du;
  const auto bits = hn::BitCast(du, value);
  const auto magnitude = hn::BitCast(di, hn::And(bits, hn::Set(du, 0x7FFFFFFFu)));
  const auto is_nan = hn::RebindMask(du, hn::Gt(magnitude, hn::Set(di, 0x7F800000)));
  const auto shifted = hn::ShiftRight<16>(bits);
  const auto odd = hn::And(shifted, hn::Set(du, 1u));
  const auto rounded = hn::ShiftRight<16>(hn::Add(hn::Add(bits, hn::Set(du, 0x7FFFu)), odd));
  const auto nan = hn::Or(shifted, hn::Set(du, 0x40u));
  return hn::TruncateTo(ConvertD16(), hn::IfThenElse(is_nan, nan, rounded));
}

// Applies a conversion of one vector to n elements.
template <class DIn, class DOut, hn::Vec<DOut> (*kConvert)(hn::Vec<DIn>)>
HWY_INLINE void ConvertAll(const hn::TFromD<DIn>* in, size_t n, hn::TFromD<DOut>* out) {
  const DIn d_in;
  const DOut d_out;
  const size_t lanes = hn::Lanes(d_in);
  size_t i = 0;
  for (; i + lanes <= n; i += lanes) {
    hn::StoreU(kConvert(hn::LoadU(d_in, in + i)), d_out, out + i);
  }
  if (i < n) hn::StoreN(kConvert(hn::LoadN(d_in, in + i, n - i)), d_out, out + i, n - i);
}

void ConvertF16ToF32(const uint16_t* in, size_t n, float* out) {
  ConvertAll<ConvertD16, ConvertDF, WidenF16>(in, n, out);
}

void ConvertF32ToF16(const float* in, size_t n, uint16_t* out) {
  ConvertAll<ConvertDF, ConvertD16, NarrowF16>(in, n, out);
}

void ConvertBF16ToF32(const uint16_t* in, size_t n, float* out) {
  ConvertAll<ConvertD16, ConvertDF, WidenBF16>(in, n, out);
}

void ConvertF32ToBF16(const float* in, size_t n, uint16_t* out) {
  ConvertAll<ConvertDF, ConvertD16, NarrowBF16>(in, n, out);
}

// NOLINTNEXTLINE(google-readability-namespace-comments)
}  // namespace HWY_NAMESPACE
}  // namespace pawl::kernels
HWY_AFTER_NAMESPACE();

#endif  // per-target include guard
