// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// Weight-only layers: whatever way a scheme takes through the kernels, and however many rows come
// together, the bits are those of decoding first and multiplying in the documented order.

#include <string>
#include <vector>

#include "kernels/matmul.h"
#include "kernels/target.h"
#include "linear_test_util.h"
#include "tests/tested_targets.h"

namespace pawl {
namespace {

using namespace pawl::testing;

const char* const kSchemes[] = {"int2:g16",
                                "int3:g32",
                                "int4:g32",
                                "int4:g128",
                                "int4:channel",
                                "int5:g32",
                                "int6:g16",
                                "int7:channel",
                                "int8:channel",
                                "int8:g32",
                                "int16:g32",
                                "uint2:g64:asym",
                                "uint3:g32:min",
                                "uint4:g32:asym",
                                "uint4:g24:asym",
                                "uint4:g64:hqq",
                                "uint5:g32:min",
                                "uint6:g32:asym",
                                "uint8:g64:asym",
                                "uint8:channel:min",
                                "ternary:g64",
                                "binary:g32",
                                "nf4",
                                "nf4:dq",
                                "fp4:flat48",
                                "nf4:g16",
                                "codebook2",
                                "codebook3:g32",
                                "codebook4:g32",
                                "codebook8:g32",
                                "pot4:channel",
                                "apot4:g32",
                                "fp4e2m1:g32:e8m0",
                                "e4m3:channel",
                                "e5m2:g32",
                                "f16",
                                "bf16",
                                "int4:block2x32",
                                "int4:channel1",
                                "mxfp4",
                                "nvfp4",
                                "q4_0",
                                "q4_1",
                                "q5_0",
                                "q5_1",
                                "q8_0",
                                "q2_k",
                                "q3_k",
                                "q4_k",
                                "q5_k",
                                "q6_k",
                                "iq4_nl",
                                "iq4_xs"};

// Results that differ from those of the reference for the rows of x, by bits.
int Differences(const std::vector<float>& y, const std::vector<float>& expected) {
  int count = 0;
  for (size_t i = 0; i < y.size(); ++i) count += y[i] != expected[i];
  return count;
}

}  // namespace

TEST_CASE("Weight-only: every scheme, 1 to 40 rows, gives the bits of decoding first") {
  constexpr int64_t n = 37, k = 1280, most = 40;
  const std::vector<float> x = RandomFloats(most * k, 4);
  for (const char* text : kSchemes) {
    const QuantizedTensor w = RandomWeights(Parsed(text), {n, k}, 3);
    const std::vector<float> decoded = Decoded(w);
    std::vector<float> expected(most * n);
    kernels::reference::MatMulF32(x.data(), decoded.data(), {most, n, k, k, k, n}, expected.data());
    const QuantizedLinear linear = MakeLinear(w);
    const auto context = MakeContext();
    INFO(text);
    for (const int64_t m : {1, 2, 3, 4, 5, 15, 16, 17, 18, 33, 40}) {
      const std::vector<float> part(x.begin(), x.begin() + m * k);
      INFO("rows " << m);
      CHECK(Differences(Forward(linear, part, m, *context), expected) == 0);
    }
    for (int64_t m = 0; m < most; m += 7) {
      const std::vector<float> row(x.begin() + m * k, x.begin() + (m + 1) * k);
      const std::vector<float> want(expected.begin() + m * n, expected.begin() + (m + 1) * n);
      CHECK(Differences(Forward(linear, row, 1, *context), want) == 0);
    }
  }
}

TEST_CASE("Weight-only: ragged shapes, every target and thread count") {
  for (const char* text : {"int4:g32", "uint4:g64:asym", "nf4", "int3:g32", "int6:g16", "int8:g32",
                           "codebook4", "e4m3:channel", "int4:channel1"}) {
    for (const int64_t k : {1, 47, 1023, 1024, 1100, 2065, 3072}) {
      const int64_t n = 1 + k % 35;
      constexpr int64_t most = 19;
      const QuantizedTensor w = RandomWeights(Parsed(text), {n, k}, 5);
      const std::vector<float> decoded = Decoded(w), x = RandomFloats(most * k, 6);
      std::vector<float> expected(static_cast<size_t>(most * n));
      const auto columns = static_cast<size_t>(k), rows = static_cast<size_t>(n);
      kernels::reference::MatMulF32(x.data(), decoded.data(),
                                    {most, rows, columns, columns, columns, rows}, expected.data());
      const QuantizedLinear linear = MakeLinear(w);
      for (const kernels::Target target : TestedTargets()) {
        const std::string name(kernels::TargetName(target));
        INFO(text << ", k " << k << ", target " << name);
        const auto context = MakeContext(2, name);
        for (const int64_t m : {1, 4, 19}) {
          const std::vector<float> part(x.begin(), x.begin() + m * k);
          CHECK(Differences(Forward(linear, part, m, *context), expected) == 0);
        }
      }
    }
  }
}

TEST_CASE("Weight-only: a last batch of one row fits into the scratch of the others") {
  constexpr int64_t m = 257, n = 5, k = 4096;
  const QuantizedTensor w = RandomWeights(Parsed("int4:g16"), {n, k}, 7);
  const std::vector<float> x = RandomFloats(m * k, 8);
  const QuantizedLinear linear = MakeLinear(w);
  const std::vector<float> y = Forward(linear, x, m);
  const std::vector<float> last(x.end() - k, x.end());
  CHECK(Differences(Forward(linear, last, 1), {y.end() - n, y.end()}) == 0);
}

}  // namespace pawl
