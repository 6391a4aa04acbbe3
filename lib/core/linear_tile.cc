// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>

#include "kernels/convert.h"
#include "kernels/matmul.h"
#include "kernels/multiply_add.h"
#include "lib/core/linear_activation.h"
#include "lib/core/linear_bf16.h"
#include "lib/core/linear_float.h"
#include "lib/core/linear_impl.h"

namespace pawl {
namespace {

using Impl = QuantizedLinear::Impl;
using kernels::MatMulShape;

// What one task works on: rows [begin, end) of W against all rows of x.
struct Tile {
  const Impl& impl;
  const PreparedRows& x;
  const OutputView& y;
  int64_t begin;
  int64_t end;
  kernels::Target target;

  int64_t width() const { return end - begin; }
  // From row to row of the tile's values: panels give results for whole panels.
  int64_t stride() const {
    constexpr auto kRows = static_cast<int64_t>(kernels::kPanelRows);
    return impl.panels.empty() ? width() : (width() + kRows - 1) / kRows * kRows;
  }
};

template <typename T>
T* At(const OutputView& y, int64_t m, int64_t n) {
  return static_cast<T*>(y.data) + m * y.stride() + n;
}

// Bias, activation and the conversion to y's type for values [x.rows, width], rows `stride` apart,
// which may be y's own.
void Finish(const Tile& tile, float* values, int64_t stride) {
  const int64_t width = tile.width();
  const auto count = static_cast<size_t>(width);
  const float* bias = tile.impl.bias.empty() ? nullptr : tile.impl.bias.data() + tile.begin;
  for (int64_t m = 0; m < tile.x.rows; ++m) {
    float* v = values + m * stride;
    if (bias != nullptr) kernels::ScaleAndAdd(tile.target, v, 1.0f, bias, count, v);
    ApplyActivation(tile.impl.options.activation, v, width, tile.target);
    if (tile.y.dtype == DType::kF32) {
      float* y = At<float>(tile.y, m, tile.begin);
      if (y != v) std::memcpy(y, v, count * sizeof(float));
    } else if (tile.y.dtype == DType::kF16) {
      kernels::ConvertF32ToF16(tile.target, v, count, At<uint16_t>(tile.y, m, tile.begin));
    } else {
      kernels::ConvertF32ToBF16(tile.target, v, count, At<uint16_t>(tile.y, m, tile.begin));
    }
  }
}

void RunWeightOnly(const Tile& tile, const LinearWorkspace& space, char* worker) {
  const bool in_place = tile.y.dtype == DType::kF32;
  float* out =
      in_place ? At<float>(tile.y, 0, tile.begin) : reinterpret_cast<float*>(worker + space.out);
  const int64_t stride = in_place ? tile.y.stride() : tile.width();
  const RowDecoder& weights = *tile.impl.decoder;
  char* scratch = worker + space.decode;
  if (tile.x.bf16 != nullptr && kernels::HasTilesBF16(tile.target)) {
    ProductsTilesBF16(weights, tile.x.bf16, tile.x.rows, tile.begin, tile.end, tile.target, scratch,
                      out, stride);
  } else if (tile.x.bf16 != nullptr) {
    ProductsBF16(weights, tile.x.bf16, tile.x.value_stride, tile.x.rows, tile.begin, tile.end,
                 tile.target, scratch, out, stride);
  } else {
    FloatProducts(weights,
                  {.values = tile.x.values,
                   .stride = tile.x.value_stride,
                   .rows = tile.x.rows,
                   .bf16 = tile.impl.bf16()},
                  tile.begin, tile.end, tile.target, scratch, out, stride);
  }
  Finish(tile, out, stride);
}

// Sums of products of columns [begin, end) into `narrow` where one pass of int32 or int64 does it;
// longer runs are added up in `wide`. Returns true where the result is in `wide`.
bool Products(const Tile& tile, int64_t begin, int64_t end, int32_t* narrow, int64_t* wide) {
  const PackedWeights& p = tile.impl.packed;
  MatMulShape shape{.m = static_cast<size_t>(tile.x.rows),
                    .n = static_cast<size_t>(tile.width()),
                    .k = static_cast<size_t>(end - begin),
                    .a_stride = static_cast<size_t>(tile.x.code_stride),
                    .w_stride = static_cast<size_t>(p.cols),
                    .out_stride = static_cast<size_t>(tile.width())};
  const int8_t* w = p.codes.as<int8_t>().data() + tile.begin * p.cols;
  if (tile.impl.code_type() == DType::kI16) {
    kernels::MatMulI16I8(tile.target, static_cast<const int16_t*>(tile.x.codes) + begin, w + begin,
                         shape, wide);
    return true;
  }
  const bool is_signed = tile.impl.code_type() == DType::kI8;
  const auto pass = [&](int64_t from) {
    if (is_signed) {
      kernels::MatMulI8(tile.target, static_cast<const int8_t*>(tile.x.codes) + from, w + from,
                        shape, narrow);
    } else {
      kernels::MatMulU8I8(tile.target, static_cast<const uint8_t*>(tile.x.codes) + from, w + from,
                          shape, narrow);
    }
  };
  if (end - begin <= kLinearDepth) {
    pass(begin);
    return false;
  }
  const int64_t count = tile.x.rows * tile.width();
  std::fill(wide, wide + count, 0);
  for (int64_t from = begin; from < end; from += kLinearDepth) {
    shape.k = static_cast<size_t>(std::min(kLinearDepth, end - from));
    pass(from);
    for (int64_t i = 0; i < count; ++i) wide[i] += narrow[i];
  }
  return true;
}

// The group's exact sum of (code - zx) * (q - z) from the products of codes.
struct ZeroPoints {
  const int32_t* zeros = nullptr;  // of the tile's rows
  const int64_t* weight_sums = nullptr;
  int64_t activation_zero = 0;

