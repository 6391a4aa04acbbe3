// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include "lib/pipeline/graph_convert.h"

#include <algorithm>
#include <string>
#include <utility>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_cat.h"
#include "lib/core/progress.h"
#include "lib/core/status_macros.h"
#include "lib/graph/passes/convert.h"
#include "lib/graph/product.h"
#include "pawl/quantizer.h"

namespace pawl {
namespace {

// Of a layer's time; comparing has the rest.
constexpr double kQuantizeShare = 0.7;

class Converter {
 public:
  Converter(const GraphJob& job, const std::vector<LayerDecision>& decisions,
            const RoundedLayers* rounded, GraphReport* report, Context& context)
      : job_(job), decisions_(decisions), rounded_(rounded), report_(*report), context_(context) {
    for (size_t i = 0; i < decisions_.size(); ++i) {
      if (decisions_[i].quantize) bytes_ += report_.layers[i].bytes_before;
    }
  }

  // The layers of subgraphs, then those of the graph itself.
  absl::Status Run(Graph& graph) {
    const auto wanted = [&](const SubgraphPath& path) {
      return std::any_of(decisions_.begin(), decisions_.end(), [&](const LayerDecision& d) {
        return d.quantize && d.path.size() >= path.size() &&
               std::equal(path.begin(), path.end(), d.path.begin());
      });
    };
    PAWL_RETURN_IF_ERROR(ChangeSubgraphs(
        graph, wanted, [&](const SubgraphPath& path, Graph& own) { return Convert(own, path); }));
    PAWL_RETURN_IF_ERROR(Convert(graph, {}));
    context_.Report(Progress{"quantize", graph.source, done_, bytes_, "bytes"});
    return absl::OkStatus();
  }

 private:
  absl::Status Convert(Graph& graph, const SubgraphPath& path) {
    graph_ = &graph;
    std::vector<size_t> layers;
    for (size_t i = 0; i < decisions_.size(); ++i) {
      if (decisions_[i].quantize && decisions_[i].path == path) layers.push_back(i);
    }
    return job_.mode == GraphMode::kDynamic ? Dynamic(layers) : WeightOnly(layers);
  }

  absl::Status Dynamic(const std::vector<size_t>& which) {
    std::vector<CodedLayer> layers;
    for (const size_t i : which) {
      PAWL_ASSIGN_OR_RETURN(CodedLayer coded, Code(i));
      if (coded.layer.kind != LayerKind::kEmbedding &&
          KeepsFloatActivations(job_, *graph_, coded.layer)) {
        PAWL_RETURN_IF_ERROR(DequantizeWeights(*graph_, coded));
      } else {
        layers.push_back(std::move(coded));
      }
    }
    return MakeDynamic(*graph_, layers);
  }

  absl::Status WeightOnly(const std::vector<size_t>& which) {
    for (const size_t i : which) {
      const LayerDecision& d = decisions_[i];
      if (d.scheme.grouping.kind == GroupKind::kAlongRow) {
        if (const absl::Status status = NBits(i); !status.ok()) {
          return absl::Status(status.code(), absl::StrCat("'", d.name, "': ", status.message()));
        }
        continue;
      }
      PAWL_ASSIGN_OR_RETURN(const CodedLayer coded, Code(i));
      PAWL_RETURN_IF_ERROR(DequantizeWeights(*graph_, coded));
    }
    return absl::OkStatus();
  }

  absl::StatusOr<CodedLayer> Code(size_t i) {
    if (context_.cancelled()) return absl::CancelledError("cancelled by the caller");
    const LayerDecision& d = decisions_[i];
    const ProgressItem item = Next(i);
    CodedLayer coded{d.layer, {}};
    if (d.layer.kind == LayerKind::kRecurrent) {
      PAWL_RETURN_IF_ERROR(CodeRecurrent(d, &coded, &report_.layers[i]));
      return coded;
    }
    const Tensor& weights = *graph_->ConstantTensor(d.layer.weights);
    if (const RoundedLayer* rounded = Rounded(d); rounded != nullptr) {
      coded.weights = rounded->codes;
    } else {
      const ProgressPart part(&context_, kQuantizeShare, ProgressUse::kParts);
      PAWL_ASSIGN_OR_RETURN(coded.weights,
                            QuantizeWeights(weights, d.layer.axis, d.weights, context_));
    }
    PAWL_ASSIGN_OR_RETURN(const Tensor decoded, DecodeWeights(coded.weights));
    const ProgressPart part(&context_, 1.0);
    PAWL_ASSIGN_OR_RETURN(const QuantizationError error,
                          CompareTensors(weights, decoded, &context_));
    report_.layers[i].weight_sqnr_db = error.sqnr_db;
    report_.layers[i].bytes_after = BytesOf(coded.weights);
    return coded;
  }

