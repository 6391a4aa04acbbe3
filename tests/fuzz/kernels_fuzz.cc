// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// The memory-bound kernels on every target against their scalar references, bit for bit: sizes,
// groups, parameters and values are the input's; buffers end where the data ends.

#include <algorithm>
#include <cmath>
#include <cstring>
#include <string>
#include <vector>

#include "fuzz.h"
#include "kernels/convert.h"
#include "kernels/dequantize.h"
#include "kernels/error_stats.h"
#include "kernels/float_env.h"
#include "kernels/group_error.h"
#include "kernels/histogram.h"
#include "kernels/min_max.h"
#include "kernels/pack.h"
#include "kernels/quantize.h"

namespace pawl::fuzz {
namespace {

using namespace pawl::kernels;

template <typename T>
void CheckBits(Target target, const char* what, const std::vector<T>& a, const std::vector<T>& b) {
  for (size_t i = 0; i < a.size(); ++i) {
    bool same = std::memcmp(&a[i], &b[i], sizeof(T)) == 0;
    if constexpr (std::is_floating_point_v<T>)
      same = same || (std::isnan(a[i]) && std::isnan(b[i]));
    PAWL_FUZZ_CHECK(same, std::string(what) + " on " + std::string(TargetName(target)) +
                              ", element " + std::to_string(i) + " of " + std::to_string(a.size()) +
                              ": " + std::to_string(a[i]) + " instead of " + std::to_string(b[i]));
  }
}

std::vector<float> Floats(Input& input, size_t n) {
  std::vector<float> values(n);
  // A run of the same for long ones: the fuzzer's bytes are dear.
  const size_t own = std::min<size_t>(n, input.size());
  for (size_t i = 0; i < own; ++i) values[i] = input.Float();
  for (size_t i = own; i < n; ++i) values[i] = own == 0 ? 0.0f : values[i % own] * 0.75f;
  return values;
}

size_t Count(Input& input) {
  return static_cast<size_t>(input.Rarely() ? input.Int(0, 2000) : input.Int(0, 140));
}

struct GroupArrays {
  std::vector<float> scales, zeros, float_zeros, minimums;
};

template <typename Groups>
GroupArrays TakeGroups(Input& input, size_t n, Groups& groups) {
  constexpr size_t kSizes[] = {32, 1, 16, 3, 64, 5000, 7, 128};
  groups.size = input.Pick(kSizes);
  const size_t count = (n + groups.size - 1) / groups.size;
  GroupArrays arrays;
  arrays.scales = Floats(input, count);
  groups.scales = arrays.scales.data();
  if (input.Bool()) {
    for (size_t i = 0; i < count; ++i) {
      arrays.zeros.push_back(static_cast<float>(input.Int(-128, 255)));
    }
    groups.zeros = arrays.zeros.data();
  }
  if (input.Bool()) {
    arrays.minimums = Floats(input, count);
    groups.minimums = arrays.minimums.data();
  }
  return arrays;
}

void CheckQuantize(Input& input) {
  const size_t n = Count(input);
  QuantizeGroups groups;
  GroupArrays arrays = TakeGroups(input, n, groups);
  if (input.Bool()) {
    arrays.float_zeros = Floats(input, (n + groups.size - 1) / groups.size);
    groups.float_zeros = arrays.float_zeros.data();
  }
  const int kind = input.Byte() % 4;
  const int32_t least = kind == 0 ? -128 : kind == 1 ? 0 : kind == 2 ? -32768 : -8;
  const int32_t most = kind == 0 ? 127 : kind == 1 ? 255 : kind == 2 ? 32767 : 15;
  groups.lo = static_cast<int32_t>(input.Int(least, most));
  groups.hi = static_cast<int32_t>(input.Int(groups.lo, most));
  const std::vector<float> x = Floats(input, n);
  const auto check = [&](const char* what, auto code, size_t size, auto reference, auto kernel) {
    std::vector<decltype(code)> expected(size), codes(size);
    reference(x.data(), n, groups, expected.data());
    for (const Target target : SupportedTargets()) {
      std::fill(codes.begin(), codes.end(), decltype(code){85});
      kernel(target, x.data(), n, groups, codes.data());
      CheckBits(target, what, codes, expected);
    }
  };
  if (kind == 0) check("QuantizeRowI8", int8_t{}, n, reference::QuantizeRowI8, QuantizeRowI8);
  if (kind == 1) check("QuantizeRowU8", uint8_t{}, n, reference::QuantizeRowU8, QuantizeRowU8);
  if (kind == 2) check("QuantizeRowI16", int16_t{}, n, reference::QuantizeRowI16, QuantizeRowI16);
  if (kind == 3)
    check("QuantizeRow4", uint8_t{}, (n + 1) / 2, reference::QuantizeRow4, QuantizeRow4);
}

void CheckDequantize(Input& input) {
  const size_t n = Count(input);
  DequantizeGroups groups;
  const GroupArrays arrays = TakeGroups(input, n, groups);
  groups.stream = input.Bool();
  const int kind = input.Byte() % 7;
  const size_t levels_count = kind == 6 ? 16 : static_cast<size_t>(input.Int(2, 256));
  const std::vector<float> levels = Floats(input, levels_count);
  const size_t bytes = kind == 2 ? 2 * n : kind == 3 || kind == 4 || kind == 6 ? (n + 1) / 2 : n;
  std::vector<uint8_t> raw = input.Filled(bytes);
  if (kind == 5) {
    for (uint8_t& code : raw) code = static_cast<uint8_t>(code % levels_count);
  }
  const auto* i8 = reinterpret_cast<const int8_t*>(raw.data());
  std::vector<int16_t> i16(kind == 2 ? n : 0);
  if (kind == 2 && n > 0) std::memcpy(i16.data(), raw.data(), raw.size());
  std::vector<float> expected(n), values(n);
  const auto run = [&](std::vector<float>& out, auto... target) {
    const bool reference_run = sizeof...(target) == 0;
    float* y = out.data();
    if constexpr (sizeof...(target) == 0) {
      if (kind == 0) reference::DequantizeRowI8(i8, n, groups, y);
      if (kind == 1) reference::DequantizeRowU8(raw.data(), n, groups, y);
      if (kind == 2) reference::DequantizeRowI16(i16.data(), n, groups, y);
      if (kind == 3) reference::DequantizeRowI4(raw.data(), n, groups, y);
      if (kind == 4) reference::DequantizeRowU4(raw.data(), n, groups, y);
      if (kind == 5)
        reference::DequantizeRowTable(raw.data(), n, levels.data(), levels_count, groups, y);
      if (kind == 6) reference::DequantizeRowTable4(raw.data(), n, levels.data(), groups, y);
    } else {
      if (kind == 0) DequantizeRowI8(target..., i8, n, groups, y);
      if (kind == 1) DequantizeRowU8(target..., raw.data(), n, groups, y);
      if (kind == 2) DequantizeRowI16(target..., i16.data(), n, groups, y);
      if (kind == 3) DequantizeRowI4(target..., raw.data(), n, groups, y);
      if (kind == 4) DequantizeRowU4(target..., raw.data(), n, groups, y);
      if (kind == 5)
        DequantizeRowTable(target..., raw.data(), n, levels.data(), levels_count, groups, y);
      if (kind == 6) DequantizeRowTable4(target..., raw.data(), n, levels.data(), groups, y);
    }
    static_cast<void>(reference_run);
  };
  run(expected);
  for (const Target target : SupportedTargets()) {
    std::fill(values.begin(), values.end(), 85.0f);
    run(values, target);
    CheckBits(target, "DequantizeRow", values, expected);
  }
}

void CheckRanges(Input& input) {
  const size_t n = Count(input);
  const std::vector<float> x = Floats(input, n);
  const size_t size = static_cast<size_t>(input.Int(1, 200));
  const size_t count = (n + size - 1) / size;
  const size_t cols = 1 + input.Byte() % 40u, rows = n / cols;
  const Range range = reference::MinMax(x.data(), n);
  const float inf = std::numeric_limits<float>::infinity();
  std::vector<float> lows(count), highs(count), largest(count);
  std::vector<float> col_lows(cols, inf), col_highs(cols, -inf);
  const uint64_t odd = reference::MinMaxGroups(x.data(), n, size, lows.data(), highs.data());
  reference::AbsMaxGroups(x.data(), n, size, largest.data());
  const uint64_t col_odd =
      reference::MinMaxColumns(x.data(), rows, cols, cols, col_lows.data(), col_highs.data());
  for (const Target target : SupportedTargets()) {
    const Range r = MinMax(target, x.data(), n);
    CheckBits<float>(target, "MinMax", {r.min, r.max}, {range.min, range.max});
    PAWL_FUZZ_CHECK(r.nan_count == range.nan_count && r.inf_count == range.inf_count, "MinMax");
    CheckBits<float>(target, "AbsMax", {AbsMax(target, x.data(), n)},
                     {reference::AbsMax(x.data(), n)});
    std::vector<float> a(count), b(count), c(cols, inf), d(cols, -inf);
    PAWL_FUZZ_CHECK(MinMaxGroups(target, x.data(), n, size, a.data(), b.data()) == odd, "groups");
    CheckBits(target, "MinMaxGroups", a, lows);
    CheckBits(target, "MinMaxGroups", b, highs);
    PAWL_FUZZ_CHECK(AbsMaxGroups(target, x.data(), n, size, a.data()) == odd, "groups");
    CheckBits(target, "AbsMaxGroups", a, largest);
    PAWL_FUZZ_CHECK(
        MinMaxColumns(target, x.data(), rows, cols, cols, c.data(), d.data()) == col_odd,
        "columns");
    CheckBits(target, "MinMaxColumns", c, col_lows);
    CheckBits(target, "MinMaxColumns", d, col_highs);
  }
}

void CheckPack(Input& input) {
  const size_t n = Count(input);
  const int bits = static_cast<int>(input.Int(1, 8));
  const bool sign = input.Bool();
  const size_t packed_size = (n * static_cast<size_t>(bits) + 7) / 8;
  const std::vector<uint8_t> codes = input.Filled(n);
  const std::vector<int16_t> wide(codes.begin(), codes.end());
  std::vector<uint8_t> packed(packed_size), unpacked(n);
  std::vector<int16_t> unpacked16(n);
  reference::PackBitsU8(codes.data(), n, bits, packed.data());
  reference::UnpackBitsU8(packed.data(), n, bits, sign, unpacked.data());
  reference::UnpackBitsI16(packed.data(), n, bits, sign, unpacked16.data());
  for (const Target target : SupportedTargets()) {
    std::vector<uint8_t> p(packed_size, 85), u(n, 85);
    std::vector<int16_t> w(n, 85);
    PackBitsU8(target, codes.data(), n, bits, p.data());
    CheckBits(target, "PackBitsU8", p, packed);
    std::fill(p.begin(), p.end(), uint8_t{85});
    PackBitsI16(target, wide.data(), n, bits, p.data());
    CheckBits(target, "PackBitsI16", p, packed);
    UnpackBitsU8(target, packed.data(), n, bits, sign, u.data());
    CheckBits(target, "UnpackBitsU8", u, unpacked);
    UnpackBitsI16(target, packed.data(), n, bits, sign, w.data());
    CheckBits(target, "UnpackBitsI16", w, unpacked16);
  }
}

void CheckConvert(Input& input) {
  const size_t n = Count(input);
  const std::vector<float> x = Floats(input, n);
  std::vector<uint16_t> halves(n);
  for (uint16_t& half : halves) half = static_cast<uint16_t>(input.Number(2));
  std::vector<float> f16(n), bf16(n), y(n);
  std::vector<uint16_t> to_f16(n), to_bf16(n), h(n);
  reference::ConvertF16ToF32(halves.data(), n, f16.data());
  reference::ConvertBF16ToF32(halves.data(), n, bf16.data());
  reference::ConvertF32ToF16(x.data(), n, to_f16.data());
  reference::ConvertF32ToBF16(x.data(), n, to_bf16.data());
  for (const Target target : SupportedTargets()) {
    ConvertF16ToF32(target, halves.data(), n, y.data());
    CheckBits(target, "ConvertF16ToF32", y, f16);
    ConvertBF16ToF32(target, halves.data(), n, y.data());
    CheckBits(target, "ConvertBF16ToF32", y, bf16);
    ConvertF32ToF16(target, x.data(), n, h.data());
    CheckBits(target, "ConvertF32ToF16", h, to_f16);
    ConvertF32ToBF16(target, x.data(), n, h.data());
    CheckBits(target, "ConvertF32ToBF16", h, to_bf16);
  }
}

void CheckStatistics(Input& input) {
  const size_t n = Count(input);
  const std::vector<float> a = Floats(input, n), b = Floats(input, n);
  HistogramParams params{input.Float(), input.Float(), static_cast<int32_t>(input.Int(1, 300)),
                         input.Bool()};
  const ErrorSums sums = reference::ErrorStats(a.data(), b.data(), n);
  // Bounds come from MinMax and so are finite.
  if (!std::isfinite(params.lo)) params.lo = 0.0f;
  if (!std::isfinite(params.inv_width)) params.inv_width = 1.0f;
  std::vector<uint64_t> counts(static_cast<size_t>(params.bins));
  const uint64_t odd = reference::Histogram(a.data(), n, params, counts.data());
  for (const Target target : SupportedTargets()) {
    const ErrorSums s = ErrorStats(target, a.data(), b.data(), n);
    CheckBits<double>(target, "ErrorStats", {s.aa, s.bb, s.ab, s.error, s.max_error},
                      {sums.aa, sums.bb, sums.ab, sums.error, sums.max_error});
    std::vector<uint64_t> c(counts.size());
    PAWL_FUZZ_CHECK(Histogram(target, a.data(), n, params, c.data()) == odd, "Histogram");
    CheckBits(target, "Histogram", c, counts);
  }
}

}  // namespace
}  // namespace pawl::fuzz

PAWL_FUZZ_TARGET(kernels) {
  using namespace pawl::fuzz;
  const pawl::kernels::FloatEnvironment environment;
  Input input(bytes);
  constexpr void (*kFamilies[])(Input&) = {CheckQuantize, CheckDequantize, CheckRanges,
                                           CheckPack,     CheckConvert,    CheckStatistics};
  kFamilies[input.Byte() % std::size(kFamilies)](input);
}
