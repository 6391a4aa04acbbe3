// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include "lib/graph/program.h"

#include <algorithm>
#include <string>
#include <utility>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_cat.h"
#include "lib/core/status_macros.h"
#include "lib/graph/fuse.h"
#include "lib/graph/infer.h"
#include "lib/graph/own_operators.h"
#include "pawl/quantized_tensor.h"
#include "pawl/text.h"

namespace pawl {
namespace {

// A folded result may be this much larger than what it follows from; beyond that it is computed in
// each run, so that a small file cannot make a large constant.
constexpr uint64_t kFoldGrowth = 4;
constexpr uint64_t kFoldAlways = uint64_t{1} << 20;

// Which values observers want, and what they want of subgraphs.
struct Observed {
  std::vector<bool> values;
  std::vector<std::string> rest;
};

Observed MarkObserved(const Graph& graph, const std::vector<std::string>& wanted) {
  Observed observed{std::vector<bool>(graph.values.size(), false), {}};
  if (wanted.empty()) return observed;
  const auto index = graph.NameIndex();
  for (const std::string& name : wanted) {
    const auto found = index.find(name);
    if (found == index.end()) {
      observed.rest.push_back(name);
    } else {
      observed.values[static_cast<size_t>(found->second)] = true;
    }
  }
  return observed;
}

void CollectNames(const Graph& graph, std::vector<std::string>& names) {
  for (const Value& value : graph.values) names.push_back(value.name);
  for (const Node& node : graph.nodes) {
    for (const Attribute& attribute : node.attributes) {
      for (const auto& subgraph : attribute.graphs) CollectNames(*subgraph, names);
    }
  }
}

absl::Status CheckNames(const Graph& graph, const std::vector<std::string>& wanted) {
  if (wanted.empty()) return absl::OkStatus();
  std::vector<std::string> names;
  CollectNames(graph, names);
  const absl::flat_hash_set<std::string> known(names.begin(), names.end());
  for (const std::string& name : wanted) {
    if (known.contains(name)) continue;
    return absl::InvalidArgumentError(absl::StrCat(graph.source, ": there is no value '", name,
                                                   "' to observe", DidYouMean(name, names)));
  }
  return absl::OkStatus();
}

class Builder {
 public:
  Builder(std::shared_ptr<const Graph> original, std::shared_ptr<const Graph> graph,
          Observed observed, const ExecutorOptions& options, Context& context)
      : graph_(*graph), options_(options), of_subgraphs_(options), context_(context) {
    of_subgraphs_.observe = std::move(observed.rest);
    program_->original = std::move(original);
    program_->graph = std::move(graph);
    program_->observed = std::move(observed.values);
    program_->observed.resize(graph_.values.size(), false);
    program_->max_memory = options.max_memory;
  }

  absl::StatusOr<std::shared_ptr<const Program>> Build() {
    program_->constants.resize(graph_.values.size());
    PAWL_ASSIGN_OR_RETURN(const std::vector<int32_t> order, graph_.TopologicalOrder());
    FindNeeded(order);
    PAWL_RETURN_IF_ERROR(TakeConstants());
    for (const int32_t index : order) {
      if (needed_[static_cast<size_t>(index)]) {
        PAWL_RETURN_IF_ERROR(AddNode(graph_.nodes[static_cast<size_t>(index)]));
      }
    }
    program_->fed = graph_.inputs;
    for (const Capture& capture : graph_.captures) program_->fed.push_back(capture.inner);
    FindLastUses();
    return std::shared_ptr<const Program>(std::move(program_));
  }

 private:
  // Nodes whose results nobody wants are left out, whatever operators they have.
  void FindNeeded(const std::vector<int32_t>& order) {
    std::vector<bool> wanted = program_->observed;
    for (const ValueId id : graph_.outputs) wanted[static_cast<size_t>(id)] = true;
    needed_.assign(graph_.nodes.size(), false);
    for (auto it = order.rbegin(); it != order.rend(); ++it) {
      const Node& node = graph_.nodes[static_cast<size_t>(*it)];
      const bool needed = std::any_of(node.outputs.begin(), node.outputs.end(), [&](ValueId id) {
        return id != kNoValue && wanted[static_cast<size_t>(id)];
      });
      needed_[static_cast<size_t>(*it)] = needed;
      if (!needed) continue;
      for (const ValueId id : NodeReads(node)) wanted[static_cast<size_t>(id)] = true;
    }
  }

