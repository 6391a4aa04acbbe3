// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include "pawl/hqq.h"

#include <algorithm>
#include <cmath>
#include <new>
#include <optional>
#include <vector>

#include "absl/strings/str_cat.h"
#include "kernels/float_env.h"
#include "lib/core/context_internal.h"
#include "lib/core/params.h"
#include "lib/core/progress.h"
#include "lib/core/rounding.h"
#include "lib/core/status_macros.h"
#include "lib/methods/group_fit.h"
#include "lib/methods/group_source.h"
#include "lib/methods/power.h"
#include "lib/methods/row_encoder.h"
#include "lib/methods/super_scales.h"

namespace pawl {
namespace {

constexpr int64_t kElementsPerTask = 16384;

absl::Status CheckHqq(const Tensor& weights, const Scheme& scheme, const HqqOptions& options) {
  PAWL_RETURN_IF_ERROR(scheme.Validate());
  const bool float_type = scheme.offset.type.kind == ParamKind::kF32 ||
                          scheme.offset.type.kind == ParamKind::kF16 ||
                          scheme.offset.type.kind == ParamKind::kBF16;
  if (scheme.offset.kind != OffsetKind::kFloatZero || !float_type || !scheme.element.is_integer() ||
      scheme.scale.super_type.kind != ParamKind::kNone) {
    return absl::InvalidArgumentError(
        "hqq finds float zero points: use integer codes with 'hqq', such as uint4:hqq:g64");
  }
  if (scheme.outliers.kind != ParamKind::kNone || scheme.input_scale || scheme.rotation.block > 0 ||
      scheme.grouping.kind == GroupKind::kIndexMap) {
    return absl::InvalidArgumentError(
        "hqq takes weights as they are, without outlier columns, input scales, rotation or index "
        "maps");
  }
  if (!Source::Accepts(weights.dtype())) {
    return absl::InvalidArgumentError(
        absl::StrCat("cannot quantize a tensor of ", DTypeName(weights.dtype())));
  }
  if (!(options.norm > 0.0 && options.norm <= 1.0) || !(options.beta > 0.0) ||
      !(options.kappa > 0.0) || options.iterations < 0) {
    return absl::InvalidArgumentError(
        "hqq: norm must be in (0, 1], beta and kappa positive, iterations not negative");
  }
  return absl::OkStatus();
}

// One group's zero point.
class ZeroSearch {
 public:
  ZeroSearch(const Scheme& scheme, const HqqOptions& options)
      : options_(options),
        low_(scheme.element.MinCode()),
        high_(scheme.element.MaxCode()),
        type_(scheme.offset.type) {}

  // The zero point for values x and the scale as it is stored, from `zero` on. Adds to the sums of
  // |w - q| of the first and of the best.
  float Find(absl::Span<const float> x, float scale, float zero, double& first,
             double& best) const {
    double best_error = 0.0, z = Stored(zero), best_zero = z, beta = options_.beta;
    for (int step = 0; step <= options_.iterations; ++step, beta *= options_.kappa) {
      double sum = 0.0;
      const double error = Step(x, static_cast<double>(scale), z, beta, sum);
      if (step == 0) first += error;
      if (step == 0 || error < best_error) best_error = error, best_zero = z;
      const double next = Stored(static_cast<float>(sum / static_cast<double>(x.size())));
      if (next == z) break;
      z = next;
    }
    best += best_error;
    return static_cast<float>(best_zero);
  }

 private:
  double Stored(float zero) const {
    return static_cast<double>(ParamValue(type_, EncodeParam(type_, zero)));
  }

  double Step(absl::Span<const float> x, double scale, double zero, double beta,
              double& sum) const {
    double error = 0.0;
    for (const float value : x) {
      const auto w = static_cast<double>(value);
      const double q = std::clamp(RoundHalfEven(w / scale + zero), static_cast<double>(low_),
                                  static_cast<double>(high_));
      const double d = w - (q - zero) * scale;
      const double magnitude = std::fabs(d);
      error += magnitude;
      double kept = 0.0;
      if (magnitude > 1e-30) {
        kept = std::max(0.0, magnitude - FixedPower(magnitude, options_.norm - 1.0) / beta);
      }
      sum += q - (w - std::copysign(kept, d)) / scale;
    }
    return error;
  }

