// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include "lib/pipeline/graph_search.h"

#include <algorithm>
#include <map>
#include <utility>

#include "absl/functional/function_ref.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "lib/core/status_macros.h"
#include "lib/graph/passes/passes.h"
#include "lib/graph/passes/smooth_quant.h"

namespace pawl {
namespace {

constexpr double kLeast = 0.05;  // dB that a pass must bring to be worth it

std::string RangeText(const RangeOptions& range) {
  return range.method == ObserverRange::kPercentile
             ? absl::StrFormat("percentile %g", range.percentile)
             : std::string(ObserverRangeName(range.method));
}

class Search {
 public:
  Search(const StaticInput& input, Context& context) : input_(input), context_(context) {}

  absl::StatusOr<StaticOutcome> Run() {
    best_.float_graph = input_.graph;
    best_.decisions = input_.decisions;
    best_.settings.range = RangeOf(input_.calibration);
    best_.settings.clip_search = input_.passes.clip_search == PassChoice::kOn;
    best_.settings.correct_bias = input_.passes.bias_correction == PassChoice::kOn;
    PAWL_RETURN_IF_ERROR(Observe(&best_));
    PAWL_RETURN_IF_ERROR(Evaluate(&best_));
    PAWL_RETURN_IF_ERROR(SearchRange());
    PAWL_RETURN_IF_ERROR(SearchSettings());
    PAWL_RETURN_IF_ERROR(TrySmooth());
    PAWL_RETURN_IF_ERROR(TryEqualize());
    PAWL_RETURN_IF_ERROR(TryRounding());
    return std::move(best_);
  }

 private:
  absl::Status Observe(StaticOutcome* outcome) {
    PAWL_ASSIGN_OR_RETURN(
        const StaticQuantizer quantizer,
        StaticQuantizer::Create(outcome->float_graph, outcome->decisions, input_.rules));
    PAWL_ASSIGN_OR_RETURN(outcome->statistics,
                          ObserveGraph(outcome->float_graph, quantizer.Requests(), input_.samples,
                                       input_.calibration, input_.max_memory, context_));
    for (LayerDecision& d : outcome->decisions) {
      if (!d.quantize || d.in_main()) continue;
      const ValueStatistics* seen = outcome->statistics.Find(d.path, d.layer.input);
      if (seen != nullptr && seen->observer.count() > 0) continue;
      d.quantize = false;
      d.reason = "no sample went through its subgraph, or none had values there";
    }
    return absl::OkStatus();
  }

  absl::Status Evaluate(StaticOutcome* outcome) {
    context_.Report(Progress{"search", RangeText(outcome->settings.range), tried_++, 0, "runs"});
    return EvaluateStatic(input_, outcome, context_);
  }

  // Other settings over the same statistics; kept where they are better. What they brought, in dB.
  absl::StatusOr<double> Try(const StaticSettings& settings, bool keep_anyway = false) {
    StaticOutcome other;
    other.float_graph = best_.float_graph;
    other.decisions = best_.decisions;
    other.statistics = std::move(best_.statistics);  // as large as they are: moved, not copied
    other.settings = settings;
    const absl::Status status = Evaluate(&other);
    best_.statistics = std::move(other.statistics);
    PAWL_RETURN_IF_ERROR(status);
    const double gain = MeanSqnr(other.errors) - MeanSqnr(best_.errors);
    if (gain > kLeast || keep_anyway) {
      best_.settings = settings;
      best_.result = std::move(other.result);
      best_.errors = std::move(other.errors);
    }
    return gain;
  }

  absl::Status SearchRange() {
    if (input_.passes.range_search == PassChoice::kOff ||
        input_.calibration.observer != "histogram") {
      return absl::OkStatus();
    }
    const double before = MeanSqnr(best_.errors);
    const RangeOptions first = best_.settings.range;
    const std::pair<ObserverRange, double> others[] = {
        {ObserverRange::kMinMax, 100},       {ObserverRange::kPercentile, 99.9},
        {ObserverRange::kPercentile, 99.99}, {ObserverRange::kPercentile, 99.999},
        {ObserverRange::kMse, 100},          {ObserverRange::kEntropy, 100}};
    for (const auto& [method, percentile] : others) {
      RangeOptions range;
      range.method = method;
      range.percentile = percentile;
      if (range.method == first.method &&
          (range.method != ObserverRange::kPercentile || range.percentile == first.percentile)) {
        continue;
      }
      StaticSettings settings = best_.settings;
      settings.range = range;
      PAWL_RETURN_IF_ERROR(Try(settings).status());
    }
    best_.passes.push_back(absl::StrFormat("ranges of activations: %s, %.2f dB over %s",
                                           RangeText(best_.settings.range),
                                           MeanSqnr(best_.errors) - before, RangeText(first)));
    return absl::OkStatus();
  }

