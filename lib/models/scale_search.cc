// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// Which scales a group of layers gets: AWQ's by a search, SmoothQuant's by its formula.

#include <algorithm>
#include <cmath>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "lib/core/status_macros.h"
#include "lib/methods/awq_internal.h"
#include "lib/models/scale_folding.h"

namespace pawl {
namespace {

// Ids that scales are scored on, in pieces of windows that are spread evenly over the text.
constexpr int64_t kIds = ScaleFolding::kSampleIds;
constexpr int64_t kPiece = 256;

int64_t ColumnsOf(ModelPart part, const ModelConfig& config) {
  if (part == ModelPart::kAttentionMix) return config.heads * config.head_size;
  return part == ModelPart::kFeedForwardInner ? config.inner : config.width;
}

}  // namespace

// Outputs of a part, one after another, on the sample.
absl::StatusOr<std::vector<float>> ScaleFolding::RunSample(
    ModelPart part, int64_t layer, const std::map<std::string, Constant>& changed,
    Context& context) const {
  const int64_t window = walk_->context(), piece = std::min(window, kPiece);
  const int64_t pieces = std::max<int64_t>(1, kIds / piece);
  const int64_t every = (walk_->windows() + pieces - 1) / pieces;
  std::vector<float> all;
  const auto take = [&](int64_t, const Tensor& result) {
    all.insert(all.end(), result.as<float>().begin(), result.as<float>().end());
    return absl::OkStatus();
  };
  PAWL_RETURN_IF_ERROR(walk_->RunBlock(part, layer, changed, every, piece, take, context));
  return all;
}

absl::StatusOr<double> ScaleFolding::BlockError(const Block& block, const Group& group,
                                                absl::Span<const Tensor> layers,
                                                absl::Span<const float> exact,
                                                absl::Span<const float> scales,
                                                Context& context) const {
  std::map<std::string, Constant> changed;
  for (size_t i = 0; i < layers.size(); ++i) {
    const FoldedWeight& weight = weights_.at(group.members[i]);
    QuantizeOptions ranges;
    ranges.range = weight.range;
    PAWL_ASSIGN_OR_RETURN(Tensor made,
                          RoundScaled(layers[i], weight.scheme, ranges, scales, &context));
    changed[group.members[i]] = Constant{std::move(made), nullptr};
  }
  PAWL_ASSIGN_OR_RETURN(const std::vector<float> found,
                        RunSample(block.sum, block.layer, changed, context));
  double sum = 0.0;
  for (size_t i = 0; i < found.size(); ++i) {
    const double e = static_cast<double>(found[i]) - static_cast<double>(exact[i]);
    sum += e * e;
  }
  return sum / static_cast<double>(found.size());
}

// The weights of a group as f32.
absl::StatusOr<std::vector<Tensor>> ScaleFolding::Layers(const Group& group) const {
  const int64_t columns = ColumnsOf(group.inputs, walk_->config());
  std::vector<Tensor> layers;
  for (const std::string& member : group.members) {
    PAWL_ASSIGN_OR_RETURN(Tensor layer, Float(member));
    // No graph has looked at it yet.
    if (layer.rank() != 2 || layer.dim(1) != columns) {
      return absl::InvalidArgumentError(
          absl::StrCat("tensor '", member, "' is ", ShapeString(layer.shape()),
                       "; the settings ask for ", columns, " columns"));
    }
    layers.push_back(std::move(layer));
  }
  return layers;
}

absl::StatusOr<ScaleFolding::Scales> ScaleFolding::Find(const Block& block, const Group& group,
                                                        Context& context) const {
  if (group.alpha.has_value()) return Smooth(block, group, context);
  PAWL_ASSIGN_OR_RETURN(AwqScales found, Search(block, group, context));
  const double gain = found.error_without > 0.0 ? found.error / found.error_without : 1.0;
  return Scales{std::move(found.scales),
                absl::StrCat("ratio ", found.ratio, " for ", ShortNames(group.members), " (",
                             std::round(1000.0 * gain) / 1000.0, " of the error without)")};
}

// The formula speaks of maxima alone: those of columns with one source are one.
absl::StatusOr<ScaleFolding::Scales> ScaleFolding::Smooth(const Block& block, const Group& group,
                                                          Context& context) const {
  const auto columns = static_cast<size_t>(ColumnsOf(group.inputs, walk_->config()));
  std::vector<float> maxima(columns, 0.0f);
  const auto take = [&](int64_t, const Tensor& result) {
    TakeColumnMaxima(result, absl::MakeSpan(maxima));
    return absl::OkStatus();
  };
  PAWL_RETURN_IF_ERROR(walk_->RunBlock(group.inputs, block.layer, {}, 1, 0, take, context));
  PAWL_ASSIGN_OR_RETURN(const std::vector<Tensor> layers, Layers(group));
  std::vector<float> all(columns, 0.0f);
  for (const Tensor& layer : layers) TakeColumnMaxima(layer, absl::MakeSpan(all));
  std::vector<float> weights(columns, 0.0f), inputs(columns, 0.0f);  // of sources
  std::vector<size_t> sources(columns);
  for (size_t c = 0; c < columns; ++c) {
    const auto s = static_cast<size_t>(SourceOf(group, static_cast<int64_t>(c)));
    sources[c] = s;
    inputs[s] = std::max(inputs[s], maxima[c]);
    weights[s] = std::max(weights[s], all[c]);
  }
  PAWL_ASSIGN_OR_RETURN(const Tensor largest,
                        Tensor::FromValues<float>({1, static_cast<int64_t>(columns)}, weights));
  PAWL_ASSIGN_OR_RETURN(const std::vector<float> by_source,
                        SmoothQuantScales({&largest, 1}, inputs, *group.alpha));
  Scales out;
  float before = 0.0f, after = 0.0f;
  for (size_t c = 0; c < columns; ++c) {
    out.values.push_back(by_source[sources[c]]);
    before = std::max(before, maxima[c]);
    after = std::max(after, maxima[c] / out.values[c]);
  }
  out.note = absl::StrFormat("alpha %g for %s (largest input %.4g, then %.4g)", *group.alpha,
                             ShortNames(group.members), before, after);
  return out;
}

absl::StatusOr<AwqScales> ScaleFolding::Search(const Block& block, const Group& group,
                                               Context& context) const {
  const int64_t columns = ColumnsOf(group.inputs, walk_->config());
  PAWL_ASSIGN_OR_RETURN(const std::vector<Tensor> layers, Layers(group));
  std::vector<Scheme> schemes;
  schemes.reserve(group.members.size());
  for (const std::string& member : group.members) schemes.push_back(weights_.at(member).scheme);
  PAWL_ASSIGN_OR_RETURN(const std::vector<float> values,
                        RunSample(group.inputs, block.layer, {}, context));
  const auto samples = static_cast<int64_t>(values.size()) / columns;
  PAWL_ASSIGN_OR_RETURN(const Tensor inputs, Tensor::FromValues<float>({samples, columns}, values));
  const AwqOptions options;
  PAWL_ASSIGN_OR_RETURN(const AwqSample sample, TakeAwqSample(layers, inputs, options));
  std::vector<double> magnitudes = MeanMagnitudes(inputs);
  std::vector<double> weights = RelativeWeights(layers, schemes);
  // Columns of one source share their figures, and with them the scale.
  std::map<int64_t, std::vector<size_t>> shared;
  for (int64_t c = 0; c < columns; ++c) {
    shared[SourceOf(group, c)].push_back(static_cast<size_t>(c));
  }
  for (const auto& [source, of] : shared) {
    double magnitude = 0.0, weight = 0.0;
    for (const size_t c : of) magnitude += magnitudes[c], weight += weights[c];
    for (const size_t c : of) {
      magnitudes[c] = magnitude / static_cast<double>(of.size());
      weights[c] = weight / static_cast<double>(of.size());
    }
  }
  if (!group.norm || block.sum == ModelPart::kFinalNorm) {
    QuantizeOptions ranges;
    ranges.range = weights_.at(group.members[0]).range;
    const auto error_of = [&](absl::Span<const float> scales) {
      return ErrorOfScales(sample.layers, sample.inputs, schemes, ranges, scales, &context);
    };
    return SearchAwqScales(magnitudes, weights, options, error_of, &context);
  }
  PAWL_ASSIGN_OR_RETURN(const std::vector<float> exact,
                        RunSample(block.sum, block.layer, {}, context));
  const auto error_of = [&](absl::Span<const float> scales) {
    return BlockError(block, group, layers, exact, scales, context);
  };
  return SearchAwqScales(magnitudes, weights, options, error_of, &context);
}

}  // namespace pawl
