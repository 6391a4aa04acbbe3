// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include "lib/methods/error_feedback.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "absl/strings/str_cat.h"
#include "kernels/outer_products.h"
#include "lib/core/context_internal.h"
#include "lib/core/progress.h"
#include "lib/core/status_macros.h"
#include "lib/methods/prune_mask.h"
#include "lib/methods/source.h"

namespace pawl {
namespace {

constexpr int64_t kBlock = 128;  // positions whose feedback is a product of matrices
constexpr int64_t kSmall = 16;   // positions that get theirs one by one
constexpr int64_t kChunk = 512;  // outputs that one task takes

// Positions in a block: whole groups, about kBlock.
int64_t BlockSize(int64_t group) {
  if (group <= 0) return kBlock;
  return group >= kBlock ? group : kBlock / group * group;
}

class Loop {
 public:
  Loop(const InputFactor& factor, const PruningPattern& pattern, ColumnRounder& rounder,
       Tensor& columns, Context* context)
      : factor_(factor),
        pattern_(pattern),
        rounder_(rounder),
        context_(context),
        target_(TargetOf(context)),
        in_(columns.dim(0)),
        out_(columns.dim(1)),
        x_(columns.mutable_as<float>().data()),
        block_(BlockSize(rounder.group_size())),
        feedback_(static_cast<size_t>(std::min(block_, in_) * out_)),
        losses_(static_cast<size_t>(out_)) {}

  absl::StatusOr<FeedbackResult> Run() {
    const bool unstructured = pattern_.sparsity > 0.0;
    if (pattern_.any()) mask_.resize(feedback_.size());
    if (unstructured) scores_.resize(feedback_.size());
    for (int64_t begin = 0; begin < in_; begin += block_) {
      begin_ = begin;
      end_ = std::min(in_, begin + block_);
      const double share = static_cast<double>(end_ - begin_) / static_cast<double>(in_);
      const ProgressPart part(context_, share);
      PAWL_RETURN_IF_ERROR(ForChunks([&](int64_t first, int64_t count, void* scratch) {
        Gather(first, count, scratch);
        if (unstructured) ScoreBlock(first, count, scratch);
        if (!unstructured) RoundBlock(first, count, scratch);
      }));
      if (!unstructured) continue;
      ChooseMask();
      PAWL_RETURN_IF_ERROR(ForChunks(
          [&](int64_t first, int64_t count, void* scratch) { RoundBlock(first, count, scratch); }));
    }
    FeedbackResult result;
    result.loss = std::accumulate(losses_.begin(), losses_.end(), 0.0);
    result.pruned = std::accumulate(pruned_.begin(), pruned_.end(), int64_t{0});
    return result;
  }

 private:
  absl::Status ForChunks(absl::FunctionRef<void(int64_t, int64_t, void*)> fn) {
    if (pruned_.empty()) pruned_.resize(static_cast<size_t>((out_ + kChunk - 1) / kChunk));
    return ForRanges(
        context_, out_, kChunk, kernels::kOuterScratchBytes,
        [&](int64_t first, int64_t last, void* scratch) { fn(first, last - first, scratch); });
  }

  float* Feedback(int64_t position, int64_t first) {
    return feedback_.data() + (position - begin_) * out_ + first;
  }
  uint8_t* Mask(int64_t position, int64_t first) {
    return mask_.data() + (position - begin_) * out_ + first;
  }

  // feedback[j] += sum over k in [from, to) of M[k, j] e_k for j in [j0, j1).
  void AddFeedback(int64_t from, int64_t to, int64_t j0, int64_t j1, int64_t first, int64_t count,
                   void* scratch) {
    if (from >= to || j0 >= j1) return;
    const kernels::OuterShape shape{static_cast<size_t>(j1 - j0),   static_cast<size_t>(count),
                                    static_cast<size_t>(to - from), static_cast<size_t>(in_),
                                    static_cast<size_t>(out_),      static_cast<size_t>(out_)};
    kernels::AddOuterProductsF32(target_, factor_.coefficients().data() + from * in_ + j0,
                                 x_ + from * out_ + first, shape, Feedback(j0, first), scratch);
  }

  // What all positions before the block say to those of the block.
  void Gather(int64_t first, int64_t count, void* scratch) {
    for (int64_t j = begin_; j < end_; ++j) std::fill_n(Feedback(j, first), count, 0.0f);
    AddFeedback(0, begin_, begin_, end_, first, count, scratch);
  }

  // Weights as they are now, with all feedback so far.
  void Effective(int64_t position, int64_t first, int64_t count, float* values) {
    const float* w = x_ + position * out_ + first;
    const float* t = Feedback(position, first);
    for (int64_t o = 0; o < count; ++o) values[o] = w[o] + t[o];
  }

