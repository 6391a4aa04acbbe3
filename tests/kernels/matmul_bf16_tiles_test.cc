// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// Tile products of bf16 against the arithmetic that Intel's manual gives for TDPBF16PS: the same
// bits. Runs where the CPU has tiles.

#include "kernels/matmul_bf16_tiles.h"

#include <algorithm>

#include "pawl/float_types.h"
#include "test_util.h"

namespace pawl::kernels {
namespace {

bool HasTiles() {
  const auto targets = SupportedTargets();
  return std::any_of(targets.begin(), targets.end(), HasTilesBF16);
}

// `rounded`, or a zero of its sign where the exact value is below the smallest normal number after
// rounding to 24 bits.
float Flushed(double exact, float rounded) {
  return std::fabs(exact) < 0x1p-126 * (1.0 - 0x1p-25) ? std::copysign(0.0f, rounded) : rounded;
}

float Add(float a, float b) { return Flushed(double{a} + double{b}, a + b); }

float MultiplyAdd(uint16_t a, uint16_t b, float sum) {
  const auto value = [](uint16_t code) {
    const float v = BF16ToF32(code);
    return Flushed(v, v);
  };
  const float x = value(a), y = value(b);
  return Flushed(double{x} * double{y} + double{sum}, std::fma(x, y, sum));
}

float Product(const uint16_t* x, const uint16_t* w, size_t columns) {
  float sum = 0.0f;
  for (size_t k = 0; k < columns; k += kTileColumnsBF16) {
    float even = 0.0f, odd = 0.0f;
    for (size_t c = k; c < k + kTileColumnsBF16; c += 2) {
      even = MultiplyAdd(x[c], w[c], even);
      odd = MultiplyAdd(x[c + 1], w[c + 1], odd);
    }
    sum = Add(sum, Add(even, odd));
  }
  return sum;
}

size_t UpTo(size_t n, size_t step) { return (n + step - 1) / step * step; }

// x [m, k] . w [n, k]^T in pieces of `piece` columns, all multiples of 32.
std::vector<float> InPieces(const Buffer<uint16_t>& x, const Buffer<uint16_t>& w, size_t m,
                            size_t n, size_t k, size_t piece) {
  const size_t x_tiles = UpTo(m, kTileRowsBF16) / kTileRowsBF16;
  const size_t w_tiles = w.size() / std::max<size_t>(k, 1) / kTileRowsBF16;
  const size_t x_stride = k * kTileRowsBF16 + 96;
  Buffer<uint16_t> tiles(x_tiles * x_stride);
  for (size_t i = 0; i < x_tiles; ++i) {
    const size_t first = i * kTileRowsBF16;
    InterleaveTilesBF16(x.data() + first * k, std::min(kTileRowsBF16, m - first), k, k,
                        tiles.data() + i * x_stride);
  }
  Buffer<float> sums(x_tiles * w_tiles * kTileSums);
  size_t at = 0;
  do {
    const TilesBF16 t{.w = w.data() + at,
                      .w_stride = k,
                      .w_tiles = w_tiles,
                      .x = tiles.data() + at * kTileRowsBF16,
                      .x_stride = x_stride,
                      .x_tiles = x_tiles,
                      .columns = std::min(piece, k - at)};
    AddProductsTilesBF16(t, at == 0, sums.data());
    at += piece;
  } while (at < k);
  const size_t stride = n + 3;
  Buffer<float> out(m * stride);
  StoreTilesBF16(sums.data(), m, n, out.data(), stride);
  CHECK((tiles.BorderIntact() && sums.BorderIntact() && out.BorderIntact()));
  std::vector<float> dense;
  for (size_t i = 0; i < m; ++i) {
    dense.insert(dense.end(), out.data() + i * stride, out.data() + i * stride + n);
    for (size_t j = n; j + 1 < stride; ++j)
      CHECK(std::bit_cast<uint32_t>(out[i * stride + j]) == 0xA5A5A5A5u);
  }
  return dense;
}

template <class Make>
void Check(Rng& rng, size_t m, size_t n, size_t k, const Make& make) {
  const auto codes = [&](size_t rows) {
    std::vector<uint16_t> out(rows * k);
    for (uint16_t& code : out) code = F32ToBF16(make(rng));
    return out;
  };
  const size_t w_rows = UpTo(n, kTileRowsBF16);
  const Buffer<uint16_t> x(codes(m)), w(codes(w_rows));
  std::vector<float> expected;
  for (size_t i = 0; i < m; ++i) {
    for (size_t j = 0; j < n; ++j)
      expected.push_back(Product(x.data() + i * k, w.data() + j * k, k));
  }
  INFO("m " << m << ", n " << n << ", k " << k);
  for (const size_t piece : {size_t{32}, size_t{96}, std::max<size_t>(k, 32)}) {
    const std::vector<float> out = InPieces(x, w, m, n, k, piece);
    const auto [a, b] = std::mismatch(out.begin(), out.end(), expected.begin(), expected.end(),
                                      [](float p, float q) { return SameBits(p, q); });
    CHECK((a == out.end() && b == expected.end()));
  }
}

}  // namespace

TEST_CASE("matmul_bf16_tiles: the order and the roundings that the manual gives") {
  if (!HasTiles()) SKIP("this CPU has no AMX-BF16, or the kernel does not permit it");
  Rng rng(7);
  const auto normal = [](Rng& r) { return RandomNormal(r); };
  for (const size_t k : {32, 64, 512, 1024, 1056, 2080}) Check(rng, 17, 33, k, normal);
  for (const size_t m : {1, 2, 15, 16, 31, 32, 33, 48}) Check(rng, m, 16, 96, normal);
  for (const size_t n : {1, 15, 16, 17, 32, 47, 49}) Check(rng, 16, n, 96, normal);
}

TEST_CASE("matmul_bf16_tiles: denormal operands and sums, infinity and NaN") {
  if (!HasTiles()) SKIP("this CPU has no AMX-BF16, or the kernel does not permit it");
  Rng rng(8);
  const auto around_the_smallest = [](Rng& r) {
    return std::ldexp(RandomNormal(r), -static_cast<int>(r() % 5) - 61);
  };
  Check(rng, 19, 37, 320, around_the_smallest);
  Check(rng, 19, 37, 320,
        [](Rng& r) { return std::ldexp(RandomNormal(r), -static_cast<int>(r() % 140)); });
  Check(rng, 19, 37, 64,
        [](Rng& r) { return r() % 64 == 0 ? NastyFloats(r, 1)[0] : RandomNormal(r); });
  Check(rng, 19, 37, 64, [](Rng& r) { return 3e38f * RandomNormal(r); });
}

TEST_CASE("matmul_bf16_tiles: rounding is half to even, denormals to zero") {
  if (!HasTiles()) SKIP("this CPU has no AMX-BF16, or the kernel does not permit it");
  Rng rng(9);
  for (const size_t n : {0, 1, 15, 16, 17, 31, 32, 33, 63, 64, 1000}) {
    std::vector<float> values = NastyFloats(rng, n);
    for (size_t i = 0; i < n; i += 5) {  // half-way
      values[i] =
          std::bit_cast<float>((std::bit_cast<uint32_t>(values[i]) & 0xFFFF0000u) | 0x8000u);
    }
    const Buffer<float> in(values);
    Buffer<uint16_t> out(UpTo(n, kTileColumnsBF16));
    RoundForTilesBF16(in.data(), n, out.data());
    size_t differences = 0;
    for (size_t i = 0; i < out.size(); ++i) {
      const float value = i < n ? Flushed(values[i], values[i]) : 0.0f;
      differences += !SameBits(BF16ToF32(out[i]), BF16ToF32(F32ToBF16(value)));
    }
    INFO("n " << n);
    CHECK(differences == 0);
    CHECK(out.BorderIntact());
  }
}

TEST_CASE("matmul_bf16_tiles: no columns give zeros") {
  if (!HasTiles()) SKIP("this CPU has no AMX-BF16, or the kernel does not permit it");
  Buffer<uint16_t> none(0);
  Buffer<float> sums(kTileSums), out(3 * 5);
  AddProductsTilesBF16({none.data(), 0, 1, none.data(), 0, 1, 0}, true, sums.data());
  StoreTilesBF16(sums.data(), 3, 5, out.data(), 5);
  for (size_t i = 0; i < out.size(); ++i) CHECK(SameBits(out[i], 0.0f));
}

}  // namespace pawl::kernels
