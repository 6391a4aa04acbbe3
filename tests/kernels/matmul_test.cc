// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include "kernels/matmul.h"

#include <algorithm>

#include "test_util.h"

namespace pawl::kernels {
namespace {

MatMulShape Shape(size_t m, size_t n, size_t k) { return {m, n, k, k + 5, k + 3, n + 2}; }

std::vector<MatMulShape> Shapes() {
  std::vector<MatMulShape> shapes;
  for (size_t k = 0; k <= 130; ++k) shapes.push_back(Shape(1 + k % 6, 1 + k % 7, k));
  for (size_t m = 0; m <= 9; ++m) {
    for (size_t n = 0; n <= 9; ++n) shapes.push_back(Shape(m, n, 67));
  }
  shapes.push_back(Shape(3, 5, 4096 + 17));
  return shapes;
}

// Compares kernel(target, a, w, shape, out) with reference(a, w, shape, out) on every shape.
template <class A, class W, class Out, class MakeA, class MakeW, class Kernel, class Reference>
void Compare(const MakeA& make_a, const MakeW& make_w, const Kernel& kernel,
             const Reference& reference) {
  Rng rng(1);
  for (const MatMulShape& shape : Shapes()) {
    const Buffer<A> a(make_a(rng, shape.m * shape.a_stride));
    const Buffer<W> w(make_w(rng, shape.n * shape.w_stride));
    Buffer<Out> expected(shape.m * shape.out_stride);
    reference(a.data(), w.data(), shape, expected.data());
    INFO("m " << shape.m << ", n " << shape.n << ", k " << shape.k);
    ForEachTarget([&](Target target) {
      Buffer<Out> out(expected.size());
      kernel(target, a.data(), w.data(), shape, out.data());
      CHECK(out.FirstDifference(expected, true) == expected.size());
      CHECK(out.BorderIntact());
    });
  }
}

std::vector<float> Normal(Rng& rng, size_t n) { return RandomFloats(rng, n); }
std::vector<float> Nasty(Rng& rng, size_t n) { return NastyFloats(rng, n); }
// Products underflow: sums of either sign round to zero.
std::vector<float> Tiny(Rng& rng, size_t n) { return RandomFloats(rng, n, 1e-22f); }

}  // namespace

TEST_CASE("matmul: integers are the same on every target") {
  Compare<int8_t, int8_t, int32_t>(RandomIntegers<int8_t>, RandomIntegers<int8_t>, MatMulI8,
                                   reference::MatMulI8);
  Compare<uint8_t, int8_t, int32_t>(RandomIntegers<uint8_t>, RandomIntegers<int8_t>, MatMulU8I8,
                                    reference::MatMulU8I8);
  Compare<int16_t, int8_t, int64_t>(RandomIntegers<int16_t>, RandomIntegers<int8_t>, MatMulI16I8,
                                    reference::MatMulI16I8);
}

TEST_CASE("matmul: extreme codes are exact up to the largest depth") {
  for (const size_t k : {size_t{1}, size_t{1000}, kMaxDepthU8I8, kMaxDepthI8}) {
    const std::vector<int8_t> low(2 * k, -128);
    const std::vector<uint8_t> high(2 * k, 255);
    const std::vector<int16_t> low16(2 * k, -32768);
    const MatMulShape shape{2, 2, k, k, k, 2};
    const auto depth = static_cast<int64_t>(k);
    INFO("k " << k);
    ForEachTarget([&](Target target) {
      int32_t out[4] = {};
      MatMulI8(target, low.data(), low.data(), shape, out);
      CHECK(std::count(out, out + 4, depth * 16384) == 4);
      int32_t sums[2] = {};
      RowSumI8(target, low.data(), 2, k, k, sums);
      CHECK(std::count(sums, sums + 2, depth * -128) == 2);
      if (k <= kMaxDepthU8I8) {
        MatMulU8I8(target, high.data(), low.data(), shape, out);
        CHECK(std::count(out, out + 4, depth * 255 * -128) == 4);
      }
      int64_t wide[4] = {};
      MatMulI16I8(target, low16.data(), low.data(), shape, wide);
      CHECK(std::count(wide, wide + 4, depth * 32768 * 128) == 4);
    });
  }
}

TEST_CASE("matmul: row sums are the same on every target") {
  Rng rng(8);
  for (const size_t cols : TestSizes()) {
    const size_t stride = cols + 1;
    const Buffer<int8_t> w(RandomIntegers<int8_t>(rng, 3 * stride));
    INFO("cols " << cols);
    ForEachTarget([&](Target target) {
      int32_t sums[3];
      RowSumI8(target, w.data(), 3, cols, stride, sums);
      for (size_t r = 0; r < 3; ++r) {
        int32_t expected = 0;
        for (size_t c = 0; c < cols; ++c) expected += w[r * stride + c];
        CHECK(sums[r] == expected);
      }
    });
  }
}

TEST_CASE("matmul: float order and fusing by hand") {
  float a[32] = {}, w[32];
  std::fill(w, w + 32, 1.0f);
  const MatMulShape shape{1, 1, 17, 17, 17, 1};
  ForEachTarget([&](Target target) {
    float out = 0.0f;
    // Lane 0 cancels before lane 8 joins it.
    std::fill(a, a + 32, 0.0f);
    a[0] = 1e8f, a[8] = 1.0f, a[16] = -1e8f;
    MatMulF32(target, a, w, shape, &out);
    CHECK(out == 1.0f);
    // (1 + 2^-12)^2 - (1 + 2^-11) is 2^-24, lost where the product is rounded.
    std::fill(a, a + 32, 0.0f);
    a[0] = -1.00048828125f, a[16] = w[16] = 1.000244140625f;
    MatMulF32(target, a, w, shape, &out);
    CHECK(out == std::ldexp(1.0f, -24));
    w[16] = 1.0f;
  });
}

TEST_CASE("matmul: floats are the same on every target") {
  Compare<float, float, float>(Normal, Normal, MatMulF32, reference::MatMulF32);
  Compare<float, float, float>(Nasty, Nasty, MatMulF32, reference::MatMulF32);
  Compare<float, float, float>(Tiny, Tiny, MatMulF32, reference::MatMulF32);
}

TEST_CASE("matmul: a row does not depend on the rows beside it") {
  Rng rng(6);
  constexpr size_t kM = 11, kN = 7, kK = 203;
  const std::vector<float> a = RandomFloats(rng, kM * kK), w = RandomFloats(rng, kN * kK);
  ForEachTarget([&](Target target) {
    std::vector<float> together(kM * kN), alone(kM * kN);
    MatMulF32(target, a.data(), w.data(), {kM, kN, kK, kK, kK, kN}, together.data());
    for (size_t m = 0; m < kM; ++m) {
      MatMulF32(target, a.data() + m * kK, w.data(), {1, kN, kK, kK, kK, kN}, &alone[m * kN]);
    }
    CHECK(std::memcmp(together.data(), alone.data(), sizeof(float) * kM * kN) == 0);
  });
}

}  // namespace pawl::kernels
