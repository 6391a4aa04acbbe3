// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include "lib/methods/group_fit.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <limits>

#include "lib/core/params.h"

namespace pawl {
namespace {

// Clip grid: the full range down to a fifth of it, in steps of a hundredth (GPTQ uses the same).
// Before it stands what kMax would take.
constexpr size_t kShrinkSteps = 80;
constexpr size_t kCandidates = 1 + kShrinkSteps;

kernels::GroupOffset OffsetOf(OffsetKind kind) {
  switch (kind) {
    case OffsetKind::kZeroPoint:
      return kernels::GroupOffset::kZeroPoint;
    case OffsetKind::kFloatZero:
      return kernels::GroupOffset::kFloatZero;
    case OffsetKind::kMinimum:
      return kernels::GroupOffset::kMinimum;
    default:
      return kernels::GroupOffset::kNone;
  }
}

// Candidates as they are wanted and as they would be stored.
struct CandidateList {
  std::array<GroupParams, kCandidates> ideal;
  std::array<float, kCandidates> scales;
  std::array<float, kCandidates> offsets;
  size_t count = 0;

  void Add(const GroupParams& wanted, const GroupParams& stored) {
    ideal[count] = wanted;
    scales[count] = stored.scale;
    offsets[count++] = stored.offset;
  }
  kernels::GroupCandidates view() const { return {scales.data(), offsets.data(), count}; }
};

LevelTable TableFor(const Scheme& scheme) {
  // Half levels doubled (ggml) or not: fitting sees plain numbers and lets the stored scale halve.
  Scheme plain = scheme;
  plain.scale.type = kParamF32;
  return MakeLevelTable(plain);
}

bool IsAffine(OffsetKind kind) { return kind != OffsetKind::kNone; }

bool HoldsNegative(const ParamType& type) {
  switch (type.kind) {
    case ParamKind::kF32:
    case ParamKind::kF16:
    case ParamKind::kBF16:
    case ParamKind::kE4M3:
    case ParamKind::kInt:
      return true;
    default:
      return false;
  }
}

// How far from its levels a float zero may lie: half of what its type can say, and where f32 still
// tells whole numbers apart.
float LargestZero(const ParamType& type) {
  if (type.kind == ParamKind::kF16) return 32768.0f;
  return type.kind == ParamKind::kE4M3 ? 224.0f : 2097152.0f;
}

// Power of two at or below the magnitude: what the OCP MX specification makes of a scale.
float FloorPowerOfTwo(float value) {
  int exponent = 0;
  std::frexp(value, &exponent);
  return std::ldexp(1.0f, exponent - 1);
}

}  // namespace

void GroupRange::Add(const GroupRange& other) {
  if (!other.any) return;
  min = any ? std::min(min, other.min) : other.min;
  max = any ? std::max(max, other.max) : other.max;
  abs_sum += other.abs_sum;
  count += other.count;
  any = true;
}

GroupFitter::GroupFitter(const Scheme& scheme, const QuantizeOptions& options)
    : scheme_(scheme),
      method_(options.range),
      percentile_(options.percentile),
      levels_(TableFor(scheme).span()) {
  const Element& e = scheme.element;
  const bool symmetric = !IsAffine(scheme.offset.kind);
  switch (e.kind) {
    case ElementKind::kBinary:
    case ElementKind::kTernary:
      low_ = -1.0f;
      high_ = 1.0f;
      break;
    case ElementKind::kInt:
    case ElementKind::kUint:
      high_ = static_cast<float>(e.MaxCode());
      low_ = static_cast<float>(e.MinCode());
      if (e.kind == ElementKind::kInt && symmetric && !scheme.full_range) low_ = -high_;
      break;
    default:
      low_ = levels_.size > 0 ? levels_.values[0] : 0.0f;
      high_ = levels_.size > 0 ? levels_.values[static_cast<size_t>(levels_.size - 1)] : 0.0f;
      break;
  }
  numbers_ = e.is_integer() && e.kind != ElementKind::kBinary;
  signed_scale_ = HoldsNegative(scheme.scale.type);
  needs_values_ = method_ != RangeMethod::kMax;
}

GroupParams GroupFitter::Symmetric(float min, float max) const {
  GroupParams p;
  const float extreme = std::max(-min, max);
  if (scheme_.scale.type.kind == ParamKind::kE8M0 ||
      scheme_.scale.type.kind == ParamKind::kE8M0Inf ||
      scheme_.scale.type.kind == ParamKind::kE8M0Ggml) {
    // OCP MX 1.0, section 6.3: the exponent of the largest value less that of the largest level.
    p.scale = extreme > 0.0f ? FloorPowerOfTwo(extreme) / FloorPowerOfTwo(high_) : 0.0f;
    return p;
  }
  if (-low_ > high_ && signed_scale_) {
    // One level more below zero than above: the value of largest magnitude takes the lowest level,
    // with a negative scale where it is positive.
    p.scale = (max >= -min ? max : min) / low_;
    return p;
  }
  p.scale = std::max(low_ < 0.0f ? min / low_ : 0.0f, high_ > 0.0f ? max / high_ : 0.0f);
  return p;
}

GroupParams GroupFitter::FromBounds(float lo, float hi) const {
  if (!IsAffine(scheme_.offset.kind)) return Symmetric(lo, hi);
  GroupParams p;
  const OffsetFormat& offset = scheme_.offset;
  const bool float_zero = offset.kind == OffsetKind::kFloatZero;
  // Halves first: the difference of two large values may overflow.
  const auto step = [&] { return (hi / (high_ - low_)) - (lo / (high_ - low_)); };
  // Zero must be a level, or the offset cannot have either sign; and a group that is (nearly)
  // constant has no width of its own: its float zero would lie beyond the type.
  const bool whole_zero =
      offset.kind == OffsetKind::kZeroPoint || (float_zero && offset.type.kind == ParamKind::kInt);
  if (whole_zero || !HoldsNegative(offset.type) ||
      (float_zero && std::max(-lo, hi) > LargestZero(offset.type) * step())) {
    lo = std::min(lo, 0.0f);
    hi = std::max(hi, 0.0f);
  }
  p.scale = step();
  if (scheme_.offset.kind == OffsetKind::kMinimum) {
    p.offset = p.scale * low_ - lo;
  } else {
    p.offset = p.scale > 0.0f ? low_ - lo / p.scale : 0.0f;
  }
  return p;
}

GroupParams GroupFitter::FromRange(const GroupRange& range) const {
  if (!range.any) return {};
  const bool mean =
      scheme_.element.kind == ElementKind::kTernary || scheme_.element.kind == ElementKind::kBinary;
  if (mean) {
    // XNOR-Net's and BitNet b1.58's choice.
    return {static_cast<float>(range.abs_sum / static_cast<double>(range.count)), 0.0f};
  }
  return FromBounds(range.min, range.max);
}

GroupParams GroupFitter::Stored(const GroupParams& ideal) const {
  if (scheme_.scale.super_type.kind != ParamKind::kNone) return ideal;
  GroupParams p;
  const auto stored = [](const ParamType& type, float value) {
    // Searches ask for hundreds of f16 a group: what is normal there rounds in place.
    const uint32_t bits = std::bit_cast<uint32_t>(value), magnitude = bits & 0x7FFFFFFFu;
    if (type.kind == ParamKind::kF16 && magnitude >= 0x38800000u && magnitude <= 0x477FE000u) {
      return std::bit_cast<float>((bits + 0xFFFu + (bits >> 13 & 1u)) & ~0x1FFFu);
    }
    const float decoded = ParamValue(type, EncodeParam(type, value));
    const bool half = type.kind == ParamKind::kE8M0Ggml || type.kind == ParamKind::kUE4M3Ggml;
    return half ? 2.0f * decoded : decoded;
  };
  p.scale =
      scheme_.scale.type.kind == ParamKind::kNone ? 1.0f : stored(scheme_.scale.type, ideal.scale);
  if (IsAffine(scheme_.offset.kind)) p.offset = stored(scheme_.offset.type, ideal.offset);
  return p;
}

float GroupFitter::TableLevel(float x, float scale) const {
  if (scale == 0.0f) return 0.0f;
  if (scheme_.element.kind == ElementKind::kBinary) return x / scale < 0.0f ? -1.0f : 1.0f;
  return levels_.values[levels_.Nearest(x / scale)];
}

// Tables and binary codes have no offset (the quantizer refuses one).
void GroupFitter::Errors(kernels::Target target, const kernels::GroupValues& values,
                         const kernels::GroupCandidates& candidates, double limit,
                         double* errors) const {
  if (numbers_) return kernels::GroupErrors(target, values, candidates, limit, errors);
  for (size_t c = 0; c < candidates.count; ++c) {
    errors[c] = 0.0;
    for (size_t i = 0; i < values.n; ++i) {
      const float x = values.x[i];
      const float value = TableLevel(x, candidates.scales[c]) * candidates.scales[c];
      const double d = static_cast<double>(x) - static_cast<double>(value);
      errors[c] +=
          (values.weights != nullptr ? static_cast<double>(values.weights[i]) : 1.0) * d * d;
    }
  }
}

void GroupFitter::Sums(kernels::Target target, const kernels::GroupValues& values,
                       const kernels::GroupCandidates& candidates, kernels::LevelSums* sums) const {
  if (numbers_) return kernels::GroupLevelSums(target, values, candidates, sums);
  for (size_t c = 0; c < candidates.count; ++c) {
    sums[c] = {};
    for (size_t i = 0; i < values.n; ++i) {
      const double w = values.weights != nullptr ? static_cast<double>(values.weights[i]) : 1.0;
      const auto level = static_cast<double>(TableLevel(values.x[i], candidates.scales[c]));
      sums[c].m += w * level;
      sums[c].mm += w * level * level;
      sums[c].mx += w * level * static_cast<double>(values.x[i]);
    }
  }
}

// Least squares for the codes that p gives: scale alone, or scale and minimum.
GroupParams GroupFitter::Refined(const kernels::LevelSums& sums, double sum_w, double sum_x,
                                 const GroupParams& p) const {
  GroupParams refined = p;
  if (scheme_.offset.kind != OffsetKind::kMinimum) {
    if (sums.mm > 0.0 && (signed_scale_ || sums.mx > 0.0)) {
      refined.scale = static_cast<float>(sums.mx / sums.mm);
    }
    return refined;
  }
  const double determinant = sum_w * sums.mm - sums.m * sums.m;
  if (!(determinant > 0.0)) return p;
  double scale = (sum_w * sums.mx - sums.m * sum_x) / determinant;
  double minimum = -(sum_x - scale * sums.m) / sum_w;  // x = scale * level - minimum
  if (!HoldsNegative(scheme_.offset.type) && minimum < 0.0) {
    minimum = 0.0;
    scale = sums.mm > 0.0 ? sums.mx / sums.mm : scale;
  }
  if (!(scale > 0.0)) return p;
  refined.scale = static_cast<float>(scale);
  refined.offset = static_cast<float>(minimum);
  return refined;
}

GroupParams GroupFitter::Percentile(std::vector<float>& values) const {
  const bool affine = IsAffine(scheme_.offset.kind);
  if (!affine) {
    for (float& v : values) v = std::fabs(v);
  }
  // Nearest rank; both tails lose (100 - percentile) / 2 per cent where the range has two ends.
  const auto rank = [&](double fraction) {
    const double position = std::ceil(fraction * static_cast<double>(values.size())) - 1.0;
    const auto index =
        static_cast<size_t>(std::clamp(position, 0.0, static_cast<double>(values.size() - 1)));
    std::nth_element(values.begin(), values.begin() + static_cast<int64_t>(index), values.end());
    return values[index];
  };
  const double tail = (100.0 - percentile_) / 100.0;
  // Mostly zeros: a range of nothing would clip all that the group says, so it is not clipped.
  const float hi = rank(affine ? 1.0 - tail / 2.0 : 1.0 - tail);
  const float lo = affine ? rank(tail / 2.0) : -hi;
  if (hi != 0.0f || lo != 0.0f) return FromBounds(lo, hi);
  const float top = rank(1.0);
  return FromBounds(affine ? rank(0.0) : -top, top);
}

// The first of the grid, then of what least squares makes of the grid, with the least error.
GroupParams GroupFitter::Search(kernels::Target target, const GroupRange& range,
                                const kernels::GroupValues& values) const {
  const bool mean =
      scheme_.element.kind == ElementKind::kTernary || scheme_.element.kind == ElementKind::kBinary;
  const float widest = mean ? Symmetric(range.min, range.max).scale : 0.0f;
  CandidateList grid;
  grid.Add(FromRange(range), Stored(FromRange(range)));
  for (size_t step = 0; step < kShrinkSteps; ++step) {
    const float shrink = 1.0f - static_cast<float>(step) / 100.0f;
    const GroupParams candidate =
        mean ? GroupParams{widest * shrink, 0} : FromBounds(range.min * shrink, range.max * shrink);
    grid.Add(candidate, Stored(candidate));
  }
  double best_error = std::numeric_limits<double>::infinity();
  GroupParams best = grid.ideal[0];
  std::array<double, kCandidates> errors;
  const auto consider = [&](const CandidateList& list) {
    Errors(target, values, list.view(), best_error, errors.data());
    for (size_t c = 0; c < list.count; ++c) {
      if (!(errors[c] < best_error)) continue;
      best_error = errors[c];
      best = list.ideal[c];
    }
  };
  consider(grid);
  if (method_ != RangeMethod::kScaleSearch) return best;
  std::array<kernels::LevelSums, kCandidates> sums;
  Sums(target, values, grid.view(), sums.data());
  double sum_w = 0.0, sum_x = 0.0;
  for (size_t i = 0; i < values.n; ++i) {
    const double w = values.weights != nullptr ? static_cast<double>(values.weights[i]) : 1.0;
    sum_w += w;
    sum_x += w * static_cast<double>(values.x[i]);
  }
  CandidateList refined;
  for (size_t c = 0; c < grid.count; ++c) {
    const GroupParams p = Refined(sums[c], sum_w, sum_x, {grid.scales[c], grid.offsets[c]});
    refined.Add(p, Stored(p));
  }
  consider(refined);
  return best;
}

GroupParams GroupFitter::Fit(kernels::Target target, const GroupRange& range, const float* x,
                             const float* weights, int64_t n, FitScratch& scratch) const {
  if (!range.any) return {};
  const bool copy = range.count != n || method_ == RangeMethod::kPercentile;
  if (copy) {
    scratch.values.clear();
    scratch.weights.clear();
    for (int64_t i = 0; i < n; ++i) {
      if (!std::isfinite(x[i])) continue;
      scratch.values.push_back(x[i]);
      if (weights != nullptr) scratch.weights.push_back(weights[i]);
    }
    if (method_ == RangeMethod::kPercentile) return Percentile(scratch.values);
    x = scratch.values.data();
    if (weights != nullptr) weights = scratch.weights.data();
  }
  return Search(target, range, ValuesOf(x, weights, static_cast<size_t>(range.count)));
}

kernels::GroupValues GroupFitter::ValuesOf(const float* x, const float* weights, size_t n) const {
  return {x, weights, n, OffsetOf(scheme_.offset.kind), low_, high_};
}

}  // namespace pawl
