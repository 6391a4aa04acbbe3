// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include "lib/methods/super_search.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "lib/core/level_tables.h"
#include "lib/core/params.h"

namespace pawl {
namespace {

constexpr int kReach = 2;  // integers on each side of the ideal one
// Supers as parts of the one that makes the largest integer just fit.
constexpr float kParts[] = {1.0f, 0.94f, 0.88f, 1.06f};
constexpr float kOffsetParts[] = {1.0f, 0.94f};

bool IsFloatType(const ParamType& type) {
  return type.kind == ParamKind::kF32 || type.kind == ParamKind::kF16 ||
         type.kind == ParamKind::kBF16;
}

bool IsInteger(const ParamType& type) {
  return (type.kind == ParamKind::kUint || type.kind == ParamKind::kInt) && type.bits <= 8;
}

SortedLevels LevelsOf(const Scheme& scheme) {
  Scheme plain = scheme;
  plain.scale.type = kParamF32;
  return SortedLevels(MakeLevelTable(plain).span());
}

// The ideal parameter of largest magnitude, its sign kept.
float Extreme(absl::Span<const GroupParams> ideal, float GroupParams::*field) {
  float extreme = 0.0f;
  for (const GroupParams& p : ideal) {
    if (std::fabs(p.*field) > std::fabs(extreme)) extreme = p.*field;
  }
  return extreme;
}

int32_t NearestInteger(float value, float super, int32_t low, int32_t high) {
  if (super == 0.0f) return 0;
  const float ratio = std::clamp(value / super, static_cast<float>(low), static_cast<float>(high));
  return static_cast<int32_t>(std::nearbyint(ratio));
}

}  // namespace

bool SuperSearch::Fits(const Scheme& scheme) {
  const bool minimum = scheme.offset.kind == OffsetKind::kMinimum;
  return IsInteger(scheme.scale.type) && IsFloatType(scheme.scale.super_type) &&
         scheme.scale.super_size > 0 && !scheme.scale.super_divides &&
         scheme.table != TableKind::kCodebook && scheme.element.kind != ElementKind::kBinary &&
         (scheme.offset.kind == OffsetKind::kNone ||
          (minimum && scheme.offset.type == scheme.scale.type &&
           scheme.offset.super_type == scheme.scale.super_type));
}

SuperSearch::SuperSearch(const Scheme& scheme)
    : scheme_(scheme),
      minimum_(scheme.offset.kind == OffsetKind::kMinimum),
      numbers_(scheme.element.is_integer()),
      levels_(LevelsOf(scheme)) {
  const bool integer =
      scheme.element.kind == ElementKind::kInt || scheme.element.kind == ElementKind::kUint;
  if (integer) {
    high_ = static_cast<float>(scheme.element.MaxCode());
    low_ = static_cast<float>(scheme.element.MinCode());
    if (scheme.element.kind == ElementKind::kInt && !minimum_ && !scheme.full_range) low_ = -high_;
  } else {
    low_ = levels_.values[0];
    high_ = levels_.values[static_cast<size_t>(levels_.size - 1)];
  }
  const ParamType& type = scheme.scale.type;
  const bool is_signed = type.kind == ParamKind::kInt;
  sub_high_ = is_signed ? (1 << (type.bits - 1)) - 1 : (1 << type.bits) - 1;
  sub_low_ = is_signed ? -(1 << (type.bits - 1)) : 0;
}

float SuperSearch::Stored(const ParamType& type, float value) const {
  return ParamValue(type, EncodeParam(type, value));
}

kernels::GroupValues SuperSearch::ValuesOf(const SuperBlock& block, size_t group) const {
  const size_t begin = group == 0 ? 0 : block.ends[group - 1];
  kernels::GroupValues values;
  values.x = block.x.data() + begin;
  values.weights = block.weights.data() + begin;
  values.n = block.ends[group] - begin;
  values.offset = minimum_ ? kernels::GroupOffset::kMinimum : kernels::GroupOffset::kNone;
  values.lo = low_;
  values.hi = high_;
  return values;
}

float SuperSearch::Level(float x, float scale) const {
  return scale == 0.0f ? 0.0f : levels_.values[levels_.Nearest(x / scale)];
}

void SuperSearch::Errors(kernels::Target target, const kernels::GroupValues& values,
                         const kernels::GroupCandidates& candidates, double* errors) const {
  constexpr double kNoLimit = std::numeric_limits<double>::infinity();
  if (numbers_) return kernels::GroupErrors(target, values, candidates, kNoLimit, errors);
  for (size_t c = 0; c < candidates.count; ++c) {
    errors[c] = 0.0;
    for (size_t i = 0; i < values.n; ++i) {
      const float value = Level(values.x[i], candidates.scales[c]) * candidates.scales[c];
      const double d = static_cast<double>(values.x[i]) - static_cast<double>(value);
      errors[c] += static_cast<double>(values.weights[i]) * d * d;
    }
  }
}

// For given supers, the integers within `reach` of the ideal ones that make each group's error
// least; the ideal ones where none is better.
void SuperSearch::ChooseIntegers(kernels::Target target, const SuperBlock& block, int reach,
                                 SuperParams& params) const {
  constexpr size_t kMost = (2 * kReach + 1) * (2 * kReach + 1);
  params.error = 0.0;
  params.scales.resize(block.ends.size());
  params.offsets.resize(minimum_ ? block.ends.size() : 0);
  for (size_t g = 0; g < block.ends.size(); ++g) {
    std::array<float, kMost> scales, offsets;
    std::array<std::array<int32_t, 2>, kMost> integers;
    std::array<double, kMost> errors;
    size_t count = 0;
    const int32_t s0 = NearestInteger(block.ideal[g].scale, params.scale, sub_low_, sub_high_);
    const int32_t m0 =
        minimum_ ? NearestInteger(block.ideal[g].offset, params.offset, sub_low_, sub_high_) : 0;
    const auto add = [&](int32_t s, int32_t m) {
      integers[count] = {std::clamp(s, sub_low_, sub_high_),
                         minimum_ ? std::clamp(m, sub_low_, sub_high_) : 0};
      scales[count] = static_cast<float>(integers[count][0]) * params.scale;
      offsets[count] = static_cast<float>(integers[count][1]) * params.offset;
      ++count;
    };
    const int m_reach = minimum_ ? reach : 0;
    add(s0, m0);
    for (int ds = -reach; ds <= reach; ++ds) {
      for (int dm = -m_reach; dm <= m_reach; ++dm) {
        if (ds != 0 || dm != 0) add(s0 + ds, m0 + dm);
      }
    }
    Errors(target, ValuesOf(block, g), {scales.data(), offsets.data(), count}, errors.data());
    // The first of equal ones: a later one's error may be left open.
    size_t best = 0;
    for (size_t c = 1; c < count; ++c) {
      if (errors[c] < errors[best]) best = c;
    }
    params.scales[g] = integers[best][0];
    if (minimum_) params.offsets[g] = integers[best][1];
    params.error += errors[best];
  }
}

// Supers by least squares for the codes that the parameters give; false where that changes none.
bool SuperSearch::Refine(kernels::Target target, const SuperBlock& block,
                         SuperParams& params) const {
  // x = d u - e v with u = integer * level, v = integer of the minimum.
  double uu = 0.0, uv = 0.0, vv = 0.0, ux = 0.0, vx = 0.0;
  for (size_t g = 0; g < block.ends.size(); ++g) {
    const kernels::GroupValues values = ValuesOf(block, g);
    const float scale = static_cast<float>(params.scales[g]) * params.scale;
    const float offset = minimum_ ? static_cast<float>(params.offsets[g]) * params.offset : 0.0f;
    const double s = params.scales[g], m = minimum_ ? params.offsets[g] : 0;
    kernels::LevelSums sums;
    double w = 0.0, wx = 0.0;
    for (size_t i = 0; i < values.n; ++i) {
      w += static_cast<double>(values.weights[i]);
      wx += static_cast<double>(values.weights[i]) * static_cast<double>(values.x[i]);
    }
    if (numbers_) {
      kernels::GroupLevelSums(target, values, {&scale, &offset, 1}, &sums);
    } else {
      for (size_t i = 0; i < values.n; ++i) {
        const auto weight = static_cast<double>(values.weights[i]);
        const auto level = static_cast<double>(Level(values.x[i], scale));
        sums.mm += weight * level * level;
        sums.mx += weight * level * static_cast<double>(values.x[i]);
      }
    }
    uu += s * s * sums.mm;
    ux += s * sums.mx;
    uv += s * m * sums.m;
    vv += m * m * w;
    vx += m * wx;
  }
  double d = params.scale, e = params.offset;
  const double determinant = uu * vv - uv * uv;
  if (minimum_ && determinant > 1e-12 * uu * vv) {
    d = (ux * vv - uv * vx) / determinant;
    e = (ux * uv - uu * vx) / determinant;
  } else if (uu > 0.0) {
    d = (ux + e * uv) / uu;
  }
  if (!std::isfinite(d) || !std::isfinite(e) || (minimum_ && !(d > 0.0))) return false;
  const float scale = Stored(scheme_.scale.super_type, static_cast<float>(d));
  const float offset = minimum_ ? Stored(scheme_.offset.super_type, static_cast<float>(e)) : 0.0f;
  if (scale == 0.0f || (scale == params.scale && offset == params.offset)) return false;
  params.scale = scale;
  params.offset = offset;
  return true;
}

SuperParams SuperSearch::Find(kernels::Target target, const SuperBlock& block, int rounds,
                              double& before) const {
  const bool is_signed = scheme_.scale.type.kind == ParamKind::kInt;
  const auto divisor = static_cast<float>(is_signed ? sub_low_ : sub_high_);
  const float scale = Extreme(block.ideal, &GroupParams::scale) / divisor;
  const float offset = minimum_ ? Extreme(block.ideal, &GroupParams::offset) / divisor : 0.0f;
  SuperParams best;
  best.scale = Stored(scheme_.scale.super_type, is_signed ? scale : std::fabs(scale));
  best.offset = minimum_ ? Stored(scheme_.offset.super_type, std::fabs(offset)) : 0.0f;
  ChooseIntegers(target, block, 0, best);
  before = best.error;
  if (best.scale == 0.0f || rounds == 0) return best;
  const size_t offset_parts = minimum_ ? std::size(kOffsetParts) : 1;
  for (const float part : kParts) {
    for (size_t i = 0; i < offset_parts; ++i) {
      SuperParams params;
      params.scale = Stored(scheme_.scale.super_type, scale * part);
      params.offset =
          minimum_ ? Stored(scheme_.offset.super_type, std::fabs(offset) * kOffsetParts[i]) : 0.0f;
      ChooseIntegers(target, block, 1, params);
      if (params.error < best.error) best = params;
    }
  }
  SuperParams params = best;
  for (int round = 0; round < rounds && Refine(target, block, params); ++round) {
    ChooseIntegers(target, block, kReach, params);
    if (params.error < best.error) best = params;
  }
  return best;
}

}  // namespace pawl
