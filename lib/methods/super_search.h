// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#ifndef PAWL_LIB_METHODS_SUPER_SEARCH_H_
#define PAWL_LIB_METHODS_SUPER_SEARCH_H_

#include <cstdint>
#include <vector>

#include "absl/types/span.h"
#include "kernels/group_error.h"
#include "kernels/target.h"
#include "lib/core/level_tables.h"
#include "lib/methods/group_fit.h"
#include "pawl/scheme.h"

namespace pawl {

// The groups of one super-block: their finite values and weights, one after another.
struct SuperBlock {
  std::vector<float> x;
  std::vector<float> weights;
  std::vector<size_t> ends;        // of each group in x
  std::vector<GroupParams> ideal;  // what suits each group by itself
  int64_t nan_count = 0;           // left out
  int64_t inf_count = 0;
};

// Parameters of a super-block as they are stored.
struct SuperParams {
  float scale = 0.0f;  // the supers, after rounding to their type
  float offset = 0.0f;
  std::vector<int32_t> scales;   // integers of each group
  std::vector<int32_t> offsets;  // empty without minima
  double error = 0.0;
};

// Searches for the parameters with the least error. Immutable; threads may share it.
class SuperSearch {
 public:
  // `scheme` has integer sub-scales (kUint or kInt) under supers of a float type, that multiply,
  // and no offset or a minimum of the same kind.
  explicit SuperSearch(const Scheme& scheme);
  static bool Fits(const Scheme& scheme);

  // `rounds` as BlockSearchOptions. `before`: the error of the ideal ones rounded to nearest.
  SuperParams Find(kernels::Target target, const SuperBlock& block, int rounds,
                   double& before) const;

 private:
  void ChooseIntegers(kernels::Target target, const SuperBlock& block, int reach,
                      SuperParams& params) const;
  bool Refine(kernels::Target target, const SuperBlock& block, SuperParams& params) const;
  float Stored(const ParamType& type, float value) const;
  void Errors(kernels::Target target, const kernels::GroupValues& values,
              const kernels::GroupCandidates& candidates, double* errors) const;
  kernels::GroupValues ValuesOf(const SuperBlock& block, size_t group) const;
  float Level(float x, float scale) const;

  Scheme scheme_;
  bool minimum_ = false;
  bool numbers_ = true;                 // codes are whole numbers, as the kernels take them
  float low_ = 0.0f, high_ = 0.0f;      // of levels
  int32_t sub_low_ = 0, sub_high_ = 0;  // of integers
  SortedLevels levels_;
};

}  // namespace pawl

#endif  // PAWL_LIB_METHODS_SUPER_SEARCH_H_
