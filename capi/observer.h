// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#ifndef PAWL_CAPI_OBSERVER_H_
#define PAWL_CAPI_OBSERVER_H_

#include "capi/options.h"
#include "pawl/observer.h"

struct pawl_observer {
  pawl::Observer observer;
};

namespace pawl::capi {

ObserverOptions ToObserverOptions(const pawl_options* options);
RangeOptions ToRangeOptions(const pawl_options* options);

// Ranges, or scales and zero points, into a caller's arrays of `count` elements.
absl::Status CopyRanges(absl::Span<const ValueRange> ranges, double* min, double* max,
                        size_t count);
absl::Status CopyQParams(absl::Span<const QParams> params, float* scales, int32_t* zero_points,
                         size_t count);

}  // namespace pawl::capi

#endif  // PAWL_CAPI_OBSERVER_H_
