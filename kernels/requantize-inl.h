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
#include <cstring>

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

// The same for RequantizeParams::narrow, from the sum to the code: nothing saturates, so bias, half
// and zero are added where that costs least.
struct NarrowClassicRounding {
  RequantizeV32 multiplier, odd_multiplier, right, half;
  RequantizeV64 add, odd_add;

  HWY_INLINE NarrowClassicRounding(RequantizeV32 m, RequantizeV32 shift, RequantizeV32 bias,
                                   RequantizeV32 zero) {
    const RequantizeD32 d32;
    const RequantizeV32 one = hn::Set(d32, 1);
    const RequantizeV64 nudge = hn::Set(RequantizeD64(), int64_t{1} << 30);
    multiplier = m;
    odd_multiplier = OddLanes(m);
    add = hn::Add(hn::MulEven(bias, m), nudge);
    odd_add = hn::Add(hn::MulEven(OddLanes(bias), odd_multiplier), nudge);
    right = hn::Neg(shift);
    half = hn::Add(hn::Shl(one, hn::Sub(right, one)), hn::Shl(zero, right));
  }

  HWY_INLINE RequantizeV32 Round(RequantizeV32 sum) const {
    const RequantizeD32 d32;
    const RequantizeDU64 du64;
    const RequantizeV64 even = hn::Add(hn::MulEven(sum, multiplier), add);
    const RequantizeV64 odd = hn::Add(hn::MulEven(OddLanes(sum), odd_multiplier), odd_add);
    const RequantizeV32 product =
        hn::OddEven(hn::BitCast(d32, hn::Add(odd, odd)),
                    hn::BitCast(d32, hn::ShiftRight<31>(hn::BitCast(du64, even))));
    // Half away from zero: one less to add below zero.
    return hn::Shr(hn::Add(hn::Add(product, half), hn::ShiftRight<31>(product)), right);
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

// The same for RequantizeParams::narrow, from the sum to the code. The shift of 64 bits is a
// logical one, of numbers moved up by 2^62: AVX2 has no other.
struct NarrowSingleRounding {
  RequantizeV32 multiplier, odd_multiplier, moved;
  RequantizeV64 shift, odd_shift, add, odd_add;

  HWY_INLINE NarrowSingleRounding(RequantizeV32 m, RequantizeV32 shifts, RequantizeV32 bias,
                                  RequantizeV32 zero) {
    const RequantizeD32 d32;
    const RequantizeD64 d64;
    const RequantizeV32 total = hn::Sub(hn::Set(d32, 31), shifts);
    multiplier = m;
    odd_multiplier = OddLanes(m);
    shift = hn::And(hn::BitCast(d64, total), hn::Set(d64, int64_t{0xFF}));
    odd_shift = hn::BitCast(d64, OddLanes(total));
    const auto added = [&](RequantizeV64 product, RequantizeV64 by) HWY_ATTR {
      const RequantizeV64 one = hn::Set(d64, int64_t{1}), up = hn::Set(d64, int64_t{1} << 62);
      return hn::Add(hn::Add(product, up), hn::Shl(one, hn::Sub(by, one)));
    };
    add = added(hn::MulEven(bias, m), shift);
    odd_add = added(hn::MulEven(OddLanes(bias), odd_multiplier), odd_shift);
    moved = hn::Sub(hn::Shl(hn::Set(d32, 1), hn::Sub(hn::Set(d32, 62), total)), zero);
  }

  HWY_INLINE RequantizeV32 Round(RequantizeV32 sum) const {
    const RequantizeD32 d32;
    const RequantizeDU64 du64;
    const auto shifted = [&](RequantizeV64 number, RequantizeV64 by) HWY_ATTR {
      return hn::Shr(hn::BitCast(du64, number), hn::BitCast(du64, by));
    };
    const auto even = shifted(hn::Add(hn::MulEven(sum, multiplier), add), shift);
    const auto odd =
        shifted(hn::Add(hn::MulEven(OddLanes(sum), odd_multiplier), odd_add), odd_shift);
    const RequantizeV32 both =
        hn::OddEven(hn::BitCast(d32, hn::ShiftLeft<32>(odd)), hn::BitCast(d32, even));
    return hn::Sub(both, moved);
  }
};

// From a sum to a code, for what knows no shorter way.
template <class Rounding>
struct Saturating {
  Rounding rounding;
  RequantizeV32 bias, low, high, zero;

  HWY_INLINE Saturating(RequantizeV32 m, RequantizeV32 shift, RequantizeV32 first,
                        RequantizeV32 last)
      : rounding(m, shift), bias(first), zero(last) {
    const RequantizeD32 d32;  // what no code is beyond
    low = hn::Set(d32, -512);
    high = hn::Set(d32, 511);
  }
  HWY_INLINE RequantizeV32 Round(RequantizeV32 sum) const {
    const RequantizeV32 v = rounding.Round(SaturatedSum(sum, bias));
    return hn::Add(hn::Min(hn::Max(v, low), high), zero);
  }
};

// Codes of four rows, a vector of columns each, as bytes that saturate: one row after another.
template <class D8, class V>
HWY_INLINE void StoreFourRows(D8 d8, const V (&codes)[4], hn::Vec<D8> low, hn::Vec<D8> high,
                              size_t codes_stride, uint8_t* to) {
  const RequantizeD32 d32;
  const hn::Repartition<int16_t, RequantizeD32> d16;
  constexpr size_t kLanes = HWY_MAX_LANES_D(RequantizeD32);
  const auto first = hn::ReorderDemote2To(d16, codes[0], codes[1]);
  const auto second = hn::ReorderDemote2To(d16, codes[2], codes[3]);
  auto bytes = hn::Min(hn::Max(hn::ReorderDemote2To(d8, first, second), low), high);
  if constexpr (kLanes > 4) {  // each block of 128 bits has four columns of every row
    HWY_ALIGN int32_t order[kLanes];
    for (size_t i = 0; i < kLanes; ++i) {
      order[i] = static_cast<int32_t>(i % (kLanes / 4) * 4 + i / (kLanes / 4));
    }
    bytes = hn::BitCast(
        d8, hn::TableLookupLanes(hn::BitCast(d32, bytes), hn::SetTableIndices(d32, order)));
  }
  HWY_ALIGN uint8_t rows[4 * kLanes];
  hn::Store(hn::BitCast(hn::RebindToUnsigned<D8>(), bytes), hn::RebindToUnsigned<D8>(), rows);
  PAWL_UNROLL
  for (size_t r = 0; r < 4; ++r) std::memcpy(to + r * codes_stride, rows + r * kLanes, kLanes);
}

// A vector of columns at a time, so that its parameters are prepared once. T is the codes' type.
template <class Rounding, class T>
HWY_NOINLINE size_t RequantizeColumns(const int32_t* sums, const RequantizeShape& shape,
                                      const RequantizeParams& p, uint8_t* codes) {
  const RequantizeD32 d32;
  const hn::RebindToUnsigned<RequantizeD32> du32;
  const hn::Rebind<uint8_t, RequantizeD32> d8;
  const hn::Repartition<T, RequantizeD32> dt;
  const size_t lanes = hn::Lanes(d32);
  const RequantizeV32 low = hn::Set(d32, p.low), high = hn::Set(d32, p.high);
  const auto least = hn::Set(dt, static_cast<T>(p.low)), most = hn::Set(dt, static_cast<T>(p.high));
  const size_t rows = shape.rows, stride = shape.stride, codes_stride = shape.codes_stride;
  size_t i = 0;
  for (; i + lanes <= shape.n; i += lanes) {
    const Rounding rounding(hn::LoadU(d32, p.multipliers + i), hn::LoadU(d32, p.shifts + i),
                            hn::LoadU(d32, p.bias + i), hn::Set(d32, p.zero));
    const int32_t* from = sums + i;
    uint8_t* to = codes + i;
    size_t r = 0;
    for (; r + 4 <= rows; r += 4, from += 4 * stride, to += 4 * codes_stride) {
      RequantizeV32 four[4];
      PAWL_UNROLL
      for (size_t m = 0; m < 4; ++m) four[m] = rounding.Round(hn::LoadU(d32, from + m * stride));
      StoreFourRows(dt, four, least, most, codes_stride, to);
    }
    for (; r < rows; ++r, from += stride, to += codes_stride) {
      const RequantizeV32 code = hn::Min(hn::Max(rounding.Round(hn::LoadU(d32, from)), low), high);
      hn::StoreU(hn::TruncateTo(d8, hn::BitCast(du32, code)), d8, to);
    }
  }
  return i;
}

template <class T>
HWY_INLINE size_t RequantizeAs(const int32_t* sums, const RequantizeShape& shape,
                               const RequantizeParams& p, uint8_t* codes) {
  const bool classic = p.rounding == RequantizeRounding::kClassic;
  if (p.narrow) {
    return classic ? RequantizeColumns<NarrowClassicRounding, T>(sums, shape, p, codes)
                   : RequantizeColumns<NarrowSingleRounding, T>(sums, shape, p, codes);
  }
  return classic ? RequantizeColumns<Saturating<ClassicRounding>, T>(sums, shape, p, codes)
                 : RequantizeColumns<Saturating<SingleRounding>, T>(sums, shape, p, codes);
}

void RequantizeRows(const int32_t* sums, const RequantizeShape& shape, const RequantizeParams& p,
                    uint8_t* codes) {
  const size_t done = p.low < 0 ? RequantizeAs<int8_t>(sums, shape, p, codes)
                                : RequantizeAs<uint8_t>(sums, shape, p, codes);
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
