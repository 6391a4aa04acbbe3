// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include "pawl/block_search.h"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <new>
#include <optional>
#include <vector>

#include "absl/strings/str_cat.h"
#include "kernels/float_env.h"
#include "kernels/min_max.h"
#include "lib/core/context_internal.h"
#include "lib/core/params.h"
#include "lib/core/progress.h"
#include "lib/core/status_macros.h"
#include "lib/methods/group_fit.h"
#include "lib/methods/row_encoder.h"
#include "lib/methods/source.h"
#include "lib/methods/super_scales.h"
#include "lib/methods/super_search.h"

namespace pawl {
namespace {

absl::Status CheckBlocks(const Tensor& weights, const Scheme& scheme,
                         const BlockSearchOptions& options) {
  PAWL_RETURN_IF_ERROR(scheme.Validate());
  if (!Source::Accepts(weights.dtype())) {
    return absl::InvalidArgumentError(
        absl::StrCat("cannot quantize a tensor of ", DTypeName(weights.dtype())));
  }
  if (scheme.grouping.kind != GroupKind::kAlongRow || scheme.outliers.kind != ParamKind::kNone ||
      scheme.input_scale || scheme.rotation.block > 0) {
    return absl::InvalidArgumentError(
        "the search of blocks is for groups along the rows, without outlier columns, input scales "
        "or rotation");
  }
  const int64_t cols = weights.rank() == 0 ? 1 : weights.shape().back();
  if (!options.importance.empty() && static_cast<int64_t>(options.importance.size()) != cols) {
    return absl::InvalidArgumentError(absl::StrCat("importance has ", options.importance.size(),
                                                   " entries, the tensor has ", cols, " columns"));
  }
  for (const float v : options.importance) {
    if (!(v >= 0.0f) || !std::isfinite(v)) {
      return absl::InvalidArgumentError("importance must be finite and not negative");
    }
  }
  if (options.rounds < 0) return absl::InvalidArgumentError("rounds must not be negative");
  return absl::OkStatus();
}

class Searcher {
 public:
  Searcher(const Tensor& weights, const BlockSearchOptions& options, const GroupLayout& layout,
           QuantizedTensor& tensor, kernels::Target target)
      : source_(weights, target),
        options_(options),
        layout_(layout),
        tensor_(tensor),
        target_(target),
        fitter_(tensor.scheme, {.range = RangeMethod::kScaleSearch}),
        super_(SuperSearch::Fits(tensor.scheme)),
        search_(tensor.scheme),
        scales_(static_cast<size_t>(layout.num_groups())),
        offsets_(tensor.scheme.offset.kind == OffsetKind::kNone ? 0 : scales_.size()) {}

  // Groups that are searched together: super-blocks, which may go on in the next row.
  int64_t block_groups() const { return super_ ? tensor_.scheme.scale.super_size : 1; }
  int64_t blocks() const { return GroupsOf(layout_.num_groups(), block_groups()); }

  // Blocks [begin, end); errors are added.
  void Run(int64_t begin, int64_t end, double& before, double& after) {
    FitScratch scratch;
    std::vector<float> buffer(
        static_cast<size_t>(std::min(tensor_.scheme.grouping.size, layout_.cols())));
    SuperBlock block;
    for (int64_t b = begin; b < end; ++b) {
      const int64_t first = b * block_groups();
      const int64_t last = std::min(layout_.num_groups(), first + block_groups());
      Gather(first, last, buffer, block);
      FitEach(first, scratch, block);
      if (!super_) continue;
      double rounded = 0.0;
      const SuperParams params = search_.Find(target_, block, options_.rounds, rounded);
      before += rounded;
      after += params.error;
      StoreBlock(b, first, params);
    }
    nan_count_.fetch_add(block.nan_count, std::memory_order_relaxed);
    inf_count_.fetch_add(block.inf_count, std::memory_order_relaxed);
  }

