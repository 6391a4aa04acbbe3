// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include "lib/methods/scheme_rounder.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "kernels/min_max.h"
#include "kernels/quantize.h"
#include "lib/core/code_packing.h"
#include "lib/core/context_internal.h"
#include "lib/core/params.h"
#include "lib/methods/super_scales.h"
#include "pawl/float_types.h"

namespace pawl {
namespace {

// Levels undoubled: ggml's halved scales are doubled instead.
Scheme Plain(const Scheme& scheme) {
  Scheme plain = scheme;
  plain.scale.type = kParamF32;
  return plain;
}

bool HalvedScale(const Scheme& scheme) {
  return scheme.scale.type.kind == ParamKind::kE8M0Ggml ||
         scheme.scale.type.kind == ParamKind::kUE4M3Ggml;
}

}  // namespace

SchemeRounder::SchemeRounder(QuantizedTensor& tensor, const GroupLayout& layout,
                             const InputFactor& factor, const QuantizeOptions& options, bool fit,
                             kernels::Target target)
    : tensor_(tensor),
      layout_(layout),
      factor_(factor),
      fitter_(tensor.scheme, options),
      fit_(fit),
      target_(target),
      out_(tensor.rows()),
      affine_(tensor.scheme.offset.kind != OffsetKind::kNone),
      integer_(tensor.scheme.element.is_integer() &&
               tensor.scheme.element.kind != ElementKind::kBinary),
      scales_(static_cast<size_t>(layout.num_groups()), 1.0f),
      offsets_(affine_ ? scales_.size() : 0),
      codes_(static_cast<size_t>(tensor.num_elements())) {
  if (fit) {
    ideal_scales_.resize(scales_.size());
    ideal_offsets_.resize(offsets_.size());
    for (const int32_t column : factor.order()) {
      if (options.importance.empty()) break;
      fit_weights_.push_back(options.importance[static_cast<size_t>(column)]);
    }
  } else if (tensor.scheme.scale.type.kind != ParamKind::kNone) {
    DecodeScales(tensor, 0, absl::MakeSpan(scales_));
    if (HalvedScale(tensor.scheme)) {
      for (float& s : scales_) s *= 2.0f;
    }
    if (affine_) DecodeOffsets(tensor, 0, absl::MakeSpan(offsets_));
  }
  if (integer_) return;
  if (tensor.scheme.table != TableKind::kCodebook) {
    table_ = MakeLevelTable(Plain(tensor.scheme));
    levels_.emplace_back(table_.span());
    return;
  }
  const absl::Span<const float> all = tensor.levels.as<float>();
  const auto size = static_cast<size_t>(tensor.levels.dim(1));
  for (size_t begin = 0; begin < all.size(); begin += size) {
    levels_.emplace_back(all.subspan(begin, size));
  }
}

void SchemeRounder::Fit(int64_t position, int64_t count, int64_t begin, int64_t outputs,
                        const float* values) {
  std::vector<float> row(static_cast<size_t>(count));
  const float* weights = fit_weights_.empty() ? nullptr : fit_weights_.data() + position;
  FitScratch scratch;
  const int64_t column = factor_.order()[static_cast<size_t>(position)];
  for (int64_t o = 0; o < outputs; ++o) {
    for (int64_t i = 0; i < count; ++i) row[static_cast<size_t>(i)] = values[i * outputs + o];
    GroupRange range;
    const kernels::Range found = kernels::MinMax(target_, row.data(), row.size());
    double sum = 0.0;
    for (const float v : row) sum += static_cast<double>(std::fabs(v));
    range.Add({found.min, found.max, sum, count, true});
    const GroupParams ideal = fitter_.NeedsValues()
                                  ? fitter_.Fit(target_, range, row.data(), weights, count, scratch)
                                  : fitter_.FromRange(range);
    const auto group = static_cast<size_t>(layout_.GroupOf(begin + o, column));
    ideal_scales_[group] = ideal.scale;
    GroupParams stored = fitter_.Stored(ideal);
    scales_[group] = stored.scale;
    if (!affine_) continue;
    stored.offset = AlignZeroPoint(tensor_.scheme, ideal.offset, ideal.scale, stored.scale);
    ideal_offsets_[group] = stored.offset;
    offsets_[group] = fitter_.Stored({ideal.scale, stored.offset}).offset;
  }
}

void SchemeRounder::LoadParams(int64_t column, int64_t begin, int64_t outputs,
                               Params& params) const {
  const auto count = static_cast<size_t>(outputs);
  params.scales.resize(count);
  params.divisors.resize(count);
  params.offsets.resize(affine_ ? count : 0);
  for (size_t o = 0; o < count; ++o) {
    const auto group =
        static_cast<size_t>(layout_.GroupOf(begin + static_cast<int64_t>(o), column));
    const float scale = scales_[group];
    params.scales[o] = scale;
    // Dividing by infinity gives 0, and so the code that stands for it.
    params.divisors[o] = scale == 0.0f ? std::numeric_limits<float>::infinity() : scale;
    if (affine_) params.offsets[o] = offsets_[group];
  }
}

void SchemeRounder::RoundIntegers(const float* values, int64_t outputs, const Params& params,
                                  int16_t* codes, float* rounded) const {
  const Scheme& scheme = tensor_.scheme;
  kernels::QuantizeGroups groups;
  groups.scales = params.divisors.data();
  groups.hi = scheme.element.MaxCode();
  groups.lo = scheme.element.MinCode();
  if (scheme.element.kind == ElementKind::kInt && !affine_ && !scheme.full_range) {
    groups.lo = -groups.hi;
  }
  const OffsetKind kind = scheme.offset.kind;
  if (kind == OffsetKind::kZeroPoint) groups.zeros = params.offsets.data();
  if (kind == OffsetKind::kFloatZero) groups.float_zeros = params.offsets.data();
  if (kind == OffsetKind::kMinimum) groups.minimums = params.offsets.data();
  kernels::QuantizeRowI16(target_, values, static_cast<size_t>(outputs), groups, codes);
  const float* scales = params.scales.data();
  const float* offsets = params.offsets.data();
  if (kind == OffsetKind::kNone) {
    for (int64_t o = 0; o < outputs; ++o) rounded[o] = static_cast<float>(codes[o]) * scales[o];
  } else if (kind == OffsetKind::kMinimum) {
    for (int64_t o = 0; o < outputs; ++o) {
      rounded[o] = static_cast<float>(codes[o]) * scales[o] - offsets[o];
    }
  } else {
    for (int64_t o = 0; o < outputs; ++o) {
      rounded[o] = (static_cast<float>(codes[o]) - offsets[o]) * scales[o];
    }
  }
}

int16_t SchemeRounder::LevelCode(float value, const SortedLevels& levels) const {
  switch (tensor_.scheme.element.kind) {
    case ElementKind::kBinary:
      return value < 0.0f ? int16_t{0} : int16_t{1};
    case ElementKind::kE2M1:
      return F32ToE2M1(value);
    case ElementKind::kE4M3:
      return F32ToE4M3(value);
    case ElementKind::kE5M2:
      return F32ToE5M2(std::clamp(value, -57344.0f, 57344.0f));
    default:
      return levels.NearestCode(value);
  }
}

void SchemeRounder::RoundLevels(const float* values, int64_t begin, int64_t outputs,
                                const Params& params, int16_t* codes, float* rounded) const {
  const bool codebook = tensor_.scheme.table == TableKind::kCodebook;
  const absl::Span<const float> all = tensor_.levels.as<float>();
  const size_t size = codebook ? static_cast<size_t>(tensor_.levels.dim(1)) : 0;
  for (int64_t o = 0; o < outputs; ++o) {
    const auto i = static_cast<size_t>(o);
    const size_t own = levels_.size() > 1 ? static_cast<size_t>(begin + o) : 0;
    codes[o] = LevelCode(values[o] / params.divisors[i], levels_[own]);
    const auto code = static_cast<size_t>(codes[o]);
    const float level = codebook ? all[own * size + code] : table_.levels[code];
    rounded[o] = level * params.scales[i];
  }
}

void SchemeRounder::Round(int64_t position, int64_t begin, int64_t outputs, const float* values,
                          float* rounded) {
  Params params;
  LoadParams(factor_.order()[static_cast<size_t>(position)], begin, outputs, params);
  int16_t* const codes = codes_.data() + position * out_ + begin;
  if (integer_) {
    RoundIntegers(values, outputs, params, codes, rounded);
  } else {
    RoundLevels(values, begin, outputs, params, codes, rounded);
  }
}

absl::Status SchemeRounder::Store(Context* context, QuantizeStats& stats) {
  if (fit_) {
    StoreScales(ideal_scales_, tensor_, stats);
    StoreOffsets(ideal_offsets_, tensor_);
  }
  const int64_t in = tensor_.cols();
  const int64_t row_bytes = RowBytes(tensor_.scheme.element, in);
  auto* const packed = static_cast<uint8_t*>(tensor_.codes.mutable_data());
  constexpr int64_t kRows = 32;  // a line of the cache
  return ForRanges(context, out_, kRows, 0, [&](int64_t begin, int64_t end, void*) {
    std::vector<int16_t> rows(static_cast<size_t>((end - begin) * in));
    for (int64_t i = 0; i < in; ++i) {
      const int64_t column = factor_.order()[static_cast<size_t>(i)];
      for (int64_t o = begin; o < end; ++o) {
        rows[static_cast<size_t>((o - begin) * in + column)] =
            codes_[static_cast<size_t>(i * out_ + o)];
      }
    }
    for (int64_t o = begin; o < end; ++o) {
      PackRow(tensor_.scheme.element, rows.data() + (o - begin) * in, in, packed + o * row_bytes);
    }
  });
}

}  // namespace pawl
