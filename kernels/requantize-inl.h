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
using RequantizeDU64 = hn::RebindToUnsigned<RequantizeD64>;
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

// Odd lanes where MulEven looks.
HWY_INLINE RequantizeV32 OddLanes(RequantizeV32 v) {
  return hn::BitCast(RequantizeD32(), hn::ShiftRight<32>(hn::BitCast(RequantizeDU64(), v)));
}

// What rounding needs of a vector of multipliers.
struct ClassicRounding {
  RequantizeV32 multiplier, odd_multiplier, left, right, mask, half;
  bool shifts_left;

  HWY_INLINE explicit ClassicRounding(RequantizeV32 m, RequantizeV32 shift) {
    const RequantizeD32 d32;
    const RequantizeV32 none = hn::Zero(d32), one = hn::Set(d32, 1);
    multiplier = m;
    odd_multiplier = OddLanes(m);
    shifts_left = !hn::AllFalse(d32, hn::Gt(shift, none));
    left = hn::Max(shift, none);
    right = hn::Max(hn::Neg(shift), none);
    mask = hn::Sub(hn::Shl(one, right), one);
    half = hn::ShiftRight<1>(mask);
  }

  HWY_INLINE RequantizeV32 Round(RequantizeV32 v) const {
    const RequantizeD32 d32;
    const RequantizeD64 d64;
    if (shifts_left) {
      const RequantizeV32 shifted = hn::Shl(v, left);
      v = hn::IfThenElse(hn::Eq(hn::Shr(shifted, left), v), shifted, Extreme(v));
    }
    const RequantizeDU64 du64;  // x86 has no arithmetic shift of 64 bits, and none is needed
    // Division that truncates, after a nudge that depends on the sign, is this shift.
    const RequantizeV64 nudge = hn::Set(d64, int64_t{1} << 30);
    const RequantizeV64 even = hn::Add(hn::MulEven(v, multiplier), nudge);
    const RequantizeV64 odd = hn::Add(hn::MulEven(OddLanes(v), odd_multiplier), nudge);
    const RequantizeV32 product =
        hn::OddEven(hn::BitCast(d32, hn::ShiftLeft<1>(odd)),
                    hn::BitCast(d32, hn::ShiftRight<31>(hn::BitCast(du64, even))));
    const RequantizeV32 threshold = hn::Sub(half, hn::ShiftRight<31>(product));
    const RequantizeV32 up = hn::VecFromMask(d32, hn::Gt(hn::And(product, mask), threshold));
    return hn::Sub(hn::Shr(product, right), up);
  }
};

// The same for RequantizeParams::narrow: nothing saturates, and half can be added before the shift.
struct NarrowClassicRounding {
  RequantizeV32 multiplier, odd_multiplier, right, half;
  RequantizeV32 halves;  // all bits, where right is not 0

  HWY_INLINE explicit NarrowClassicRounding(RequantizeV32 m, RequantizeV32 shift) {
    const RequantizeD32 d32;
    const RequantizeV32 one = hn::Set(d32, 1);
    multiplier = m;
    odd_multiplier = OddLanes(m);
    right = hn::Neg(shift);
    halves = hn::VecFromMask(d32, hn::Gt(right, hn::Zero(d32)));
    half = hn::And(halves, hn::Shl(one, hn::Sub(right, one)));
  }

  HWY_INLINE RequantizeV32 Round(RequantizeV32 v) const {
    const RequantizeD32 d32;
    const RequantizeD64 d64;
    const RequantizeDU64 du64;
    const RequantizeV64 nudge = hn::Set(d64, int64_t{1} << 30);
    const RequantizeV64 even = hn::Add(hn::MulEven(v, multiplier), nudge);
    const RequantizeV64 odd = hn::Add(hn::MulEven(OddLanes(v), odd_multiplier), nudge);
    const RequantizeV32 product =
        hn::OddEven(hn::BitCast(d32, hn::ShiftLeft<1>(odd)),
                    hn::BitCast(d32, hn::ShiftRight<31>(hn::BitCast(du64, even))));
    // Half away from zero: one less to add below zero, where there is a half at all.
    const RequantizeV32 below = hn::And(hn::ShiftRight<31>(product), halves);
    return hn::Shr(hn::Add(hn::Add(product, half), below), right);
  }
};

// Products of two lanes' halves, rounded once and saturated to 32 bits.
HWY_INLINE RequantizeV64 RoundOnce(RequantizeV64 product, RequantizeV64 shift) {
  const RequantizeD64 d64;
  const RequantizeV64 one = hn::Set(d64, int64_t{1});
  const RequantizeV64 rounded = hn::Shr(hn::Add(product, hn::Shl(one, hn::Sub(shift, one))), shift);
  return hn::Min(hn::Max(rounded, hn::Set(d64, int64_t{INT32_MIN})),
                 hn::Set(d64, int64_t{INT32_MAX}));
}

struct SingleRounding {
  RequantizeV32 multiplier, odd_multiplier;
  RequantizeV64 shift, odd_shift;

  HWY_INLINE explicit SingleRounding(RequantizeV32 m, RequantizeV32 shifts) {
    const RequantizeD64 d64;
    const RequantizeV64 total = hn::BitCast(d64, hn::Sub(hn::Set(RequantizeD32(), 31), shifts));
    multiplier = m;
    odd_multiplier = OddLanes(m);
    shift = hn::And(total, hn::Set(d64, int64_t{0xFF}));
    odd_shift = hn::ShiftRight<32>(total);
  }

