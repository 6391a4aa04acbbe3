// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// How well a language model predicts a text, and how far it is from another model.
//
// Protocol. The ids are cut into windows of `context` ids, each window beginning `stride` ids after
// the one before; the last may be shorter. A window is run from its beginning, without anything in
// front (no id that marks a beginning). Of the first window every id but its first counts, of later
// ones those that no window before has counted, again without the window's first. With stride =
// context, the default, windows do not overlap, and each id counts once but those that begin a
// window.

#ifndef PAWL_INCLUDE_PAWL_EVAL_H_
#define PAWL_INCLUDE_PAWL_EVAL_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "pawl/language_model.h"

namespace pawl {

class Context;

struct EvalOptions {
  int64_t context = 0;  // 0: the model's own, 2048 at most
  int64_t stride = 0;   // 0: context
  int64_t max_ids = 0;  // of the text's beginning; 0: all
};

struct EvalResult {
  int64_t context = 0, stride = 0;
  int64_t ids = 0;  // that were run
  int64_t windows = 0;
  int64_t counted = 0;  // ids that were predicted
  double nats = 0.0;    // mean cross-entropy of those
  double perplexity = 0.0;
  double bits_per_byte = 0.0;  // of models whose ids are bytes; else 0
  double bits_per_weight = 0.0;
  uint64_t weight_bytes = 0;
  std::string mode;      // LanguageModelInfo::mode
  double seconds = 0.0;  // in the model alone
  double ids_per_second = 0.0;

  // Against the reference, over the counted ids: divergences KL(reference || model) in nats.
  bool compared = false;
  double reference_perplexity = 0.0;
  double mean_kl = 0.0;
  double kl_999 = 0.0;  // 99.9 % of the divergences are at most this
  double max_kl = 0.0;
  double same_top = 0.0;  // share of ids for which both models' most probable id is the same

  // One JSON object with these names.
  std::string ToJson() const;
  std::string ToText() const;
};

// `reference` may be null, and must have the same vocabulary. Sums go in ascending order in f64,
// so that the result but for the times is the same for every number of threads.
// Errors: InvalidArgument for too few ids, ids beyond the vocabulary, a context beyond the model's
// positions; those of running the models; Cancelled.
absl::StatusOr<EvalResult> Evaluate(LanguageModel& model, LanguageModel* reference,
                                    absl::Span<const int32_t> ids, const EvalOptions& options,
                                    Context& context);

// Ids out of a text of numbers between spaces, commas or brackets.
absl::StatusOr<std::vector<int32_t>> ParseIds(absl::string_view text);

}  // namespace pawl

#endif  // PAWL_INCLUDE_PAWL_EVAL_H_
