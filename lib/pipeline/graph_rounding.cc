// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include "lib/pipeline/graph_rounding.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "lib/core/status_macros.h"
#include "lib/pipeline/layer_moments.h"
#include "pawl/gptq.h"
#include "pawl/quantizer.h"

namespace pawl {
namespace {

// Of the mean of x^2: the first is GPTQ's own, larger ones trust few samples less.
constexpr double kDampings[] = {0.01, 0.1, 1.0};

using Parts = std::vector<QuantizedTensor>;  // by group of channels

// One layer's weights as rows, and how they are quantized.
class Rounder {
 public:
  static absl::StatusOr<Rounder> Create(const Graph& graph, const LayerDecision& decision,
                                        int64_t groups, Context& context) {
    Rounder rounder(decision, context);
    rounder.weights_ = decision.graph(graph).ConstantTensor(decision.layer.weights);
    const bool along_rows = decision.scheme.grouping.kind == GroupKind::kAlongRow;
    rounder.scheme_ = decision.scheme;
    if (!along_rows) {
      PAWL_ASSIGN_OR_RETURN(rounder.scheme_, WeightScheme(decision.weights));
    }
    PAWL_ASSIGN_OR_RETURN(const Tensor rows, WeightRows(*rounder.weights_, decision.layer.axis));
    const int64_t count = rows.dim(0) / groups, columns = rows.dim(1);
    const auto bytes = static_cast<size_t>(count * columns) * sizeof(float);
    const auto owner = std::make_shared<const Tensor>(rows);
    for (int64_t g = 0; g < groups; ++g) {
      PAWL_ASSIGN_OR_RETURN(
          Tensor part, Tensor::View(DType::kF32, {count, columns},
                                    rows.as<float>().data() + g * count * columns, bytes, owner));
      rounder.rows_.push_back(std::move(part));
    }
    return rounder;
  }

  // Codes that suit all moments, or none where rounding to nearest is better.
  absl::StatusOr<std::optional<RoundedLayer>> Run(const LayerMoments& moments) {
    PAWL_ASSIGN_OR_RETURN(const Parts nearest, Nearest());
    PAWL_ASSIGN_OR_RETURN(double least, Error(nearest, moments.halves[0]));
    double damping = 0;
    for (const double one : kDampings) {
      PAWL_ASSIGN_OR_RETURN(const Parts parts, Round(moments.halves[1], one));
      PAWL_ASSIGN_OR_RETURN(const double error, Error(parts, moments.halves[0]));
      if (error < least) {
        least = error;
        damping = one;
      }
    }
    if (damping == 0) return std::nullopt;
    std::vector<InputMoments> all;  // layers may share the halves, so those stay as they are
    for (size_t g = 0; g < rows_.size(); ++g) {
      PAWL_ASSIGN_OR_RETURN(InputMoments sum, InputMoments::Create(rows_[g].dim(1)));
      for (const auto& half : moments.halves) PAWL_RETURN_IF_ERROR(sum.Merge(half[g]));
      all.push_back(std::move(sum));
    }
    PAWL_ASSIGN_OR_RETURN(Parts parts, Round(all, damping));
    RoundedLayer layer;
    if (decision_.scheme.grouping.kind == GroupKind::kAlongRow) {
      layer.grouped = std::move(parts[0]);
      return layer;
    }
    PAWL_ASSIGN_OR_RETURN(layer.codes, CodesOfRows(*weights_, decision_.layer.axis, parts));
    return layer;
  }

 private:
  Rounder(const LayerDecision& decision, Context& context)
      : decision_(decision), context_(context) {}

  absl::StatusOr<Parts> Nearest() {
    Parts parts;
    QuantizeOptions options;
    options.range = decision_.weights.range;
    options.percentile = decision_.weights.percentile;
    for (const Tensor& rows : rows_) {
      PAWL_ASSIGN_OR_RETURN(QuantizedTensor part, Quantize(rows, scheme_, options, &context_));
      parts.push_back(std::move(part));
    }
    return parts;
  }