  absl::Status Finish(Context* context, QuantizeStats& stats) {
    stats.nan_count = nan_count_.load();
    stats.inf_count = inf_count_.load();
    if (super_) {
      PAWL_RETURN_IF_ERROR(CopyIntegers());
    } else {
      StoreScales(scales_, tensor_, stats);
      std::vector<float> stored(scales_.size());
      DecodeScales(tensor_, 0, absl::MakeSpan(stored));
      for (size_t i = 0; i < offsets_.size(); ++i) {
        offsets_[i] = AlignZeroPoint(tensor_.scheme, offsets_[i], scales_[i], stored[i]);
      }
      StoreOffsets(offsets_, tensor_);
    }
    RowEncoder encoder(tensor_, layout_, target_);
    const int64_t cols = tensor_.cols();
    return ForRanges(context, tensor_.rows(), 16, 0, [&](int64_t begin, int64_t end, void*) {
      RowEncoder::Scratch scratch;
      std::vector<float> buffer(static_cast<size_t>(cols));
      for (int64_t row = begin; row < end; ++row) {
        encoder.Encode(row, source_.Load(row * cols, cols, buffer.data()), scratch);
      }
    });
  }

  // Where integers of all groups go until one thread packs them: neighbours may share a byte.
  void PrepareIntegers() {
    if (!super_) return;
    integers_.resize(scales_.size());
    offset_integers_.resize(offsets_.size());
  }

 private:
  // Finite values of the groups and their weights.
  void Gather(int64_t first, int64_t last, std::vector<float>& buffer, SuperBlock& block) const {
    block.x.clear(), block.weights.clear(), block.ends.clear();
    const int64_t cols = layout_.cols(), size = tensor_.scheme.grouping.size;
    const int64_t per_row = layout_.groups_per_row();
    for (int64_t g = first; g < last; ++g) {
      const int64_t col = g % per_row * size;
      const int64_t count = std::min(size, cols - col);
      const float* x = source_.Load(g / per_row * cols + col, count, buffer.data());
      for (int64_t i = 0; i < count; ++i) {
        if (!std::isfinite(x[i])) {
          ++(std::isnan(x[i]) ? block.nan_count : block.inf_count);
          continue;
        }
        block.x.push_back(x[i]);
        block.weights.push_back(
            options_.importance.empty() ? 1.0f : options_.importance[static_cast<size_t>(col + i)]);
      }
      block.ends.push_back(block.x.size());
    }
    if (!options_.magnitude_weights || block.x.empty()) return;
    double squares = 0.0;
    for (const float v : block.x) squares += static_cast<double>(v) * static_cast<double>(v);
    const double mean = squares / static_cast<double>(block.x.size());
    for (size_t i = 0; i < block.x.size(); ++i) {
      const auto v = static_cast<double>(block.x[i]);
      block.weights[i] =
          static_cast<float>(static_cast<double>(block.weights[i]) * std::sqrt(mean + v * v));
    }
  }

  void FitEach(int64_t first, FitScratch& scratch, SuperBlock& block) {
    block.ideal.clear();
    for (size_t g = 0; g < block.ends.size(); ++g) {
      const size_t begin = g == 0 ? 0 : block.ends[g - 1];
      const size_t count = block.ends[g] - begin;
      const float* x = block.x.data() + begin;
      GroupRange range;
      const kernels::Range found = kernels::MinMax(target_, x, count);
      double sum = 0.0;
      for (size_t i = 0; i < count; ++i) sum += static_cast<double>(std::fabs(x[i]));
      range.Add({found.min, found.max, sum, static_cast<int64_t>(count), count > 0});
      const float* weights = block.weights.data() + begin;
      GroupParams params =
          fitter_.Fit(target_, range, x, weights, static_cast<int64_t>(count), scratch);
      params = fitter_.Polish(target_, range, fitter_.ValuesOf(x, weights, count), params);
      block.ideal.push_back(params);
      const auto at = static_cast<size_t>(first) + g;
      scales_[at] = params.scale;
      if (!offsets_.empty()) offsets_[at] = params.offset;
    }
  }

  void StoreBlock(int64_t index, int64_t first, const SuperParams& params) {
    const Scheme& scheme = tensor_.scheme;
    WriteParam(scheme.scale.super_type, tensor_.super_scales, index,
               EncodeParam(scheme.scale.super_type, params.scale));
    if (!offsets_.empty()) {
      WriteParam(scheme.offset.super_type, tensor_.super_offsets, index,
                 EncodeParam(scheme.offset.super_type, params.offset));
    }
    for (size_t g = 0; g < params.scales.size(); ++g) {
      const auto at = static_cast<size_t>(first) + g;
      integers_[at] = static_cast<float>(params.scales[g]);
      if (!offsets_.empty()) offset_integers_[at] = static_cast<float>(params.offsets[g]);
    }
  }

