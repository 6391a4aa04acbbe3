// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include "lib/pipeline/graph_prepare.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "lib/core/status_macros.h"
#include "lib/graph/passes/passes.h"
#include "lib/graph/passes/quant_plan.h"
#include "pawl/onnx.h"

namespace pawl {
namespace {

// QuantizeLinear by channel came with 13, codes of 16 bits with 21.
constexpr int kOpset = 13;
constexpr int kWideOpset = 21;

bool AsksForWide(const Recipe& recipe) {
  return std::any_of(recipe.rules.begin(), recipe.rules.end(), [](const RecipeRule& rule) {
    const auto scheme = ParseScheme(rule.scheme);
    return !rule.skip && scheme.ok() && scheme->element.kind == ElementKind::kInt &&
           scheme->element.bits == 16;
  });
}

int64_t LayersIn(const Graph& graph) {
  int64_t count = 0;
  for (const Node& node : graph.nodes) {
    count += node.op == "Conv" || node.op == "MatMul" || node.op == "Gemm" || node.op == "LSTM" ||
             node.op == "GRU";
    for (const Attribute& attribute : node.attributes) {
      for (const auto& subgraph : attribute.graphs) count += LayersIn(*subgraph);
    }
  }
  return count;
}

// What nobody reads goes with it: an executor does not compute that, so nothing can be observed
// there. Innermost first, so that what only they captured goes, too.
absl::Status FoldInSubgraphs(Graph& graph, Context& context) {
  return ChangeSubgraphs(
      graph, [](const SubgraphPath&) { return true; },
      [&](const SubgraphPath&, Graph& own) -> absl::Status {
        PAWL_RETURN_IF_ERROR(FoldConstants(own, context));
        return FoldIntoLayers(own);
      });
}

}  // namespace

absl::StatusOr<std::shared_ptr<const Graph>> OpenModel(const GraphJob& job) {
  if (job.input.empty() == (job.graph == nullptr)) {
    return absl::InvalidArgumentError(job.graph == nullptr
                                          ? "the job has no model: give a path or a graph"
                                          : "a job has a path or a graph as its model, not both");
  }
  if (job.graph != nullptr) return job.graph;
  return ReadOnnx(job.input, /*copy=*/true);
}

absl::StatusOr<GraphSamples> OpenSamples(const GraphJob& job, const Graph& graph) {
  if (job.calibration.empty()) return job.samples;
  if (job.samples.count > 0) {
    return absl::InvalidArgumentError("a job has a path or samples to calibrate with, not both");
  }
  return OpenGraphSamples(job.calibration, graph);
}

absl::StatusOr<std::shared_ptr<const Graph>> PrepareGraph(const Graph& graph, const GraphJob& job,
                                                          const Recipe& recipe, Context& context) {
  auto copy = std::make_shared<Graph>(graph);
  PAWL_RETURN_IF_ERROR(InferTypes(*copy));
  const bool wide = job.mode == GraphMode::kStatic && AsksForWide(recipe);
  PAWL_RETURN_IF_ERROR(UpgradeOpset(*copy, wide ? kWideOpset : kOpset));
  PAWL_RETURN_IF_ERROR(ExpandFusedConv(*copy));
  if (job.mode != GraphMode::kFloat16) PAWL_RETURN_IF_ERROR(WidenHalf(*copy));
  PAWL_RETURN_IF_ERROR(FoldConstants(*copy, context));
  PAWL_RETURN_IF_ERROR(FoldIntoLayers(*copy));
  PAWL_RETURN_IF_ERROR(FoldInSubgraphs(*copy, context));
  PAWL_RETURN_IF_ERROR(RemoveUnused(*copy));
  PAWL_RETURN_IF_ERROR(InferTypes(*copy));
  return std::shared_ptr<const Graph>(std::move(copy));
}

void RefuseWhatModeLacks(const GraphJob& job, const Graph& main,
                         std::vector<LayerDecision>* decisions) {
  for (LayerDecision& d : *decisions) {
    if (!d.quantize) continue;
    const Graph& graph = d.graph(main);
    const LayerKind kind = d.layer.kind;
    switch (job.mode) {
      case GraphMode::kStatic:
        d.reason = d.layer.reason;
        // Where a type did not follow from the inputs' it is the weights', as ONNX wants it.
        if (d.reason.empty() &&
            graph.value(d.layer.input).type.dtype.value_or(DType::kF32) != DType::kF32) {
          d.reason = "its input is not f32";
        }
        break;
      case GraphMode::kDynamic:
        if (kind == LayerKind::kProduct) d.reason = "a product of activations stays in float";
        if (kind == LayerKind::kConv || kind == LayerKind::kLinear) d.reason = d.layer.reason;
        break;
      case GraphMode::kWeightOnly:
        if (kind == LayerKind::kProduct) d.reason = "it has no weights";
        if (d.scheme.grouping.kind == GroupKind::kAlongRow && kind != LayerKind::kLinear) {
          d.reason = "groups along rows are for linear layers";
        }
        break;
      case GraphMode::kFloat16:
        if (!graph.value(d.layer.input).type.dtype.has_value()) {
          d.reason = "it follows from an operator that Pawl lacks: its input's type is not known";
        }
        break;
    }
    if (const Tensor* weights = graph.ConstantTensor(d.layer.weights);
        d.reason.empty() && weights != nullptr && weights->empty()) {
      d.reason = "its weights have no elements";
    }
    d.quantize = d.reason.empty();
  }
}

std::vector<std::string> SubgraphNotes(const Graph& graph, GraphMode mode) {
  std::vector<std::string> notes;
  if (mode != GraphMode::kFloat16) return notes;
  for (const Node& node : graph.nodes) {
    int64_t layers = 0;
    for (const Attribute& attribute : node.attributes) {
      for (const auto& subgraph : attribute.graphs) layers += LayersIn(*subgraph);
    }
    if (layers == 0) continue;
    notes.push_back(
        absl::StrCat(graph.NodeName(node), ": ", layers, " layers in its subgraphs stay in float"));
  }
  return notes;
}

void DescribeLayers(const Graph& main, const std::vector<LayerDecision>& decisions,
                    const GraphJob& job, GraphReport* report) {
  const TargetRules rules =
      job.target == GraphTarget::kTensorRt ? TargetRules::TensorRt() : TargetRules::OnnxRuntime();
  report->layers.clear();
  for (const LayerDecision& d : decisions) {
    const Graph& graph = d.graph(main);
    const Node& node = graph.nodes[static_cast<size_t>(d.layer.node)];
    GraphLayerReport layer;
    layer.name = d.name;
    layer.op = node.op;
    if (const Tensor* weights = graph.ConstantTensor(d.layer.weights); weights != nullptr) {
      layer.weights = graph.value(d.layer.weights).name;
      layer.shape = weights->shape();
      layer.bytes_before = weights->size_bytes();
      if (const Tensor* r = graph.ConstantTensor(d.layer.recurrent); r != nullptr) {
        layer.bytes_before += r->size_bytes();
      }
      layer.bytes_after = layer.bytes_before;
    }
    layer.quantized = d.quantize;
    layer.rule = d.rule;
    layer.reason = d.reason;
    layer.activations = "float";
    if (d.quantize) {
      layer.scheme = d.scheme_text;
      if (job.mode == GraphMode::kStatic) {
        const bool symmetric = rules.symmetric_activations;
        layer.activations = d.wide      ? (symmetric ? "int16" : "uint16")
                            : symmetric ? "int8"
                                        : "uint8";
      }
      if (job.mode == GraphMode::kDynamic) {
        const bool floats = KeepsFloatActivations(job, graph, d.layer);
        if (!floats) layer.activations = "dynamic uint8";
        if (floats && d.layer.kind != LayerKind::kEmbedding) {
          layer.reason =
              absl::StrCat(node.op, " has no dynamic operator there: its weights alone are codes");
        }
      }
      if (job.mode == GraphMode::kFloat16) layer.activations = "f16";
    }
    report->layers.push_back(std::move(layer));
  }
}

}  // namespace pawl
