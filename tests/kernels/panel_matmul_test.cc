// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include "kernels/panel_matmul.h"

#include <algorithm>
#include <memory>

#include "pawl/float_types.h"
#include "test_util.h"

namespace pawl::kernels {
namespace {

constexpr int kAllBits[] = {2, 3, 4, 5, 6, 8};

template <class T>
struct Aligned {
  explicit Aligned(size_t n) : memory(n + 64 / sizeof(T)) {
    const auto address = reinterpret_cast<uintptr_t>(memory.data());
    data = memory.data() + (64 - address % 64) % 64 / sizeof(T);
  }
  std::vector<T> memory;
  T* data;
};

enum class Values { kRandom, kExtreme };

// A matrix of panels with every part, and activations for it.
struct Case {
  Case(int bits, size_t rows, size_t panels, size_t chunks, size_t group_quads, Values values,
       Rng& rng)
      : groups((8 * chunks + group_quads - 1) / group_quads),
        rows_of_codes(panels * kPanelRows * chunks * kPanelChunk),
        packed(panels * chunks * PanelChunkBytes(bits)),
        activations(rows * (chunks * kPanelChunk + 8)),
        scratch(PanelScratchBytes(chunks)) {
    const size_t cols = chunks * kPanelChunk;
    const auto any = [&](int low, int high) {
      if (values == Values::kExtreme) return rng() % 2 == 0 ? low : high;
      return low + static_cast<int>(rng() % static_cast<unsigned>(high - low + 1));
    };
    for (uint8_t& code : rows_of_codes) code = static_cast<uint8_t>(any(0, (1 << bits) - 1));
    for (int8_t& code : activations) code = static_cast<int8_t>(any(-128, 127));
    for (size_t p = 0; p < panels; ++p) {
      PackPanel(Target::kScalar, rows_of_codes.data() + p * kPanelRows * cols, cols, chunks, bits,
                packed.data + p * chunks * PanelChunkBytes(bits));
    }
    const size_t params = panels * groups * kPanelRows;
    for (size_t i = 0; i < params; ++i) {
      scales.push_back(RandomNormal(rng));
      minimums.push_back(RandomNormal(rng));
      half_scales.push_back(F32ToF16(RandomNormal(rng)));
      half_minimums.push_back(F32ToF16(RandomNormal(rng)));
      bytes.push_back(static_cast<uint8_t>(rng()));
      zeros.push_back(static_cast<uint8_t>(rng()));
      offsets.push_back(static_cast<int32_t>(rng() % 100000) - 50000);
    }
    wide.resize(activations.size());
    WidenPanelInput(Target::kScalar, activations.data(), activations.size(), wide.data());
    const size_t length = 4 * group_quads;
    for (size_t m = 0; m < rows; ++m) {
      for (size_t g = 0; g < groups; ++g) {
        int32_t sum = 0;
        for (size_t k = g * length; k < std::min(cols, (g + 1) * length); ++k) {
          sum += activations[m * (cols + 8) + k];
        }
        sums.push_back(sum);
        shifted.push_back(static_cast<float>(sum) + 3.0f);
        factors.push_back(RandomNormal(rng));
      }
    }
    w.bits = bits;
    w.chunks = chunks;
    w.codes = packed.data;
    w.groups = groups;
    w.group_quads = group_quads;
    w.scales = scales.data();
    a.rows = rows;
    a.codes = activations.data();
    a.stride = cols + 8;
    a.wide = wide.data();
    a.sums = sums.data();
    a.shifted = shifted.data();
    a.scratch = scratch.data;
  }

  // Bits of `parts` choose the optional ones.
  void SetParts(unsigned parts) {
    w.zeros = (parts & 1) != 0 ? zeros.data() : nullptr;
    w.zero = (parts & 1) == 0 ? 8 : 0;
    w.offsets = (parts & 2) != 0 ? offsets.data() : nullptr;
    w.half_scales = (parts & 4) != 0;
    w.scales = w.half_scales ? static_cast<const void*>(half_scales.data()) : scales.data();
    const void* m =
        w.half_scales ? static_cast<const void*>(half_minimums.data()) : minimums.data();
    w.minimums = (parts & 8) != 0 ? m : nullptr;
    a.factors = (parts & 16) != 0 ? factors.data() : nullptr;
    w.super_shift = (parts & 32) != 0 ? 1 : -1;
    if (w.super_shift < 0) return;
    w.supers = (groups + 1) / 2;
    w.super_scales = half_scales.data();
    w.super_minimums = half_minimums.data();
    w.scale_bias = 128;
    w.minimum_bias = 0;
    w.scales = bytes.data();
    if (w.minimums != nullptr) w.minimums = bytes.data();
  }

