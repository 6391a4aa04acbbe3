// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// The scale and offset that suit one group of values.

#ifndef PAWL_LIB_METHODS_GROUP_FIT_H_
#define PAWL_LIB_METHODS_GROUP_FIT_H_

#include <cstdint>
#include <vector>

#include "kernels/group_error.h"
#include "kernels/target.h"
#include "lib/core/level_tables.h"
#include "pawl/quantizer.h"
#include "pawl/scheme.h"

namespace pawl {

// Before and after rounding to the stored types: value = (level - zero) * scale - minimum.
struct GroupParams {
  float scale = 0.0f;
  float offset = 0.0f;  // zero point, float zero or minimum, by the scheme
};

// The statistics that kMax needs; merging them gives those of the whole.
struct GroupRange {
  float min = 0.0f;  // of the finite values
  float max = 0.0f;
  double abs_sum = 0.0;
  int64_t count = 0;  // finite values
  bool any = false;

  void Add(const GroupRange& other);
};

// Where a group has values that are not finite, the others and their weights; kept from group to
// group.
struct FitScratch {
  std::vector<float> values;
  std::vector<float> weights;
};

// Finds parameters for groups of one scheme. Immutable; threads may share it.
class GroupFitter {
 public:
  GroupFitter(const Scheme& scheme, const QuantizeOptions& options);

  // True where Fit needs the values themselves, not only their range.
  bool NeedsValues() const { return needs_values_; }

  // From the range alone (kMax).
  GroupParams FromRange(const GroupRange& range) const;

  // From the values and their range (any method). `weights` may be null. `scratch` is reused
  // between calls.
  GroupParams Fit(kernels::Target target, const GroupRange& range, const float* x,
                  const float* weights, int64_t n, FitScratch& scratch) const;

  // A finer search around the range's scale, from what Fit found, for finite values. Not in the
  // core profile.
  GroupParams Polish(kernels::Target target, const GroupRange& range,
                     const kernels::GroupValues& values, GroupParams start) const;

  // What kernels want to know of a group's values.
  kernels::GroupValues ValuesOf(const float* x, const float* weights, size_t n) const;

  // Rounds to the stored types where there is no super-scale (else to nothing).
  GroupParams Stored(const GroupParams& ideal) const;

 private:
  GroupParams FromBounds(float lo, float hi) const;
  GroupParams Symmetric(float min, float max) const;
  GroupParams Widened(const GroupParams& base, float levels, float extra) const;
  GroupParams Percentile(std::vector<float>& values) const;
  GroupParams Search(kernels::Target target, const GroupRange& range,
                     const kernels::GroupValues& values) const;
  GroupParams Refined(const kernels::LevelSums& sums, double sum_w, double sum_x,
                      const GroupParams& p) const;
  // GroupErrors and GroupLevelSums for any element.
  void Errors(kernels::Target target, const kernels::GroupValues& values,
              const kernels::GroupCandidates& candidates, double limit, double* errors) const;
  void Sums(kernels::Target target, const kernels::GroupValues& values,
            const kernels::GroupCandidates& candidates, kernels::LevelSums* sums) const;
  float TableLevel(float x, float scale) const;

  Scheme scheme_;
  RangeMethod method_;
  double percentile_;
  bool needs_values_ = false;
  bool numbers_ = false;       // codes are whole numbers, as the kernels take them
  bool signed_scale_ = false;  // the scale's type can hold negative numbers
  float low_ = 0.0f;           // smallest and largest level
  float high_ = 0.0f;
  SortedLevels levels_;
};

}  // namespace pawl

#endif  // PAWL_LIB_METHODS_GROUP_FIT_H_
