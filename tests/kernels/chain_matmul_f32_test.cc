// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include "kernels/chain_matmul_f32.h"

#include <algorithm>
#include <vector>

#include "kernels/float_env.h"
#include "test_util.h"

namespace pawl::kernels {
namespace {

bool SameRows(const float* got, const float* want, size_t rows, size_t cols, size_t stride) {
  for (size_t i = 0; i < rows; ++i) {
    for (size_t j = 0; j < cols; ++j) {
      if (!SameBits(got[i * stride + j], want[i * stride + j])) return false;
    }
  }
  return true;
}

void Check(Rng& rng, size_t m, size_t n) {
  const size_t channels = rng() % 9, taps = 1 + rng() % 4, k = channels * taps;
  std::vector<int64_t> offsets;
  for (size_t t = 0; t < taps; ++t) offsets.push_back(static_cast<int64_t>(rng() % 50));
  const auto most = static_cast<size_t>(*std::max_element(offsets.begin(), offsets.end()));
  const size_t b_stride = 1 + rng() % 90;
  const Buffer<float> a(NastyFloats(rng, m * k));
  const Buffer<float> b(
      RandomFloats(rng, channels == 0 ? 0 : (channels - 1) * b_stride + most + n));
  const Buffer<float> rows(RandomFloats(rng, m)), columns(RandomFloats(rng, n));
  ChainShape shape{m, n, channels, taps, offsets.data(), k, b_stride, n + rng() % 3};
  if (taps == 1 && rng() % 2 == 0) shape.offsets = nullptr;
  ChainFinish finish;
  if (rng() % 2 == 0) finish.row_bias = rows.data();
  if (rng() % 2 == 0) finish.column_bias = columns.data();
  if (rng() % 2 == 0) finish.low = -0.5f;
  if (rng() % 2 == 0) finish.high = 0.75f;
  const size_t size = m == 0 || n == 0 ? 0 : (m - 1) * shape.out_stride + n;
  Buffer<float> want(size);
  reference::ChainMatMulF32(a.data(), b.data(), shape, finish, want.data());
  INFO("m " << m << ", n " << n << ", channels " << channels << ", taps " << taps);
  ForEachTarget([&](Target target) {
    Buffer<float> out(size);
    ChainMatMulF32(target, a.data(), b.data(), shape, finish, out.data());
    CHECK(SameRows(out.data(), want.data(), m, n, shape.out_stride));
    CHECK(out.BorderIntact());
  });
}

}  // namespace

TEST_CASE("ChainMatMulF32 gives the bits of the reference") {
  const FloatEnvironment environment;
  Rng rng(51);
  for (const size_t m : {0, 1, 2, 3, 4, 5, 6, 7, 9, 11, 12, 13, 24}) {
    for (const size_t n :
         {0, 1, 2, 3, 4, 7, 8, 9, 15, 16, 17, 24, 31, 32, 33, 48, 63, 64, 65, 100}) {
      Check(rng, m, n);
    }
  }
}

TEST_CASE("ChainMatMulF32: a result does not depend on what is computed with it") {
  const FloatEnvironment environment;
  Rng rng(52);
  const size_t m = 13, n = 77, k = 200;
  const std::vector<float> a = RandomFloats(rng, m * k), b = RandomFloats(rng, k * n);
  const ChainShape whole{m, n, k, 1, nullptr, k, n, n};
  std::vector<float> all(m * n);
  ForEachTarget([&](Target target) {
    ChainMatMulF32(target, a.data(), b.data(), whole, {}, all.data());
    for (size_t i = 0; i < m; ++i) {
      for (size_t j = 0; j < n; j += 19) {
        ChainShape one = whole;
        one.m = one.n = 1;
        float v = 0.0f;
        ChainMatMulF32(target, a.data() + i * k, b.data() + j, one, {}, &v);
        CHECK(SameBits(v, all[i * n + j]));
      }
    }
  });
}

}  // namespace pawl::kernels