  // Initialisers; quantized ones are decoded unless all who read them take them as they are.
  absl::Status TakeConstants() {
    std::vector<bool> decode(graph_.values.size(), false);
    for (size_t n = 0; n < graph_.nodes.size(); ++n) {
      const Node& node = graph_.nodes[n];
      const Operator* op = FindOperator(node.domain, node.op, node.opset);
      if (!needed_[n] || (op != nullptr && (op->flags & kTakesQuantized) != 0)) continue;
      for (const ValueId id : NodeReads(node)) decode[static_cast<size_t>(id)] = true;
    }
    for (const ValueId id : graph_.outputs) decode[static_cast<size_t>(id)] = true;
    for (size_t i = 0; i < graph_.values.size(); ++i) {
      const auto& constant = graph_.values[i].constant;
      if (constant == nullptr) continue;
      if (constant->quantized == nullptr) {
        program_->constants[i] = constant->tensor;
      } else if (decode[i]) {
        PAWL_ASSIGN_OR_RETURN(Tensor tensor,
                              Tensor::Create(DType::kF32, constant->quantized->shape));
        PAWL_RETURN_IF_ERROR(
            Dequantize(*constant->quantized, tensor.mutable_as<float>(), &context_));
        program_->constants[i] = std::move(tensor);
      }
    }
    return absl::OkStatus();
  }

  // The subgraph with the constants that it captures as its own, so that it packs and merges them.
  std::shared_ptr<const Graph> WithConstants(const std::shared_ptr<const Graph>& subgraph) const {
    auto copy = std::make_shared<Graph>(*subgraph);
    copy->captures.clear();
    for (const Capture& capture : subgraph->captures) {
      const auto& constant = program_->constants[static_cast<size_t>(capture.outer)];
      if (!constant.has_value()) {
        copy->captures.push_back(capture);
        continue;
      }
      Value& value = copy->value(capture.inner);
      value.type = {constant->dtype(), constant->shape()};
      value.constant = std::make_shared<const Constant>(Constant{*constant, nullptr});
    }
    return copy;
  }

  absl::Status AddNode(const Node& node) {
    PAWL_ASSIGN_OR_RETURN(const Operator* op, OperatorOf(graph_, node));
    std::vector<const Tensor*> constants(node.inputs.size(), nullptr);
    bool all_constant = Foldable(node, *op);
    for (size_t i = 0; i < node.inputs.size(); ++i) {
      if (node.inputs[i] == kNoValue) continue;
      const auto& constant = program_->constants[static_cast<size_t>(node.inputs[i])];
      if (constant.has_value()) constants[i] = &*constant;
      all_constant &= constant.has_value();
    }
    if (all_constant) {
      PAWL_ASSIGN_OR_RETURN(const bool folded, Fold(node, *op, constants));
      if (folded) return absl::OkStatus();
    }
    Program::Step step;
    step.node = &node;
    step.op = op;
    for (const Attribute& attribute : node.attributes) {
      for (const auto& subgraph : attribute.graphs) {
        auto built = BuildSubprogram(WithConstants(subgraph), of_subgraphs_, context_);
        if (!built.ok()) return AtNode(graph_, node, built.status());
        program_->packed_bytes += (*built)->packed_bytes;
        step.subgraphs.push_back(*std::move(built));
      }
    }
    if (op->prepare != nullptr) {
      auto state = op->prepare(PrepareContext(graph_, node, constants, &context_));
      if (!state.ok()) return AtNode(graph_, node, state.status());
      step.state = *std::move(state);
      if (step.state != nullptr) program_->packed_bytes += step.state->size_bytes();
    }
    program_->steps.push_back(std::move(step));
    return absl::OkStatus();
  }

