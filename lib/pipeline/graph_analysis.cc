// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include "pawl/graph_analysis.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include "lib/core/status_macros.h"
#include "lib/pipeline/graph_prepare.h"
#include "lib/pipeline/graph_runnable.h"
#include "lib/pipeline/graph_search.h"
#include "lib/pipeline/graph_sensitivity.h"
#include "lib/pipeline/graph_static_job.h"
#include "lib/pipeline/job_paths.h"
#include "pawl/context.h"
#include "re2/re2.h"

namespace pawl {
namespace {

double Magnitude(double min, double max) { return std::max(std::fabs(min), std::fabs(max)); }

absl::StatusOr<double> OutlierRatio(const Observer& observer) {
  if (observer.options().kind != ObserverKind::kHistogram || observer.count() == 0) return 1.0;
  RangeOptions options;
  options.method = ObserverRange::kPercentile;
  options.percentile = 99.9;
  PAWL_ASSIGN_OR_RETURN(const auto most, observer.ComputeRanges(options));
  options.method = ObserverRange::kMinMax;
  PAWL_ASSIGN_OR_RETURN(const auto all, observer.ComputeRanges(options));
  const double inner = Magnitude(most[0].min, most[0].max);
  return inner > 0 ? Magnitude(all[0].min, all[0].max) / inner : 1.0;
}

double ChannelSpread(std::vector<double> largest) {
  if (largest.empty()) return 1.0;
  std::sort(largest.begin(), largest.end());
  const double median = largest[largest.size() / 2];
  return median > 0 ? largest.back() / median : 1.0;
}

class Analyzer {
 public:
  Analyzer(const GraphJob& job, Context& context) : job_(job), context_(context) {}

  absl::StatusOr<GraphAnalysis> Run() {
    PAWL_RETURN_IF_ERROR(Open());
    PAWL_ASSIGN_OR_RETURN(StaticOutcome outcome, SearchStatic(input_, context_));
    PAWL_ASSIGN_OR_RETURN(const std::vector<LayerCost> costs,
                          CostOfLayers(input_, job_.metric, &outcome, context_));
    PAWL_RETURN_IF_ERROR(Layers(outcome, costs));
    Coverage(outcome);
    for (const std::string& pass : outcome.passes) result_.notes.push_back(pass);
    result_.sqnr_db = MeanSqnr(outcome.errors);
    PAWL_ASSIGN_OR_RETURN(result_.drop, DropOf(outcome.errors, job_.metric));
    if (job_.max_drop >= 0) {
      PAWL_RETURN_IF_ERROR(KeepWorst(input_, job_.metric, job_.max_drop, &outcome, context_));
    }
    PAWL_RETURN_IF_ERROR(MakeRecipe(outcome));
    return std::move(result_);
  }

 private:
  absl::Status Open() {
    if (job_.mode != GraphMode::kStatic) {
      return absl::InvalidArgumentError("only static jobs are analysed");
    }
    Recipe recipe = RecipeFor(job_);
    PAWL_RETURN_IF_ERROR(recipe.Validate());
    PAWL_ASSIGN_OR_RETURN(const std::shared_ptr<const Graph> original, OpenModel(job_));
    PAWL_ASSIGN_OR_RETURN(input_.samples, OpenSamples(job_, *original));
    GraphJob files = job_;
    files.output.clear();  // an analysis writes no model
    PAWL_RETURN_IF_ERROR(CheckFiles(files, *original, input_.samples.files));
    if (input_.samples.count == 0) {
      return absl::InvalidArgumentError("an analysis needs samples of the model's inputs");
    }
    PAWL_ASSIGN_OR_RETURN(input_.graph, PrepareGraph(*original, job_, recipe, context_));
    PAWL_ASSIGN_OR_RETURN(const SplitGraph split, SplitRunnable(input_.graph));
    whole_ = input_.graph = split.whole;
    PAWL_ASSIGN_OR_RETURN(input_.decisions, DecideLayers(*whole_, recipe, job_.mode));
    RefuseWhatModeLacks(job_, *whole_, &input_.decisions);
    const size_t runnable = LeaveUnrunnable(split, &input_.decisions);
    left_.assign(input_.decisions.begin() + static_cast<ptrdiff_t>(runnable),
                 input_.decisions.end());
    input_.decisions.resize(runnable);
    if (split.part != nullptr) input_.graph = split.part;
    input_.rules = RulesOf(job_.target);
    input_.calibration = recipe.calibration;
    input_.passes = job_.passes;
    input_.max_memory = job_.max_memory;
    PAWL_ASSIGN_OR_RETURN(
        Reference reference,
        ReferenceOutputs(split.part == nullptr ? original : split.part, input_.samples,
                         std::max<int64_t>(1, job_.check_samples), job_.max_memory, context_));
    input_.compared = std::move(reference.which);
    input_.reference = std::move(reference.outputs);
    result_.model = original->source;
    result_.metric = job_.metric;
    result_.samples_compared = static_cast<int64_t>(input_.compared.size());
    result_.recipe = std::move(recipe);
    for (const std::string& node : split.unknown) {
      result_.notes.push_back(
          absl::StrCat(node, ": Pawl has no operator for it; values before it are compared"));
    }
    return absl::OkStatus();
  }

