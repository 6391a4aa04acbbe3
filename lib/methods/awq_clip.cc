// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include <algorithm>
#include <cmath>
#include <limits>
#include <new>
#include <optional>
#include <vector>

#include "absl/strings/str_cat.h"
#include "kernels/float_env.h"
#include "kernels/matmul.h"
#include "kernels/outer_products.h"
#include "lib/core/context_internal.h"
#include "lib/core/group_layout.h"
#include "lib/core/progress.h"
#include "lib/core/status_macros.h"
#include "lib/methods/awq_internal.h"
#include "lib/methods/source.h"

namespace pawl {
namespace {

constexpr int64_t kRows = 64;  // of weights that one task takes

absl::Status CheckInputs(const Tensor& inputs, int64_t cols) {
  if (Source::Accepts(inputs.dtype()) && inputs.rank() >= 1 && inputs.shape().back() == cols &&
      inputs.num_elements() > 0) {
    return absl::OkStatus();
  }
  return absl::InvalidArgumentError(
      absl::StrCat("inputs are ", DTypeName(inputs.dtype()), " ", ShapeString(inputs.shape()),
                   "; at least one sample of a float type with ", cols, " columns is needed"));
}

absl::Status CheckFinite(const Tensor& values, absl::string_view what) {
  const absl::Span<const float> x = values.as<float>();
  const auto* bad = std::find_if(x.begin(), x.end(), [](float v) { return !std::isfinite(v); });
  if (bad == x.end()) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat(what, " hold ", *bad, " at element ", bad - x.begin()));
}

// Errors of the parts of outputs that groups give, e_g (X_g^T X_g) e_g^T.
class GroupErrors {
 public:
  GroupErrors(const Tensor& inputs, int64_t group)
      : cols_(inputs.shape().back()),
        samples_(inputs.num_elements() / cols_),
        group_(group),
        x_(inputs.as<float>().data()) {}

  int64_t groups() const { return GroupsOf(cols_, group_); }

  // products [groups][group, group].
  absl::Status Start(Context* context) {
    products_.assign(static_cast<size_t>(groups() * group_ * group_), 0.0f);
    const kernels::Target target = TargetOf(context);
    return ForRanges(
        context, groups(), 1, kernels::kOuterScratchBytes, [&](int64_t g, int64_t, void* scratch) {
          const auto width = static_cast<size_t>(Width(g));
          const auto stride = static_cast<size_t>(cols_);
          kernels::AddOuterProductsF32(target, x_ + g * group_, x_ + g * group_,
                                       {width, width, static_cast<size_t>(samples_), stride, stride,
                                        static_cast<size_t>(group_)},
                                       products_.data() + g * group_ * group_, scratch);
        });
  }

  // errors [rows][groups] of rows [begin, end): made - weights.
  void Compute(kernels::Target target, const float* weights, const float* made, int64_t begin,
               int64_t end, double* errors, void* scratch) const {
    const int64_t rows = end - begin;
    std::vector<float> e(static_cast<size_t>(group_ * rows)), product(e.size());
    for (int64_t g = 0; g < groups(); ++g) {
      const int64_t width = Width(g);
      for (int64_t r = 0; r < rows; ++r) {
        const int64_t at = (begin + r) * cols_ + g * group_;
        for (int64_t c = 0; c < width; ++c) {
          e[static_cast<size_t>(c * rows + r)] = made[at + c] - weights[at + c];
        }
      }
      std::fill(product.begin(), product.end(), 0.0f);
      const auto w = static_cast<size_t>(width), n = static_cast<size_t>(rows);
      kernels::AddOuterProductsF32(target, products_.data() + g * group_ * group_, e.data(),
                                   {w, n, w, static_cast<size_t>(group_), n, n}, product.data(),
                                   scratch);
      for (int64_t r = 0; r < rows; ++r) {
        double sum = 0.0;
        for (int64_t c = 0; c < width; ++c) {
          const auto i = static_cast<size_t>(c * rows + r);
          sum += static_cast<double>(product[i]) * static_cast<double>(e[i]);
        }
        errors[(begin + r) * groups() + g] = sum;
      }
    }
  }

