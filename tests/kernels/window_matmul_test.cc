// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include "kernels/window_matmul.h"

#include <algorithm>
#include <vector>

#include "kernels/panel_matmul.h"
#include "test_util.h"

namespace pawl::kernels {
namespace {

template <class T>
class AlignedBuffer {
 public:
  explicit AlignedBuffer(size_t n) : memory_(n + 64 / sizeof(T)) {
    const auto address = reinterpret_cast<uintptr_t>(memory_.data());
    data_ = memory_.data() + (64 - address % 64) % 64 / sizeof(T);
  }
  T* data() { return data_; }

 private:
  std::vector<T> memory_;
  T* data_;
};

// Image, weights and what comes out, from the definition.
struct Case {
  Case(size_t panels, size_t taps, size_t run, const WindowPlaces& where, int32_t code_zero,
       bool extreme, Rng& rng)
      : places(where), panel_count(panels), quads(taps * ((run + 3) / 4)), zero(code_zero) {
    const size_t each = (run + 3) / 4, gap = run + 5;
    for (size_t q = 0; q < quads; ++q) {
      offsets.push_back(static_cast<int64_t>(q / each * gap + q % each * 4));
    }
    const size_t last = places.first + places.count - (places.count > 0 ? 1 : 0);
    size_t furthest = 0;
    for (size_t at = 0; at <= last; ++at) furthest = std::max(furthest, PlaceOf(at));
    image.resize(furthest + static_cast<size_t>(offsets.back()) + 4);
    for (uint8_t& x : image) x = static_cast<uint8_t>(extreme ? rng() % 2 * 255 : rng());
    // A panel ends in blocks that do not count.
    codes.resize(panels * PanelBytes());
    for (uint8_t& code : codes) code = static_cast<uint8_t>(extreme ? rng() % 2 * 255 : rng());
    sums.resize(panels * kPanelRows);
    for (size_t row = 0; row < sums.size(); ++row) {
      for (size_t q = 0; q < quads; ++q) {
        for (size_t j = 0; j < 4; ++j) sums[row] += WeightAt(row, q, j);
      }
    }
  }
  size_t PanelBytes() const { return 64 * (quads + 3); }
  size_t PlaceOf(size_t at) const {
    return at / places.row_length * places.row_step + at % places.row_length * places.step;
  }
  int32_t WeightAt(size_t row, size_t q, size_t j) const {
    return codes[row / kPanelRows * PanelBytes() + 64 * q + row % kPanelRows * 4 + j] - zero;
  }
  int32_t Expected(size_t p, size_t row, int32_t x_zero) const {
    int64_t sum = 0;
    for (size_t q = 0; q < quads; ++q) {
      for (size_t j = 0; j < 4; ++j) {
        const size_t at = PlaceOf(places.first + p) + static_cast<size_t>(offsets[q]) + j;
        sum += int64_t{image[at] - x_zero} * WeightAt(row, q, j);
      }
    }
    return static_cast<int32_t>(sum);
  }