  absl::Status SearchSettings() {
    if (input_.passes.clip_search == PassChoice::kAuto) {
      StaticSettings settings = best_.settings;
      settings.clip_search = true;
      PAWL_ASSIGN_OR_RETURN(const double gain, Try(settings));
      Note("weight clip search", best_.settings.clip_search, gain);
    }
    if (input_.passes.bias_correction == PassChoice::kAuto) {
      StaticSettings settings = best_.settings;
      settings.correct_bias = true;
      PAWL_ASSIGN_OR_RETURN(const double gain, Try(settings));
      Note("bias correction", best_.settings.correct_bias, gain);
    }
    return absl::OkStatus();
  }

  void Note(absl::string_view pass, bool taken, double gain) {
    best_.passes.push_back(
        absl::StrFormat("%s: %s, %+.2f dB", pass, taken ? "done" : "not done", gain));
  }

  // A changed float graph: observed and compared anew.
  absl::Status TryGraph(std::shared_ptr<Graph> graph, absl::string_view pass, PassChoice choice) {
    StaticOutcome other;
    other.decisions = best_.decisions;
    PAWL_RETURN_IF_ERROR(FollowLayers(*graph, pass, &other.decisions));
    other.float_graph = std::move(graph);
    other.settings = best_.settings;
    other.passes = best_.passes;
    PAWL_RETURN_IF_ERROR(Observe(&other));
    PAWL_RETURN_IF_ERROR(Evaluate(&other));
    const double gain = MeanSqnr(other.errors) - MeanSqnr(best_.errors);
    const bool take = gain > kLeast || choice == PassChoice::kOn;
    if (take) best_ = std::move(other);
    Note(pass, take, gain);
    return absl::OkStatus();
  }

  absl::Status TrySmooth() {
    if (input_.passes.smooth_quant == PassChoice::kOff) return absl::OkStatus();
    ChannelsByPath largest;
    for (const LayerDecision& d : best_.decisions) {
      if (!d.quantize || d.layer.kind != LayerKind::kLinear) continue;
      const ValueStatistics* seen = best_.statistics.Find(d.path, d.layer.input);
      if (seen != nullptr) largest[d.path][d.layer.input] = seen->largest;
    }
    PAWL_ASSIGN_OR_RETURN(std::vector<PassedGraph> smoothed,
                          SmoothedGraphs(*best_.float_graph, largest, input_.passes));
    for (PassedGraph& passed : smoothed) {
      PAWL_RETURN_IF_ERROR(
          TryGraph(std::move(passed.graph), passed.pass, input_.passes.smooth_quant));
    }
    return absl::OkStatus();
  }

  absl::Status TryEqualize() {
    if (input_.passes.equalize == PassChoice::kOff) return absl::OkStatus();
    ChannelsByPath smallest;
    const auto add = [&](const SubgraphPath& path,
                         const std::map<ValueId, ValueStatistics>& values) {
      for (const auto& [value, seen] : values) {
        if (!seen.smallest.empty()) smallest[path][value] = seen.smallest;
      }
    };
    add({}, best_.statistics.values);
    for (const auto& [path, values] : best_.statistics.inner) add(path, values);
    PAWL_ASSIGN_OR_RETURN(PassedGraph passed, EqualizedGraph(*best_.float_graph, smallest));
    if (passed.graph == nullptr) return absl::OkStatus();
    return TryGraph(std::move(passed.graph), passed.pass, input_.passes.equalize);
  }

  absl::Status TryRounding() {
    if (input_.passes.rounding == PassChoice::kOff) return absl::OkStatus();
    const int64_t most = input_.calibration.max_samples, all = input_.samples.count;
    std::vector<LayerDecision> decisions = best_.decisions;
    for (LayerDecision& d : decisions) {
      if (best_.settings.clip_search && d.weights.range == RangeMethod::kMax) {
        d.weights.range = RangeMethod::kMse;
      }
    }
    PAWL_ASSIGN_OR_RETURN(
        RoundingResult made,
        RoundLayers(best_.float_graph, decisions, input_.samples,
                    most > 0 ? std::min(most, all) : all, input_.max_memory, context_));
    for (std::string& note : made.notes) best_.passes.push_back(std::move(note));
    if (made.layers.empty()) return absl::OkStatus();
    const size_t count = made.layers.size();
    StaticSettings settings = best_.settings;
    settings.rounded = std::make_shared<const RoundedLayers>(std::move(made.layers));
    PAWL_ASSIGN_OR_RETURN(const double gain,
                          Try(settings, input_.passes.rounding == PassChoice::kOn));
    Note(absl::StrCat("weights of ", count, " layers rounded for their inputs"),
         best_.settings.rounded != nullptr, gain);
    return absl::OkStatus();
  }