  void RoundBlock(int64_t first, int64_t count, void* scratch) {
    const int64_t group = rounder_.group_size();
    std::vector<float> fitted(static_cast<size_t>(group * count));
    std::vector<float> values(static_cast<size_t>(count)), rounded(values.size());
    for (int64_t p = begin_; p < end_;) {
      int64_t small_end = std::min(end_, p + kSmall);
      if (group > 0) small_end = std::min(small_end, (p / group + 1) * group);
      if (group > 0 && p % group == 0) {
        const int64_t last = std::min(end_, p + group);
        LookAhead(p, last, first, count, fitted.data(), scratch);
        rounder_.Fit(p, last - p, first, count, fitted.data());
      }
      for (int64_t j = p; j < small_end; ++j) {
        if (pattern_.zeros > 0 && j % pattern_.of == 0) MaskPattern(j, first, count, scratch);
        RoundColumn(j, first, count, values.data(), rounded.data());
        AddFeedback(j, j + 1, j + 1, small_end, first, count, scratch);
      }
      AddFeedback(p, small_end, small_end, end_, first, count, scratch);
      p = small_end;
    }
  }

  void RoundColumn(int64_t j, int64_t first, int64_t count, float* values, float* rounded) {
    Effective(j, first, count, values);
    float* const x = x_ + j * out_ + first;
    const float* const t = Feedback(j, first);
    if (pattern_.any()) {
      const uint8_t* mask = Mask(j, first);
      for (int64_t o = 0; o < count; ++o) {
        if (mask[o] == 0) continue;
        values[o] = 0.0f;
        ++pruned_[static_cast<size_t>(first / kChunk)];
      }
    }
    rounder_.Round(j, first, count, values, rounded);
    const double pivot = factor_.pivots()[static_cast<size_t>(j)];
    for (int64_t o = 0; o < count; ++o) {
      const double error = static_cast<double>(x[o] + t[o]) - static_cast<double>(rounded[o]);
      losses_[static_cast<size_t>(first + o)] += pivot * error * error;
      x[o] -= rounded[o];
    }
  }

  // The weights of positions [from, to) as they would be if all of them stayed unrounded: what
  // GPTQ's updates have made of them when `from` is reached. values [to - from][count].
  void LookAhead(int64_t from, int64_t to, int64_t first, int64_t count, float* values,
                 void* scratch) {
    const auto size = static_cast<size_t>((to - from) * count);
    std::vector<float> feedback(size), errors(size);
    for (int64_t j = from; j < to; ++j) {
      std::copy_n(Feedback(j, first), count, feedback.data() + (j - from) * count);
    }
    const auto add = [&](int64_t k0, int64_t k1, int64_t j0, int64_t j1) {
      if (j0 >= j1) return;
      const kernels::OuterShape shape{static_cast<size_t>(j1 - j0), static_cast<size_t>(count),
                                      static_cast<size_t>(k1 - k0), static_cast<size_t>(in_),
                                      static_cast<size_t>(count),   static_cast<size_t>(count)};
      kernels::AddOuterProductsF32(target_, factor_.coefficients().data() + k0 * in_ + j0,
                                   errors.data() + (k0 - from) * count, shape,
                                   feedback.data() + (j0 - from) * count, scratch);
    };
    for (int64_t small = from; small < to; small += kSmall) {
      const int64_t small_end = std::min(to, small + kSmall);
      for (int64_t j = small; j < small_end; ++j) {
        const float* w = x_ + j * out_ + first;
        const int64_t at = (j - from) * count;
        for (int64_t o = 0; o < count; ++o) {
          values[at + o] = w[o] + feedback[static_cast<size_t>(at + o)];
          errors[static_cast<size_t>(at + o)] = w[o] - values[at + o];
        }
        add(j, j + 1, j + 1, small_end);
      }
      add(small, small_end, small_end, to);
    }
  }

  // Of positions [j, j + of) of each output, the zeros that matter least now.
  void MaskPattern(int64_t j, int64_t first, int64_t count, void* scratch) {
    const int64_t last = std::min(end_, j + pattern_.of);
    const auto width = static_cast<size_t>(last - j), outputs = static_cast<size_t>(count);
    std::vector<float> values(width * outputs), all(values.size()), scores(width);
    LookAhead(j, last, first, count, values.data(), scratch);
    for (size_t i = 0; i < width; ++i) {
      ScoreColumn(absl::MakeConstSpan(values).subspan(i * outputs, outputs),
                  factor_.pivots()[static_cast<size_t>(j) + i],
                  absl::MakeSpan(all).subspan(i * outputs, outputs));
    }
    std::vector<uint8_t> mask(width);
    for (size_t o = 0; o < outputs; ++o) {
      for (size_t i = 0; i < width; ++i) scores[i] = all[i * outputs + o];
      MaskSmallest(scores, pattern_.zeros, absl::MakeSpan(mask));
      for (size_t i = 0; i < width; ++i) {
        *(Mask(j + static_cast<int64_t>(i), first) + o) = mask[i];
      }
    }
  }

