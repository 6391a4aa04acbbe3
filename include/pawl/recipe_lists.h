// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// The words of recipes beside schemes and methods, for lists and for people who choose.

#ifndef PAWL_INCLUDE_PAWL_RECIPE_LISTS_H_
#define PAWL_INCLUDE_PAWL_RECIPE_LISTS_H_

#include "absl/types/span.h"
#include "pawl/recipe.h"

namespace pawl {

// "operator" of a rule.
absl::Span<const NamedMethod> OperatorTypeWords();
// "range" of a method: how ranges of weights are found.
absl::Span<const NamedMethod> RangeWords();
// "observer" and "range" of a calibration.
absl::Span<const NamedMethod> CalibrationObserverWords();
absl::Span<const NamedMethod> CalibrationRangeWords();

}  // namespace pawl

#endif  // PAWL_INCLUDE_PAWL_RECIPE_LISTS_H_
