// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// What evaluations of decoders and of encoders share (pawl/eval.h).

#ifndef PAWL_LIB_MODELS_EVAL_PARTS_H_
#define PAWL_LIB_MODELS_EVAL_PARTS_H_

#include <cstdint>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "pawl/eval.h"

namespace pawl {

// Checks the options, cuts `ids` to what they ask for, and fills in what is known beforehand.
absl::Status PrepareEval(const LanguageModelInfo& info, const LanguageModel* reference,
                         const EvalOptions& options, absl::Span<const int32_t>* ids,
                         EvalResult* result);

// Evaluate() for an encoder.
absl::StatusOr<EvalResult> EvaluateEncoder(LanguageModel& model, LanguageModel* reference,
                                           absl::Span<const int32_t> ids,
                                           const EvalOptions& options, Context& context);

}  // namespace pawl

#endif  // PAWL_LIB_MODELS_EVAL_PARTS_H_