  // What each weight of the block would cost.
  void ScoreBlock(int64_t first, int64_t count, void* scratch) {
    std::vector<float> values(static_cast<size_t>((end_ - begin_) * count));
    LookAhead(begin_, end_, first, count, values.data(), scratch);
    for (int64_t j = begin_; j < end_; ++j) {
      ScoreColumn(absl::MakeConstSpan(values).subspan(static_cast<size_t>((j - begin_) * count),
                                                      static_cast<size_t>(count)),
                  factor_.pivots()[static_cast<size_t>(j)],
                  absl::MakeSpan(scores_).subspan(static_cast<size_t>((j - begin_) * out_ + first),
                                                  static_cast<size_t>(count)));
    }
  }

  // Of the whole block, the fraction that matters least now.
  void ChooseMask() {
    const auto count = static_cast<size_t>((end_ - begin_) * out_);
    const auto zeros = static_cast<int64_t>(pattern_.sparsity * static_cast<double>(count));
    MaskSmallest(absl::MakeConstSpan(scores_).subspan(0, count), zeros,
                 absl::MakeSpan(mask_).subspan(0, count));
  }

  const InputFactor& factor_;
  const PruningPattern& pattern_;
  ColumnRounder& rounder_;
  Context* context_;
  kernels::Target target_;
  int64_t in_, out_;
  float* x_;  // [in, out]: weights, then errors
  int64_t block_;
  int64_t begin_ = 0, end_ = 0;  // positions of the block at hand
  std::vector<float> feedback_;  // [block, out]
  std::vector<double> losses_;   // [out]
  std::vector<uint8_t> mask_;    // [block, out]: 1 for what goes
  std::vector<float> scores_;
  std::vector<int64_t> pruned_;  // by chunk
};

}  // namespace

absl::StatusOr<Tensor> TransposeInOrder(const Tensor& weights, const InputFactor& factor,
                                        Context* context) {
  const int64_t in = factor.columns();
  if (!Source::Accepts(weights.dtype()) || weights.rank() < 1 || weights.shape().back() != in) {
    return absl::InvalidArgumentError(
        absl::StrCat("weights are ", DTypeName(weights.dtype()), " ", ShapeString(weights.shape()),
                     "; the inputs' products need a float type and ", in, " columns"));
  }
  const int64_t out = weights.num_elements() / in;
  PAWL_ASSIGN_OR_RETURN(Tensor columns, Tensor::Create(DType::kF32, {in, out}));
  float* const to = columns.mutable_as<float>().data();
  const Source source(weights, TargetOf(context));
  constexpr int64_t kRows = 16;
  // By task: the first place where a value is not finite.
  std::vector<int64_t> bad(static_cast<size_t>((out + kRows - 1) / kRows), -1);
  PAWL_RETURN_IF_ERROR(ForRanges(context, out, kRows, 0, [&](int64_t begin, int64_t end, void*) {
    std::vector<float> buffer(static_cast<size_t>(kRows * in));
    const float* w = source.Load(begin * in, (end - begin) * in, buffer.data());
    const auto* first =
        std::find_if(w, w + (end - begin) * in, [](float v) { return !std::isfinite(v); });
    if (first != w + (end - begin) * in) {
      bad[static_cast<size_t>(begin / kRows)] = begin * in + (first - w);
    }
    for (int64_t i = 0; i < in; ++i) {
      const int64_t column = factor.order()[static_cast<size_t>(i)];
      for (int64_t o = begin; o < end; ++o) to[i * out + o] = w[(o - begin) * in + column];
    }
  }));
  for (const int64_t place : bad) {
    if (place < 0) continue;
    return absl::InvalidArgumentError(absl::StrCat(
        "the weight in row ", place / in, ", column ", place % in,
        " is not finite; quantize by rtn, which says what becomes of it, or repair it"));
  }
  return columns;
}

absl::StatusOr<FeedbackResult> RunErrorFeedback(const InputFactor& factor,
                                                const PruningPattern& pattern,
                                                ColumnRounder& rounder, Tensor& columns,
                                                Context* context) {
  return Loop(factor, pattern, rounder, columns, context).Run();
}

}  // namespace pawl
