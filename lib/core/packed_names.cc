// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include <cstddef>

#include "lib/core/packed_form.h"

namespace pawl {
namespace {

constexpr absl::string_view kPartNames[kNumPackedParts] = {
    "run_begin",      "columns",   "outlier_columns", "outlier_values", "input_scale",
    "rotation_signs", "bias",      "multipliers",     "codes",          "table",
    "scales",         "minimums",  "zeros",           "offsets",        "super_scales",
    "super_minimums", "row_codes", "row_scales",      "row_zeros",      "row_minimums",
    "row_sums"};

}  // namespace

absl::string_view PackedPartName(PackedPart part) { return kPartNames[static_cast<size_t>(part)]; }

}  // namespace pawl
