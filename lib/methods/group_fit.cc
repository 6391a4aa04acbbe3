// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include "lib/methods/group_fit.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>

#include "lib/core/params.h"

namespace pawl {
namespace {

// Clip grid: the full range down to a fifth of it, in steps of a hundredth (GPTQ uses the same).
constexpr int kShrinkSteps = 80;

LevelTable TableFor(const Scheme& scheme) {
  // Half levels doubled (ggml) or not: fitting sees plain numbers and lets the stored scale halve.
  Scheme plain = scheme;
  plain.scale.type = kParamF32;
  return MakeLevelTable(plain);
}

// Half to even for |v| < 2^22, where adding 1.5 * 2^23 leaves no bits for a fraction; beyond that
// the value is larger than any level.
inline float RoundEven(float v) {
  constexpr float kMagic = 12582912.0f;
  const float bounded = std::min(std::max(v, -4194303.0f), 4194303.0f);
  return (bounded + kMagic) - kMagic;
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
    const float decoded = ParamValue(type, EncodeParam(type, value));
    const bool half = type.kind == ParamKind::kE8M0Ggml || type.kind == ParamKind::kUE4M3Ggml;
    return half ? 2.0f * decoded : decoded;
  };
  p.scale =
      scheme_.scale.type.kind == ParamKind::kNone ? 1.0f : stored(scheme_.scale.type, ideal.scale);
  if (IsAffine(scheme_.offset.kind)) p.offset = stored(scheme_.offset.type, ideal.offset);
  return p;
}

float GroupFitter::Level(float x, const GroupParams& p) const {
  if (p.scale == 0.0f) return scheme_.offset.kind == OffsetKind::kMinimum ? 0.0f : p.offset;
  if (!scheme_.element.is_integer()) {
    return levels_.values[levels_.Nearest(x / p.scale)];
  }
  if (scheme_.element.kind == ElementKind::kBinary) return x / p.scale < 0.0f ? -1.0f : 1.0f;
  float v = 0.0f;
  switch (scheme_.offset.kind) {
    case OffsetKind::kNone:
      v = RoundEven(x / p.scale);
      break;
    case OffsetKind::kZeroPoint:
      v = RoundEven(x / p.scale) + p.offset;
      break;
    case OffsetKind::kFloatZero:
      v = RoundEven(x / p.scale + p.offset);
      break;
    case OffsetKind::kMinimum:
      v = RoundEven((x + p.offset) / p.scale);
      break;
  }
  return std::clamp(v, low_, high_);
}

float GroupFitter::RoundTrip(float x, const GroupParams& p) const {
  const float level = Level(x, p);
  switch (scheme_.offset.kind) {
    case OffsetKind::kNone:
      return level * p.scale;
    case OffsetKind::kMinimum:
      return level * p.scale - p.offset;
    default:
      return (level - p.offset) * p.scale;
  }
}

double GroupFitter::Error(const float* x, const float* weights, int64_t n,
                          const GroupParams& p) const {
  double error = 0.0;
  for (int64_t i = 0; i < n; ++i) {
    const double d = static_cast<double>(x[i]) - static_cast<double>(RoundTrip(x[i], p));
    error += (weights != nullptr ? static_cast<double>(weights[i]) : 1.0) * d * d;
  }
  return error;
}

// Least squares for the codes that p gives: scale alone, or scale and minimum.
GroupParams GroupFitter::Refine(const float* x, const float* weights, int64_t n,
                                const GroupParams& p) const {
  double sw = 0, sl = 0, sll = 0, sx = 0, sxl = 0;
  const bool zero = scheme_.offset.kind == OffsetKind::kZeroPoint ||
                    scheme_.offset.kind == OffsetKind::kFloatZero;
  for (int64_t i = 0; i < n; ++i) {
    const double w = weights != nullptr ? static_cast<double>(weights[i]) : 1.0;
    const double l =
        static_cast<double>(Level(x[i], p)) - (zero ? static_cast<double>(p.offset) : 0.0);
    const double v = static_cast<double>(x[i]);
    sw += w;
    sl += w * l;
    sll += w * l * l;
    sx += w * v;
    sxl += w * v * l;
  }
  GroupParams refined = p;
  if (scheme_.offset.kind != OffsetKind::kMinimum) {
    if (sll > 0.0 && (signed_scale_ || sxl > 0.0)) refined.scale = static_cast<float>(sxl / sll);
    return refined;
  }
  const double determinant = sw * sll - sl * sl;
  if (!(determinant > 0.0)) return p;
  double scale = (sw * sxl - sl * sx) / determinant;
  double minimum = -(sx - scale * sl) / sw;  // x = scale * l - minimum
  if (!HoldsNegative(scheme_.offset.type) && minimum < 0.0) {
    minimum = 0.0;
    scale = sll > 0.0 ? sxl / sll : scale;
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

GroupParams GroupFitter::Search(const float* x, const float* weights, int64_t n) const {
  GroupRange range;
  for (int64_t i = 0; i < n; ++i) {
    range.Add({x[i], x[i], static_cast<double>(std::fabs(x[i])), 1, true});
  }
  if (!range.any) return {};
  GroupParams best = FromRange(range);
  double best_error = std::numeric_limits<double>::infinity();
  const bool mean =
      scheme_.element.kind == ElementKind::kTernary || scheme_.element.kind == ElementKind::kBinary;
  const auto consider = [&](const GroupParams& ideal) {
    const double error = Error(x, weights, n, Stored(ideal));
    if (error < best_error) {
      best_error = error;
      best = ideal;
    }
  };
  consider(best);
  for (int step = 0; step < kShrinkSteps; ++step) {
    const float shrink = 1.0f - static_cast<float>(step) / 100.0f;
    const GroupParams candidate =
        mean ? GroupParams{Symmetric(range.min, range.max).scale * shrink, 0}
             : FromBounds(range.min * shrink, range.max * shrink);
    consider(candidate);
    if (method_ == RangeMethod::kScaleSearch) consider(Refine(x, weights, n, Stored(candidate)));
  }
  return best;
}

GroupParams GroupFitter::Fit(const float* x, const float* weights, int64_t n,
                             FitScratch& scratch) const {
  scratch.values.clear();
  scratch.weights.clear();
  for (int64_t i = 0; i < n; ++i) {
    if (!std::isfinite(x[i])) continue;
    scratch.values.push_back(x[i]);
    if (weights != nullptr) scratch.weights.push_back(weights[i]);
  }
  if (scratch.values.empty()) return {};
  if (method_ == RangeMethod::kPercentile) return Percentile(scratch.values);
  return Search(scratch.values.data(), weights != nullptr ? scratch.weights.data() : nullptr,
                static_cast<int64_t>(scratch.values.size()));
}

}  // namespace pawl