 private:
  int64_t Width(int64_t g) const { return std::min(group_, cols_ - g * group_); }

  int64_t cols_, samples_, group_;
  const float* x_;
  std::vector<float> products_;
};

void ClipGroups(absl::Span<const float> weights, absl::Span<const float> limits, int64_t cols,
                int64_t group, absl::Span<float> out) {
  const int64_t groups = GroupsOf(cols, group);
  for (size_t i = 0; i < weights.size(); ++i) {
    const auto at = static_cast<int64_t>(i);
    const float limit = limits[static_cast<size_t>(at / cols * groups + at % cols / group)];
    out[i] = std::clamp(weights[i], -limit, limit);
  }
}

[[gnu::noinline]] absl::StatusOr<Tensor> ClipInMode(const Tensor& given, const Tensor& given_inputs,
                                                    const Scheme& scheme, const AwqOptions& options,
                                                    Context* context) {
  PAWL_RETURN_IF_ERROR(scheme.Validate());
  if (options.clip_steps < 1 || options.clip_steps > 20 || options.max_samples < 1) {
    return absl::InvalidArgumentError("awq: clip_steps must be 1 to 20, max_samples at least 1");
  }
  const GroupKind kind = scheme.grouping.kind;
  if (kind != GroupKind::kAlongRow && kind != GroupKind::kChannel) {
    return absl::InvalidArgumentError(
        "ranges are clipped for groups along the rows, or one for each row");
  }
  const Tensor layers[] = {given};
  PAWL_ASSIGN_OR_RETURN(const AwqSample sample, TakeAwqSample(layers, given_inputs, options));
  const Tensor& weights = sample.layers[0];
  const absl::Span<const float> w = weights.as<float>();
  const int64_t cols = weights.shape().back();
  const int64_t rows = weights.num_elements() / cols;
  const int64_t group = std::min(cols, kind == GroupKind::kAlongRow ? scheme.grouping.size : cols);
  GroupErrors errors(sample.inputs, group);
  PAWL_RETURN_IF_ERROR(errors.Start(context));
  const int64_t groups = errors.groups();
  std::vector<float> largest(static_cast<size_t>(rows * groups), 0.0f);
  for (size_t i = 0; i < w.size(); ++i) {
    const auto at = static_cast<int64_t>(i);
    float& most = largest[static_cast<size_t>(at / cols * groups + at % cols / group)];
    most = std::max(most, std::fabs(w[i]));
  }
  std::vector<float> best = largest, limits = largest;
  std::vector<double> least(best.size(), std::numeric_limits<double>::infinity());
  std::vector<double> here(best.size());
  PAWL_ASSIGN_OR_RETURN(Tensor clipped, Tensor::Create(DType::kF32, weights.shape()));
  PAWL_ASSIGN_OR_RETURN(Tensor made, Tensor::Create(DType::kF32, weights.shape()));
  QuantizeOptions ranges;
  ranges.range = options.range;
  const double share = 1.0 / static_cast<double>(options.clip_steps);
  for (int step = 0; step < options.clip_steps; ++step) {
    std::optional<ProgressPart> part(std::in_place, context, 0.4 * share, ProgressUse::kParts);
    const float shrink = 1.0f - static_cast<float>(step) / 20.0f;
    for (size_t i = 0; i < limits.size(); ++i) limits[i] = largest[i] * shrink;
    ClipGroups(w, limits, cols, group, clipped.mutable_as<float>());
    PAWL_ASSIGN_OR_RETURN(const QuantizedTensor quantized,
                          Quantize(clipped, scheme, ranges, context));
    PAWL_RETURN_IF_ERROR(Dequantize(quantized, made.mutable_as<float>(), context));
    part.reset();
    part.emplace(context, 0.6 * share);
    const kernels::Target target = TargetOf(context);
    PAWL_RETURN_IF_ERROR(ForRanges(context, rows, kRows, kernels::kOuterScratchBytes,
                                   [&](int64_t begin, int64_t end, void* scratch) {
                                     errors.Compute(target, w.data(), made.as<float>().data(),
                                                    begin, end, here.data(), scratch);
                                   }));
    for (size_t i = 0; i < here.size(); ++i) {
      if (here[i] < least[i]) least[i] = here[i], best[i] = limits[i];
    }
  }
  ClipGroups(w, best, cols, group, clipped.mutable_as<float>());
  return clipped;
}

}  // namespace