  HWY_INLINE RequantizeV32 Round(RequantizeV32 v) const {
    const RequantizeD32 d32;
    const RequantizeV64 even = RoundOnce(hn::MulEven(v, multiplier), shift);
    const RequantizeV64 odd = RoundOnce(hn::MulEven(OddLanes(v), odd_multiplier), odd_shift);
    return hn::OddEven(hn::BitCast(d32, hn::ShiftLeft<32>(odd)), hn::BitCast(d32, even));
  }
};

// The same for RequantizeParams::narrow. The shift of 64 bits is a logical one, of numbers moved up
// by 2^62: AVX2 has no other.
struct NarrowSingleRounding {
  RequantizeV32 multiplier, odd_multiplier, moved;
  RequantizeV64 shift, odd_shift, add, odd_add;

  HWY_INLINE explicit NarrowSingleRounding(RequantizeV32 m, RequantizeV32 shifts) {
    const RequantizeD32 d32;
    const RequantizeD64 d64;
    const RequantizeV64 one = hn::Set(d64, int64_t{1}), up = hn::Set(d64, int64_t{1} << 62);
    const RequantizeV32 total = hn::Sub(hn::Set(d32, 31), shifts);
    multiplier = m;
    odd_multiplier = OddLanes(m);
    shift = hn::And(hn::BitCast(d64, total), hn::Set(d64, int64_t{0xFF}));
    odd_shift = hn::BitCast(d64, OddLanes(total));
    add = hn::Add(up, hn::Shl(one, hn::Sub(shift, one)));
    odd_add = hn::Add(up, hn::Shl(one, hn::Sub(odd_shift, one)));
    moved = hn::Shl(hn::Set(d32, 1), hn::Sub(hn::Set(d32, 62), total));
  }

  HWY_INLINE RequantizeV32 Round(RequantizeV32 v) const {
    const RequantizeD32 d32;
    const RequantizeDU64 du64;
    const auto shifted = [&](RequantizeV64 number, RequantizeV64 by) HWY_ATTR {
      return hn::Shr(hn::BitCast(du64, number), hn::BitCast(du64, by));
    };
    const auto even = shifted(hn::Add(hn::MulEven(v, multiplier), add), shift);
    const auto odd = shifted(hn::Add(hn::MulEven(OddLanes(v), odd_multiplier), odd_add), odd_shift);
    const RequantizeV32 both =
        hn::OddEven(hn::BitCast(d32, hn::ShiftLeft<32>(odd)), hn::BitCast(d32, even));
    return hn::Sub(both, moved);
  }
};

// A vector of columns at a time, so that its parameters are prepared once.
template <class Rounding, bool kNarrow>
HWY_INLINE size_t RequantizeColumns(const int32_t* sums, const RequantizeShape& shape,
                                    const RequantizeParams& p, uint8_t* codes) {
  const RequantizeD32 d32;
  const hn::RebindToUnsigned<RequantizeD32> du32;
  const hn::Rebind<uint8_t, RequantizeD32> d8;
  const size_t lanes = hn::Lanes(d32);
  const RequantizeV32 zero = hn::Set(d32, p.zero);
  const RequantizeV32 low = hn::Set(d32, p.low - p.zero), high = hn::Set(d32, p.high - p.zero);
  size_t i = 0;
  for (; i + lanes <= shape.n; i += lanes) {
    const RequantizeV32 bias = hn::LoadU(d32, p.bias + i);
    const Rounding rounding(hn::LoadU(d32, p.multipliers + i), hn::LoadU(d32, p.shifts + i));
    const int32_t* from = sums + i;
    uint8_t* to = codes + i;
    for (size_t r = 0; r < shape.rows; ++r, from += shape.stride, to += shape.codes_stride) {
      const RequantizeV32 sum = hn::LoadU(d32, from);
      const RequantizeV32 v =
          rounding.Round(kNarrow ? hn::Add(sum, bias) : SaturatedSum(sum, bias));
      const RequantizeV32 code = hn::Add(hn::Min(hn::Max(v, low), high), zero);
      hn::StoreU(hn::TruncateTo(d8, hn::BitCast(du32, code)), d8, to);
    }
  }
  return i;
}

void RequantizeRows(const int32_t* sums, const RequantizeShape& shape, const RequantizeParams& p,
                    uint8_t* codes) {
  const bool classic = p.rounding == RequantizeRounding::kClassic;
  size_t done;
  if (p.narrow) {
    done = classic ? RequantizeColumns<NarrowClassicRounding, true>(sums, shape, p, codes)
                   : RequantizeColumns<NarrowSingleRounding, true>(sums, shape, p, codes);
  } else {
    done = classic ? RequantizeColumns<ClassicRounding, false>(sums, shape, p, codes)
                   : RequantizeColumns<SingleRounding, false>(sums, shape, p, codes);
  }
  RequantizeParams rest = p;
  rest.bias += done;
  rest.multipliers += done;
  rest.shifts += done;
  reference::RequantizeRows(sums + done,
                            {shape.rows, shape.n - done, shape.stride, shape.codes_stride}, rest,
                            codes + done);
}

// NOLINTNEXTLINE(google-readability-namespace-comments)
}  // namespace HWY_NAMESPACE
}  // namespace pawl::kernels
HWY_AFTER_NAMESPACE();

#endif  // per-target include guard
