// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include "pawl/requantize.h"

#include "absl/strings/str_cat.h"
#include "capi/shim.h"

using pawl::Context;
using pawl::FixedPointMultiplier;
using pawl::RequantizeRounding;
using pawl::capi::Call;

namespace {

constexpr int32_t kMaxWideShift = 14;

absl::StatusOr<FixedPointMultiplier> ToMultiplier(int32_t multiplier, int32_t shift,
                                                  bool wide = false) {
  const FixedPointMultiplier m{multiplier, shift};
  if (IsValid(m) && !(wide && shift > kMaxWideShift)) return m;
  return absl::InvalidArgumentError(
      absl::StrCat("multiplier ", multiplier, " with shift ", shift,
                   ": the multiplier must not be negative, the shift must be -31 to ",
                   wide ? kMaxWideShift : 30));
}

}  // namespace

extern "C" {

int32_t pawl_fixed_point_multiplier(pawl_context* context, double real, int32_t* multiplier,
                                    int32_t* shift) noexcept {
  return Call(context, [&](Context&) -> absl::Status {
    PAWL_NEED(multiplier);
    PAWL_NEED(shift);
    PAWL_ASSIGN_OR_RETURN(const FixedPointMultiplier m, pawl::MakeFixedPointMultiplier(real));
    *multiplier = m.multiplier;
    *shift = m.shift;
    return absl::OkStatus();
  });
}

int32_t pawl_requantize(pawl_context* context, const int32_t* acc, size_t count, int32_t multiplier,
                        int32_t shift, int32_t rounding, int32_t* out) noexcept {
  return Call(context, [&](Context&) -> absl::Status {
    PAWL_NEED_ARRAY(acc, count);
    PAWL_NEED_ARRAY(out, count);
    PAWL_ASSIGN_OR_RETURN(const FixedPointMultiplier m, ToMultiplier(multiplier, shift));
    if (rounding < PAWL_ROUNDING_CLASSIC || rounding > PAWL_ROUNDING_SINGLE) {
      return absl::InvalidArgumentError(
          absl::StrCat("rounding ", rounding, " is no pawl_rounding"));
    }
    const auto mode = static_cast<RequantizeRounding>(rounding);
    for (size_t i = 0; i < count; ++i) out[i] = pawl::Requantize(acc[i], m, mode);
    return absl::OkStatus();
  });
}

int32_t pawl_requantize_wide(pawl_context* context, const int64_t* acc, size_t count,
                             int32_t multiplier, int32_t shift, int32_t* out) noexcept {
  return Call(context, [&](Context&) -> absl::Status {
    PAWL_NEED_ARRAY(acc, count);
    PAWL_NEED_ARRAY(out, count);
    PAWL_ASSIGN_OR_RETURN(const FixedPointMultiplier m, ToMultiplier(multiplier, shift, true));
    for (size_t i = 0; i < count; ++i) out[i] = pawl::RequantizeWide(acc[i], m);
    return absl::OkStatus();
  });
}

}  // extern "C"
