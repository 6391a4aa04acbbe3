// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// Codes into branches and bodies, and out of them: what they capture and what Scan gives them slice
// by slice is dequantized inside, and what they give is quantized inside, where their own operators
// are made to work on it.

#include <algorithm>
#include <memory>
#include <utility>
#include <vector>

#include "lib/graph/fuse_codes.h"

namespace pawl {
namespace {

class Passer {
 public:
  Passer(Graph& graph, const std::vector<bool>& observed)
      : graph_(graph), producers_(graph.Producers()), keep_(observed) {
    keep_.resize(graph.values.size(), false);
    for (const ValueId id : graph.outputs) keep_[static_cast<size_t>(id)] = true;
  }

  void Run() {
    for (Node& node : graph_.nodes) {
      for (Attribute& attribute : node.attributes) {
        for (auto& subgraph : attribute.graphs) PassIn(node, subgraph);
      }
    }
    const auto users = graph_.Users();
    std::vector<bool> gone(graph_.nodes.size(), false);
    for (Node& node : graph_.nodes) {
      for (size_t i = FirstOutput(node); i < node.outputs.size(); ++i) {
        const ValueId id = node.outputs[i];
        if (id == kNoValue || keep_[static_cast<size_t>(id)]) continue;
        const auto& readers = users[static_cast<size_t>(id)];
        if (readers.size() == 1 &&
            TakeOut(node, i, graph_.nodes[static_cast<size_t>(readers[0])])) {
          gone[static_cast<size_t>(readers[0])] = true;
        }
      }
    }
    std::vector<Node> rest;
    for (size_t i = 0; i < gone.size(); ++i) {
      if (!gone[i]) rest.push_back(std::move(graph_.nodes[i]));
    }
    graph_.nodes = std::move(rest);
  }

 private:
  struct Codes {
    ValueId codes = kNoValue;
    Tensor scale, zero;
    DType dtype = DType::kU8;
  };

  absl::StatusOr<Codes> Params(ValueId codes, const CodeType& type) {
    const Tensor scale = *graph_.ConstantTensor(type.scale_id);
    const Tensor* zero = graph_.ConstantTensor(ZeroPoint(graph_, type));
    if (zero == nullptr) return absl::InternalError("no zero point");
    return Codes{codes, scale, *zero, type.dtype};
  }

  // Codes of 8 bits, of no constant, whose DequantizeLinear gives the value.
  absl::StatusOr<Codes> CodesOf(ValueId value) {
    const int32_t n = value == kNoValue ? -1 : producers_[static_cast<size_t>(value)];
    if (n < 0 || !IsDequantize(graph_.nodes[static_cast<size_t>(n)])) {
      return absl::NotFoundError("");
    }
    const Node& node = graph_.nodes[static_cast<size_t>(n)];
    const auto type = CodeTypeOf(graph_, node);
    if (!type.has_value() || !type->bytes() || graph_.value(node.Input(0)).constant != nullptr) {
      return absl::NotFoundError("");
    }
    return Params(node.Input(0), *type);
  }

  // A node of the subgraph from one value to another.
  static void Add(Graph& graph, const char* op, ValueId from, ValueId to, const Codes& codes) {
    Node node;
    node.op = op;
    node.opset = 13;
    node.name = graph.value(to).name;
    node.inputs = {from, graph.AddConstant(NewName(graph, "scale"), codes.scale)};
    node.inputs.push_back(graph.AddConstant(NewName(graph, "zero"), codes.zero));
    node.outputs = {to};
    graph.nodes.push_back(std::move(node));
  }

  static ValueId CodesLike(Graph& graph, ValueId value, DType dtype) {
    ValueType type = graph.value(value).type;
    type.dtype = dtype;
    return graph.AddValue(NewName(graph, "codes"), std::move(type));
  }

  void PassIn(Node& node, std::shared_ptr<const Graph>& subgraph) {
    auto copy = std::make_shared<Graph>(*subgraph);
    bool changed = false;
    const auto dequantize = [&](ValueId inner, const Codes& codes) {
      const ValueId from = CodesLike(*copy, inner, codes.dtype);
      Add(*copy, "DequantizeLinear", from, inner, codes);
      changed = true;
      return from;
    };
    for (Capture& capture : copy->captures) {
      const auto codes = CodesOf(capture.outer);
      if (codes.ok()) capture = {codes->codes, dequantize(capture.inner, *codes)};
    }
    const auto scans = static_cast<size_t>(std::max<int64_t>(0, node.Int("num_scan_inputs", 0)));
    const bool scan = node.op == "Scan" && node.domain.empty() && scans <= node.inputs.size() &&
                      copy->inputs.size() == node.inputs.size();
    for (size_t i = node.inputs.size() - scans; scan && i < node.inputs.size(); ++i) {
      const auto codes = CodesOf(node.inputs[i]);
      if (!codes.ok()) continue;
      copy->inputs[i] = dequantize(copy->inputs[i], *codes);
      node.inputs[i] = codes->codes;
    }
    if (changed) subgraph = std::move(copy);
  }

  // Results that are not carried from one round to the next.
  static size_t FirstOutput(const Node& node) {
    const size_t none = node.outputs.size();
    if (!node.domain.empty()) return none;
    if (node.op == "If") return 0;
    if (node.op == "Loop") return node.inputs.size() < 2 ? none : node.inputs.size() - 2;
    const auto scans = static_cast<size_t>(std::max<int64_t>(0, node.Int("num_scan_inputs", 0)));
    return node.op == "Scan" && scans <= node.inputs.size() ? node.inputs.size() - scans : none;
  }

  bool TakeOut(Node& node, size_t output, const Node& quantize) {
    if (!IsQuantize(quantize) || quantize.Input(0) != node.outputs[output]) return false;
    const auto type = CodeTypeOf(graph_, quantize);
    if (!type.has_value() || !type->bytes()) return false;
    const auto codes = Params(kNoValue, *type);
    if (!codes.ok()) return false;
    const size_t at = output + (node.op == "Loop" ? 1 : 0);
    for (const Attribute& attribute : node.attributes) {
      for (const auto& subgraph : attribute.graphs) {
        if (subgraph->outputs.size() <= at) return false;
      }
    }
    for (Attribute& attribute : node.attributes) {
      for (auto& subgraph : attribute.graphs) {
        auto copy = std::make_shared<Graph>(*subgraph);
        const ValueId from = copy->outputs[at], to = CodesLike(*copy, from, codes->dtype);
        Add(*copy, "QuantizeLinear", from, to, *codes);
        copy->outputs[at] = to;
        subgraph = std::move(copy);
      }
    }
    node.outputs[output] = quantize.outputs[0];
    return true;
  }

  Graph& graph_;
  const std::vector<int32_t> producers_;
  std::vector<bool> keep_;
};

}  // namespace

void PassCodesToSubgraphs(Graph& graph, const std::vector<bool>& observed) {
  const auto has_subgraph = [](const Node& node) {
    return std::any_of(node.attributes.begin(), node.attributes.end(),
                       [](const Attribute& a) { return !a.graphs.empty(); });
  };
  if (std::any_of(graph.nodes.begin(), graph.nodes.end(), has_subgraph)) {
    Passer(graph, observed).Run();
  }
}

}  // namespace pawl
