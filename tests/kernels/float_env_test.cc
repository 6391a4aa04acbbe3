// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include "kernels/float_env.h"

#include <cfenv>

#include "kernels/matmul.h"
#include "kernels/quantize.h"
#include "test_util.h"

namespace pawl::kernels {
namespace {

// Reads, and sets to something that breaks kernels: denormals flushed, rounding upward.
#if defined(__x86_64__)
unsigned ControlWord() { return _mm_getcsr(); }
void SetControlWord(unsigned word) { _mm_setcsr(word); }
constexpr unsigned kHostile = 0x1F80 | 0x8040 | 0x4000;  // FTZ, DAZ, round up
#elif defined(__aarch64__)
uint64_t ControlWord() {
  uint64_t word;
  __asm__ volatile("mrs %0, fpcr" : "=r"(word));
  return word;
}
void SetControlWord(uint64_t word) { __asm__ volatile("msr fpcr, %0" : : "r"(word) : "memory"); }
constexpr uint64_t kHostile = (1u << 24) | (1u << 22);  // FZ, round up
#endif

struct Results {
  int8_t codes[4];
  float sum;
};

Results Run(Target target) {
  static constexpr float kX[4] = {0.5f, 1.25f, 1e-40f, 3e-40f};
  static constexpr float kOne[4] = {1.0f, 1.0f, 1.0f, 1.0f};
  Results results = {};
  QuantizeI8(target, kX, 2, {1.0f, 0, -127, 127}, results.codes);
  QuantizeI8(target, kX + 2, 2, {1e-40f, 0, -127, 127}, results.codes + 2);
  MatMulF32(target, kX + 2, kOne, {1, 1, 2, 2, 2, 1}, &results.sum);
  return results;
}

bool Same(const Results& a, const Results& b) {
  return std::memcmp(a.codes, b.codes, sizeof(a.codes)) == 0 &&
         std::bit_cast<uint32_t>(a.sum) == std::bit_cast<uint32_t>(b.sum);
}

}  // namespace

#if defined(__x86_64__) || defined(__aarch64__)
TEST_CASE("float_env: the host's mode changes no bit and is restored") {
  const auto original = ControlWord();
  ForEachTarget([&](Target target) {
    const Results expected = Run(target);
    CHECK(expected.codes[0] == 0);
    CHECK(expected.codes[2] == 1);
    CHECK(expected.codes[3] == 3);
    CHECK(expected.sum > 3.9e-40f);
    SetControlWord(kHostile);
    const Results hostile = Run(target);
    Results guarded;
    {
      const FloatEnvironment environment;
      guarded = Run(target);
    }
    const auto after = ControlWord();
    SetControlWord(original);
    CHECK(Same(guarded, expected));
    CHECK_FALSE(Same(hostile, expected));  // else this test would prove nothing
    CHECK((after & ~uint64_t{0x3F}) == kHostile);
  });
}

TEST_CASE("float_env: the host's exception flags survive") {
  std::feclearexcept(FE_ALL_EXCEPT);
  {
    const FloatEnvironment environment;
    Run(BestTarget());
  }
#if defined(__x86_64__)
  CHECK(std::fetestexcept(FE_ALL_EXCEPT) == 0);
#endif
}
#endif

}  // namespace pawl::kernels
