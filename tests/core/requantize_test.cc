// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include "pawl/requantize.h"

#include <cmath>
#include <cstdint>
#include <limits>
#include <random>
#include <vector>

#include "catch2/catch_test_macros.hpp"

namespace pawl {
namespace {

__extension__ using Int128 = __int128;

// floor(a / 2^b) for any sign, b >= 0.
Int128 FloorShift(Int128 a, int b) {
  const Int128 unit = static_cast<Int128>(1) << b;
  const Int128 quotient = a / unit;
  return a % unit < 0 ? quotient - 1 : quotient;
}

// The nearest integer to a / 2^b, halves away from zero.
Int128 NearestAway(Int128 a, int b) {
  if (b == 0) return a;
  const Int128 half = static_cast<Int128>(1) << (b - 1);
  return a >= 0 ? FloorShift(a + half, b) : -FloorShift(-a + half, b);
}

int64_t Clamp32(Int128 v) {
  if (v > INT32_MAX) return INT32_MAX;
  if (v < INT32_MIN) return INT32_MIN;
  return static_cast<int64_t>(v);
}

// The doubled high product truncates (product + nudge) / 2^31 towards zero, with nudge 1 - 2^30 for
// negative products: so a negative half goes up, towards zero.
Int128 HighProduct(Int128 a, Int128 b) {
  const Int128 product = a * b;
  if (a == INT32_MIN && b == INT32_MIN) return INT32_MAX;
  return FloorShift(product + (static_cast<Int128>(1) << 30), 31);
}

int64_t ClassicOracle(int32_t x, FixedPointMultiplier m) {
  const int64_t shifted = m.shift > 0 ? Clamp32(static_cast<Int128>(x) << m.shift) : x;
  return static_cast<int64_t>(
      NearestAway(HighProduct(shifted, m.multiplier), m.shift > 0 ? 0 : -m.shift));
}

int64_t SingleOracle(int32_t x, FixedPointMultiplier m) {
  const int bits = 31 - m.shift;
  const Int128 half = static_cast<Int128>(1) << (bits - 1);
  return Clamp32(FloorShift(static_cast<Int128>(x) * m.multiplier + half, bits));
}

int64_t WideOracle(int64_t x, FixedPointMultiplier m) {
  const Int128 reduced = m.multiplier >= 0x7FFF0000
                             ? 0x7FFF
                             : FloorShift(static_cast<Int128>(m.multiplier) + 32768, 16);
  const int bits = 15 - m.shift;
  return Clamp32(FloorShift(x * reduced + (static_cast<Int128>(1) << (bits - 1)), bits));
}

std::vector<int32_t> EdgeAccumulators() {
  std::vector<int32_t> values = {INT32_MIN, INT32_MIN + 1, INT32_MAX, INT32_MAX - 1};
  for (int32_t i = -5; i <= 5; ++i) values.push_back(i);
  for (int bit = 1; bit < 31; ++bit) {
    for (int32_t delta = -1; delta <= 1; ++delta) {
      values.push_back((1 << bit) + delta);
      values.push_back(-(1 << bit) + delta);
    }
  }
  return values;
}

constexpr int32_t kEdgeMultipliers[] = {0,          1 << 30,    (1 << 30) + 1, 0x5A827999,
                                        0x60000000, 0x7FFEFFFF, 0x7FFF0000,    INT32_MAX};

}  // namespace

TEST_CASE("Both roundings agree with their definitions on edge values") {
  int64_t classic_errors = 0;
  int64_t single_errors = 0;
  for (const int32_t acc : EdgeAccumulators()) {
    for (const int32_t multiplier : kEdgeMultipliers) {
      for (int32_t shift = -31; shift <= 30; ++shift) {
        const FixedPointMultiplier m{multiplier, shift};
        classic_errors += Requantize(acc, m, RequantizeRounding::kClassic) != ClassicOracle(acc, m);
        single_errors += Requantize(acc, m, RequantizeRounding::kSingle) != SingleOracle(acc, m);
      }
    }
  }
  CHECK(classic_errors == 0);
  CHECK(single_errors == 0);
}

TEST_CASE("Both roundings agree with their definitions on random values") {
  std::mt19937_64 random(1);
  int64_t errors = 0;
  int64_t differ = 0;
  int64_t far = 0;
  for (int i = 0; i < 400000; ++i) {
    const auto bits = static_cast<int>(random() % 32);
    const auto acc = static_cast<int32_t>(random()) >> bits;
    const auto multiplier = static_cast<int32_t>((1u << 30) + random() % (1u << 30));
    const FixedPointMultiplier m{multiplier, static_cast<int32_t>(random() % 40) - 31};
    const int64_t classic = Requantize(acc, m, RequantizeRounding::kClassic);
    const int64_t single = Requantize(acc, m, RequantizeRounding::kSingle);
    errors += classic != ClassicOracle(acc, m) || single != SingleOracle(acc, m);
    differ += classic != single;
    if (m.shift <= 0) far += std::abs(classic - single) > 1;
  }
  CHECK(errors == 0);
  CHECK(differ > 0);
  CHECK(far == 0);  // one unit at most
}

TEST_CASE("Roundings of halves, by hand") {
  const FixedPointMultiplier half{1 << 30, 0};      // 1/2
  const FixedPointMultiplier quarter{1 << 30, -1};  // 1/4
  using R = RequantizeRounding;
  CHECK(Requantize(3, half, R::kClassic) == 2);
  CHECK(Requantize(-3, half, R::kClassic) == -1);  // the high product rounds -1.5 up
  CHECK(Requantize(-3, half, R::kSingle) == -1);
  CHECK(Requantize(5, quarter, R::kClassic) == 2);  // 1.25: 2.5 -> 3, 1.5 -> 2
  CHECK(Requantize(5, quarter, R::kSingle) == 1);
  CHECK(Requantize(-6, quarter, R::kClassic) == -2);  // -1.5: -3 -> -2 away from zero
  CHECK(Requantize(-6, quarter, R::kSingle) == -1);   // half up
  CHECK(Requantize(INT32_MAX, {INT32_MAX, 1}, R::kSingle) == INT32_MAX);
  CHECK(Requantize(INT32_MIN, {INT32_MAX, 5}, R::kClassic) == -INT32_MAX);
}

TEST_CASE("The wide form agrees with its definition") {
  std::mt19937_64 random(2);
  int64_t errors = 0;
  for (int i = 0; i < 200000; ++i) {
    const auto acc = static_cast<int64_t>(random()) >> (16 + random() % 40);
    const auto multiplier = static_cast<int32_t>((1u << 30) + random() % (1u << 30));
    const FixedPointMultiplier m{multiplier, static_cast<int32_t>(random() % 46) - 31};
    errors += RequantizeWide(acc, m) != WideOracle(acc, m);
  }
  for (const int32_t multiplier : kEdgeMultipliers) {
    for (int32_t shift = -31; shift <= 14; ++shift) {
      for (const int64_t acc : {int64_t{0}, int64_t{1}, int64_t{-1}, (int64_t{1} << 47) - 1,
                                -(int64_t{1} << 47), int64_t{1} << 31}) {
        errors += RequantizeWide(acc, {multiplier, shift}) != WideOracle(acc, {multiplier, shift});
      }
    }
  }
  CHECK(errors == 0);
  CHECK(RequantizeWide(INT64_MAX, {1 << 30, 0}) ==
        RequantizeWide((int64_t{1} << 47) - 1, {1 << 30, 0}));
}

TEST_CASE("Multipliers are the nearest fixed-point numbers") {
  std::mt19937_64 random(3);
  std::uniform_real_distribution<double> exponents(-30.0, 28.0);
  for (int i = 0; i < 20000; ++i) {
    const double real = std::exp2(exponents(random));
    const FixedPointMultiplier m = *MakeFixedPointMultiplier(real);
    REQUIRE(IsValid(m));
    REQUIRE(m.multiplier >= 1 << 30);
    const double back = std::ldexp(m.multiplier, m.shift - 31);
    REQUIRE(std::fabs(back - real) <= std::ldexp(0.5, m.shift - 31));
  }
  CHECK(*MakeFixedPointMultiplier(0.0) == FixedPointMultiplier{0, 0});
  CHECK(*MakeFixedPointMultiplier(1.0) == FixedPointMultiplier{1 << 30, 1});
  CHECK(*MakeFixedPointMultiplier(0.5) == FixedPointMultiplier{1 << 30, 0});
  // Rounds up to 2^31, which is halved.
  CHECK(*MakeFixedPointMultiplier(std::nextafter(1.0, 0.0)) == FixedPointMultiplier{1 << 30, 1});
  CHECK(*MakeFixedPointMultiplier(1e-12) == FixedPointMultiplier{0, 0});
  CHECK(*MakeFixedPointMultiplier(1e30) == FixedPointMultiplier{INT32_MAX, 30});
  CHECK(*MakeFixedPointMultiplier(5e-324) == FixedPointMultiplier{0, 0});
}

TEST_CASE("A multiplier that is negative or not finite is an error") {
  for (const double bad :
       {-1.0, std::numeric_limits<double>::quiet_NaN(), std::numeric_limits<double>::infinity()}) {
    CHECK(MakeFixedPointMultiplier(bad).status().code() == absl::StatusCode::kInvalidArgument);
  }
}

}  // namespace pawl