  HqqOptions options_;
  int32_t low_, high_;
  ParamType type_;
};

// Apart from Hqq so that no arithmetic moves before the floating-point mode is set.
[[gnu::noinline]] absl::StatusOr<QuantizedTensor> HqqInMode(const Tensor& weights,
                                                            const Scheme& scheme,
                                                            const HqqOptions& options,
                                                            Context* context, HqqReport& report) {
  PAWL_RETURN_IF_ERROR(CheckHqq(weights, scheme, options));
  // Scales, and zero points to begin with, are the range's.
  std::optional<ProgressPart> part(std::in_place, context, 0.05, ProgressUse::kParts);
  PAWL_ASSIGN_OR_RETURN(QuantizedTensor tensor,
                        Quantize(weights, scheme, {}, context, &report.stats));
  part.reset();
  part.emplace(context, 0.9);
  PAWL_ASSIGN_OR_RETURN(const GroupLayout layout, GroupLayout::Create(scheme, tensor.shape));
  const auto groups = static_cast<size_t>(layout.num_groups());
  std::vector<float> scales(groups), zeros(groups);
  DecodeScales(tensor, 0, absl::MakeSpan(scales));
  DecodeOffsets(tensor, 0, absl::MakeSpan(zeros));
  const Source source(weights, TargetOf(context));
  const GroupSource values(source, scheme, tensor.shape, layout, {}, {});
  const ZeroSearch search(scheme, options);
  const int64_t step = std::max<int64_t>(1, kElementsPerTask / values.GroupSize());
  std::vector<double> before(static_cast<size_t>((layout.num_groups() + step - 1) / step));
  std::vector<double> after(before.size());
  PAWL_RETURN_IF_ERROR(
      ForRanges(context, layout.num_groups(), step, 0, [&](int64_t begin, int64_t end, void*) {
        std::vector<float> buffer, unused, finite;
        for (int64_t group = begin; group < end; ++group) {
          const auto g = static_cast<size_t>(group);
          const GroupSource::Values all = values.Gather(group, buffer, unused);
          finite.clear();
          std::copy_if(all.x, all.x + all.count, std::back_inserter(finite),
                       [](float v) { return std::isfinite(v); });
          if (finite.empty() || !(scales[g] > 0.0f)) continue;
          const auto task = static_cast<size_t>(begin / step);
          zeros[g] = search.Find(finite, scales[g], zeros[g], before[task], after[task]);
        }
      }));
  part.reset();
  part.emplace(context, 1.0);
  StoreOffsets(zeros, tensor);
  RowEncoder encoder(tensor, layout, TargetOf(context));
  const int64_t cols = tensor.cols();
  PAWL_RETURN_IF_ERROR(
      ForRanges(context, tensor.rows(), 16, 0, [&](int64_t begin, int64_t end, void*) {
        RowEncoder::Scratch scratch;
        std::vector<float> buffer(static_cast<size_t>(cols));
        for (int64_t row = begin; row < end; ++row) {
          encoder.Encode(row, source.Load(row * cols, cols, buffer.data()), scratch);
        }
      }));
  const auto count = static_cast<double>(std::max<int64_t>(tensor.num_elements(), 1));
  for (size_t i = 0; i < before.size(); ++i) {
    report.error_before += before[i] / count;
    report.error_after += after[i] / count;
  }
  return tensor;
}

}  // namespace

absl::StatusOr<QuantizedTensor> Hqq(const Tensor& weights, const Scheme& scheme,
                                    const HqqOptions& options, Context* context,
                                    HqqReport* report) {
  const kernels::FloatEnvironment environment;
  HqqReport made;
  try {
    absl::StatusOr<QuantizedTensor> result = HqqInMode(weights, scheme, options, context, made);
    if (result.ok() && report != nullptr) *report = made;
    return result;
  } catch (const std::bad_alloc&) {
    return absl::ResourceExhaustedError(
        absl::StrCat("no memory to quantize a tensor of shape ", ShapeString(weights.shape())));
  }
}

}  // namespace pawl
