// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include "kernels/group_error.h"

// Arrays of vectors.
#define PAWL_FIXED_SIZE_VECTORS
#include "kernels/simd_avx3.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/group_error.cc"
#include "hwy/foreach_target.h"
// foreach_target.h first
#include "kernels/group_error-inl.h"

#if HWY_ONCE
#include "kernels/dispatch.h"

namespace pawl::kernels {

PAWL_EXPORT(GroupErrors);
PAWL_EXPORT(GroupLevelSums);

void GroupErrors(Target target, const GroupValues& values, const GroupCandidates& candidates,
                 double limit, double* errors) {
  PAWL_DISPATCH(target, GroupErrors)(values, candidates, limit, errors);
}

void GroupLevelSums(Target target, const GroupValues& values, const GroupCandidates& candidates,
                    LevelSums* sums) {
  PAWL_DISPATCH(target, GroupLevelSums)(values, candidates, sums);
}

}  // namespace pawl::kernels
#endif  // HWY_ONCE
