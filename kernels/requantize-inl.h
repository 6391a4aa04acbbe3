// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// Fixed-point requantization, for one target. requantize.h has the definition.

#if defined(PAWL_KERNELS_REQUANTIZE_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef PAWL_KERNELS_REQUANTIZE_INL_H_
#undef PAWL_KERNELS_REQUANTIZE_INL_H_
#else
#define PAWL_KERNELS_REQUANTIZE_INL_H_
#endif

#include <cstddef>
#include <cstdint>

#include "hwy/highway.h"
#include "kernels/requantize.h"

HWY_BEFORE_NAMESPACE();
namespace pawl::kernels {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

using RequantizeD32 = hn::ScalableTag<int32_t>;
using RequantizeD64 = hn::RepartitionToWide<RequantizeD32>;
using RequantizeV32 = hn::Vec<RequantizeD32>;
using RequantizeV64 = hn::Vec<RequantizeD64>;

// The largest or smallest number, by the sign of v.
HWY_INLINE RequantizeV32 Extreme(RequantizeV32 v) {
  return hn::Xor(hn::ShiftRight<31>(v), hn::Set(RequantizeD32(), INT32_MAX));
}

HWY_INLINE RequantizeV32 SaturatedSum(RequantizeV32 a, RequantizeV32 b) {
  const RequantizeV32 sum = hn::Add(a, b);
  const RequantizeV32 overflow = hn::AndNot(hn::Xor(a, b), hn::Xor(a, sum));
  return hn::IfNegativeThenElse(overflow, Extreme(a), sum);
}

HWY_INLINE RequantizeV64 OddProducts(RequantizeV32 a, RequantizeV32 b) {
  const RequantizeD64 d64;
  const RequantizeD32 d32;
  return hn::MulEven(hn::BitCast(d32, hn::ShiftRight<32>(hn::BitCast(d64, a))),
                     hn::BitCast(d32, hn::ShiftRight<32>(hn::BitCast(d64, b))));
}

HWY_INLINE RequantizeV32 RoundClassic(RequantizeV32 v, RequantizeV32 multiplier,
                                      RequantizeV32 shift) {
  const RequantizeD32 d32;
  const RequantizeD64 d64;
  const RequantizeV32 zero = hn::Zero(d32), one = hn::Set(d32, 1);
  if (!hn::AllFalse(d32, hn::Gt(shift, zero))) {
    const RequantizeV32 left = hn::Max(shift, zero);
    const RequantizeV32 shifted = hn::Shl(v, left);
    v = hn::IfThenElse(hn::Eq(hn::Shr(shifted, left), v), shifted, Extreme(v));
  }
  // Division that truncates, after a nudge that depends on the sign, is this shift.
  const RequantizeV64 nudge = hn::Set(d64, int64_t{1} << 30);
  const RequantizeV64 even = hn::Add(hn::MulEven(v, multiplier), nudge);
  const RequantizeV64 odd = hn::Add(OddProducts(v, multiplier), nudge);
  const RequantizeV32 high = hn::OddEven(hn::BitCast(d32, hn::ShiftLeft<1>(odd)),
                                         hn::BitCast(d32, hn::ShiftRight<31>(even)));
  const RequantizeV32 right = hn::Max(hn::Neg(shift), zero);
  const RequantizeV32 mask = hn::Sub(hn::Shl(one, right), one);
  const RequantizeV32 threshold = hn::Sub(hn::ShiftRight<1>(mask), hn::ShiftRight<31>(high));
  const RequantizeV32 up = hn::VecFromMask(d32, hn::Gt(hn::And(high, mask), threshold));
  return hn::Sub(hn::Shr(high, right), up);
}

// Products of two lanes' halves, rounded once and saturated to 32 bits.
HWY_INLINE RequantizeV64 RoundOnce(RequantizeV64 product, RequantizeV64 shift) {
  const RequantizeD64 d64;
  const RequantizeV64 one = hn::Set(d64, int64_t{1});
  const RequantizeV64 rounded = hn::Shr(hn::Add(product, hn::Shl(one, hn::Sub(shift, one))), shift);
  return hn::Min(hn::Max(rounded, hn::Set(d64, int64_t{INT32_MIN})),
                 hn::Set(d64, int64_t{INT32_MAX}));
}

HWY_INLINE RequantizeV32 RoundSingle(RequantizeV32 v, RequantizeV32 multiplier,
                                     RequantizeV32 shift) {
  const RequantizeD32 d32;
  const RequantizeD64 d64;
  const RequantizeV64 total = hn::BitCast(d64, hn::Sub(hn::Set(d32, 31), shift));
  const RequantizeV64 low = hn::And(total, hn::Set(d64, int64_t{0xFF}));
  const RequantizeV64 even = RoundOnce(hn::MulEven(v, multiplier), low);
  const RequantizeV64 odd = RoundOnce(OddProducts(v, multiplier), hn::ShiftRight<32>(total));
  return hn::OddEven(hn::BitCast(d32, hn::ShiftLeft<32>(odd)), hn::BitCast(d32, even));
}

void RequantizeRow(const int32_t* sums, size_t n, const RequantizeParams& p, uint8_t* codes) {
  const RequantizeD32 d32;
  const hn::RebindToUnsigned<RequantizeD32> du32;
  const hn::Rebind<uint8_t, RequantizeD32> d8;
  const size_t lanes = hn::Lanes(d32);
  const RequantizeV32 zero = hn::Set(d32, p.zero);
  const RequantizeV32 low = hn::Set(d32, p.low - p.zero), high = hn::Set(d32, p.high - p.zero);
  size_t i = 0;
  for (; i + lanes <= n; i += lanes) {
    const RequantizeV32 v = SaturatedSum(hn::LoadU(d32, sums + i), hn::LoadU(d32, p.bias + i));
    const RequantizeV32 multiplier = hn::LoadU(d32, p.multipliers + i);
    const RequantizeV32 shift = hn::LoadU(d32, p.shifts + i);
    const RequantizeV32 rounded = p.rounding == RequantizeRounding::kClassic
                                      ? RoundClassic(v, multiplier, shift)
                                      : RoundSingle(v, multiplier, shift);
    const RequantizeV32 code = hn::Add(hn::Min(hn::Max(rounded, low), high), zero);
    hn::StoreU(hn::TruncateTo(d8, hn::BitCast(du32, code)), d8, codes + i);
  }
  const RequantizeParams rest{
      p.bias + i, p.multipliers + i, p.shifts + i, p.rounding, p.zero, p.low, p.high};
  reference::RequantizeRow(sums + i, n - i, rest, codes + i);
}

// NOLINTNEXTLINE(google-readability-namespace-comments)
}  // namespace HWY_NAMESPACE
}  // namespace pawl::kernels
HWY_AFTER_NAMESPACE();

#endif  // per-target include guard
