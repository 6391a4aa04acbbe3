// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include "lib/pipeline/graph_convert_search.h"

#include <algorithm>
#include <map>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "lib/core/status_macros.h"
#include "lib/graph/passes/passes.h"
#include "lib/pipeline/graph_convert.h"

namespace pawl {
namespace {

constexpr double kLeast = 0.05;  // dB that a pass must bring to be worth it

// One way to convert: a float graph, its layers and their codes, and what comes of it.
struct Candidate {
  std::shared_ptr<const Graph> float_graph;
  std::vector<LayerDecision> decisions;
  std::shared_ptr<const RoundedLayers> rounded;
  std::shared_ptr<Graph> graph;
  std::vector<GraphLayerReport> layers;
  double sqnr_db = 0;
};

class Search {
 public:
  Search(const GraphJob& job, const StaticInput& input, GraphReport* report, Context& context)
      : job_(job), input_(input), report_(*report), context_(context) {}

  absl::StatusOr<std::shared_ptr<Graph>> Run() {
    best_.float_graph = input_.graph;
    best_.decisions = input_.decisions;
    PAWL_RETURN_IF_ERROR(Convert(&best_));
    if (!input_.compared.empty() && job_.mode != GraphMode::kFloat16) {
      if (job_.mode == GraphMode::kDynamic) PAWL_RETURN_IF_ERROR(TryGraphs());
      PAWL_RETURN_IF_ERROR(TryRounding());
    }
    report_.layers = std::move(best_.layers);
    return std::move(best_.graph);
  }

 private:
  absl::Status Convert(Candidate* candidate) {
    candidate->graph = std::make_shared<Graph>(*candidate->float_graph);
    GraphReport report;
    report.layers = report_.layers;
    PAWL_RETURN_IF_ERROR(ConvertGraph(*candidate->graph, job_, candidate->decisions,
                                      candidate->rounded.get(), &report, context_));
    candidate->layers = std::move(report.layers);
    if (input_.compared.empty()) return absl::OkStatus();
    PAWL_ASSIGN_OR_RETURN(
        const GraphOutputs got,
        RunSamples(candidate->graph, input_.samples, input_.compared, input_.max_memory, context_));
    PAWL_ASSIGN_OR_RETURN(const auto errors, CompareOutputs(*input_.graph, input_.reference, got));
    candidate->sqnr_db = MeanSqnr(errors);
    return absl::OkStatus();
  }

  absl::Status Try(Candidate other, absl::string_view pass, PassChoice choice) {
    PAWL_RETURN_IF_ERROR(Convert(&other));
    const double gain = other.sqnr_db - best_.sqnr_db;
    const bool take = gain > kLeast || choice == PassChoice::kOn;
    report_.passes.push_back(
        absl::StrFormat("%s: %s, %+.2f dB", pass, take ? "done" : "not done", gain));
    if (take) best_ = std::move(other);
    return absl::OkStatus();
  }

  // What passes over the float graph ask of its values.
  absl::StatusOr<GraphStatistics> Observe() {
    std::vector<ValueRequest> requests;
    for (const LayerDecision& d : best_.decisions) {
      const bool conv = d.layer.kind == LayerKind::kConv;
      if (!d.quantize || (!conv && d.layer.kind != LayerKind::kLinear)) continue;
      requests.push_back({d.layer.input, conv ? 1 : -1, d.path});
    }
    report_.samples = Count();
    RecipeCalibration settings = input_.calibration;
    settings.observer = "minmax";
    return ObserveGraph(best_.float_graph, requests, input_.samples, settings, input_.max_memory,
                        context_);
  }

  absl::Status TryGraphs() {
    const PassChoice smooth = input_.passes.smooth_quant, equalize = input_.passes.equalize;
    if (smooth == PassChoice::kOff && equalize == PassChoice::kOff) return absl::OkStatus();
    PAWL_ASSIGN_OR_RETURN(const GraphStatistics seen, Observe());
    ChannelsByPath largest, smallest;
    for (const LayerDecision& d : best_.decisions) {
      const ValueStatistics* found = d.quantize ? seen.Find(d.path, d.layer.input) : nullptr;
      if (found == nullptr) continue;
      if (d.layer.kind == LayerKind::kLinear) largest[d.path][d.layer.input] = found->largest;
      smallest[d.path][d.layer.input] = found->smallest;
    }
    if (smooth != PassChoice::kOff) {
      PAWL_ASSIGN_OR_RETURN(std::vector<PassedGraph> smoothed,
                            SmoothedGraphs(*best_.float_graph, largest, input_.passes));
      for (PassedGraph& passed : smoothed) {
        PAWL_RETURN_IF_ERROR(TryGraph(std::move(passed.graph), passed.pass, smooth));
      }
    }
    if (equalize == PassChoice::kOff) return absl::OkStatus();
    PAWL_ASSIGN_OR_RETURN(PassedGraph passed, EqualizedGraph(*best_.float_graph, smallest));
    if (passed.graph == nullptr) return absl::OkStatus();
    return TryGraph(std::move(passed.graph), passed.pass, equalize);
  }

  absl::Status TryGraph(std::shared_ptr<Graph> graph, absl::string_view pass, PassChoice choice) {
    Candidate other;
    other.decisions = best_.decisions;
    PAWL_RETURN_IF_ERROR(FollowLayers(*graph, pass, &other.decisions));
    other.float_graph = std::move(graph);
    return Try(std::move(other), pass, choice);
  }

  absl::Status TryRounding() {
    if (input_.passes.rounding == PassChoice::kOff) return absl::OkStatus();
    PAWL_ASSIGN_OR_RETURN(RoundingResult made,
                          RoundLayers(best_.float_graph, best_.decisions, input_.samples, Count(),
                                      input_.max_memory, context_));
    for (std::string& note : made.notes) report_.passes.push_back(std::move(note));
    if (made.layers.empty()) return absl::OkStatus();
    report_.samples = Count();
    Candidate other;
    other.float_graph = best_.float_graph;
    other.decisions = best_.decisions;
    other.rounded = std::make_shared<const RoundedLayers>(std::move(made.layers));
    const std::string pass =
        absl::StrCat("weights of ", other.rounded->size(), " layers rounded for their inputs");
    return Try(std::move(other), pass, input_.passes.rounding);
  }

  int64_t Count() const {
    const int64_t most = input_.calibration.max_samples, all = input_.samples.count;
    return most > 0 ? std::min(most, all) : all;
  }

  const GraphJob& job_;
  const StaticInput& input_;
  GraphReport& report_;
  Context& context_;
  Candidate best_;
};

}  // namespace

absl::StatusOr<std::shared_ptr<Graph>> RunConvertJob(const GraphJob& job, const StaticInput& input,
                                                     GraphReport* report, Context& context) {
  return Search(job, input, report, context).Run();
}

}  // namespace pawl
