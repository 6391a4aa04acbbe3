// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include <algorithm>
#include <cmath>
#include <limits>

#include "kernels/group_error.h"

namespace pawl::kernels::reference {
namespace {

float Round(float v) { return std::nearbyint(std::clamp(v, -4194303.0f, 4194303.0f)); }

struct Candidate {
  GroupOffset kind;
  float scale, offset, lo, hi;

  Candidate(const GroupValues& values, const GroupCandidates& candidates, size_t c)
      : kind(values.offset),
        scale(candidates.scales[c]),
        offset(kind == GroupOffset::kNone ? 0.0f : candidates.offsets[c]),
        lo(values.lo),
        hi(values.hi) {}

  float Level(float x) const {
    const float divisor = scale == 0.0f ? std::numeric_limits<float>::infinity() : scale;
    float level = 0.0f;
    switch (kind) {
      case GroupOffset::kNone:
        level = Round(x / divisor);
        break;
      case GroupOffset::kZeroPoint:
        level = Round(x / divisor) + offset;
        break;
      case GroupOffset::kFloatZero:
        level = Round(x / divisor + offset);
        break;
      case GroupOffset::kMinimum:
        level = Round((x + offset) / divisor);
        break;
    }
    return std::clamp(level, lo, hi);
  }

  float Multiplier(float x) const {
    const bool zero = kind == GroupOffset::kZeroPoint || kind == GroupOffset::kFloatZero;
    return zero ? Level(x) - offset : Level(x);
  }

  float Value(float x) const {
    const float product = Multiplier(x) * scale;
    return kind == GroupOffset::kMinimum ? product - offset : product;
  }
};

struct Lanes {
  double lanes[8] = {};

  double Sum() const {
    double four[4];
    for (size_t l = 0; l < 4; ++l) four[l] = lanes[l] + lanes[l + 4];
    return (four[0] + four[2]) + (four[1] + four[3]);
  }
};

double Weight(const GroupValues& values, size_t i) {
  return values.weights != nullptr ? static_cast<double>(values.weights[i]) : 1.0;
}

}  // namespace

void GroupErrors(const GroupValues& values, const GroupCandidates& candidates, double /*limit*/,
                 double* errors) {
  for (size_t c = 0; c < candidates.count; ++c) {
    const Candidate candidate(values, candidates, c);
    Lanes error;
    for (size_t i = 0; i < values.n; ++i) {
      const float x = values.x[i];
      const double d = static_cast<double>(x) - static_cast<double>(candidate.Value(x));
      error.lanes[i % 8] += (Weight(values, i) * d) * d;
    }
    errors[c] = error.Sum();
  }
}

void GroupLevelSums(const GroupValues& values, const GroupCandidates& candidates, LevelSums* sums) {
  for (size_t c = 0; c < candidates.count; ++c) {
    const Candidate candidate(values, candidates, c);
    Lanes m_sum, mm_sum, mx_sum;
    for (size_t i = 0; i < values.n; ++i) {
      const auto m = static_cast<double>(candidate.Multiplier(values.x[i]));
      const double wm = Weight(values, i) * m;
      m_sum.lanes[i % 8] += wm;
      mm_sum.lanes[i % 8] += wm * m;
      mx_sum.lanes[i % 8] += wm * static_cast<double>(values.x[i]);
    }
    sums[c] = {m_sum.Sum(), mm_sum.Sum(), mx_sum.Sum()};
  }
}

}  // namespace pawl::kernels::reference
