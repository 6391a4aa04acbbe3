// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include "pawl/quantizer.h"

#include <algorithm>
#include <atomic>
#include <bit>
#include <cmath>
#include <cstring>
#include <new>
#include <optional>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "kernels/float_env.h"
#include "kernels/min_max.h"
#include "lib/core/context_internal.h"
#include "lib/core/group_layout.h"
#include "lib/core/nearest.h"
#include "lib/core/params.h"
#include "lib/core/progress.h"
#include "lib/core/status_macros.h"
#include "lib/methods/codebook.h"
#include "lib/methods/group_fit.h"
#include "lib/methods/group_source.h"
#include "lib/methods/prepare.h"
#include "lib/methods/row_encoder.h"
#include "lib/methods/super_scales.h"

namespace pawl {
namespace {

constexpr int64_t kElementsPerTask = 65536;
// Of the time that a tensor takes: what comes before its codes.
constexpr double kRangeShare = 0.5, kSearchShare = 0.9;
constexpr const char* kRangeNames[] = {"max", "percentile", "mse", "search"};

// Counters that several workers add to.
struct SharedStats {
  std::atomic<int64_t> nan{0};
  std::atomic<int64_t> inf{0};

  void Add(const QuantizeStats& stats) {
    nan.fetch_add(stats.nan_count, std::memory_order_relaxed);
    inf.fetch_add(stats.inf_count, std::memory_order_relaxed);
  }
};

absl::Status CheckSize(absl::string_view what, size_t size, int64_t cols, bool required) {
  if (size == 0 && !required) return absl::OkStatus();
  if (static_cast<int64_t>(size) == cols) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat(what, " has ", size, " entries, the tensor has ", cols, " columns"));
}

absl::Status CheckOptions(const Tensor& weights, const Scheme& scheme,
                          const QuantizeOptions& options) {
  PAWL_RETURN_IF_ERROR(scheme.Validate());
  if (!Source::Accepts(weights.dtype())) {
    return absl::InvalidArgumentError(absl::StrCat(
        "cannot quantize a tensor of ", DTypeName(weights.dtype()), "; it must be a float type"));
  }
  if (scheme.offset.super_type.kind == ParamKind::kOwnScale) {
    return absl::InvalidArgumentError(
        "schemes whose minimum is a multiple of the group's scale are read from files only; "
        "quantize with a float zero point (hqq) or a minimum (min) instead");
  }
  const int64_t cols = weights.rank() == 0 ? 1 : weights.shape().back();
  PAWL_RETURN_IF_ERROR(CheckSize("importance", options.importance.size(), cols, false));
  PAWL_RETURN_IF_ERROR(
      CheckSize("input_scale", options.input_scale.size(), cols, scheme.input_scale));
  PAWL_RETURN_IF_ERROR(CheckSize("group_index", options.group_index.size(), cols,
                                 scheme.grouping.kind == GroupKind::kIndexMap));
  for (const float v : options.importance) {
    if (!(v >= 0.0f) || !std::isfinite(v)) {
      return absl::InvalidArgumentError("importance must be finite and not negative");
    }
  }
  for (const float v : options.input_scale) {
    if (!(v > 0.0f) || !std::isfinite(v)) {
      return absl::InvalidArgumentError("input_scale must be finite and positive");
    }
  }
  if (!(options.percentile > 0.0 && options.percentile <= 100.0)) {
    return absl::InvalidArgumentError(
        absl::StrCat("percentile is ", options.percentile, "; it must be in (0, 100]"));
  }
  if (options.kmeans_iterations < 0) {
    return absl::InvalidArgumentError("kmeans_iterations must not be negative");
  }
  const bool affine = scheme.offset.kind != OffsetKind::kNone;
  const bool scaled = scheme.scale.type.kind != ParamKind::kNone;
  if (affine && !scheme.element.is_integer()) {
    return absl::InvalidArgumentError(
        "scheme: only integer elements are quantized with a zero point or a minimum");
  }
  if (affine && !scaled) {
    return absl::InvalidArgumentError("scheme: an offset needs a scale to be quantized with");
  }
  const bool scaleless = scheme.table == TableKind::kCodebook ||
                         scheme.element.kind == ElementKind::kF16 ||
                         scheme.element.kind == ElementKind::kBF16;
  if (scaled && scaleless) {
    return absl::InvalidArgumentError(
        "scheme: codebooks, f16 and bf16 are quantized without a scale; its type must be none");
  }
  const bool outliers = scheme.outliers.kind != ParamKind::kNone;
  if (!outliers && !options.outlier_columns.empty()) {
    return absl::InvalidArgumentError("outlier columns are given, but the scheme keeps none");
  }
  return absl::OkStatus();
}

// More values than this (512 MB of f32) are not copied to be sorted, which is five times as fast.
constexpr int64_t kMostCopied = int64_t{1} << 27;

// One codebook from all values, piece by piece. False where go_on said so.
bool FitLargeTable(const Source& source, int64_t count, const QuantizeOptions& options,
                   int64_t cols, absl::Span<float> levels, SharedStats& shared, GoOn go_on) {
  std::vector<float> buffer(kElementsPerTask), values(kElementsPerTask), weights;
  bool counted = false, stopped = false;
  // How often all values are looked at shows in the end only: each time is half of what is left.
  double done = 0.0;
  const auto pieces = [&](PieceFunction take) {
    QuantizeStats stats;
    for (int64_t begin = 0; begin < count; begin += kElementsPerTask) {
      const int64_t length = std::min(kElementsPerTask, count - begin);
      const float* x = source.Load(begin, length, buffer.data());
      weights.clear();
      size_t kept = 0;
      for (int64_t i = 0; i < length; ++i) {
        const float v = x[i] + 0.0f;  // -0 becomes +0
        if (!std::isfinite(v)) {
          ++(v != v ? stats.nan_count : stats.inf_count);
          continue;
        }
        values[kept++] = v;
        if (options.importance.empty()) continue;
        weights.push_back(options.importance[static_cast<size_t>((begin + i) % cols)]);
      }
      take(values.data(), options.importance.empty() ? nullptr : weights.data(), kept);
      const double share = static_cast<double>(begin + length) / static_cast<double>(count);
      stopped = stopped || !go_on(done + 0.5 * share * (1.0 - done));
      if (stopped) return;
    }
    done += 0.5 * (1.0 - done);
    if (!counted) shared.Add(stats);
    counted = true;
  };
  FitCodebookInPieces(pieces, static_cast<size_t>(count), options.kmeans_iterations, levels);
  return !stopped;
}

// One codebook from the values of [begin, begin+count). False where go_on said so.
bool FitTable(const Source& source, int64_t begin, int64_t count, const QuantizeOptions& options,
              int64_t cols, absl::Span<float> levels, SharedStats& shared, GoOn go_on) {
  std::vector<float> values(static_cast<size_t>(count));
  std::vector<float> weights;
  const float* x = source.Load(begin, count, values.data());
  QuantizeStats stats;
  size_t kept = 0;
  for (int64_t i = 0; i < count; ++i) {
    const float v = x[i] + 0.0f;  // -0 becomes +0: sorting does not order the two
    if (!std::isfinite(v)) {
      ++(v != v ? stats.nan_count : stats.inf_count);
      continue;
    }
    values[kept++] = v;
    if (options.importance.empty()) continue;
    weights.push_back(options.importance[static_cast<size_t>((begin + i) % cols)]);
  }
  values.resize(kept);
  shared.Add(stats);
  return FitCodebook(values, weights, options.kmeans_iterations, levels, go_on);
}

absl::Status FitCodebooks(const Source& source, const QuantizeOptions& options, Context* context,
                          QuantizedTensor& tensor, SharedStats& shared, ProgressPart& part) {
  const int64_t cols = tensor.cols();
  const bool own = tensor.scheme.grouping.kind == GroupKind::kChannel;
  const int64_t tables = own ? std::max<int64_t>(1, tensor.rows()) : 1;
  const int64_t count = own ? cols : tensor.num_elements();
  const int64_t size = int64_t{1} << tensor.scheme.element.bits;
  PAWL_ASSIGN_OR_RETURN(tensor.levels, Tensor::Create(DType::kF32, {tables, size}));
  const absl::Span<float> levels = tensor.levels.mutable_as<float>();
  if (!own) {
    const auto go_on = [&](double share) {
      part.Advance(share);
      return context == nullptr || !context->cancelled();
    };
    const bool done = count > kMostCopied
                          ? FitLargeTable(source, count, options, cols, levels, shared, go_on)
                          : FitTable(source, 0, count, options, cols, levels, shared, go_on);
    return done ? absl::OkStatus() : absl::CancelledError("cancelled by the caller");
  }
  return ForRanges(context, tensor.rows(), 1, 0, [&](int64_t begin, int64_t, void*) {
    const auto first = static_cast<size_t>(begin * size);
    FitTable(source, begin * cols, count, options, cols,
             levels.subspan(first, static_cast<size_t>(size)), shared, [](double) { return true; });
  });
}

absl::Status FitGroups(const Source& source, const QuantizeOptions& options,
                       const GroupLayout& layout, Context* context, const QuantizedTensor& tensor,
                       std::vector<float>& scales, std::vector<float>& offsets,
                       SharedStats& shared) {
  const GroupFitter fitter(tensor.scheme, options);
  const GroupSource groups(source, tensor.scheme, tensor.shape, layout, options.group_index,
                           options.importance);
  const kernels::Target target = TargetOf(context);
  const bool abs_sum = tensor.scheme.element.kind == ElementKind::kTernary ||
                       tensor.scheme.element.kind == ElementKind::kBinary;
  const int64_t step = std::max<int64_t>(1, kElementsPerTask / groups.GroupSize());
  return ForRanges(context, layout.num_groups(), step, 0, [&](int64_t begin, int64_t end, void*) {
    std::vector<float> buffer;
    std::vector<float> weights;
    FitScratch scratch;
    QuantizeStats stats;
    for (int64_t group = begin; group < end; ++group) {
      const GroupRange range = groups.Range(target, group, abs_sum, buffer, stats);
      GroupParams params = fitter.FromRange(range);
      if (fitter.NeedsValues()) {
        const GroupSource::Values values = groups.Gather(group, buffer, weights);
        params = fitter.Fit(target, range, values.x, values.weights, values.count, scratch);
      }
      scales[static_cast<size_t>(group)] = params.scale;
      if (!offsets.empty()) offsets[static_cast<size_t>(group)] = params.offset;
    }
    shared.Add(stats);
  });
}

// A zero point belongs to the scale as it is stored: the range's low end over it.
void FitZeroPoints(const QuantizedTensor& tensor, absl::Span<const float> ideal_scales,
                   std::vector<float>& offsets) {
  if (tensor.scheme.offset.kind == OffsetKind::kMinimum || offsets.empty()) return;
  std::vector<float> stored(offsets.size());
  DecodeScales(tensor, 0, absl::MakeSpan(stored));
  for (size_t i = 0; i < offsets.size(); ++i) {
    offsets[i] = AlignZeroPoint(tensor.scheme, offsets[i], ideal_scales[i], stored[i]);
  }
}

// Without scales nothing else looks at the values before they are encoded.
absl::Status CountNotFinite(const Source& source, int64_t elements, Context* context,
                            SharedStats& shared) {
  const kernels::Target target = TargetOf(context);
  const size_t scratch_bytes = source.is_f32() ? 0 : kElementsPerTask * sizeof(float);
  return ForRanges(context, elements, kElementsPerTask, scratch_bytes,
                   [&](int64_t begin, int64_t end, void* scratch) {
                     const float* x = source.Load(begin, end - begin, static_cast<float*>(scratch));
                     const kernels::Range range =
                         kernels::MinMax(target, x, static_cast<size_t>(end - begin));
                     QuantizeStats stats;
                     stats.nan_count = static_cast<int64_t>(range.nan_count);
                     stats.inf_count = static_cast<int64_t>(range.inf_count);
                     shared.Add(stats);
                   });
}

absl::Status EncodeRows(const Source& source, const GroupLayout& layout, Context* context,
                        QuantizedTensor& tensor) {
  RowEncoder encoder(tensor, layout, TargetOf(context));
  const int64_t cols = tensor.cols();
  const int64_t step = std::max<int64_t>(1, kElementsPerTask / std::max<int64_t>(1, cols));
  return ForRanges(context, tensor.rows(), step, 0, [&](int64_t begin, int64_t end, void*) {
    RowEncoder::Scratch scratch;
    std::vector<float> buffer(source.is_f32() ? 0 : static_cast<size_t>(cols));
    for (int64_t row = begin; row < end; ++row) {
      encoder.Encode(row, source.Load(row * cols, cols, buffer.data()), scratch);
    }
  });
}

absl::Status Fill(const Source& source, const QuantizeOptions& options, Context* context,
                  QuantizedTensor& tensor, QuantizeStats& stats) {
  PAWL_ASSIGN_OR_RETURN(
      const GroupLayout layout,
      GroupLayout::Create(tensor.scheme, tensor.shape, tensor.group_index.as<int32_t>()));
  SharedStats shared;
  const bool codebook = tensor.scheme.table == TableKind::kCodebook;
  const bool search = codebook || GroupFitter(tensor.scheme, options).NeedsValues();
  std::optional<ProgressPart> part(std::in_place, context, search ? kSearchShare : kRangeShare);
  if (codebook) {
    PAWL_RETURN_IF_ERROR(FitCodebooks(source, options, context, tensor, shared, *part));
  } else if (tensor.scheme.scale.type.kind != ParamKind::kNone) {
    std::vector<float> scales(static_cast<size_t>(layout.num_groups()));
    const bool affine = tensor.scheme.offset.kind != OffsetKind::kNone;
    std::vector<float> offsets(affine ? scales.size() : 0);
    PAWL_RETURN_IF_ERROR(
        FitGroups(source, options, layout, context, tensor, scales, offsets, shared));
    StoreScales(scales, tensor, stats);
    FitZeroPoints(tensor, scales, offsets);
    StoreOffsets(offsets, tensor);
  } else {
    PAWL_RETURN_IF_ERROR(CountNotFinite(source, tensor.num_elements(), context, shared));
  }
  stats.nan_count += shared.nan.load();
  stats.inf_count += shared.inf.load();
  part.reset();
  part.emplace(context, 1.0);
  return EncodeRows(source, layout, context, tensor);
}

// Apart from Quantize so that no arithmetic moves before the floating-point mode is set.
[[gnu::noinline]] absl::StatusOr<QuantizedTensor> QuantizeInMode(const Tensor& weights,
                                                                 const Scheme& scheme,
                                                                 const QuantizeOptions& options,
                                                                 Context* context,
                                                                 QuantizeStats* stats) {
  PAWL_RETURN_IF_ERROR(CheckOptions(weights, scheme, options));
  PAWL_ASSIGN_OR_RETURN(QuantizedTensor tensor, QuantizedTensor::Create(scheme, weights.shape()));
  QuantizeStats local;
  PAWL_ASSIGN_OR_RETURN(const Tensor prepared,
                        PrepareColumns(weights, options, context, tensor, local));
  const Source source(prepared, TargetOf(context));
  PAWL_RETURN_IF_ERROR(Fill(source, options, context, tensor, local));
  PAWL_RETURN_IF_ERROR(tensor.Validate());
  if (stats != nullptr) *stats = local;
  return tensor;
}

}  // namespace

absl::string_view RangeMethodName(RangeMethod method) {
  return kRangeNames[static_cast<size_t>(method) & 3];
}

absl::StatusOr<RangeMethod> ParseRangeMethod(absl::string_view name) {
  std::vector<std::string> names;
  for (size_t i = 0; i < std::size(kRangeNames); ++i) {
    if (name == kRangeNames[i]) return static_cast<RangeMethod>(i);
    names.emplace_back(kRangeNames[i]);
  }
  return absl::InvalidArgumentError(
      absl::StrCat("unknown range method '", name, "'", DidYouMean(name, names)));
}

absl::StatusOr<QuantizedTensor> Quantize(const Tensor& weights, const Scheme& scheme,
                                         const QuantizeOptions& options, Context* context,
                                         QuantizeStats* stats) {
  const kernels::FloatEnvironment environment;
  try {
    return QuantizeInMode(weights, scheme, options, context, stats);
  } catch (const std::bad_alloc&) {
    return absl::ResourceExhaustedError(
        absl::StrCat("no memory to quantize a tensor of shape ", ShapeString(weights.shape())));
  }
}

}  // namespace pawl
