// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include <cmath>

#include "kernels/error_stats.h"

namespace pawl::kernels::reference {
namespace {

double SumLanes(double (&lanes)[8]) {
  for (size_t half = 4; half > 0; half /= 2) {
    for (size_t l = 0; l < half; ++l) lanes[l] += lanes[l + half];
  }
  return lanes[0];
}

}  // namespace

ErrorSums ErrorStats(const float* a, const float* b, size_t n) {
  double aa[8] = {}, bb[8] = {}, ab[8] = {}, error[8] = {};
  double max_error = 0.0;
  for (size_t i = 0; i < n; ++i) {
    const double x = a[i], y = b[i];
    const double difference = x - y;
    aa[i % 8] += x * x;
    bb[i % 8] += y * y;
    ab[i % 8] += x * y;
    error[i % 8] += difference * difference;
    if (std::fabs(difference) > max_error) max_error = std::fabs(difference);
  }
  return {SumLanes(aa), SumLanes(bb), SumLanes(ab), SumLanes(error), max_error};
}

}  // namespace pawl::kernels::reference