  ZeroPoints(const Tile& tile, int64_t g) {
    const PackedWeights& p = tile.impl.packed;
    const int64_t at = g * p.rows + tile.begin;
    if (!p.zeros.empty()) zeros = p.zeros.data() + at;
    if (!p.sums.empty()) weight_sums = p.sums.data() + at;
    activation_zero = tile.impl.zero_point();
  }
  bool any() const { return zeros != nullptr || weight_sums != nullptr; }
  int64_t Apply(int64_t product, int64_t n, int64_t code_sum) const {
    if (zeros != nullptr) product -= zeros[n] * code_sum;
    if (weight_sums != nullptr) product -= activation_zero * weight_sums[n];
    return product;
  }
};

// Sum of activation codes; 0 where nothing needs it.
int64_t CodeSum(const Tile& tile, int64_t m, int64_t g) {
  return tile.x.sums != nullptr ? tile.x.sums[m * tile.impl.packed.groups + g] : 0;
}

// v = fma(s, A, v) and, with minima, v = fma(-m, S, v) for group g.
template <typename Sum>
void AccumulateGroup(const Tile& tile, int64_t g, const Sum* products, float* values) {
  const PackedWeights& p = tile.impl.packed;
  const int64_t width = tile.width();
  const auto count = static_cast<size_t>(width);
  const ZeroPoints zero_points(tile, g);
  const int64_t at = g * p.rows + tile.begin;
  const float* scales = p.scales.data() + at;
  const float* minimums = p.minimums.empty() ? nullptr : p.minimums.data() + at;
  const auto i = static_cast<size_t>(g);
  const int64_t zero_sum = (p.run_begin[i + 1] - p.run_begin[i]) * zero_points.activation_zero;
  float sums[kLinearTile];
  float factors[kLinearTile];
  for (int64_t m = 0; m < tile.x.rows; ++m) {
    const float factor = tile.impl.per_group() ? tile.x.scales[m * p.groups + g] : 1.0f;
    const int64_t code_sum = CodeSum(tile, m, g);
    const Sum* product = products + m * width;
    if (zero_points.any()) {
      for (int64_t n = 0; n < width; ++n) {
        sums[n] = static_cast<float>(zero_points.Apply(product[n], n, code_sum));
      }
    } else {
      for (int64_t n = 0; n < width; ++n) sums[n] = static_cast<float>(product[n]);
    }
    for (int64_t n = 0; n < width; ++n) factors[n] = scales[n] * factor;
    kernels::MultiplyAdd(tile.target, factors, sums, count, values + m * width);
    if (minimums == nullptr) continue;
    const auto shifted_sum = static_cast<float>(code_sum - zero_sum);
    for (int64_t n = 0; n < width; ++n) {
      factors[n] = -(minimums[n] * factor);
      sums[n] = shifted_sum;
    }
    kernels::MultiplyAdd(tile.target, factors, sums, count, values + m * width);
  }
}

// Lines that will be written.
void Fetch(const float* values, int64_t count) {
  constexpr int64_t kLine = 16;
  for (int64_t i = 0; i < count; i += kLine) __builtin_prefetch(values + i, 1);
}

float TokenScale(const Tile& tile, int64_t m) {
  return tile.x.scales != nullptr ? tile.x.scales[m] : tile.impl.options.activation_scale;
}

// The scale of the token, then the outlier columns.
void ScaleAndAddOutliers(const Tile& tile, float* values) {
  const PackedWeights& p = tile.impl.packed;
  const int64_t width = tile.width();
  const auto count = static_cast<int64_t>(p.outlier_columns.size());
  for (int64_t m = 0; m < tile.x.rows; ++m) {
    float* v = values + m * tile.stride();
    if (!tile.impl.per_group()) {
      kernels::ScaleAndAdd(tile.target, v, TokenScale(tile, m), nullptr, static_cast<size_t>(width),
                           v);
    }
    if (count == 0) continue;
    const float* x = tile.x.outliers + m * count;
    for (int64_t n = 0; n < width; ++n) {
      const float* w = p.outlier_values.data() + (tile.begin + n) * count;
      float sum = 0.0f;
      for (int64_t j = 0; j < count; ++j) sum = std::fma(x[j], w[j], sum);
      v[n] += sum;
    }
  }
}

void RunIntegerToFloat(const Tile& tile, const LinearWorkspace& space, char* worker) {
  const PackedWeights& p = tile.impl.packed;
  const int64_t count = tile.x.rows * tile.width();
  auto* wide = reinterpret_cast<int64_t*>(worker + space.acc);
  auto* narrow = reinterpret_cast<int32_t*>(wide + count);
  auto* values = reinterpret_cast<float*>(worker + space.out);
  std::fill(values, values + count, 0.0f);
  for (int64_t g = 0; g < p.groups; ++g) {
    const int64_t begin = p.run_begin[static_cast<size_t>(g)];
    const int64_t end = p.run_begin[static_cast<size_t>(g) + 1];
    if (begin == end) continue;
    if (Products(tile, begin, end, narrow, wide)) {
      AccumulateGroup(tile, g, wide, values);
    } else {
      AccumulateGroup(tile, g, narrow, values);
    }
  }
  ScaleAndAddOutliers(tile, values);
  Finish(tile, values, tile.stride());
}

// Panels of the tile: v, or the sums of an integer-only layer as bits.
void RunPanels(const Tile& tile, const LinearWorkspace& space, char* worker, float* values) {
  kernels::PanelInput input = tile.x.panel;
  input.scratch = reinterpret_cast<uint8_t*>(worker + space.decode);
  const auto begin = static_cast<size_t>(tile.begin) / kernels::kPanelRows;
  const auto panels = static_cast<size_t>(tile.stride()) / kernels::kPanelRows;
  kernels::MatMulPanels(tile.target, tile.impl.panels.matrix, begin, begin + panels, input, values,
                        static_cast<size_t>(tile.stride()));
}

// Results that need nothing but their token's scale and a bias go to y at once.
bool IsPlain(const Tile& tile) {
  return !tile.impl.per_group() && tile.impl.packed.outlier_columns.empty() &&
         tile.impl.options.activation == FusedActivation::kNone && tile.y.dtype == DType::kF32;
}

void RunPanelsToFloat(const Tile& tile, const LinearWorkspace& space, char* worker) {
  auto* values = reinterpret_cast<float*>(worker + space.out);
  RunPanels(tile, space, worker, values);
  if (!IsPlain(tile)) {
    ScaleAndAddOutliers(tile, values);
    return Finish(tile, values, tile.stride());
  }
  const float* bias = tile.impl.bias.empty() ? nullptr : tile.impl.bias.data() + tile.begin;
  constexpr int64_t kAhead = 4;  // rows: each of them is on a page of its own
  for (int64_t m = 0; m < tile.x.rows; ++m) {
    float* y = At<float>(tile.y, m, tile.begin);
    if (m + kAhead < tile.x.rows) Fetch(y + kAhead * tile.y.stride(), tile.width());
    kernels::ScaleAndAdd(tile.target, values + m * tile.stride(), TokenScale(tile, m), bias,
                         static_cast<size_t>(tile.width()), y);
  }
}

int32_t ToCode(const IntegerOutput& out, int64_t n, int64_t sum) {
  if (!out.bias.empty()) sum += out.bias[static_cast<size_t>(n)];
  const FixedPointMultiplier m =
      out.multipliers[out.multipliers.size() > 1 ? static_cast<size_t>(n) : 0];
  const int32_t scaled = out.wide
                             ? RequantizeWide(sum, m)
                             : Requantize(requantize_internal::Saturate32(sum), m, out.rounding);
  const int64_t code = static_cast<int64_t>(scaled) + out.zero_point;
  return static_cast<int32_t>(std::clamp<int64_t>(code, out.low, out.high));
}

// Results from sums: sum_of(m, n) is the one for row n of the tile.
template <typename SumOf>
void StoreCodes(const Tile& tile, const SumOf& sum_of) {
  for (int64_t m = 0; m < tile.x.rows; ++m) {
    for (int64_t n = 0; n < tile.width(); ++n) {
      const int32_t code = ToCode(tile.impl.integer, tile.begin + n, sum_of(m, n));
      if (tile.y.dtype == DType::kI8) {
        *At<int8_t>(tile.y, m, tile.begin + n) = static_cast<int8_t>(code);
      } else if (tile.y.dtype == DType::kU8) {
        *At<uint8_t>(tile.y, m, tile.begin + n) = static_cast<uint8_t>(code);
      } else {
        *At<int16_t>(tile.y, m, tile.begin + n) = static_cast<int16_t>(code);
      }
    }
  }
}

void RunPanelsToCodes(const Tile& tile, const LinearWorkspace& space, char* worker) {
  auto* values = reinterpret_cast<float*>(worker + space.out);
  RunPanels(tile, space, worker, values);
  StoreCodes(tile, [&](int64_t m, int64_t n) {
    return int64_t{std::bit_cast<int32_t>(values[m * tile.stride() + n])};
  });
}

void RunIntegerOnly(const Tile& tile, const LinearWorkspace& space, char* worker) {
  const PackedWeights& p = tile.impl.packed;
  const int64_t width = tile.width();
  auto* wide = reinterpret_cast<int64_t*>(worker + space.acc);
  auto* narrow = reinterpret_cast<int32_t*>(wide + tile.x.rows * width);
  const bool any = p.groups > 0;
  const bool is_wide = any && Products(tile, 0, p.cols, narrow, wide);
  const ZeroPoints zero_points(tile, 0);
  StoreCodes(tile, [&](int64_t m, int64_t n) -> int64_t {
    if (!any) return 0;
    const int64_t code_sum = zero_points.zeros != nullptr ? CodeSum(tile, m, 0) : 0;
    const int64_t at = m * width + n;
    return zero_points.Apply(is_wide ? wide[at] : narrow[at], n, code_sum);
  });
}

}  // namespace

int64_t LinearTileRows(const Impl& impl, int64_t m, int threads, kernels::Target target) {
  constexpr int64_t kTasks = 8;  // for each thread, so that one that comes late does not hold up
  const int64_t tasks = threads > 1 ? int64_t{threads} * kTasks : 1;
  if (!impl.panels.empty()) {
    constexpr auto kRows = static_cast<int64_t>(kernels::kPanelRows);
    const int64_t panels = (impl.rows + kRows - 1) / kRows;
    const int64_t most = static_cast<int64_t>(kPanelValues) / (std::min(m, kLinearBatch) * kRows);
    constexpr int64_t kLeast = kPanelsAtLeast;
    return std::clamp<int64_t>(panels / tasks, kLeast, std::max(most, kLeast)) * kRows;
  }
  if (impl.weight_only() && impl.bf16() && kernels::HasTilesBF16(target)) {
    constexpr int64_t kPair = 2 * kTilesRows;  // tiles share their loads two by two
    return std::clamp(impl.rows / tasks / kPair * kPair, kPair, kTilesTaskRows);
  }
  return impl.weight_only() ? kFloatTaskRows : kLinearTile;
}

void RunTile(const Impl& impl, const LinearWorkspace& space, const PreparedRows& x,
             const OutputView& y, int64_t begin, int64_t end, kernels::Target target,
             char* worker) {
  const Tile tile{impl, x, y, begin, end, target};
  if (impl.weight_only()) {
    RunWeightOnly(tile, space, worker);
  } else if (!impl.panels.empty()) {
    impl.integer_only() ? RunPanelsToCodes(tile, space, worker)
                        : RunPanelsToFloat(tile, space, worker);
  } else if (impl.integer_only()) {
    RunIntegerOnly(tile, space, worker);
  } else {
    RunIntegerToFloat(tile, space, worker);
  }
}

}  // namespace pawl
