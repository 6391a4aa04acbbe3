// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// The words of recipes and jobs beside schemes and methods, for lists and for people who choose.
// All of them end with NUL.

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

// What a job on a graph is told (GraphModeWords and its like in graph_job.h), with a line about
// each, in the order of the enums.
absl::Span<const NamedMethod> GraphModeList();
absl::Span<const NamedMethod> GraphTargetList();
absl::Span<const NamedMethod> GraphFormatList();
absl::Span<const NamedMethod> PassChoiceList();
// The forms of a language model's folder (CheckpointFormatNames in model_export.h).
absl::Span<const NamedMethod> ModelFolderList();

}  // namespace pawl

#endif  // PAWL_INCLUDE_PAWL_RECIPE_LISTS_H_
