// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include "kernels/dot_codes.h"

#include "test_util.h"

namespace pawl::kernels {
namespace {

struct Case {
  int bits;
  CodeKind kind;
  size_t rows, cols, group;
  int offsets;  // 0 none, 1 zeros, 2 minimums
  bool own_levels;
};

// Random codes with what they need; the codes end where no more than the slack may be read.
struct Rows {
  Rows(Rng& rng, const Case& c)
      : codes(RandomIntegers<uint8_t>(rng, c.rows * Bytes(c) + kCodeSlack)),
        levels(NastyFloats(rng, c.rows << c.bits)),
        scales(NastyFloats(rng, c.rows * Groups(c), 0.1f)),
        offsets(c.offsets == 1 ? RandomFloats(rng, c.rows * Groups(c), 5.0f)
                               : NastyFloats(rng, c.rows * Groups(c))) {
    w.codes = codes.data();
    w.row_bytes = Bytes(c);
    w.rows = c.rows;
    w.cols = c.cols;
    w.bits = c.bits;
    w.kind = c.kind;
    if (c.kind == CodeKind::kTable) {
      w.levels = levels.data();
      w.level_stride = c.own_levels ? size_t{1} << c.bits : 0;
    }
    w.groups.size = c.group;
    w.groups.scales = scales.data();
    if (c.offsets == 1) w.groups.zeros = offsets.data();
    if (c.offsets == 2) w.groups.minimums = offsets.data();
    w.param_stride = Groups(c);
  }
  static size_t Bytes(const Case& c) { return (c.cols * static_cast<size_t>(c.bits) + 7) / 8; }
  static size_t Groups(const Case& c) { return (c.cols + c.group - 1) / c.group; }

  Buffer<uint8_t> codes;
  Buffer<float> levels, scales, offsets;
  CodeRows w;
};

// Counts the targets whose kernel takes the case.
int CheckCase(Rng& rng, const Case& c) {
  const Rows rows(rng, c);
  const Buffer<float> x(rng() % 2 == 0 ? NastyFloats(rng, c.cols) : RandomFloats(rng, c.cols));
  Buffer<float> expected(c.rows * kLaneSums);
  reference::DotCodes(x.data(), rows.w, expected.data());
  INFO("bits " << c.bits << ", kind " << static_cast<int>(c.kind) << ", rows " << c.rows
               << ", cols " << c.cols << ", groups of " << c.group << ", offsets " << c.offsets);
  int taken = 0;
  ForEachTarget([&](Target target) {
    if (!DotCodesTakes(target, rows.w)) return;
    ++taken;
    Buffer<float> lanes(c.rows * kLaneSums);
    DotCodes(target, x.data(), rows.w, lanes.data());
    CHECK(lanes.FirstDifference(expected, true) == expected.size());
    CHECK(lanes.BorderIntact());
    const size_t stride = (c.cols + 15) / 16 * 16;
    Buffer<float> values(c.rows * stride);
    std::vector<float> decoded(c.rows * stride);
    reference::DecodeCodes(rows.w, decoded.data(), stride);
    DecodeCodes(target, rows.w, values.data(), stride);
    CHECK(values.BorderIntact());
    for (size_t n = 0; n < c.rows; ++n) {
      size_t same = 0;
      for (size_t k = n * stride; k < n * stride + c.cols; ++k) {
        same += SameBits(values[k], decoded[k]);
      }
      CHECK(same == c.cols);
    }
  });
  return taken;
}

}  // namespace

TEST_CASE("dot_codes: all elements, on every target") {
  Rng rng(11);
  for (int bits = 1; bits <= 8; ++bits) {
    for (const CodeKind kind : {CodeKind::kSigned, CodeKind::kUnsigned, CodeKind::kTable}) {
      for (int offsets = 0; offsets < 3; ++offsets) {
        for (const size_t cols : {1, 15, 16, 31, 32, 47, 100, 256, 333}) {
          for (const size_t group : {16, 32, 400}) {
            const size_t rows = 1 + rng() % 7;
            CheckCase(rng, {bits, kind, rows, cols, group, offsets, rng() % 2 == 0});
          }
        }
      }
    }
  }
}

TEST_CASE("dot_codes: what is taken") {
  Rng rng(12);
  const auto takes = [&](const Case& c, Target target) {
    return DotCodesTakes(target, Rows(rng, c).w);
  };
  ForEachTarget([&](Target target) {
    // Groups that straddle the 16 columns of a step.
    CHECK_FALSE(takes({4, CodeKind::kSigned, 2, 64, 24, 0, false}, target));
    CHECK_FALSE(takes({8, CodeKind::kTable, 2, 64, 32, 0, false}, target));
    const bool fused = target >= Target::kAVX2 && target <= Target::kAMX;
    for (const int bits : {2, 3, 4, 5, 6, 8}) {
      CHECK((takes({bits, CodeKind::kSigned, 2, 64, 32, 0, false}, target) || !fused));
    }
    CHECK((takes({4, CodeKind::kTable, 2, 64, 32, 0, false}, target) || !fused));
  });
}

TEST_CASE("dot_codes: decoding first gives the same bits") {
  Rng rng(13);
  constexpr size_t kRows = 3, kCols = 203;
  const Rows rows(rng, {4, CodeKind::kUnsigned, kRows, kCols, 32, 1, false});
  const std::vector<float> x = RandomFloats(rng, kCols);
  std::vector<float> decoded(kRows * kCols), expected(kRows);
  for (size_t n = 0; n < kRows; ++n) {
    DequantizeGroups groups = rows.w.groups;
    groups.scales += n * rows.w.param_stride;
    groups.zeros += n * rows.w.param_stride;
    reference::DequantizeRowU4(rows.w.codes + n * rows.w.row_bytes, kCols, groups,
                               &decoded[n * kCols]);
  }
  reference::MatMulF32(x.data(), decoded.data(), {1, kRows, kCols, kCols, kCols, kRows},
                       expected.data());
  ForEachTarget([&](Target target) {
    std::vector<float> lanes(kRows * kLaneSums), out(kRows);
    DotCodes(target, x.data(), rows.w, lanes.data());
    SumLanesF32(target, lanes.data(), kRows, out.data());
    for (size_t n = 0; n < kRows; ++n) CHECK(SameBits(out[n], expected[n]));
  });
}

}  // namespace pawl::kernels