  absl::StatusOr<bool> Fold(const Node& node, const Operator& op,
                            absl::Span<const Tensor* const> constants) {
    std::vector<ValueType> types(constants.size());
    std::vector<const ValueType*> pointers(constants.size(), nullptr);
    uint64_t bytes_in = 0;
    for (size_t i = 0; i < constants.size(); ++i) {
      if (constants[i] == nullptr) continue;
      types[i] = {constants[i]->dtype(), constants[i]->shape()};
      pointers[i] = &types[i];
      bytes_in += constants[i]->size_bytes();
    }
    PAWL_ASSIGN_OR_RETURN(const NodeTypes found, InferNode(graph_, node, op, pointers, constants));
    if (!found.settled(node)) return false;
    uint64_t bytes = 0;
    for (const ValueType& type : found.types) {
      if (!type.shape.has_value()) continue;
      PAWL_ASSIGN_OR_RETURN(const int64_t count, CheckedNumElements(*type.shape, 8));
      bytes += static_cast<uint64_t>(count) * DTypeSize(*type.dtype);
    }
    if (bytes > std::max(kFoldAlways, kFoldGrowth * bytes_in)) return false;
    PAWL_ASSIGN_OR_RETURN(std::vector<Tensor> results,
                          EvaluateNode(graph_, node, op, constants, options_.max_memory, context_));
    for (size_t i = 0; i < results.size(); ++i) {
      if (node.outputs[i] == kNoValue) continue;
      program_->constants[static_cast<size_t>(node.outputs[i])] = std::move(results[i]);
    }
    return true;
  }

  void FindLastUses() {
    program_->last_use.assign(graph_.values.size(), Program::kNeverUsed);
    for (size_t s = 0; s < program_->steps.size(); ++s) {
      for (const ValueId id : NodeReads(*program_->steps[s].node)) {
        program_->last_use[static_cast<size_t>(id)] = static_cast<int32_t>(s);
      }
    }
    for (const ValueId id : graph_.outputs) {
      program_->last_use[static_cast<size_t>(id)] = Program::kToTheEnd;
    }
    // Constants that went into others, or into packed weights alone, are let go.
    for (size_t i = 0; i < graph_.values.size(); ++i) {
      if (program_->last_use[i] == Program::kNeverUsed && !program_->observed[i]) {
        program_->constants[i].reset();
      }
    }
  }

  const Graph& graph_;
  const ExecutorOptions& options_;
  ExecutorOptions of_subgraphs_;
  Context& context_;
  std::shared_ptr<Program> program_ = std::make_shared<Program>();
  std::vector<bool> needed_;
};

// The graph with Linear layers that have no mode of their own in ExecutorOptions::dynamic_int8.
std::shared_ptr<const Graph> WithDynamicLayers(const Graph& graph) {
  auto copy = std::make_shared<Graph>(graph);
  for (Node& node : copy->nodes) {
    const bool linear = node.domain == kPawlDomain && node.op == "Linear";
    const bool blocks = node.domain == kMicrosoftDomain && node.op == "MatMulNBits";
    if (!linear && !blocks) continue;
    if (!node.Has(kLinearModeAttribute)) {
      node.Set(Attribute::String(kLinearModeAttribute, kInt8WherePossible));
    }
  }
  return copy;
}

}  // namespace

absl::StatusOr<std::shared_ptr<const Program>> BuildProgram(std::shared_ptr<const Graph> graph,
                                                            const ExecutorOptions& options,
                                                            Context& context) {
  PAWL_RETURN_IF_ERROR(CheckNames(*graph, options.observe));
  return BuildSubprogram(std::move(graph), options, context);
}

absl::StatusOr<std::shared_ptr<const Program>> BuildSubprogram(std::shared_ptr<const Graph> graph,
                                                               const ExecutorOptions& options,
                                                               Context& context) {
  Observed observed = MarkObserved(*graph, options.observe);
  std::shared_ptr<const Graph> original = graph;
  if (options.fuse) {
    PAWL_ASSIGN_OR_RETURN(graph, FuseOperators(*graph, observed.values));
  }
  if (options.dynamic_int8) graph = WithDynamicLayers(*graph);
  return Builder(std::move(original), std::move(graph), std::move(observed), options, context)
      .Build();
}

}  // namespace pawl
