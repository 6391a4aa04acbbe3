// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// Not in the core profile: a finer search than GroupFitter::Fit's.

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "lib/methods/group_fit.h"

namespace pawl {
namespace {

// Scales by which the largest value lies up to kSteps * kStep levels inside or outside of the last
// one. (llama.cpp searches its blocks so, within about one level.)
constexpr int kSteps = 24;
constexpr float kStep = 0.05f;
constexpr size_t kCandidates = 2 * kSteps + 2;
constexpr int kRounds = 3;

struct Candidates {
  std::array<GroupParams, kCandidates> ideal;
  std::array<float, kCandidates> scales, offsets;
  std::array<double, kCandidates> errors;
  size_t count = 0;

  void Add(const GroupParams& wanted, const GroupParams& stored) {
    ideal[count] = wanted;
    scales[count] = stored.scale;
    offsets[count++] = stored.offset;
  }
  kernels::GroupCandidates view() const { return {scales.data(), offsets.data(), count}; }
};

bool IsPowerOfTwo(const ParamType& type) {
  return type.kind == ParamKind::kE8M0 || type.kind == ParamKind::kE8M0Inf ||
         type.kind == ParamKind::kE8M0Ggml;
}

}  // namespace

// The range's scale, `levels` of them wide, made so much wider that it has `levels + extra`.
GroupParams GroupFitter::Widened(const GroupParams& base, float levels, float extra) const {
  GroupParams p = base;
  p.scale = base.scale * (levels / (levels + extra));
  const OffsetKind kind = scheme_.offset.kind;
  const bool zero = kind == OffsetKind::kZeroPoint || kind == OffsetKind::kFloatZero;
  if (zero && p.scale > 0.0f) p.offset = low_ - (low_ - base.offset) * (base.scale / p.scale);
  return p;
}

GroupParams GroupFitter::Polish(kernels::Target target, const GroupRange& range,
                                const kernels::GroupValues& values, GroupParams start) const {
  if (!range.any || values.n == 0 || IsPowerOfTwo(scheme_.scale.type)) return start;
  const bool affine = scheme_.offset.kind != OffsetKind::kNone;
  const float levels = !numbers_ ? 8.0f : (affine ? high_ - low_ : std::max(-low_, high_));
  Candidates list;
  list.Add(start, Stored(start));
  const GroupParams base = FromRange(range);
  for (int k = -kSteps; k <= kSteps; ++k) {
    const float extra = kStep * static_cast<float>(k);
    if (levels + extra <= 0.5f * levels) continue;
    const GroupParams p = Widened(base, levels, extra);
    list.Add(p, Stored(p));
  }
  double sum_w = 0.0, sum_x = 0.0;
  for (size_t i = 0; i < values.n; ++i) {
    const double w = values.weights != nullptr ? static_cast<double>(values.weights[i]) : 1.0;
    sum_w += w;
    sum_x += w * static_cast<double>(values.x[i]);
  }
  double best_error = std::numeric_limits<double>::infinity();
  GroupParams best = start;
  for (int round = 0; round <= kRounds; ++round) {
    Errors(target, values, list.view(), best_error, list.errors.data());
    bool better = false;
    for (size_t c = 0; c < list.count; ++c) {
      if (!(list.errors[c] < best_error)) continue;
      best_error = list.errors[c];
      best = list.ideal[c];
      better = true;
    }
    if (!better || round == kRounds) break;
    // All of the grid once, then what was best.
    if (round > 0) {
      list.count = 0;
      list.Add(best, Stored(best));
    }
    std::array<kernels::LevelSums, kCandidates> sums;
    Sums(target, values, list.view(), sums.data());
    for (size_t c = 0; c < list.count; ++c) {
      const GroupParams p = Refined(sums[c], sum_w, sum_x, {list.scales[c], list.offsets[c]});
      const GroupParams stored = Stored(p);
      list.ideal[c] = p;
      list.scales[c] = stored.scale;
      list.offsets[c] = stored.offset;
    }
  }
  return best;
}

}  // namespace pawl
