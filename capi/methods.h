// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// What the entries of methods share. Full profile only.

#ifndef PAWL_CAPI_METHODS_H_
#define PAWL_CAPI_METHODS_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>

#include "capi/shim.h"
#include "pawl/input_moments.h"
#include "pawl/quantizer.h"

struct pawl_moments {
  pawl::InputMoments moments;
};

struct pawl_factor {
  pawl::InputFactor factor;
};

namespace pawl::capi {

// Figures of pawl_method_figure, NaN until set.
class MethodFigures {
 public:
  MethodFigures() { values_.fill(std::numeric_limits<double>::quiet_NaN()); }
  MethodFigures& Set(int32_t figure, double value) {
    values_[static_cast<size_t>(figure)] = value;
    return *this;
  }
  MethodFigures& Set(int32_t figure, int64_t value) {
    return Set(figure, static_cast<double>(value));
  }
  MethodFigures& Set(const QuantizeStats& stats);
  void CopyTo(double* figures, size_t count) const { CopyFigures<double>(values_, figures, count); }

 private:
  std::array<double, PAWL_METHOD_FIGURE_COUNT> values_;
};

}  // namespace pawl::capi

#endif  // PAWL_CAPI_METHODS_H_