  static LayerAnalysis Describe(const LayerDecision& d, const Graph& graph) {
    LayerAnalysis layer;
    layer.name = d.name;
    layer.op = graph.nodes[static_cast<size_t>(d.layer.node)].op;
    if (const Tensor* weights = graph.ConstantTensor(d.layer.weights); weights != nullptr) {
      layer.weights = graph.value(d.layer.weights).name;
      layer.shape = weights->shape();
    }
    const auto& dtype = graph.value(d.layer.input).type.dtype;
    layer.input_type = dtype.has_value() ? std::string(DTypeName(*dtype)) : "unknown";
    layer.quantizable = d.quantize;
    layer.reason = d.reason;
    return layer;
  }

  absl::Status Layers(const StaticOutcome& outcome, const std::vector<LayerCost>& costs) {
    for (size_t i = 0; i < outcome.decisions.size(); ++i) {
      const LayerDecision& d = outcome.decisions[i];
      const Graph& graph = d.graph(*outcome.float_graph);
      LayerAnalysis layer = Describe(d, graph);
      layer.sqnr_db = costs[i].sqnr_db;
      layer.drop = costs[i].drop;
      if (const ValueStatistics* seen = outcome.statistics.Find(d.path, d.layer.input);
          seen != nullptr && !seen->observer.state().channels.empty()) {
        layer.input_min = seen->observer.state().channels[0].min;
        layer.input_max = seen->observer.state().channels[0].max;
        PAWL_ASSIGN_OR_RETURN(layer.outlier_ratio, OutlierRatio(seen->observer));
        layer.channel_spread = ChannelSpread(seen->largest);
      }
      result_.layers.push_back(std::move(layer));
    }
    for (const LayerDecision& d : left_) result_.layers.push_back(Describe(d, d.graph(*whole_)));
    return absl::OkStatus();
  }

  void AddCoverage(const Graph& graph, const std::map<ValueId, ValueStatistics>& values) {
    for (const auto& [value, seen] : values) {
      if (seen.observer.state().channels.empty()) continue;
      const ChannelStatistics& all = seen.observer.state().channels[0];
      CoverageAnalysis entry;
      entry.value = graph.value(value).name;
      entry.min = all.min;
      entry.max = all.max;
      const double half = seen.half_max - seen.half_min;
      entry.growth = half > 0 ? (all.max - all.min) / half : 1.0;
      entry.nan_count = all.nan_count;
      entry.inf_count = all.inf_count;
      result_.coverage.push_back(std::move(entry));
    }
  }

  void Coverage(const StaticOutcome& outcome) {
    result_.samples = outcome.statistics.samples;
    AddCoverage(*outcome.float_graph, outcome.statistics.values);
    ForEachSubgraph(*outcome.float_graph,
                    [&](const SubgraphPath& path, const std::shared_ptr<const Graph>& own) {
                      const auto seen = outcome.statistics.inner.find(path);
                      if (seen != outcome.statistics.inner.end()) AddCoverage(*own, seen->second);
                    });
    std::stable_sort(
        result_.coverage.begin(), result_.coverage.end(),
        [](const CoverageAnalysis& a, const CoverageAnalysis& b) { return a.growth > b.growth; });
    if (result_.samples < 2) {
      result_.notes.push_back("one sample says nothing of how ranges vary: give more");
    }
  }

  // Names as patterns that match them alone.
  absl::Status MakeRecipe(const StaticOutcome& outcome) {
    for (size_t i = 0; i < outcome.decisions.size(); ++i) {
      if (outcome.decisions[i].quantize || !result_.layers[i].quantizable) continue;
      result_.recipe.exclude.push_back(
          absl::StrCat("^", re2::RE2::QuoteMeta(outcome.decisions[i].name), "$"));
      ++result_.kept;
    }
    result_.recipe_sqnr_db = MeanSqnr(outcome.errors);
    PAWL_ASSIGN_OR_RETURN(result_.recipe_drop, DropOf(outcome.errors, job_.metric));
    return absl::OkStatus();
  }

  const GraphJob& job_;
  Context& context_;
  StaticInput input_;
  std::shared_ptr<const Graph> whole_;
  std::vector<LayerDecision> left_;  // of nodes that cannot be run
  GraphAnalysis result_;
};

}  // namespace

absl::StatusOr<GraphAnalysis> AnalyzeGraph(const GraphJob& job, Context& context) {
  return Analyzer(job, context).Run();
}

}  // namespace pawl
