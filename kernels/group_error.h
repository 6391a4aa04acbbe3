// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// GroupErrors: what each of several scales (and offsets) would cost a group of values, and the sums
// from which least squares makes a better one. For searches of the range.
//
// For a candidate with scale s and offset o, in f32, each step rounded, no fused multiply-add:
//
//   kind        level                                    value
//   kNone       clamp(round(x / s), lo, hi)              level * s
//   kZeroPoint  clamp(round(x / s) + o, lo, hi)          (level - o) * s
//   kFloatZero  clamp(round(x / s + o), lo, hi)          (level - o) * s
//   kMinimum    clamp(round((x + o) / s), lo, hi)        level * s - o
//
// where round takes what lies beyond +-(2^22 - 1) to there and rounds half to even; a scale of 0
// divides as infinity does. Sums are in f64, each operation rounded, in one fixed order: 8 lanes
// start at +0, lane l adds elements l, l+8, l+16 ...; then lanes l and l+4 are added for l < 4,
// then l and l+2, l and l+1.
//
// x, weights, scales and offsets are finite, weights not negative. Pointers need no alignment, n
// and count may be 0. Pure, thread-safe; assumes the floating-point environment that
// FloatEnvironment (float_env.h) sets. NaN results (values beyond f32) are NaN on every target.

#ifndef PAWL_KERNELS_GROUP_ERROR_H_
#define PAWL_KERNELS_GROUP_ERROR_H_

#include <cstddef>
#include <cstdint>

#include "kernels/target.h"

namespace pawl::kernels {

enum class GroupOffset : uint8_t { kNone, kZeroPoint, kFloatZero, kMinimum };

struct GroupValues {
  const float* x = nullptr;
  const float* weights = nullptr;  // absent: all 1
  size_t n = 0;
  GroupOffset offset = GroupOffset::kNone;
  float lo = 0.0f;  // levels, |lo| and |hi| at most 2^21
  float hi = 0.0f;
};

struct GroupCandidates {
  const float* scales = nullptr;
  const float* offsets = nullptr;  // not read for kNone
  size_t count = 0;
};

// errors[c]: sum of (weight * d) * d, d = x - value as f64, for candidate c. One that is not below
// `limit` or an earlier candidate's may be given as +Inf: sums of what is not negative only grow,
// so it is left as soon as that shows.
void GroupErrors(Target target, const GroupValues& values, const GroupCandidates& candidates,
                 double limit, double* errors);

// Of m = level - offset (kZeroPoint, kFloatZero) or level (else), in f32.
struct LevelSums {
  double m = 0.0;   // sum of weight * m
  double mm = 0.0;  // sum of (weight * m) * m
  double mx = 0.0;  // sum of (weight * m) * x
};
void GroupLevelSums(Target target, const GroupValues& values, const GroupCandidates& candidates,
                    LevelSums* sums);

namespace reference {
void GroupErrors(const GroupValues& values, const GroupCandidates& candidates, double limit,
                 double* errors);
void GroupLevelSums(const GroupValues& values, const GroupCandidates& candidates, LevelSums* sums);
}  // namespace reference

}  // namespace pawl::kernels

#endif  // PAWL_KERNELS_GROUP_ERROR_H_
