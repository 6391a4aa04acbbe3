// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include "kernels/matmul_f32.h"

#include <algorithm>

#include "test_util.h"

namespace pawl::kernels {
namespace {

// Sums of products in pieces of `step` columns, as a caller that decodes weights adds them.
std::vector<float> InPieces(Target target, const Buffer<float>& a, const Buffer<float>& w,
                            const MatMulShape& shape, size_t step) {
  const size_t stride = shape.n * kLaneSums + 3;
  Buffer<float> lanes(shape.m * stride);
  std::fill_n(lanes.data(), lanes.size(), kNaN);
  size_t k = 0;
  do {
    MatMulShape piece = shape;
    piece.k = std::min(step, shape.k - k);
    piece.out_stride = stride;
    AddProductsF32(target, a.data() + k, w.data() + k, piece, k == 0, lanes.data());
    k += step;
  } while (k < shape.k);
  CHECK(lanes.BorderIntact());
  std::vector<float> out(shape.m * shape.n);
  for (size_t m = 0; m < shape.m; ++m) {
    SumLanesF32(target, lanes.data() + m * stride, shape.n, out.data() + m * shape.n);
  }
  return out;
}

size_t Differences(const std::vector<float>& out, const std::vector<float>& expected) {
  size_t count = 0;
  for (size_t i = 0; i < out.size(); ++i) count += !SameBits(out[i], expected[i]);
  return count;
}

}  // namespace

TEST_CASE("matmul_f32: blocks of rows and columns do not show") {
  Rng rng(3);
  const auto nasty = [&](size_t n) { return NastyFloats(rng, n); };
  const auto tiny = [&](size_t n) { return RandomFloats(rng, n, 1e-22f); };
  const auto normal = [&](size_t n) { return RandomFloats(rng, n); };
  const auto check = [&](size_t m, size_t n, size_t k, const auto& make) {
    const MatMulShape shape{m, n, k, k + 5, k + 3, n};
    const Buffer<float> a(make(m * shape.a_stride)), w(make(n * shape.w_stride));
    std::vector<float> expected(m * n);
    reference::MatMulF32(a.data(), w.data(), shape, expected.data());
    INFO("m " << m << ", n " << n << ", k " << k);
    ForEachTarget([&](Target target) {
      std::vector<float> out(m * n);
      MatMulF32(target, a.data(), w.data(), shape, out.data());
      CHECK(Differences(out, expected) == 0);
      CHECK(Differences(InPieces(target, a, w, shape, 16), expected) == 0);
      CHECK(Differences(InPieces(target, a, w, shape, 272), expected) == 0);
    });
  };
  for (const size_t k : {0, 1, 16, 255, 256, 257, 530}) {
    check(7, 17, k, normal);
    check(1, 6, k, nasty);
    check(50, 18, k, nasty);
    check(13, 5, k, tiny);
  }
  for (const size_t m : {2, 3, 4, 6, 8, 47, 49, 97}) check(m, 33, 288, normal);
}

TEST_CASE("matmul_f32: lane sums are the same on every target") {
  Rng rng(5);
  for (size_t count = 0; count < 14; ++count) {
    const Buffer<float> lanes(NastyFloats(rng, count * kLaneSums));
    Buffer<float> expected(count);
    reference::SumLanesF32(lanes.data(), count, expected.data());
    ForEachTarget([&](Target target) {
      Buffer<float> out(count);
      SumLanesF32(target, lanes.data(), count, out.data());
      CHECK(out.FirstDifference(expected, true) == count);
      CHECK(out.BorderIntact());
    });
  }
}

}  // namespace pawl::kernels
