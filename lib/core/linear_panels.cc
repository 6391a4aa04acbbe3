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
#include "lib/core/params.h"
#include "lib/core/status_macros.h"
#include "pawl/float_types.h"

namespace pawl {
namespace {

using Impl = QuantizedLinear::Impl;
using kernels::kPanelChunk;
using kernels::kPanelRows;

constexpr auto kRows = static_cast<int64_t>(kPanelRows);
constexpr auto kChunk = static_cast<int64_t>(kPanelChunk);

int64_t RoundUp(int64_t value, int64_t step) { return (value + step - 1) / step * step; }

// How fields of the canonical bit stream become panel codes: (field * factor) xor flip, which
// stands for the number code - zero.
struct CodeMap {
  int field_bits = 0;
  int bits = 0;
  int factor = 1;
  int flip = 0;
  int32_t zero = 0;
};

CodeMap MapOf(const Element& element, const std::optional<IntegerLevels>& levels) {
  CodeMap map;
  map.field_bits = element.bits;
  map.bits = element.bits == 1 ? 2 : element.bits == 7 ? 8 : element.bits;
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

// Lengths of groups. False where panels would be mostly padding or sums could overflow.
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

// Where group g begins in a panel's columns.
int64_t GroupStart(const PanelWeights& panels, int64_t g) { return g * panels.group_cols; }

// What packing a panel needs to see.
struct Source {
  const QuantizedTensor& tensor;
  const PackedWeights& layout;
  const RowGroups& groups;
  const GroupParams& params;
  CodeMap map;
  kernels::Target target;
};

// Fields of at most 8 bits become codes, eight at a time: no product leaves its byte.
void MapFields(const CodeMap& map, int64_t count, uint8_t* codes) {
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
void UnpackRowInOrder(const Source& source, const PanelWeights& panels, int64_t row,
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

// Zero point of a group as panel codes have it.
int32_t ZeroOf(const Source& source, int64_t group) {
  const bool given = source.tensor.scheme.offset.kind == OffsetKind::kZeroPoint;
  const float zero = given ? source.params.offsets[static_cast<size_t>(group)] : 0.0f;
  return static_cast<int32_t>(zero) + source.map.zero;
}

struct Shared {
  bool supers = false;  // sub-scales stay integers under f16 super-scales
  bool copied = false;  // stored f16 scales and minimums are the panel's
  bool half = true;     // f16 holds every scale and minimum
  bool one_zero = true;
  bool zeros_fit = true;  // in 8 bits
};

bool FitsHalf(float value) { return F16ToF32(F32ToF16(value)) == value; }

bool IsSmallInteger(const ParamType& type) {
  return (type.kind == ParamKind::kUint || type.kind == ParamKind::kInt) && type.bits <= 8;
}

// GGUF's K blocks, whose parameters would take 4 bytes instead of less than one: integers under f16
// super-parameters, in whole super-groups of 2^n groups a row.
bool KeepsSupers(const Source& source) {
  const Scheme& s = source.tensor.scheme;
  const int64_t size = s.scale.super_size;
  const bool minimum = s.offset.kind == OffsetKind::kMinimum;
  if (!IsSmallInteger(s.scale.type) || s.scale.super_type != kParamF16 || s.scale.super_divides) {
    return false;
  }
  if (minimum && (!IsSmallInteger(s.offset.type) || s.offset.super_type != kParamF16)) return false;
  if (s.offset.kind == OffsetKind::kFloatZero || s.post_scale != 1.0f) return false;
  return size >= 8 && (size & (size - 1)) == 0 && s.grouping.kind == GroupKind::kAlongRow &&
         source.layout.groups % size == 0;
}

// Scales (and minimums) that are stored as f16, each its group's own.
bool StoredAsHalf(const Scheme& s) {
  const bool plain = s.scale.type == kParamF16 && s.scale.super_type.kind == ParamKind::kNone &&
                     s.post_scale == 1.0f;
  const bool minima = s.offset.kind == OffsetKind::kMinimum;
  if (s.offset.kind == OffsetKind::kFloatZero) return false;
  return plain &&
         (!minima || (s.offset.type == kParamF16 && s.offset.super_type.kind == ParamKind::kNone));
}

Shared LookAtParams(const Source& source, bool rescaled) {
  const Scheme& scheme = source.tensor.scheme;
  const bool minima =
      scheme.offset.kind == OffsetKind::kMinimum || scheme.offset.kind == OffsetKind::kFloatZero;
  Shared shared;
  shared.supers = !rescaled && KeepsSupers(source);
  shared.copied = !rescaled && StoredAsHalf(scheme);
  if (shared.copied && scheme.offset.kind != OffsetKind::kZeroPoint) {
    const int32_t zero = source.map.zero;  // of every group
    shared.zeros_fit = zero <= 255;
    return shared;
  }
  for (size_t i = 0; i < source.params.scales.size(); ++i) {
    const float scale = source.params.scales[i], offset = source.params.offsets[i];
    shared.half = shared.copied || (shared.half && FitsHalf(WeightScale(scheme, scale)) &&
                                    (!minima || FitsHalf(WeightMinimum(scheme, scale, offset))));
    const int32_t zero = ZeroOf(source, static_cast<int64_t>(i));
    shared.one_zero = shared.one_zero && zero == ZeroOf(source, 0);
    shared.zeros_fit = shared.zeros_fit && zero >= 0 && zero <= 255;
  }
  return shared;
}

absl::Status Allocate(const Source& source, const Shared& shared, PanelWeights* panels) {
  const Scheme& scheme = source.tensor.scheme;
  const int64_t count = RoundUp(source.layout.rows, kRows) / kRows;
  const auto bytes = static_cast<int64_t>(panels->matrix.panel_bytes());
  const int64_t params = count * source.layout.groups * kRows;
  const DType type = shared.supers ? DType::kU8 : shared.half ? DType::kF16 : DType::kF32;
  const int64_t supers = shared.supers ? params / scheme.scale.super_size : 0;
  PAWL_ASSIGN_OR_RETURN(panels->codes, Tensor::Create(DType::kU8, {count * bytes}));
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

void SetParam(Tensor& params, int64_t at, float value) {
  if (params.dtype() == DType::kF16) {
    static_cast<uint16_t*>(params.mutable_data())[at] = F32ToF16(value);
  } else {
    static_cast<float*>(params.mutable_data())[at] = value;
  }
}

// What is added to a sub-parameter so that it fits a byte.
int32_t BiasOf(const ParamType& type) { return type.kind == ParamKind::kInt ? 128 : 0; }

// The stored integers and super-parameters of a row's groups, as they are; `numbers` has a byte for
// each of them.
void CopySupers(const Source& source, int64_t row, uint8_t* numbers, PanelWeights* panels) {
  const QuantizedTensor& t = source.tensor;
  const int64_t groups = source.layout.groups, size = t.scheme.scale.super_size;
  const int64_t from = source.groups.GroupOf(row, 0),
                lane = row / kRows * groups * kRows + row % kRows;
  const int64_t super_lane = row / kRows * (groups / size) * kRows + row % kRows;
  const auto copy = [&](const ParamType& type, const Tensor& subs, const Tensor& supers,
                        Tensor& sub_out, Tensor& super_out) {
    // Whole super-groups of 8 or more fill bytes, so a row begins in one.
    const auto* bytes = static_cast<const uint8_t*>(subs.data()) + from * type.bits / 8;
    kernels::UnpackBitsU8(source.target, bytes, static_cast<size_t>(groups), type.bits, false,
                          numbers);
    const int32_t sign = type.kind == ParamKind::kInt ? 1 << (type.bits - 1) : 0;
    auto* out = static_cast<uint8_t*>(sub_out.mutable_data()) + lane;
    for (int64_t g = 0; g < groups; ++g) {
      out[g * kRows] = static_cast<uint8_t>((numbers[g] ^ sign) - sign + BiasOf(type));
    }
    const uint16_t* half = supers.as<uint16_t>().data() + from / size;
    auto* super = static_cast<uint16_t*>(super_out.mutable_data()) + super_lane;
    for (int64_t g = 0; g < groups / size; ++g) super[g * kRows] = half[g];
  };
  copy(t.scheme.scale.type, t.scales, t.super_scales, panels->scales, panels->super_scales);
  if (panels->minimums.empty()) return;
  copy(t.scheme.offset.type, t.offsets, t.super_offsets, panels->minimums, panels->super_minimums);
}

// Scale and minimum of group `from` of the tensor to place `at`.
void SetScale(const Source& source, const Shared& shared, int64_t from, int64_t at,
              PanelWeights* panels) {
  const auto i = static_cast<size_t>(from);
  if (shared.copied) {
    const auto copy = [&](const Tensor& stored, Tensor& out) {
      static_cast<uint16_t*>(out.mutable_data())[at] =
          static_cast<const uint16_t*>(stored.data())[i];
    };
    copy(source.tensor.scales, panels->scales);
    if (!panels->minimums.empty()) copy(source.tensor.offsets, panels->minimums);
    return;
  }
  const Scheme& scheme = source.tensor.scheme;
  const float scale = source.params.scales[i], offset = source.params.offsets[i];
  SetParam(panels->scales, at, WeightScale(scheme, scale));
  if (!panels->minimums.empty()) {
    SetParam(panels->minimums, at, WeightMinimum(scheme, scale, offset));
  }
}

// Parameters of one row; `codes` are its codes in the panel's order, `scratch` has a byte a group.
void SetRowParams(const Source& source, const Shared& shared, int64_t row, const uint8_t* codes,
                  uint8_t* scratch, PanelWeights* panels) {
  const PackedWeights& p = source.layout;
  if (shared.supers) CopySupers(source, row, scratch, panels);
  for (int64_t g = 0; g < p.groups; ++g) {
    const int64_t at = (row / kRows * p.groups + g) * kRows + row % kRows;
    const int64_t from = source.groups.GroupOf(row, g);
    if (!shared.supers) SetScale(source, shared, from, at, panels);
    if (panels->zeros.empty() && panels->offsets.empty()) continue;
    const int32_t zero = ZeroOf(source, from);
    if (!panels->zeros.empty()) {
      static_cast<uint8_t*>(panels->zeros.mutable_data())[at] = static_cast<uint8_t>(zero);
    }
    if (panels->offsets.empty()) continue;
    const int64_t begin = p.run_begin[static_cast<size_t>(g)];
    const int64_t length = p.run_begin[static_cast<size_t>(g) + 1] - begin;
    const uint8_t* group = codes + (panels->spread ? GroupStart(*panels, g) : begin);
    const uint8_t* table = panels->table.empty() ? nullptr : panels->table.as<uint8_t>().data();
    int64_t sum = -zero * length;
    for (int64_t i = 0; i < length; ++i) sum += table != nullptr ? table[group[i]] : group[i];
    panels->offsets.mutable_as<int32_t>()[static_cast<size_t>(at)] =
        static_cast<int32_t>(sum * panels->zero_point);
  }
}

// From row to row of the codes that become a panel: a line more than there are columns, or sixteen
// rows of 4096 would share the eight places that a first-level cache has for them.
int64_t PackStride(const PanelWeights& panels) { return static_cast<int64_t>(panels.cols()) + 64; }

// Sixteen rows of codes, and one as the layout has it.
size_t PackScratchBytes(const Source& source, const PanelWeights& panels) {
  return static_cast<size_t>(kRows * PackStride(panels) + source.layout.cols);
}

void PackPanelOfRows(const Source& source, const Shared& shared, int64_t panel, uint8_t* scratch,
                     PanelWeights* panels) {
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

void PointAtTensors(const Shared& shared, const Source& source, PanelWeights* panels) {
  kernels::PanelMatrix& matrix = panels->matrix;
  const auto data = [](const Tensor& t) { return t.empty() ? nullptr : t.data(); };
  matrix.codes = static_cast<const uint8_t*>(panels->codes.data());
  matrix.table = static_cast<const uint8_t*>(data(panels->table));
  matrix.half_scales = shared.half;
  matrix.scales = data(panels->scales);
  matrix.minimums = data(panels->minimums);
  matrix.zeros = static_cast<const uint8_t*>(data(panels->zeros));
  matrix.zero = shared.one_zero && !source.params.scales.empty() ? ZeroOf(source, 0) : 0;
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

// Level tables: their codes, and scales of what the codes stand for.
absl::Status TakeLevels(const QuantizedTensor& t, const IntegerLevels& levels, GroupParams* params,
                        PanelWeights* panels) {
  if (t.scheme.offset.kind != OffsetKind::kNone) {
    return absl::InvalidArgumentError(absl::StrCat("weights of scheme ", SchemeString(t.scheme),
                                                   " have a level table with an offset; ",
                                                   "mode weight_only takes them"));
  }
  PAWL_ASSIGN_OR_RETURN(panels->table, Tensor::FromValues<uint8_t>({16}, levels.codes));
  panels->matrix.table_bits = levels.bits;
  if (levels.factor == 1.0f) return absl::OkStatus();
  panels->rescaled = true;
  for (float& scale : params->scales) scale *= levels.factor;
  return absl::OkStatus();
}

void SetActivations(const Impl& impl, PanelWeights* panels) {
  const bool is_unsigned = impl.code_type() == DType::kU8;
  panels->code_flip = is_unsigned ? 128 : 0;
  panels->zero_point = impl.zero_point() - panels->code_flip;
}

// Integer-only layers look at the scales of whole rows.
void KeepRowScales(const Source& source, PackedWeights* p) {
  p->scales.resize(static_cast<size_t>(p->rows * p->groups));
  for (int64_t row = 0; row < p->rows && p->groups == 1; ++row) {
    const auto from = static_cast<size_t>(source.groups.GroupOf(row, 0));
    p->scales[static_cast<size_t>(row)] =
        WeightScale(source.tensor.scheme, source.params.scales[from]);
  }
}

}  // namespace

absl::Status PackPanels(const QuantizedTensor& t, Context* context, Impl* impl) {
  if (impl->code_type() == DType::kI16) return absl::OkStatus();
  PackedWeights layout;
  PanelWeights panels;
  const std::optional<IntegerLevels> levels = MakeIntegerLevels(t, impl->options.round_levels);
  PAWL_ASSIGN_OR_RETURN(const RowGroups groups, CutRows(t, levels.has_value(), &layout));
  PAWL_ASSIGN_OR_RETURN(GroupParams params, DecodeParams(t, groups.layout.num_groups()));
  if (levels.has_value()) PAWL_RETURN_IF_ERROR(TakeLevels(t, *levels, &params, &panels));
  if (layout.rows == 0 || !LayOutGroups(layout, &panels)) return absl::OkStatus();
  const Source source{
      t, layout, groups, params, MapOf(t.scheme.element, levels), TargetOf(context)};
  const Shared shared = LookAtParams(source, panels.rescaled);
  if (!shared.zeros_fit) return absl::OkStatus();
  SetActivations(*impl, &panels);
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
  for (int64_t g = 0; g < layout.groups; ++g) {
    const auto i = static_cast<size_t>(g);
    const int64_t length = layout.run_begin[i + 1] - layout.run_begin[i];
    panels.zero_sums.push_back(length * panels.zero_point);
  }
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