  WindowPlaces places;
  size_t panel_count, quads;
  int32_t zero;
  std::vector<int64_t> offsets;
  std::vector<uint8_t> image, codes;
  std::vector<int32_t> sums;
};

void Check(const Case& c, int32_t x_zero, bool signed_codes = false) {
  const Buffer<uint8_t> image(c.image);
  std::vector<uint8_t> turned = c.image;
  for (uint8_t& x : turned) x ^= 128;
  const Buffer<uint8_t> signed_image(turned);
  Buffer<int16_t> wide(c.image.size());
  AlignedBuffer<uint8_t> codes(c.codes.size()), scratch(WindowScratchBytes(c.quads));
  for (size_t i = 0; i < c.codes.size(); ++i) {
    codes.data()[i] = static_cast<uint8_t>(signed_codes ? c.codes[i] - c.zero : c.codes[i]);
  }
  const WindowWeights w{.codes = codes.data(),
                        .panel_bytes = c.PanelBytes(),
                        .quads = c.quads,
                        .is_signed = signed_codes,
                        .code_zero = signed_codes ? 0 : c.zero,
                        .offsets = c.offsets.data(),
                        .sums = c.sums.data(),
                        .scratch = scratch.data()};
  const size_t begin = c.panel_count > 2 ? 1 : 0, rows = (c.panel_count - begin) * kPanelRows;
  const size_t stride = rows + 3, count = c.places.count;
  ForEachTarget([&](Target target) {
    const void* x = image.data();
    int32_t zero = x_zero;
    if (WindowCodesOf(target) == WindowCodes::kSigned) {
      x = signed_image.data();
      zero = x_zero - 128;
    } else if (WindowCodesOf(target) == WindowCodes::kWide) {
      WidenCodes(target, reinterpret_cast<const int8_t*>(signed_image.data()), turned.size(),
                 x_zero - 128, wide.data());
      x = wide.data();
    }
    Buffer<int32_t> out(count == 0 ? 0 : (count - 1) * stride + rows);
    MatMulWindows(target, w, begin, c.panel_count, x, zero, c.places, out.data(), stride);
    bool same = true;
    for (size_t p = 0; p < count; ++p) {
      for (size_t row = 0; row < rows; ++row) {
        same = same && out[p * stride + row] == c.Expected(p, row + begin * kPanelRows, x_zero);
      }
    }
    CHECK(same);
    CHECK(out.BorderIntact());
  });
}

}  // namespace

TEST_CASE("MatMulWindows is exact on every target") {
  Rng rng(21);
  for (const size_t panels : {1, 2, 3, 5}) {
    for (const size_t count : {0, 1, 3, 4, 5, 7, 8, 9, 12, 13, 23}) {
      for (const bool extreme : {false, true}) {
        const size_t run = 1 + rng() % 40, taps = 1 + rng() % 4;
        const size_t row_length = 1 + rng() % 10;
        const WindowPlaces places{rng() % row_length, count, row_length, 70 + rng() % 50,
                                  1 + rng() % 9};
        INFO("panels " << panels << ", positions " << count << ", run " << run << ", taps "
                       << taps);
        Check(Case(panels, taps, run, places, 128, extreme, rng), static_cast<int>(rng() % 256),
              count % 2 == 0);
      }
    }
  }
}

TEST_CASE("MatMulWindows takes codes of fewer bits with their zero point") {
  Rng rng(22);
  for (const int bits : {2, 4, 5}) {
    Case c(3, 2, 17, {0, 21, 7, 90, 3}, 1 << (bits - 1), true, rng);
    for (uint8_t& code : c.codes) code = static_cast<uint8_t>(code % (1 << bits));
    std::fill(c.sums.begin(), c.sums.end(), 0);
    for (size_t row = 0; row < c.sums.size(); ++row) {
      for (size_t q = 0; q < c.quads; ++q) {
        for (size_t j = 0; j < 4; ++j) c.sums[row] += c.WeightAt(row, q, j);
      }
    }
    for (const WindowCodes form :
         {WindowCodes::kUnsigned, WindowCodes::kSigned, WindowCodes::kWide}) {
      CHECK(WindowWeightsFit(form, bits, c.zero));
    }
    Check(c, 77);
  }
  CHECK(WindowWeightsFit(WindowCodes::kUnsigned, 8, 128));
  CHECK_FALSE(WindowWeightsFit(WindowCodes::kUnsigned, 8, 127));
  CHECK_FALSE(WindowWeightsFit(WindowCodes::kSigned, 8, 129));
  CHECK(WindowWeightsFit(WindowCodes::kWide, 8, 129));
}

TEST_CASE("WidenCodes takes the zero point off") {
  Rng rng(23);
  const std::vector<int8_t> codes = RandomIntegers<int8_t>(rng, 133);
  for (const int zero : {-128, -1, 0, 127}) {
    ForEachTarget([&](Target target) {
      const Buffer<int8_t> in(codes);
      Buffer<int16_t> out(codes.size());
      WidenCodes(target, in.data(), codes.size(), zero, out.data());
      bool same = true;
      for (size_t i = 0; i < codes.size(); ++i) same = same && out[i] == codes[i] - zero;
      CHECK(same);
      CHECK(out.BorderIntact());
    });
  }
}

}  // namespace pawl::kernels
