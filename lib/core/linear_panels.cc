// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include "lib/core/linear_panels.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "kernels/pack.h"
#include "lib/core/context_internal.h"
#include "lib/core/linear_impl.h"
#include "lib/core/linear_levels.h"
#include "lib/core/linear_pack.h"
#include "lib/core/linear_panel_params.h"
#include "lib/core/status_macros.h"
#include "lib/core/unset_tensor.h"

namespace pawl {
namespace {

using Impl = QuantizedLinear::Impl;
using kernels::kPanelChunk;
using kernels::kPanelRows;

constexpr auto kRows = static_cast<int64_t>(kPanelRows);
constexpr auto kChunk = static_cast<int64_t>(kPanelChunk);

int64_t RoundUp(int64_t value, int64_t step) { return (value + step - 1) / step * step; }

PanelCodeMap MapOf(const Element& element, const std::optional<IntegerLevels>& levels) {
  PanelCodeMap map;
  map.field_bits = element.bits;
  map.bits = PanelBits(element);
  if (levels.has_value()) {  // fields are the table's indices
    map.zero = levels->zero;
  } else if (element.kind == ElementKind::kBinary) {  // 0 and 1 are -1 and +1
    map.factor = 2;
    map.zero = 1;
  } else if (element.kind != ElementKind::kUint) {
    map.flip = 1 << (element.bits - 1);
    map.zero = map.flip;
  }
  return map;
}

// Fields of at most 8 bits become codes, eight at a time: no product leaves its byte.
void MapFields(const PanelCodeMap& map, int64_t count, uint8_t* codes) {
  constexpr uint64_t kEach = 0x0101010101010101;
  const auto factor = static_cast<uint64_t>(map.factor);
  const uint64_t flip = kEach * static_cast<uint64_t>(map.flip);
  if (factor == 1 && flip == 0) return;
  int64_t i = 0;
  for (; i + 8 <= count; i += 8) {
    uint64_t eight;
    std::memcpy(&eight, codes + i, sizeof(eight));
    eight = (eight * factor) ^ flip;
    std::memcpy(codes + i, &eight, sizeof(eight));
  }
  for (; i < count; ++i) codes[i] = static_cast<uint8_t>((codes[i] * map.factor) ^ map.flip);
}

// Codes of one row in the panel's order of columns; `out` is zero where columns are padding.
void UnpackRowInOrder(const PanelSource& source, const PanelWeights& panels, int64_t row,
                      uint8_t* fields, uint8_t* out) {
  const PackedWeights& p = source.layout;
  const auto* bytes = static_cast<const uint8_t*>(source.tensor.codes.data());
  const bool straight = p.columns.empty() && !panels.spread;
  uint8_t* to = straight ? out : fields;
  kernels::UnpackBitsU8(source.target, bytes + row * RowBytes(source.tensor.scheme.element, p.cols),
                        static_cast<size_t>(p.cols), source.map.field_bits, false, to);
  MapFields(source.map, p.cols, to);
  if (straight) return;
  for (int64_t g = 0; g < p.groups; ++g) {
    const int64_t begin = p.run_begin[static_cast<size_t>(g)];
    const int64_t end = p.run_begin[static_cast<size_t>(g) + 1];
    // Without padding groups lie as they do in the layout.
    uint8_t* group = out + (panels.spread ? GroupStart(panels, g) : begin);
    for (int64_t i = begin; i < end; ++i) {
      group[i - begin] = fields[p.columns.empty() ? i : p.columns[static_cast<size_t>(i)]];
    }
  }
}

absl::Status Allocate(const PanelSource& source, const PanelParams& shared, PanelWeights* panels) {
  const Scheme& scheme = source.tensor.scheme;
  const int64_t count = RoundUp(source.layout.rows, kRows) / kRows;
  const auto bytes = static_cast<int64_t>(panels->matrix.panel_bytes());
  const int64_t params = count * source.layout.groups * kRows;
  const DType type = shared.supers ? DType::kU8 : shared.half ? DType::kF16 : DType::kF32;
  const int64_t supers = shared.supers ? params / scheme.scale.super_size : 0;
  PAWL_ASSIGN_OR_RETURN(panels->codes, CreateUnset(count * bytes));
  PAWL_ASSIGN_OR_RETURN(panels->scales, Tensor::Create(type, {params}));
  if (scheme.offset.kind == OffsetKind::kMinimum || scheme.offset.kind == OffsetKind::kFloatZero) {
    PAWL_ASSIGN_OR_RETURN(panels->minimums, Tensor::Create(type, {params}));
  }
  if (shared.supers) {
    PAWL_ASSIGN_OR_RETURN(panels->super_scales, Tensor::Create(DType::kF16, {supers}));
    const int64_t minimums = panels->minimums.empty() ? 0 : supers;
    PAWL_ASSIGN_OR_RETURN(panels->super_minimums, Tensor::Create(DType::kF16, {minimums}));
  }
  if (!shared.one_zero) {
    PAWL_ASSIGN_OR_RETURN(panels->zeros, Tensor::Create(DType::kU8, {params}));
  }
  if (panels->zero_point != 0) {
    PAWL_ASSIGN_OR_RETURN(panels->offsets, Tensor::Create(DType::kI32, {params}));
  }
  return absl::OkStatus();
}

// From row to row of the codes that become a panel: a line more than there are columns, or sixteen
// rows of 4096 would share the eight places that a first-level cache has for them.
int64_t PackStride(const PanelWeights& panels) { return static_cast<int64_t>(panels.cols()) + 64; }

// Sixteen rows of codes, and one as the layout has it.
size_t PackScratchBytes(const PanelSource& source, const PanelWeights& panels) {
  return static_cast<size_t>(kRows * PackStride(panels) + source.layout.cols);
}

void PackPanelOfRows(const PanelSource& source, const PanelParams& shared, int64_t panel,
                     uint8_t* scratch, PanelWeights* panels) {
  const auto cols = static_cast<int64_t>(panels->cols());
  const int64_t stride = PackStride(*panels);
  uint8_t* const fields = scratch + kRows * stride;
  const int64_t begin = panel * kRows, end = std::min(source.layout.rows, begin + kRows);
  if (cols != source.layout.cols || panels->spread || end - begin < kRows) {
    std::memset(scratch, 0, static_cast<size_t>(kRows * stride));
  }
  for (int64_t row = begin; row < end; ++row) {
    uint8_t* codes = scratch + (row - begin) * stride;
    UnpackRowInOrder(source, *panels, row, fields, codes);
    SetRowParams(source, shared, row, codes, fields, panels);
  }
  const kernels::PanelMatrix& matrix = panels->matrix;
  auto* out = static_cast<uint8_t*>(panels->codes.mutable_data());
  kernels::PackPanel(source.target, scratch, static_cast<size_t>(stride), matrix.chunks,
                     matrix.bits, out + static_cast<size_t>(panel) * matrix.panel_bytes());
}

void PointAtTensors(const PanelParams& shared, const PanelSource& source, PanelWeights* panels) {
  kernels::PanelMatrix& matrix = panels->matrix;
  const auto data = [](const Tensor& t) { return t.empty() ? nullptr : t.data(); };
  matrix.codes = static_cast<const uint8_t*>(panels->codes.data());
  matrix.table = static_cast<const uint8_t*>(data(panels->table));
  matrix.half_scales = shared.half;
  matrix.scales = data(panels->scales);
  matrix.minimums = data(panels->minimums);
  matrix.zeros = static_cast<const uint8_t*>(data(panels->zeros));
  matrix.zero = shared.one_zero && source.groups.layout.num_groups() > 0 ? ZeroOf(source, 0) : 0;
  matrix.offsets = static_cast<const int32_t*>(data(panels->offsets));
  if (!shared.supers) return;
  const Scheme& scheme = source.tensor.scheme;
  const auto size = static_cast<uint64_t>(scheme.scale.super_size);
  matrix.super_shift = std::countr_zero(size);
  matrix.supers = matrix.groups / size;
  matrix.super_scales = static_cast<const uint16_t*>(data(panels->super_scales));
  matrix.super_minimums = static_cast<const uint16_t*>(data(panels->super_minimums));
  matrix.scale_bias = BiasOf(scheme.scale.type);
  matrix.minimum_bias = BiasOf(scheme.offset.type);
}

// Level tables: their codes, and whether scales are of what those stand for.
absl::Status TakeLevels(const QuantizedTensor& t, const IntegerLevels& levels,
                        PanelWeights* panels) {
  if (t.scheme.offset.kind != OffsetKind::kNone) {
    return absl::InvalidArgumentError(absl::StrCat("weights of scheme ", SchemeString(t.scheme),
                                                   " have a level table with an offset; ",
                                                   "mode weight_only takes them"));
  }
  PAWL_ASSIGN_OR_RETURN(panels->table, Tensor::FromValues<uint8_t>({16}, levels.codes));
  panels->matrix.table_bits = levels.bits;
  panels->rescaled = levels.factor != 1.0f;
  return absl::OkStatus();
}

// Integer-only layers look at the scales of whole rows.
void KeepRowScales(const PanelSource& source, PackedWeights* p) {
  p->scales.own().resize(static_cast<size_t>(p->rows * p->groups));
  for (int64_t row = 0; row < p->rows && p->groups == 1; ++row) {
    const auto from = static_cast<size_t>(source.groups.GroupOf(row, 0));
    p->scales.own()[static_cast<size_t>(row)] =
        WeightScale(source.tensor.scheme, source.params.scales[from]);
  }
}

}  // namespace

int PanelBits(const Element& element) {
  return element.bits == 1 ? 2 : element.bits == 7 ? 8 : element.bits;
}

bool LayOutGroups(const PackedWeights& p, PanelWeights* panels) {
  int64_t longest = 0;
  bool equal = true;  // all but the last
  for (int64_t g = 0; g < p.groups; ++g) {
    const auto i = static_cast<size_t>(g);
    const int64_t length = p.run_begin[i + 1] - p.run_begin[i];
    equal = equal && (g == 0 || length <= longest) &&
            (g + 1 == p.groups || length == std::max(longest, length));
    longest = std::max(longest, length);
  }
  if (longest == 0) return false;
  // A lone group, or the end of groups of whole tiles, is padded to a tile of AMX.
  const bool lone = p.groups == 1 && longest > kChunk;
  panels->group_cols = longest == 16 ? 16 : RoundUp(longest, lone ? 2 * kChunk : kChunk);
  if (panels->group_cols > static_cast<int64_t>(kernels::kMaxPanelGroup)) return false;
  panels->spread = p.groups > 1 && !(equal && longest == panels->group_cols);
  const int64_t cols = panels->spread ? p.groups * panels->group_cols : p.cols;
  if (cols > 2 * RoundUp(p.cols, kChunk)) return false;
  panels->matrix.group_quads = static_cast<size_t>(panels->group_cols / 4);
  panels->matrix.groups = static_cast<size_t>(p.groups);
  const int64_t step = panels->group_cols % (2 * kChunk) == 0 ? 2 * kChunk : kChunk;
  panels->matrix.chunks = static_cast<size_t>(RoundUp(cols, step) / kChunk);
  return true;
}

void SetPanelActivations(const Impl& impl, PanelWeights* panels) {
  const bool is_unsigned = impl.code_type() == DType::kU8;
  panels->code_flip = is_unsigned ? 128 : 0;
  panels->zero_point = impl.zero_point() - panels->code_flip;
}

void SetZeroSums(const PackedWeights& packed, PanelWeights* panels) {
  for (size_t g = 0; g + 1 < packed.run_begin.size(); ++g) {
    const int64_t length = packed.run_begin[g + 1] - packed.run_begin[g];
    panels->zero_sums.push_back(length * panels->zero_point);
  }
}

absl::Status PackPanels(const QuantizedTensor& t, Context* context, Impl* impl) {
  if (impl->code_type() == DType::kI16) return absl::OkStatus();
  PackedWeights layout;
  PanelWeights panels;
  const std::optional<IntegerLevels> levels = MakeIntegerLevels(t, impl->options.round_levels);
  PAWL_ASSIGN_OR_RETURN(const RowGroups groups, CutRows(t, levels.has_value(), &layout));
  if (levels.has_value()) PAWL_RETURN_IF_ERROR(TakeLevels(t, *levels, &panels));
  GroupParams params;
  if (impl->integer_only() || !TakesStoredParams(t, layout, panels.rescaled)) {
    PAWL_ASSIGN_OR_RETURN(params, DecodeParams(t, groups.layout.num_groups()));
  }
  if (panels.rescaled) {
    for (float& scale : params.scales) scale *= levels->factor;
  }
  if (layout.rows == 0 || !LayOutGroups(layout, &panels)) return absl::OkStatus();
  const PanelSource source{
      t, layout, groups, params, MapOf(t.scheme.element, levels), TargetOf(context)};
  const PanelParams shared = LookAtParams(source, panels.rescaled);
  if (!shared.zeros_fit) return absl::OkStatus();
  SetPanelActivations(*impl, &panels);
  panels.matrix.bits = source.map.bits;
  PAWL_RETURN_IF_ERROR(Allocate(source, shared, &panels));
  PAWL_RETURN_IF_ERROR(
      ForRanges(context, RoundUp(layout.rows, kRows) / kRows, 1, PackScratchBytes(source, panels),
                [&](int64_t begin, int64_t end, void* scratch) {
                  for (int64_t panel = begin; panel < end; ++panel) {
                    PackPanelOfRows(source, shared, panel, static_cast<uint8_t*>(scratch), &panels);
                  }
                }));
  PointAtTensors(shared, source, &panels);
  SetZeroSums(layout, &panels);
  if (impl->integer_only()) {
    if (layout.groups == 1) KeepRowScales(source, &layout);
    panels.matrix.scales = nullptr;
  }
  CopyOutliers(t, &layout);
  impl->packed = std::move(layout);
  impl->panels = std::move(panels);
  return absl::OkStatus();
}

}  // namespace pawl
