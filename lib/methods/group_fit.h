// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// The scale and offset that suit one group of values.

#ifndef PAWL_LIB_METHODS_GROUP_FIT_H_
#define PAWL_LIB_METHODS_GROUP_FIT_H_

#include <cstdint>
#include <vector>

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

// The finite values of a group and their weights, kept from group to group.
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

  // From the values (any method). `weights` may be null. `scratch` is reused between calls.
  GroupParams Fit(const float* x, const float* weights, int64_t n, FitScratch& scratch) const;

  // Rounds to the stored types where there is no super-scale (else to nothing).
  GroupParams Stored(const GroupParams& ideal) const;

  // The number that code `level` of x stands for, given stored parameters.
  float RoundTrip(float x, const GroupParams& stored) const;

  float lowest_level() const { return low_; }
  float highest_level() const { return high_; }

 private:
  GroupParams FromBounds(float lo, float hi) const;
  GroupParams Symmetric(float min, float max) const;
  GroupParams Percentile(std::vector<float>& values) const;
  GroupParams Search(const float* x, const float* weights, int64_t n) const;
  GroupParams Refine(const float* x, const float* weights, int64_t n, const GroupParams& p) const;
  double Error(const float* x, const float* weights, int64_t n, const GroupParams& p) const;
  float Level(float x, const GroupParams& p) const;

  Scheme scheme_;
  RangeMethod method_;
  double percentile_;
  bool needs_values_ = false;
  bool signed_scale_ = false;  // the scale's type can hold negative numbers
  float low_ = 0.0f;           // smallest and largest level
  float high_ = 0.0f;
  SortedLevels levels_;
};

}  // namespace pawl

#endif  // PAWL_LIB_METHODS_GROUP_FIT_H_
