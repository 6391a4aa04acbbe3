// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// How well a language model predicts a text, and how far it is from another model; of an encoder
// how far its hidden states are from another's.
//
// Protocol for decoders. The ids are cut into windows of `context` ids, each window beginning
// `stride` ids after the one before; the last may be shorter. A window is run from its beginning,
// without anything in front (no id that marks a beginning). Of the first window every id but its
// first counts, of later ones those that no window before has counted, again without the window's
// first. With stride = context, the default, windows do not overlap, and each id counts once but
// those that begin a window.
//
// Protocol for encoders. The ids are cut into sequences, each beginning where the one before ends:
// in front of the model's begin_id (LanguageModelInfo), where that is known, and after `context`
// ids at the latest. Nothing is put in front or behind. Each is run whole, and every id counts. Its
// embedding is the mean of its hidden states, not brought to a length of 1. Signal to noise is
// 10 log10(sum r^2 / sum (r - x)^2) in dB, over all values of all states or embeddings, r being the
// reference's and x the model's; a cosine is the mean over states or embeddings.

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

  // Of an encoder: what stands from `counted` to `bits_per_byte`, from `reference_perplexity` to
  // `same_top` and the stride mean nothing and are left out of texts; `windows` are sequences, and
  // against the reference there are:
  bool encoder = false;
  double hidden_sqnr_db = 0.0;  // infinite where all is equal
  double hidden_cosine = 0.0;
  double embedding_sqnr_db = 0.0;
  double embedding_cosine = 0.0;
  double embedding_cosine_min = 0.0;

  // One JSON object with these names.
  std::string ToJson() const;
  std::string ToText() const;
};

// `reference` may be null, and must be of the same kind with the same vocabulary, an encoder also
// with states of the same width. Sums go in ascending order in f64,
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
