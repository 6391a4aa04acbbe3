// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include "kernels/requantize.h"

#include <vector>

#include "test_util.h"

namespace pawl::kernels {
namespace {

// Any number, the extremes, and small ones about where rounding turns.
int32_t NastyInteger(Rng& rng) {
  constexpr int32_t kSpecial[] = {
      0, 1, -1, INT32_MAX, INT32_MIN, 1 << 30, -(1 << 30), INT32_MAX - 1, INT32_MIN + 1};
  const uint32_t choice = static_cast<uint32_t>(rng()) % 4;
  if (choice == 0) return kSpecial[rng() % std::size(kSpecial)];
  const auto any = static_cast<int32_t>(static_cast<uint32_t>(rng()));
  return choice == 1 ? any : any >> (rng() % 31);
}

}  // namespace

TEST_CASE("RequantizeRows is the definition on every target") {
  Rng rng(21);
  for (const RequantizeRounding rounding :
       {RequantizeRounding::kClassic, RequantizeRounding::kSingle}) {
    for (const size_t n : TestSizes()) {
      const bool narrow = n % 2 == 0;  // multipliers below one, as layers have them
      const RequantizeShape shape{n > 200 ? 4u : 3u + n % 6, n, n + n % 5, n + n % 3};
      const size_t all = n == 0 ? 0 : (shape.rows - 1) * shape.stride + n;
      const size_t all_codes = n == 0 ? 0 : (shape.rows - 1) * shape.codes_stride + n;
      std::vector<int32_t> sums(all), bias(n), multipliers(n), shifts(n);
      for (int32_t& sum : sums) sum = NastyInteger(rng);
      for (size_t i = 0; i < n; ++i) {
        bias[i] = NastyInteger(rng);
        multipliers[i] = rng() % 16 == 0 ? 0 : (1 << 30) + static_cast<int32_t>(rng() % (1 << 30));
        if (rng() % 4 == 0) multipliers[i] = 1 << 30;  // halves
        shifts[i] = static_cast<int32_t>(rng() % (narrow ? 32 : 62)) - 31;
      }
      const bool few = n % 4 == 1;  // RequantizeParams::narrow
      if (few) {
        const auto below = [&](int32_t v) { return v % (1 << 29); };
        std::transform(sums.begin(), sums.end(), sums.begin(), below);
        std::transform(bias.begin(), bias.end(), bias.begin(), below);
        for (int32_t& shift : shifts) shift = -1 - static_cast<int32_t>(rng() % 20);
      }
      const Buffer<int32_t> in(sums), b(bias), m(multipliers), s(shifts);
      const bool is_signed = rng() % 2 == 0;
      const int32_t zero = static_cast<int32_t>(rng() % 256) - (is_signed ? 128 : 0);
      const RequantizeParams params{.bias = b.data(),
                                    .multipliers = m.data(),
                                    .shifts = s.data(),
                                    .rounding = rounding,
                                    .zero = zero,
                                    .low = is_signed ? -128 : 0,
                                    .high = n % 3 == 0  ? zero
                                            : is_signed ? 127
                                                        : 255,
                                    .narrow = few};
      Buffer<uint8_t> expected(std::vector<uint8_t>(all_codes, 77));
      for (size_t i = 0; i < n * shape.rows; ++i) {
        const size_t at = i / n * shape.stride + i % n, c = i % n;
        const int64_t sum = std::clamp<int64_t>(int64_t{sums[at]} + bias[c], INT32_MIN, INT32_MAX);
        const int64_t code =
            int64_t{Requantize(static_cast<int32_t>(sum), {multipliers[c], shifts[c]}, rounding)} +
            zero;
        expected.data()[i / n * shape.codes_stride + c] =
            static_cast<uint8_t>(std::clamp<int64_t>(code, params.low, params.high));
      }
      ForEachTarget([&](Target target) {
        INFO("n " << n << (rounding == RequantizeRounding::kClassic ? " classic" : " single"));
        Buffer<uint8_t> codes(std::vector<uint8_t>(all_codes, 77));
        RequantizeRows(target, in.data(), shape, params, codes.data());
        CHECK(codes.FirstDifference(expected) == all_codes);
        CHECK(codes.BorderIntact());
      });
    }
  }
}

}  // namespace pawl::kernels