  absl::Status CopyIntegers() {
    const Scheme& scheme = tensor_.scheme;
    for (size_t i = 0; i < integers_.size(); ++i) {
      const auto at = static_cast<int64_t>(i);
      WriteParam(scheme.scale.type, tensor_.scales, at,
                 EncodeParam(scheme.scale.type, integers_[i]));
      if (offsets_.empty()) continue;
      WriteParam(scheme.offset.type, tensor_.offsets, at,
                 EncodeParam(scheme.offset.type, offset_integers_[i]));
    }
    return absl::OkStatus();
  }

  Source source_;
  const BlockSearchOptions& options_;
  const GroupLayout& layout_;
  QuantizedTensor& tensor_;
  kernels::Target target_;
  GroupFitter fitter_;
  bool super_;
  SuperSearch search_;
  std::vector<float> scales_, offsets_;
  std::vector<float> integers_, offset_integers_;
  std::atomic<int64_t> nan_count_{0}, inf_count_{0};
};

// Apart from SearchBlocks so that no arithmetic moves before the floating-point mode is set.
[[gnu::noinline]] absl::StatusOr<QuantizedTensor> SearchInMode(const Tensor& weights,
                                                               const Scheme& scheme,
                                                               const BlockSearchOptions& options,
                                                               Context* context,
                                                               BlockSearchReport& report) {
  PAWL_RETURN_IF_ERROR(CheckBlocks(weights, scheme, options));
  if (!SuperSearch::Fits(scheme) && scheme.scale.super_type.kind != ParamKind::kNone) {
    // Double quantization and nvfp4: their supers are of the whole tensor.
    QuantizeOptions ranges;
    ranges.range = RangeMethod::kScaleSearch;
    ranges.importance = options.importance;
    return Quantize(weights, scheme, ranges, context, &report.stats);
  }
  PAWL_ASSIGN_OR_RETURN(QuantizedTensor tensor, QuantizedTensor::Create(scheme, weights.shape()));
  PAWL_ASSIGN_OR_RETURN(const GroupLayout layout, GroupLayout::Create(scheme, tensor.shape));
  Searcher searcher(weights, options, layout, tensor, TargetOf(context));
  searcher.PrepareIntegers();
  const int64_t step = std::max<int64_t>(1, 64 / searcher.block_groups());
  std::vector<double> before(static_cast<size_t>(GroupsOf(searcher.blocks(), step)));
  std::vector<double> after(before.size());
  std::optional<ProgressPart> part(std::in_place, context, 0.95);
  PAWL_RETURN_IF_ERROR(
      ForRanges(context, searcher.blocks(), step, 0, [&](int64_t begin, int64_t end, void*) {
        const auto task = static_cast<size_t>(begin / step);
        searcher.Run(begin, end, before[task], after[task]);
      }));
  for (size_t i = 0; i < before.size(); ++i) {
    report.error_before += before[i];
    report.error_after += after[i];
  }
  part.reset();
  part.emplace(context, 1.0);
  PAWL_RETURN_IF_ERROR(searcher.Finish(context, report.stats));
  PAWL_RETURN_IF_ERROR(tensor.Validate());
  return tensor;
}

}  // namespace

absl::StatusOr<QuantizedTensor> SearchBlocks(const Tensor& weights, const Scheme& scheme,
                                             const BlockSearchOptions& options, Context* context,
                                             BlockSearchReport* report) {
  const kernels::FloatEnvironment environment;
  BlockSearchReport made;
  try {
    absl::StatusOr<QuantizedTensor> result = SearchInMode(weights, scheme, options, context, made);
    if (result.ok() && report != nullptr) *report = made;
    return result;
  } catch (const std::bad_alloc&) {
    return absl::ResourceExhaustedError(
        absl::StrCat("no memory to quantize a tensor of shape ", ShapeString(weights.shape())));
  }
}

}  // namespace pawl
