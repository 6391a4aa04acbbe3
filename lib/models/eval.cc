// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include "pawl/eval.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <numbers>
#include <utility>

#include "lib/core/context_internal.h"
#include "lib/core/status_macros.h"
#include "lib/models/eval_parts.h"
#include "pawl/context.h"

namespace pawl {
namespace {

// What is said about one id: by the model, and by the reference beside it.
struct Score {
  double nats = 0.0;
  double reference_nats = 0.0;
  double kl = 0.0;
  bool same_top = false;
};

// log of the sum of exponentials, and the largest value's index.
double LogSum(const float* row, int64_t n, int64_t* top) {
  *top = std::max_element(row, row + n) - row;
  const double largest = row[*top];
  double sum = 0.0;
  for (int64_t i = 0; i < n; ++i) sum += std::exp(double{row[i]} - largest);
  return largest + std::log(sum);
}

Score ScoreOf(const float* row, const float* reference, int64_t n, int32_t id) {
  Score score;
  int64_t top, reference_top;
  const double log_sum = LogSum(row, n, &top);
  score.nats = log_sum - double{row[id]};
  if (reference == nullptr) return score;
  const double reference_log_sum = LogSum(reference, n, &reference_top);
  score.reference_nats = reference_log_sum - double{reference[id]};
  score.same_top = top == reference_top;
  for (int64_t i = 0; i < n; ++i) {
    const double log_p = double{reference[i]} - reference_log_sum;
    score.kl += std::exp(log_p) * (log_p - (double{row[i]} - log_sum));
  }
  score.kl = std::max(score.kl, 0.0);  // rounding of equal rows
  return score;
}

class Evaluation {
 public:
  Evaluation(LanguageModel& model, LanguageModel* reference, absl::Span<const int32_t> ids,
             Context& context)
      : model_(model), reference_(reference), ids_(ids), context_(context) {}

  absl::Status Prepare(const EvalOptions& options) {
    return PrepareEval(model_.info(), reference_, options, &ids_, &result_);
  }
  absl::Status RunWindow(int64_t begin, int64_t end, int64_t first);
  absl::StatusOr<EvalResult> Run();

 private:
  void Summarize();

  LanguageModel& model_;
  LanguageModel* reference_;
  absl::Span<const int32_t> ids_;
  Context& context_;
  EvalResult result_;
  std::vector<Score> scores_;
};

// Ids [begin, end) are run, and those from `first` on count.
absl::Status Evaluation::RunWindow(int64_t begin, int64_t end, int64_t first) {
  const auto window = ids_.subspan(static_cast<size_t>(begin), static_cast<size_t>(end - begin));
  const auto start = std::chrono::steady_clock::now();
  PAWL_ASSIGN_OR_RETURN(const Tensor logits, model_.Logits(window, context_));
  result_.seconds +=
      std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  Tensor reference;
  if (reference_ != nullptr) {
    PAWL_ASSIGN_OR_RETURN(reference, reference_->Logits(window, context_));
  }
  const int64_t n = model_.info().vocabulary;
  const size_t old = scores_.size();
  scores_.resize(old + static_cast<size_t>(end - first));
  return ForRanges(&context_, end - first, 1, 0, [&](int64_t from, int64_t to, void*) {
    for (int64_t i = from; i < to; ++i) {
      const int64_t at = first + i, row = at - begin - 1;
      scores_[old + static_cast<size_t>(i)] =
          ScoreOf(logits.as<float>().data() + row * n,
                  reference_ == nullptr ? nullptr : reference.as<float>().data() + row * n, n,
                  ids_[static_cast<size_t>(at)]);
    }
  });
}

void Evaluation::Summarize() {
  double nats = 0.0, reference_nats = 0.0, kl = 0.0, same = 0.0;
  std::vector<double> all;
  for (const Score& score : scores_) {
    nats += score.nats;
    reference_nats += score.reference_nats;
    kl += score.kl;
    same += score.same_top ? 1.0 : 0.0;
    all.push_back(score.kl);
  }
  const auto count = static_cast<double>(scores_.size());
  result_.counted = static_cast<int64_t>(scores_.size());
  result_.nats = nats / count;
  result_.perplexity = std::exp(result_.nats);
  if (model_.info().byte_level) result_.bits_per_byte = result_.nats / std::numbers::ln2;
  const double run = static_cast<double>(result_.ids);
  result_.ids_per_second = result_.seconds > 0.0 ? run / result_.seconds : 0.0;
  if (reference_ == nullptr) return;
  std::sort(all.begin(), all.end());
  result_.reference_perplexity = std::exp(reference_nats / count);
  result_.mean_kl = kl / count;
  result_.same_top = same / count;
  result_.max_kl = all.back();
  // The nearest rank.
  const auto rank = static_cast<size_t>(std::ceil(0.999 * count));
  result_.kl_999 = all[std::max<size_t>(rank, 1) - 1];
}

absl::StatusOr<EvalResult> Evaluation::Run() {
  int64_t counted = 0;  // ids before this one have been
  int64_t run = 0;
  for (int64_t begin = 0; begin < result_.ids; begin += result_.stride) {
    if (context_.cancelled()) return absl::CancelledError("cancelled by the caller");
    const int64_t end = std::min(begin + result_.context, result_.ids);
    const int64_t first = std::max(counted, begin + 1);
    context_.Report(Progress{"eval", "", static_cast<uint64_t>(begin),
                             static_cast<uint64_t>(result_.ids), "ids"});
    if (first < end) {
      PAWL_RETURN_IF_ERROR(RunWindow(begin, end, first));
      ++result_.windows;
      run += end - begin;
    }
    counted = end;
    if (end == result_.ids) break;
  }
  result_.ids = run;
  Summarize();
  return result_;
}

}  // namespace

absl::StatusOr<EvalResult> Evaluate(LanguageModel& model, LanguageModel* reference,
                                    absl::Span<const int32_t> ids, const EvalOptions& options,
                                    Context& context) {
  if (model.info().encoder) return EvaluateEncoder(model, reference, ids, options, context);
  Evaluation evaluation(model, reference, ids, context);
  PAWL_RETURN_IF_ERROR(evaluation.Prepare(options));
  return evaluation.Run();
}

}  // namespace pawl
