// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// How far an encoder's hidden states are from another's (pawl/eval.h).

#include <algorithm>
#include <chrono>
#include <cmath>
#include <vector>

#include "lib/core/status_macros.h"
#include "lib/models/encoder_batch.h"
#include "lib/models/eval_parts.h"
#include "pawl/context.h"

namespace pawl {
namespace {

// Of vectors of the reference and of the model, one pair after the other.
class Distance {
 public:
  void Add(const double* reference, const double* found, size_t n) {
    double dot = 0.0, r = 0.0, x = 0.0;
    for (size_t i = 0; i < n; ++i) {
      dot += reference[i] * found[i];
      r += reference[i] * reference[i];
      x += found[i] * found[i];
      noise_ += (reference[i] - found[i]) * (reference[i] - found[i]);
    }
    signal_ += r;
    // Vectors of nothing point nowhere, and two of them to the same.
    const double cosine =
        r > 0.0 && x > 0.0 ? dot / (std::sqrt(r) * std::sqrt(x)) : (r == x ? 1.0 : 0.0);
    sum_ += cosine;
    least_ = std::min(least_, cosine);
    ++count_;
  }

  double sqnr_db() const { return 10.0 * std::log10(signal_ / noise_); }
  double cosine() const { return sum_ / count_; }
  double least() const { return least_; }

 private:
  double signal_ = 0.0, noise_ = 0.0, sum_ = 0.0, least_ = 1.0, count_ = 0.0;
};

struct Distances {
  Distance hidden, embeddings;
};

void Compare(const Tensor& reference, const Tensor& found, absl::Span<const int64_t> lengths,
             Distances* out) {
  const auto width = static_cast<size_t>(found.dim(1));
  const float *r = reference.as<float>().data(), *x = found.as<float>().data();
  std::vector<double> rows[2], sums[2];
  for (const int64_t length : lengths) {
    for (std::vector<double>& sum : sums) sum.assign(width, 0.0);
    for (int64_t i = 0; i < length; ++i, r += width, x += width) {
      rows[0].assign(r, r + width);
      rows[1].assign(x, x + width);
      out->hidden.Add(rows[0].data(), rows[1].data(), width);
      for (size_t j = 0; j < width; ++j) {
        sums[0][j] += rows[0][j];
        sums[1][j] += rows[1][j];
      }
    }
    for (std::vector<double>& sum : sums) {
      for (double& value : sum) value /= static_cast<double>(length);
    }
    out->embeddings.Add(sums[0].data(), sums[1].data(), width);
  }
}

std::vector<int64_t> LengthsOf(absl::Span<const int32_t> ids, int32_t begin_id, int64_t context) {
  std::vector<int64_t> lengths;
  for (const int32_t id : ids) {
    if (lengths.empty() || id == begin_id || lengths.back() == context) lengths.push_back(0);
    ++lengths.back();
  }
  return lengths;
}

}  // namespace

absl::StatusOr<EvalResult> EvaluateEncoder(LanguageModel& model, LanguageModel* reference,
                                           absl::Span<const int32_t> ids,
                                           const EvalOptions& options, Context& context) {
  EvalResult result;
  result.encoder = true;
  PAWL_RETURN_IF_ERROR(PrepareEval(model.info(), reference, options, &ids, &result));
  if (result.stride != result.context) {
    return absl::InvalidArgumentError(
        "an encoder's sequences do not overlap: leave the stride out");
  }
  const std::vector<int64_t> lengths = LengthsOf(ids, model.info().begin_id, result.context);
  result.windows = static_cast<int64_t>(lengths.size());
  absl::Span<const int64_t> left = lengths;
  Distances distances;
  while (!left.empty()) {
    if (context.cancelled()) return absl::CancelledError("cancelled by the caller");
    const absl::Span<const int64_t> batch = left.subspan(0, SequencesTogether(left));
    int64_t count = 0;
    for (const int64_t length : batch) count += length;
    const auto run = ids.subspan(0, static_cast<size_t>(count));
    context.Report(Progress{"eval", "", static_cast<uint64_t>(result.ids) - ids.size(),
                            static_cast<uint64_t>(result.ids), "ids"});
    const auto start = std::chrono::steady_clock::now();
    PAWL_ASSIGN_OR_RETURN(const Tensor states, model.Hidden(run, batch, context));
    result.seconds +=
        std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    if (reference != nullptr) {
      PAWL_ASSIGN_OR_RETURN(const Tensor exact, reference->Hidden(run, batch, context));
      Compare(exact, states, batch, &distances);
    }
    ids.remove_prefix(static_cast<size_t>(count));
    left.remove_prefix(batch.size());
  }
  if (result.seconds > 0.0) {
    result.ids_per_second = static_cast<double>(result.ids) / result.seconds;
  }
  if (reference == nullptr) return result;
  result.hidden_sqnr_db = distances.hidden.sqnr_db();
  result.hidden_cosine = distances.hidden.cosine();
  result.embedding_sqnr_db = distances.embeddings.sqnr_db();
  result.embedding_cosine = distances.embeddings.cosine();
  result.embedding_cosine_min = distances.embeddings.least();
  return result;
}

}  // namespace pawl