  const StaticInput& input_;
  Context& context_;
  StaticOutcome best_;
  uint64_t tried_ = 0;
};

// A copy that `change` was applied to, and before to each of its subgraphs.
absl::StatusOr<std::shared_ptr<Graph>> Everywhere(
    const Graph& graph, absl::FunctionRef<absl::Status(const SubgraphPath&, Graph&)> change) {
  auto copy = std::make_shared<Graph>(graph);
  PAWL_RETURN_IF_ERROR(ChangeSubgraphs(
      *copy, [](const SubgraphPath&) { return true; }, change, SubgraphNodes::kStay));
  PAWL_RETURN_IF_ERROR(change({}, *copy));
  return copy;
}

}  // namespace

RangeOptions RangeOf(const RecipeCalibration& calibration) {
  RangeOptions range;
  for (int i = 0; i < kNumObserverRanges; ++i) {
    const auto method = static_cast<ObserverRange>(i);
    if (ObserverRangeName(method) == calibration.range) range.method = method;
  }
  range.percentile = calibration.percentile;
  if (calibration.observer != "histogram") range.method = ObserverRange::kMinMax;
  return range;
}

absl::Status EvaluateStatic(const StaticInput& input, StaticOutcome* outcome, Context& context) {
  if (context.cancelled()) return absl::CancelledError("cancelled by the caller");
  PAWL_ASSIGN_OR_RETURN(
      const StaticQuantizer quantizer,
      StaticQuantizer::Create(outcome->float_graph, outcome->decisions, input.rules));
  PAWL_ASSIGN_OR_RETURN(outcome->result,
                        quantizer.Build(outcome->statistics, outcome->settings, context));
  PAWL_ASSIGN_OR_RETURN(
      const GraphOutputs got,
      RunSamples(outcome->result.graph, input.samples, input.compared, input.max_memory, context));
  PAWL_ASSIGN_OR_RETURN(outcome->errors, CompareOutputs(*input.graph, input.reference, got));
  return absl::OkStatus();
}

absl::StatusOr<std::vector<PassedGraph>> SmoothedGraphs(const Graph& graph,
                                                        const ChannelsByPath& largest,
                                                        const GraphPasses& passes) {
  std::vector<double> alphas = {passes.smooth_alpha};
  if (passes.smooth_quant == PassChoice::kAuto) {  // other nets want other ones
    for (const double alpha : {0.25, 0.75}) {
      if (alpha != passes.smooth_alpha) alphas.push_back(alpha);
    }
  }
  std::vector<PassedGraph> graphs;
  for (const double alpha : alphas) {
    std::vector<std::string> changed;
    const auto smooth = [&](const SubgraphPath& path, Graph& own) -> absl::Status {
      const auto found = largest.find(path);
      if (found == largest.end()) return absl::OkStatus();
      PAWL_ASSIGN_OR_RETURN(const auto names, SmoothQuant(own, found->second, alpha));
      changed.insert(changed.end(), names.begin(), names.end());
      return absl::OkStatus();
    };
    PAWL_ASSIGN_OR_RETURN(auto copy, Everywhere(graph, smooth));
    if (changed.empty()) break;
    graphs.push_back({std::move(copy), absl::StrFormat("SmoothQuant (%g) after %s", alpha,
                                                       absl::StrJoin(changed, ", "))});
  }
  return graphs;
}

absl::StatusOr<PassedGraph> EqualizedGraph(const Graph& graph, const ChannelsByPath& smallest) {
  size_t absorbed = 0, pairs = 0;
  const auto equalize = [&](const SubgraphPath& path, Graph& own) -> absl::Status {
    if (const auto found = smallest.find(path); found != smallest.end()) {
      PAWL_ASSIGN_OR_RETURN(const auto biases, AbsorbBiases(own, found->second));
      absorbed += biases.size();
    }
    PAWL_ASSIGN_OR_RETURN(const auto equalized, EqualizeLayers(own));
    pairs += equalized.size();
    return absl::OkStatus();
  };
  PAWL_ASSIGN_OR_RETURN(auto copy, Everywhere(graph, equalize));
  if (pairs == 0 && absorbed == 0) return PassedGraph{};
  return PassedGraph{std::move(copy), absl::StrCat("cross-layer equalization of ", pairs,
                                                   " pairs, absorption of ", absorbed, " biases")};
}

absl::StatusOr<StaticOutcome> SearchStatic(const StaticInput& input, Context& context) {
  return Search(input, context).Run();
}

}  // namespace pawl