  size_t groups;
  std::vector<uint8_t> rows_of_codes;
  Aligned<uint8_t> packed;
  std::vector<int8_t> activations;
  std::vector<int16_t> wide;
  std::vector<float> scales, minimums, shifted, factors;
  std::vector<uint16_t> half_scales, half_minimums;
  std::vector<uint8_t> zeros, bytes;
  std::vector<int32_t> sums, offsets;
  Aligned<uint8_t> scratch;
  PanelMatrix w;
  PanelInput a;
};

void CheckEveryTarget(const Case& c, size_t begin, size_t end) {
  const size_t width = (end - begin) * kPanelRows, stride = width + 3;
  Buffer<float> expected(c.a.rows * stride);
  reference::MatMulPanels(c.w, begin, end, c.a, expected.data(), stride);
  ForEachTarget([&](Target target) {
    Buffer<float> out(c.a.rows * stride);
    MatMulPanels(target, c.w, begin, end, c.a, out.data(), stride);
    CHECK(out.FirstDifference(expected) == out.size());
    CHECK(out.BorderIntact());
  });
}

}  // namespace

TEST_CASE("panels: every width of code is the same on every target") {
  Rng rng(11);
  for (const int bits : kAllBits) {
    for (const size_t rows : {1, 2, 3, 4, 5, 7, 8, 9, 12, 16, 17, 31, 32, 33, 50}) {
      const size_t chunks = 1 + rng() % 6;
      constexpr size_t kGroups[] = {4, 8, 16, 24, 1024};
      const size_t group_quads = kGroups[rng() % std::size(kGroups)];
      const Values values = rng() % 2 == 0 ? Values::kRandom : Values::kExtreme;
      Case c(bits, rows, 4, chunks, group_quads, values, rng);
      const auto parts = static_cast<unsigned>(rng() % 64);
      c.SetParts(parts);
      INFO("bits " << bits << ", rows " << rows << ", chunks " << chunks << ", group of "
                   << 4 * group_quads << ", parts " << parts);
      CheckEveryTarget(c, 0, 4);
      CheckEveryTarget(c, 1, 4);
    }
  }
}

TEST_CASE("panels: every combination of parameters is the same on every target") {
  Rng rng(12);
  for (unsigned parts = 0; parts < 64; ++parts) {
    Case c(4, 1 + parts % 3, 2, 3, parts % 2 == 0 ? 4 : 8, Values::kRandom, rng);
    c.SetParts(parts);
    INFO("parts " << parts);
    CheckEveryTarget(c, 0, 2);
  }
}

TEST_CASE("panels: one row of 4-bit codes, whatever its groups have, is the same on every target") {
  Rng rng(18);
  constexpr unsigned kZeros = 1, kHalf = 4, kMinimums = 8, kSupers = 32;
  for (const unsigned parts : {0u, kHalf, kZeros, kHalf + kZeros, kMinimums, kHalf + kMinimums,
                               kSupers, kSupers + kMinimums}) {
    for (const size_t group_quads : {8, 16, 24, 1024}) {
      for (const Values values : {Values::kRandom, Values::kExtreme}) {
        Case c(4, 1, 5, 7, group_quads, values, rng);
        c.SetParts(parts);
        c.w.scale_bias = 0;
        INFO("groups of " << 4 * group_quads << ", parts " << parts);
        CheckEveryTarget(c, 0, 5);
        std::fill(c.bytes.begin(), c.bytes.end(), uint8_t{255});
        CheckEveryTarget(c, 1, 5);
        // Halves that are no normal numbers.
        for (size_t i = 0; i < c.half_scales.size(); ++i) {
          c.half_scales[i] = static_cast<uint16_t>(i % 1023);
          c.half_minimums[i] = static_cast<uint16_t>(0x8000 + i % 1023);
        }
        CheckEveryTarget(c, 0, 4);
      }
    }
  }
}

TEST_CASE("panels: fields that are indices of a table are the same on every target") {
  Rng rng(15);
  for (const int bits : {2, 3, 4}) {
    for (const int table_bits : {5, 8}) {
      for (const size_t rows : {1, 2, 5, 8, 17, 33}) {
        const size_t chunks = 1 + rng() % 4;
        Case c(bits, rows, 3, chunks, rng() % 2 == 0 ? 4 : 8, Values::kRandom, rng);
        const auto parts = static_cast<unsigned>(rng() % 64);
        c.SetParts(parts);
        std::vector<uint8_t> table = RandomIntegers<uint8_t>(rng, 16);
        if (table_bits == 5) {
          for (uint8_t& code : table) code &= 31;
        }
        table[rng() % 4] = static_cast<uint8_t>((1 << table_bits) - 1);
        c.w.table = table.data();
        c.w.table_bits = table_bits;
        INFO("bits " << bits << ", codes of " << table_bits << ", rows " << rows << ", chunks "
                     << chunks << ", parts " << parts);
        CheckEveryTarget(c, 0, 3);
      }
    }
  }
}

TEST_CASE("panels: more columns than a block takes, in groups of every kind") {
  Rng rng(16);
  constexpr size_t kChunks = 67;
  for (const int bits : {4, 8}) {
    for (const size_t group_quads :
         {size_t{4}, size_t{24}, size_t{256}, size_t{320}, 8 * kChunks}) {
      for (const size_t rows : {1, 3, 15}) {
        Case c(bits, rows, 3, kChunks, group_quads, Values::kRandom, rng);
        const auto parts = static_cast<unsigned>(rng() % 64);
        c.SetParts(parts);
        INFO("bits " << bits << ", rows " << rows << ", group of " << 4 * group_quads << ", parts "
                     << parts);
        CheckEveryTarget(c, 0, 3);
      }
    }
  }
}

TEST_CASE("panels: blocks of tiles, and rows and panels that do not fill them") {
  Rng rng(17);
  for (const size_t group_quads : {8, 16, 32, 48, 128, 144, 256, 1024}) {
    for (const size_t rows : {9, 16, 31, 41}) {
      const int bits = kAllBits[rng() % std::size(kAllBits)];
      const size_t chunks = 34 + 2 * (rng() % 3);  // more than two blocks of 512 columns
      Case c(bits, rows, 5, chunks, group_quads, Values::kRandom, rng);
      const auto parts = static_cast<unsigned>(rng() % 64);
      c.SetParts(parts);
      INFO("bits " << bits << ", rows " << rows << ", chunks " << chunks << ", group of "
                   << 4 * group_quads << ", parts " << parts);
      CheckEveryTarget(c, 0, 5);
    }
  }
  for (const size_t group_quads : {8, 16, 32}) {  // more rows than pass at once
    Case c(4, 300, 3, 8, group_quads, Values::kExtreme, rng);
    c.SetParts(0);
    INFO("rows 300, group of " << 4 * group_quads);
    CheckEveryTarget(c, 0, 3);
  }
}

TEST_CASE("panels: sums themselves, at the longest group and extreme codes") {
  Rng rng(13);
  constexpr size_t kChunks = kMaxPanelGroup / kPanelChunk;
  for (const int bits : kAllBits) {
    Case c(bits, 3, 1, kChunks, 8 * kChunks, Values::kExtreme, rng);
    const auto largest = static_cast<uint8_t>((1 << bits) - 1);
    std::fill(c.rows_of_codes.begin(), c.rows_of_codes.end(), largest);
    PackPanel(Target::kScalar, c.rows_of_codes.data(), kMaxPanelGroup, kChunks, bits,
              c.packed.data);
    std::fill(c.activations.begin(), c.activations.end(), int8_t{-128});
    std::fill(c.wide.begin(), c.wide.end(), int16_t{-128});
    std::fill(c.sums.begin(), c.sums.end(), -128 * static_cast<int32_t>(kMaxPanelGroup));
    c.w.scales = nullptr;
    INFO("bits " << bits);
    ForEachTarget([&](Target target) {
      std::vector<int32_t> out(3 * kPanelRows);
      MatMulPanels(target, c.w, 0, 1, c.a, reinterpret_cast<float*>(out.data()), kPanelRows);
      const int32_t sum = -128 * int32_t{largest} * static_cast<int32_t>(kMaxPanelGroup);
      CHECK(std::count(out.begin(), out.end(), sum) == 3 * kPanelRows);
    });
  }
}

TEST_CASE("panels: packing and widening are the same on every target") {
  Rng rng(14);
  for (const int bits : kAllBits) {
    for (const size_t chunks : {size_t{1}, size_t{2}, size_t{7}}) {
      const size_t stride = chunks * kPanelChunk + 5;
      std::vector<uint8_t> rows = RandomIntegers<uint8_t>(rng, kPanelRows * stride);
      for (uint8_t& code : rows) code = static_cast<uint8_t>(code & ((1 << bits) - 1));
      Aligned<uint8_t> expected(chunks * PanelChunkBytes(bits));
      reference::PackPanel(rows.data(), stride, chunks, bits, expected.data);
      ForEachTarget([&](Target target) {
        Aligned<uint8_t> panel(chunks * PanelChunkBytes(bits));
        PackPanel(target, rows.data(), stride, chunks, bits, panel.data);
        CHECK(
            std::equal(expected.data, expected.data + chunks * PanelChunkBytes(bits), panel.data));
      });
    }
  }
  for (size_t n = 0; n <= 132; n += 4) {
    const Buffer<int8_t> codes(RandomIntegers<int8_t>(rng, n));
    Buffer<int16_t> expected(n);
    reference::WidenPanelInput(codes.data(), n, expected.data());
    ForEachTarget([&](Target target) {
      Buffer<int16_t> wide(n);
      WidenPanelInput(target, codes.data(), n, wide.data());
      CHECK(wide.FirstDifference(expected) == n);
    });
  }
}

}  // namespace pawl::kernels
