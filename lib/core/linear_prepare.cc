// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <limits>

#include "kernels/convert.h"
#include "kernels/matmul_bf16.h"
#include "kernels/min_max.h"
#include "kernels/quantize.h"
#include "lib/core/hadamard.h"
#include "lib/core/linear_bf16.h"
#include "lib/core/linear_float.h"
#include "lib/core/linear_impl.h"
#include "lib/core/workspace.h"

namespace pawl {
namespace {

using Impl = QuantizedLinear::Impl;

constexpr float kNaN = std::numeric_limits<float>::quiet_NaN();

// Rows of activations whose largest magnitude is below this count as zero, so that scales are
// normal numbers whatever the host does with denormals.
constexpr float kSmallestAbsMax = 0x1p-100f;

int64_t PaddedCols(const Impl& impl) { return (impl.cols + 15) / 16 * 16; }

// Weight-only: many rows that lie whole pages apart, or not at lines of the cache, are copied to
// where they do not evict one another, and no load takes part in two lines.
constexpr int64_t kManyRows = 8;
bool RowsCollide(const InputView& x) {
  constexpr int64_t kLine = 64, kPage = 4096;
  const int64_t bytes = x.stride() * static_cast<int64_t>(sizeof(float));
  const bool aligned = reinterpret_cast<uintptr_t>(x.data) % kLine == 0 && bytes % kLine == 0;
  return x.rows >= kManyRows && (!aligned || bytes % kPage == 0);
}

void LoadRow(const InputView& x, int64_t m, kernels::Target target, float* out) {
  const auto n = static_cast<size_t>(x.cols);
  const int64_t begin = m * x.stride();
  if (x.dtype == DType::kF32) {
    if (n > 0) std::memcpy(out, static_cast<const float*>(x.data) + begin, n * sizeof(float));
  } else if (x.dtype == DType::kF16) {
    kernels::ConvertF16ToF32(target, static_cast<const uint16_t*>(x.data) + begin, n, out);
  } else {
    kernels::ConvertBF16ToF32(target, static_cast<const uint16_t*>(x.data) + begin, n, out);
  }
}

void Transform(const Impl& impl, kernels::Target target, float* row) {
  if (impl.rotation_block > 0) {
    RotateActivations(target, row, impl.rotation_signs.as<int8_t>().data(), impl.cols,
                      impl.rotation_block);
  }
  if (!impl.input_scale.empty()) {
    const float* t = impl.input_scale.as<float>().data();
    for (int64_t i = 0; i < impl.cols; ++i) row[i] *= t[i];
  }
}

template <typename T>
void SumCodes(const PackedWeights& p, const T* codes, int64_t* sums) {
  for (size_t g = 0; g + 1 < p.run_begin.size(); ++g) {
    int64_t sum = 0;
    for (int64_t i = p.run_begin[g]; i < p.run_begin[g + 1]; ++i) sum += codes[i];
    sums[g] = sum;
  }
}

void SumCodesOfType(const Impl& impl, const void* codes, int64_t* sums) {
  switch (impl.code_type()) {
    case DType::kI8:
      return SumCodes(impl.packed, static_cast<const int8_t*>(codes), sums);
    case DType::kU8:
      return SumCodes(impl.packed, static_cast<const uint8_t*>(codes), sums);
    default:
      return SumCodes(impl.packed, static_cast<const int16_t*>(codes), sums);
  }
}

// One run with a scale of its own; returns it. NaN where a value is not finite.
float QuantizeDynamic(kernels::Target target, const float* x, int64_t count, int8_t* codes) {
  if (count == 0) return 0.0f;
  const auto n = static_cast<size_t>(count);
  float abs_max = 0.0f;
  const uint64_t not_finite = kernels::AbsMaxGroups(target, x, n, n, &abs_max);
  if (not_finite > 0 || abs_max < kSmallestAbsMax) {
    std::memset(codes, 0, n);
    return not_finite > 0 ? kNaN : 0.0f;
  }
  const float scale = abs_max / 127.0f;
  kernels::QuantizeI8(target, x, n, {.scale = scale, .zero = 0, .lo = -127, .hi = 127}, codes);
  return scale;
}

// The given scale and zero point; returns the scale, or NaN where a value is NaN.
float QuantizeStatic(const Impl& impl, kernels::Target target, const float* x, void* codes) {
  const auto n = static_cast<size_t>(impl.cols);
  const float scale = impl.options.activation_scale;
  kernels::QuantizeParams params{.scale = scale, .zero = impl.zero_point(), .lo = 0, .hi = 0};
  switch (impl.code_type()) {
    case DType::kI8:
      params.lo = -128, params.hi = 127;
      kernels::QuantizeI8(target, x, n, params, static_cast<int8_t*>(codes));
      break;
    case DType::kU8:
      params.lo = 0, params.hi = 255;
      kernels::QuantizeU8(target, x, n, params, static_cast<uint8_t*>(codes));
      break;
    default:
      params.lo = -32768, params.hi = 32767;
      kernels::QuantizeI16(target, x, n, params, static_cast<int16_t*>(codes));
  }
  return kernels::MinMax(target, x, n).nan_count > 0 ? kNaN : scale;
}

void QuantizeRow(const Impl& impl, kernels::Target target, const float* row, void* codes,
                 float* scales) {
  const PackedWeights& p = impl.packed;
  if (!impl.dynamic()) {
    scales[0] = QuantizeStatic(impl, target, row, codes);
    return;
  }
  auto* out = static_cast<int8_t*>(codes);
  if (!impl.per_group()) {
    scales[0] = QuantizeDynamic(target, row, impl.cols, out);
    return;
  }
  for (size_t g = 0; g + 1 < p.run_begin.size(); ++g) {
    const int64_t begin = p.run_begin[g];
    scales[g] = QuantizeDynamic(target, row + begin, p.run_begin[g + 1] - begin, out + begin);
  }
}

void PrepareFloatRow(const Impl& impl, const InputView& x, int64_t m, kernels::Target target,
                     float* row, float* permuted, void* codes, float* scales, float* outliers) {
  const PackedWeights& p = impl.packed;
  const bool as_it_is = x.dtype == DType::kF32 && !impl.transforms() && p.columns.empty();
  if (as_it_is && p.outlier_columns.empty()) {
    const float* values = static_cast<const float*>(x.data) + m * x.stride();
    return QuantizeRow(impl, target, values, codes, scales);
  }
  LoadRow(x, m, target, row);
  Transform(impl, target, row);
  for (size_t j = 0; j < p.outlier_columns.size(); ++j) {
    float& value = row[p.outlier_columns[j]];
    outliers[j] = value;
    value = 0.0f;  // becomes the code of zero
  }
  if (!p.columns.empty()) {
    for (int64_t i = 0; i < p.cols; ++i) permuted[i] = row[p.columns[static_cast<size_t>(i)]];
    row = permuted;
  }
  QuantizeRow(impl, target, row, codes, scales);
}

template <typename T>
void PrepareCodeRow(const Impl& impl, const InputView& x, int64_t m, T* codes, float* scales,
                    float* outliers) {
  const PackedWeights& p = impl.packed;
  const T* row = static_cast<const T*>(x.data) + m * x.stride();
  const float scale = impl.options.activation_scale;
  const int32_t zero = impl.zero_point();
  scales[0] = scale;
  for (int64_t i = 0; i < p.cols; ++i) {
    codes[i] = row[p.columns.empty() ? i : p.columns[static_cast<size_t>(i)]];
  }
  if (p.outlier_columns.empty()) return;
  for (size_t j = 0; j < p.outlier_columns.size(); ++j) {
    outliers[j] = scale * static_cast<float>(row[p.outlier_columns[j]] - zero);
  }
  // Packed places of the outliers: columns are a permutation of the original ones.
  size_t found = 0;
  for (int64_t i = 0; i < p.cols && found < p.outlier_columns.size(); ++i) {
    const int32_t column =
        p.columns.empty() ? static_cast<int32_t>(i) : p.columns[static_cast<size_t>(i)];
    if (std::binary_search(p.outlier_columns.begin(), p.outlier_columns.end(), column)) {
      codes[i] = static_cast<T>(zero);
      ++found;
    }
  }
}

bool NeedsSums(const Impl& impl) {
  return !impl.packed.zeros.empty() || !impl.packed.minimums.empty();
}

LinearWorkspace PanelWorkspace(const Impl& impl, size_t batch, size_t scales) {
  const kernels::PanelMatrix& matrix = impl.panels.matrix;
  const size_t stride = impl.panels.stride();
  const auto padded = static_cast<size_t>(PaddedCols(impl));
  LinearWorkspace space;
  Take(&space.codes, &space.shared, batch * stride);
  Take(&space.scales, &space.shared, batch * scales * sizeof(float));
  Take(&space.sums, &space.shared, batch * matrix.groups * sizeof(int32_t));
  Take(&space.shifted, &space.shared,
       matrix.minimums != nullptr ? batch * matrix.groups * sizeof(float) : 0);
  Take(&space.wide, &space.shared, matrix.code_bits() == 8 ? batch * stride * sizeof(int16_t) : 0);
  Take(&space.outliers, &space.shared, batch * impl.packed.outlier_columns.size() * sizeof(float));
  Take(&space.row, &space.worker, padded * sizeof(float));
  Take(&space.row2, &space.worker, padded * sizeof(float));
  Take(&space.codes_row, &space.worker, padded);
  Take(&space.decode, &space.worker,
       batch > 1 || matrix.table != nullptr ? kernels::PanelScratchBytes(matrix.chunks) : 0);
  Take(&space.out, &space.worker,
       std::max(kPanelValues, batch * kPanelsAtLeast * kernels::kPanelRows) * sizeof(float));
  return space;
}

// Contexts may use any target, so each part is as large as the largest of them wants it.
LinearWorkspace WeightOnlyWorkspace(const Impl& impl, int64_t batch) {
  int64_t values = batch * StrideAcrossSets(impl.cols) * static_cast<int64_t>(sizeof(float));
  size_t decode = FloatProductsScratch(*impl.decoder, batch), row = 0, row2 = 0;
  int64_t rows = kFloatTaskRows;
  if (impl.bf16()) {
    decode = std::max(decode, ProductsBF16Scratch(*impl.decoder, batch));
    row = static_cast<size_t>(PaddedCols(impl)) * sizeof(float);
  }
  if (impl.bf16() && kernels::HasTilesBF16(kernels::BestTarget())) {
    constexpr auto kBytes = static_cast<int64_t>(sizeof(uint16_t));
    const int64_t tiles = (batch + kTilesRows - 1) / kTilesRows;
    values = std::max(values, tiles * TilesStrideBF16(impl.cols) * kBytes);
    decode = std::max(decode, ProductsTilesBF16Scratch(*impl.decoder, batch));
    row2 = static_cast<size_t>(kTilesRows * StrideBF16(impl.cols) * kBytes);
    rows = std::max(rows, kTilesTaskRows);
  }
  LinearWorkspace space;
  Take(&space.values, &space.shared, static_cast<size_t>(values));
  Take(&space.decode, &space.worker, decode);
  Take(&space.row, &space.worker, row);
  Take(&space.row2, &space.worker, row2);
  Take(&space.out, &space.worker, static_cast<size_t>(batch * rows) * sizeof(float));
  return space;
}

// Rows [begin, end), at most kTilesRows of them from a multiple of that on.
void PrepareTiles(const Impl& impl, const LinearWorkspace& space, const InputView& x, int64_t begin,
                  int64_t end, kernels::Target target, char* shared, char* worker) {
  auto* row = reinterpret_cast<float*>(worker + space.row);
  auto* rows = reinterpret_cast<uint16_t*>(worker + space.row2);
  const int64_t stride = StrideBF16(impl.cols);
  for (int64_t m = begin; m < end; ++m) {
    const float* values = row;
    if (x.dtype == DType::kF32 && !impl.transforms()) {
      values = static_cast<const float*>(x.data) + m * x.stride();
    } else {
      LoadRow(x, m, target, row);
      Transform(impl, target, row);
    }
    kernels::RoundForTilesBF16(values, static_cast<size_t>(impl.cols), rows + (m - begin) * stride);
  }
  StoreTilesBF16(rows, end - begin, stride, impl.cols,
                 reinterpret_cast<uint16_t*>(shared + space.values) +
                     begin / kTilesRows * TilesStrideBF16(impl.cols));
}

}  // namespace

LinearWorkspace MakeLinearWorkspace(const Impl& impl, int64_t m) {
  const auto batch = static_cast<size_t>(std::min(m, impl.batch()));
  const auto padded = static_cast<size_t>(PaddedCols(impl));
  const auto groups = static_cast<size_t>(impl.packed.groups);
  const auto tile = static_cast<size_t>(kLinearTile);
  LinearWorkspace space;
  if (impl.weight_only()) {
    return WeightOnlyWorkspace(impl, static_cast<int64_t>(batch));
  }
  const size_t scales = impl.per_group() ? std::max<size_t>(groups, 1) : 1;
  if (!impl.panels.empty()) return PanelWorkspace(impl, batch, scales);
  Take(&space.codes, &space.shared, batch * padded * DTypeSize(impl.code_type()));
  Take(&space.scales, &space.shared, batch * scales * sizeof(float));
  Take(&space.sums, &space.shared, batch * groups * sizeof(int64_t));
  Take(&space.outliers, &space.shared, batch * impl.packed.outlier_columns.size() * sizeof(float));
  Take(&space.row, &space.worker, padded * sizeof(float));
  Take(&space.row2, &space.worker, padded * sizeof(float));
  Take(&space.acc, &space.worker, batch * tile * 2 * sizeof(int64_t));
  Take(&space.out, &space.worker, batch * tile * sizeof(float));
  return space;
}

bool NeedsPreparation(const Impl& impl, const InputView& x) {
  if (impl.weight_only()) {
    return impl.transforms() || impl.bf16() || x.dtype != DType::kF32 || RowsCollide(x);
  }
  if (!impl.panels.empty()) return true;
  return IsFloat(x.dtype) || !impl.packed.columns.empty() || NeedsSums(impl) ||
         !impl.packed.outlier_columns.empty();
}

namespace {

void PrepareRow(const Impl& impl, const LinearWorkspace& space, const InputView& x, int64_t m,
                kernels::Target target, char* shared, char* worker) {
  const int64_t padded = PaddedCols(impl);
  if (impl.weight_only()) {
    const bool bf16 = impl.bf16() && kernels::HasProductsBF16(target);
    float* row =
        bf16 ? reinterpret_cast<float*>(worker + space.row)
             : reinterpret_cast<float*>(shared + space.values) + m * StrideAcrossSets(impl.cols);
    LoadRow(x, m, target, row);
    Transform(impl, target, row);
    if (bf16) {
      StoreBF16(row, impl.cols, target,
                reinterpret_cast<uint16_t*>(shared + space.values) + m * StrideBF16(impl.cols));
    } else if (impl.bf16()) {
      RoundToBF16(row, impl.cols, target);
    }
    return;
  }
  const int64_t groups = impl.packed.groups;
  const auto outlier_count = static_cast<int64_t>(impl.packed.outlier_columns.size());
  float* scales =
      reinterpret_cast<float*>(shared + space.scales) + m * (impl.per_group() ? groups : 1);
  float* outliers = reinterpret_cast<float*>(shared + space.outliers) + m * outlier_count;
  const bool panels = !impl.panels.empty();
  char* codes = shared + space.codes;
  if (panels && impl.panels.spread) {
    codes = worker + space.codes_row;
  } else if (panels) {  // where they will be
    codes += m * static_cast<int64_t>(impl.panels.stride());
  } else {
    codes += static_cast<size_t>(m * padded) * DTypeSize(impl.code_type());
  }
  if (IsFloat(x.dtype)) {
    PrepareFloatRow(impl, x, m, target, reinterpret_cast<float*>(worker + space.row),
                    reinterpret_cast<float*>(worker + space.row2), codes, scales, outliers);
  } else if (x.dtype == DType::kI8) {
    PrepareCodeRow(impl, x, m, reinterpret_cast<int8_t*>(codes), scales, outliers);
  } else if (x.dtype == DType::kU8) {
    PrepareCodeRow(impl, x, m, reinterpret_cast<uint8_t*>(codes), scales, outliers);
  } else {
    PrepareCodeRow(impl, x, m, reinterpret_cast<int16_t*>(codes), scales, outliers);
  }
  if (panels) {
    PreparePanelRow(impl, space, m, target, codes, shared);
  } else if (NeedsSums(impl)) {
    SumCodesOfType(impl, codes, reinterpret_cast<int64_t*>(shared + space.sums) + m * groups);
  }
}

}  // namespace

int64_t RowsTogether(const Impl& impl, kernels::Target target) {
  return impl.bf16() && kernels::HasTilesBF16(target) ? kTilesRows : 1;
}

void PrepareRows(const Impl& impl, const LinearWorkspace& space, const InputView& x, int64_t begin,
                 int64_t end, kernels::Target target, char* shared, char* worker) {
  if (RowsTogether(impl, target) > 1) {
    return PrepareTiles(impl, space, x, begin, end, target, shared, worker);
  }
  for (int64_t m = begin; m < end; ++m) PrepareRow(impl, space, x, m, target, shared, worker);
}

PreparedRows Prepared(const Impl& impl, const LinearWorkspace& space, const InputView& x,
                      kernels::Target target, char* shared) {
  PreparedRows rows;
  rows.rows = x.rows;
  if (impl.bf16() && kernels::HasProductsBF16(target)) {
    rows.bf16 = reinterpret_cast<const uint16_t*>(shared + space.values);
    rows.value_stride = StrideBF16(impl.cols);
    return rows;
  }
  const bool prepared = NeedsPreparation(impl, x);
  const int64_t stride = !prepared            ? x.stride()
                         : impl.weight_only() ? StrideAcrossSets(impl.cols)
                                              : PaddedCols(impl);
  if (impl.weight_only()) {
    rows.values = prepared ? reinterpret_cast<const float*>(shared + space.values)
                           : static_cast<const float*>(x.data);
    rows.value_stride = stride;
    return rows;
  }
  rows.codes = prepared ? shared + space.codes : x.data;
  rows.code_stride = stride;
  if (!impl.panels.empty()) {
    rows.panel = PreparedPanels(impl, space, x.rows, shared);
    rows.scales = reinterpret_cast<const float*>(shared + space.scales);
    rows.outliers = reinterpret_cast<const float*>(shared + space.outliers);
  } else if (prepared) {
    rows.scales = reinterpret_cast<const float*>(shared + space.scales);
    if (NeedsSums(impl)) rows.sums = reinterpret_cast<const int64_t*>(shared + space.sums);
    rows.outliers = reinterpret_cast<const float*>(shared + space.outliers);
  }
  return rows;
}

}  // namespace pawl