absl::StatusOr<AwqSample> TakeAwqSample(absl::Span<const Tensor> layers, const Tensor& inputs,
                                        const AwqOptions& options) {
  AwqSample sample;
  if (layers.empty()) return absl::InvalidArgumentError("there is no layer to find scales for");
  for (const Tensor& layer : layers) {
    if (!Source::Accepts(layer.dtype()) || layer.rank() < 1 || layer.num_elements() == 0 ||
        layer.shape().back() != layers[0].shape().back()) {
      return absl::InvalidArgumentError(
          absl::StrCat("weights are ", DTypeName(layer.dtype()), " ", ShapeString(layer.shape()),
                       "; layers of one input are of float types and have as many columns"));
    }
    PAWL_ASSIGN_OR_RETURN(Tensor weights, layer.ToF32());
    PAWL_RETURN_IF_ERROR(CheckFinite(weights, "weights"));
    sample.layers.push_back(std::move(weights));
  }
  const int64_t cols = layers[0].shape().back();
  PAWL_RETURN_IF_ERROR(CheckInputs(inputs, cols));
  PAWL_ASSIGN_OR_RETURN(const Tensor all, inputs.ToF32());
  PAWL_RETURN_IF_ERROR(CheckFinite(all, "inputs"));
  const int64_t samples = all.num_elements() / cols;
  const int64_t step = std::max<int64_t>(1, samples / options.max_samples);
  const int64_t count = std::min(options.max_samples, (samples + step - 1) / step);
  PAWL_ASSIGN_OR_RETURN(sample.inputs, Tensor::Create(DType::kF32, {count, cols}));
  float* to = sample.inputs.mutable_as<float>().data();
  for (int64_t i = 0; i < count; ++i, to += cols) {
    std::copy_n(all.as<float>().data() + i * step * cols, cols, to);
  }
  return sample;
}

absl::StatusOr<double> SumOfSquaredOutputs(const Tensor& inputs, const Tensor& weights,
                                           const Tensor& made, Context* context) {
  const int64_t cols = weights.shape().back();
  const int64_t rows = weights.num_elements() / cols;
  const int64_t samples = inputs.num_elements() / cols;
  const float* const w = weights.as<float>().data();
  const float* const q = made.as<float>().data();
  const kernels::Target target = TargetOf(context);
  std::vector<double> sums(static_cast<size_t>((rows + kRows - 1) / kRows));
  PAWL_RETURN_IF_ERROR(ForRanges(context, rows, kRows, 0, [&](int64_t begin, int64_t end, void*) {
    const int64_t count = end - begin;
    std::vector<float> e(static_cast<size_t>(count * cols));
    std::vector<float> y(static_cast<size_t>(samples * count));
    for (int64_t i = 0; i < count * cols; ++i) {
      e[static_cast<size_t>(i)] = q[begin * cols + i] - w[begin * cols + i];
    }
    const auto k = static_cast<size_t>(cols);
    kernels::MatMulF32(target, inputs.as<float>().data(), e.data(),
                       {.m = static_cast<size_t>(samples),
                        .n = static_cast<size_t>(count),
                        .k = k,
                        .a_stride = k,
                        .w_stride = k,
                        .out_stride = static_cast<size_t>(count)},
                       y.data());
    double sum = 0.0;
    for (const float v : y) sum += static_cast<double>(v) * static_cast<double>(v);
    sums[static_cast<size_t>(begin / kRows)] = sum;
  }));
  double sum = 0.0;
  for (const double s : sums) sum += s;
  return sum;
}

absl::StatusOr<Tensor> ClipForAwq(const Tensor& weights, const Tensor& inputs, const Scheme& scheme,
                                  const AwqOptions& options, Context* context) {
  const kernels::FloatEnvironment environment;
  try {
    return ClipInMode(weights, inputs, scheme, options, context);
  } catch (const std::bad_alloc&) {
    return absl::ResourceExhaustedError("no memory for the search of ranges");
  }
}

}  // namespace pawl