  absl::StatusOr<Parts> Round(const std::vector<InputMoments>& moments, double damping) {
    Parts parts;
    GptqOptions options;
    options.range = decision_.weights.range;
    options.percentile = decision_.weights.percentile;
    for (size_t g = 0; g < rows_.size(); ++g) {
      if (context_.cancelled()) return absl::CancelledError("cancelled by the caller");
      PAWL_ASSIGN_OR_RETURN(
          const InputFactor factor,
          InputFactor::Create(moments[g], {.damping = damping, .by_activation = true}, &context_));
      PAWL_ASSIGN_OR_RETURN(QuantizedTensor part,
                            Gptq(rows_[g], scheme_, factor, options, &context_));
      parts.push_back(std::move(part));
    }
    return parts;
  }

  absl::StatusOr<double> Error(const Parts& parts, const std::vector<InputMoments>& moments) {
    double sum = 0;
    for (size_t g = 0; g < rows_.size(); ++g) {
      PAWL_ASSIGN_OR_RETURN(Tensor decoded, Tensor::Create(DType::kF32, rows_[g].shape()));
      PAWL_RETURN_IF_ERROR(Dequantize(parts[g], decoded.mutable_as<float>(), &context_));
      PAWL_ASSIGN_OR_RETURN(const double error,
                            OutputError(moments[g], rows_[g], decoded, &context_));
      sum += error;
    }
    return sum;
  }

  const LayerDecision& decision_;
  Context& context_;
  const Tensor* weights_ = nullptr;
  Scheme scheme_;
  std::vector<Tensor> rows_;
};

// Why a layer's weights are rounded to nearest in any case; empty where they need not be.
std::string Reason(const LayerDecision& d, const RowShape& shape) {
  if (shape.columns > kMostMomentColumns || shape.bytes() > kMostMomentBytes) {
    return absl::StrCat("has ", shape.columns, " inputs in ", shape.groups, " groups, more than ",
                        kMostMomentColumns, " or ", kMostMomentBytes >> 20, " MiB of moments");
  }
  const bool one_scale = d.scheme.grouping.kind == GroupKind::kTensor;
  if (one_scale && shape.groups > 1) return "has one scale for groups of channels";
  return "";
}

}  // namespace

absl::StatusOr<RoundingResult> RoundLayers(const std::shared_ptr<const Graph>& graph,
                                           const std::vector<LayerDecision>& decisions,
                                           const GraphSamples& samples, int64_t count,
                                           uint64_t max_memory, Context& context) {
  RoundingResult result;
  if (count < 2) return result;
  std::vector<const LayerDecision*> wanted;
  for (const LayerDecision& d : decisions) {
    const RowShape shape = d.quantize ? RowShapeOf(d.graph(*graph), d.layer) : RowShape();
    if (shape.groups == 0) continue;
    if (const std::string reason = Reason(d, shape); !reason.empty()) {
      result.notes.push_back(absl::StrCat(d.name, " is rounded to nearest: it ", reason));
      continue;
    }
    wanted.push_back(&d);
  }
  for (size_t begin = 0; begin < wanted.size();) {
    int64_t bytes = 0;
    size_t end = begin;
    for (; end < wanted.size(); ++end) {  // as many as their moments allow
      bytes += RowShapeOf(wanted[end]->graph(*graph), wanted[end]->layer).bytes();
      if (bytes > kMostMomentBytes && end > begin) break;
    }
    const auto layers = absl::MakeConstSpan(wanted).subspan(begin, end - begin);
    PAWL_ASSIGN_OR_RETURN(const auto moments,
                          ObserveMoments(graph, layers, samples, count, max_memory, context));
    for (; begin < end; ++begin) {
      const LayerDecision& d = *wanted[begin];
      const LayerMoments& seen = *moments.at(d.place());
      if (seen.reason.empty() &&
          (seen.halves[0][0].samples() == 0 || seen.halves[1][0].samples() == 0)) {
        continue;
      }
      if (!seen.reason.empty()) {
        result.notes.push_back(absl::StrCat(d.name, " is rounded to nearest: ", seen.reason));
        continue;
      }
      context.Report(Progress{"round", d.name, begin, wanted.size(), "layers"});
      PAWL_ASSIGN_OR_RETURN(
          Rounder rounder,
          Rounder::Create(*graph, d, static_cast<int64_t>(seen.halves[0].size()), context));
      PAWL_ASSIGN_OR_RETURN(auto rounded, rounder.Run(seen));
      if (rounded.has_value()) result.layers[d.place()] = *std::move(rounded);
    }
  }
  return result;
}

}  // namespace pawl