  // Both matrices, with a scale for each output of each direction; the worse one is reported.
  absl::Status CodeRecurrent(const LayerDecision& d, CodedLayer* coded, GraphLayerReport* report) {
    const auto code = [&](ValueId id, WeightCodes* codes) -> absl::StatusOr<double> {
      PAWL_ASSIGN_OR_RETURN(const Tensor matrix, RecurrentMatrix(*graph_->ConstantTensor(id)));
      PAWL_ASSIGN_OR_RETURN(*codes, QuantizeWeights(matrix, 0, d.weights, context_));
      PAWL_ASSIGN_OR_RETURN(const Tensor decoded, DecodeWeights(*codes));
      PAWL_ASSIGN_OR_RETURN(const QuantizationError error,
                            CompareTensors(matrix, decoded, &context_));
      return error.sqnr_db;
    };
    PAWL_ASSIGN_OR_RETURN(const double inputs, code(d.layer.weights, &coded->weights));
    PAWL_ASSIGN_OR_RETURN(const double states, code(d.layer.recurrent, &coded->recurrent));
    report->weight_sqnr_db = std::min(inputs, states);
    report->bytes_after = BytesOf(coded->weights) + BytesOf(coded->recurrent);
    return absl::OkStatus();
  }

  static uint64_t BytesOf(const WeightCodes& codes) {
    return codes.codes.size_bytes() + codes.scales.size() * sizeof(float);
  }

  absl::Status NBits(size_t i) {
    if (context_.cancelled()) return absl::CancelledError("cancelled by the caller");
    const LayerDecision& d = decisions_[i];
    const ProgressItem item = Next(i);
    Tensor weights = *graph_->ConstantTensor(d.layer.weights);
    if (d.layer.axis == 1) {  // [in, out] to [out, in]
      PAWL_ASSIGN_OR_RETURN(Tensor turned,
                            Tensor::Create(DType::kF32, {weights.dim(1), weights.dim(0)}));
      TransposeMatrix(weights.data(), weights.dim(0), weights.dim(1), sizeof(float),
                      turned.mutable_data());
      weights = std::move(turned);
    }
    QuantizeOptions options;
    options.range = d.method.range;
    options.percentile = d.method.percentile;
    QuantizedTensor quantized;
    if (const RoundedLayer* rounded = Rounded(d); rounded != nullptr) {
      quantized = *rounded->grouped;
    } else {
      const ProgressPart part(&context_, kQuantizeShare, ProgressUse::kParts);
      PAWL_ASSIGN_OR_RETURN(quantized, pawl::Quantize(weights, d.scheme, options, &context_));
    }
    const ProgressPart part(&context_, 1.0);
    PAWL_ASSIGN_OR_RETURN(const QuantizationError error,
                          CompareTensors(weights, quantized, &context_));
    report_.layers[i].weight_sqnr_db = error.sqnr_db;
    report_.layers[i].bytes_after = quantized.size_bytes();
    return MakeMatMulNBits(*graph_, d.layer, quantized);
  }

  const RoundedLayer* Rounded(const LayerDecision& d) const {
    if (rounded_ == nullptr) return nullptr;
    const auto found = rounded_->find(d.place());
    return found == rounded_->end() ? nullptr : &found->second;
  }

  ProgressItem Next(size_t i) {
    const uint64_t begin = done_, size = report_.layers[i].bytes_before;
    done_ += size;
    return ProgressItem(context_, Progress{"quantize", decisions_[i].name, begin, bytes_, "bytes"},
                        size);
  }

  const GraphJob& job_;
  Graph* graph_ = nullptr;  // at hand
  const std::vector<LayerDecision>& decisions_;
  const RoundedLayers* rounded_;
  GraphReport& report_;
  Context& context_;
  uint64_t done_ = 0, bytes_ = 0;  // of the weights
};

absl::Status Half(Graph& graph, const std::vector<LayerDecision>& decisions, GraphReport* report) {
  absl::flat_hash_set<std::string> kept;  // by first output, which stays the node's
  for (size_t i = 0; i < decisions.size(); ++i) {
    const LayerDecision& d = decisions[i];
    if (d.quantize) {
      report->layers[i].bytes_after /= 2;
      continue;
    }
    kept.insert(graph.value(graph.nodes[static_cast<size_t>(d.layer.node)].outputs[0]).name);
  }
  return MakeFloat16(graph, [&](const Node& node) {
    return node.Output(0) != kNoValue && kept.contains(graph.value(node.outputs[0]).name);
  });
}

}  // namespace

absl::Status ConvertGraph(Graph& graph, const GraphJob& job,
                          const std::vector<LayerDecision>& decisions, const RoundedLayers* rounded,
                          GraphReport* report, Context& context) {
  if (job.mode == GraphMode::kFloat16) return Half(graph, decisions, report);
  return Converter(job, decisions, rounded, report, context).Run(graph);
}

}  // namespace pawl
