// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// Element-wise operators as tables: whatever follows from one or two codes alone, through however
// many operators, is computed for all of their values beforehand, by the operators' own kernels.

#include <algorithm>
#include <array>
#include <cstring>
#include <memory>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "lib/core/status_macros.h"
#include "lib/graph/fuse_codes.h"
#include "lib/graph/infer.h"
#include "lib/graph/operator.h"
#include "lib/graph/own_operators.h"
#include "pawl/context.h"

namespace pawl {
namespace {

constexpr int64_t kCodes = 256;

// Operators whose result i follows from the elements i of their inputs, broadcast together.
constexpr absl::string_view kElementwise[] = {"Add", "Sub", "Mul",  "Div",  "Pow",  "PRelu",
                                              "Max", "Min", "Clip", "Relu", "Cast", "Where"};

bool IsElementwise(const Node& node, const Operator& op) {
  if (!node.domain.empty() || node.outputs.size() != 1) return false;
  if (op.quantize == QuantKind::kLookup) return true;
  return std::find(std::begin(kElementwise), std::end(kElementwise), node.op) !=
         std::end(kElementwise);
}

// A value that follows from codes: of one tensor, the table [256]; of two, [256, 256] with b's
// codes for rows.
struct Function {
  ValueId a = kNoValue, b = kNoValue;
  Tensor table = {};
  bool of_two() const { return b != kNoValue; }
};

class Tabulator {
 public:
  Tabulator(Graph& graph, const std::vector<bool>& observed, Context& context)
      : graph_(graph), context_(context) {
    keep_ = observed;
    keep_.resize(graph.values.size(), false);
    for (const ValueId id : graph.outputs) keep_[static_cast<size_t>(id)] = true;
  }

  absl::Status Run(const std::vector<int32_t>& order) {
    for (const int32_t i : order) {
      PAWL_RETURN_IF_ERROR(Follow(graph_.nodes[static_cast<size_t>(i)]));
    }
    ReplaceNeeded(order);
    return absl::OkStatus();
  }

 private:
  absl::Status Follow(const Node& node) {
    if (IsDequantize(node)) return FollowDequantize(node);
    if (IsQuantize(node)) {
      const auto type = CodeTypeOf(graph_, node);
      const auto from = functions_.find(node.Input(0));
      if (!type.has_value() || !type->bytes() || from == functions_.end()) return absl::OkStatus();
      return Evaluate(node,
                      {&from->second.table, graph_.ConstantTensor(node.Input(1)),
                       node.Input(2) == kNoValue ? nullptr : graph_.ConstantTensor(node.Input(2))},
                      from->second);
    }
    const Operator* op = FindOperator(node.domain, node.op, node.opset);
    if (op != nullptr && IsElementwise(node, *op)) return FollowElementwise(node);
    return absl::OkStatus();
  }

  absl::Status FollowDequantize(const Node& node) {
    const auto type = CodeTypeOf(graph_, node);
    if (!type.has_value() || !type->bytes()) return absl::OkStatus();
    const ValueId codes = node.Input(0);
    const std::array<const Tensor*, 3> rest = {
        nullptr, graph_.ConstantTensor(node.Input(1)),
        node.Input(2) == kNoValue ? nullptr : graph_.ConstantTensor(node.Input(2))};
    if (const Tensor* constant = graph_.ConstantTensor(codes);
        constant != nullptr && constant->num_elements() == 1) {
      const std::array<const Tensor*, 3> inputs = {constant, rest[1], rest[2]};
      absl::StatusOr<Tensor> scalar = One(node, inputs);
      if (scalar.ok()) scalars_[node.outputs[0]] = *std::move(scalar);
      return absl::OkStatus();
    }
    const auto from = functions_.find(codes);
    if (from != functions_.end() && !from->second.of_two()) {
      return Evaluate(node, {&from->second.table, rest[1], rest[2]}, from->second);
    }
    PAWL_ASSIGN_OR_RETURN(Tensor all, Tensor::Create(type->dtype, {kCodes}));
    auto* bytes = static_cast<uint8_t*>(all.mutable_data());
    for (int64_t i = 0; i < kCodes; ++i) bytes[i] = static_cast<uint8_t>(i);
    return Evaluate(node, {&all, rest[1], rest[2]}, Function{.a = codes});
  }

  // A constant of one element that does not raise the rank of what it is broadcast with.
  const Tensor* ScalarOf(ValueId id) {
    const auto found = scalars_.find(id);
    const Tensor* tensor = found != scalars_.end() ? &found->second : graph_.ConstantTensor(id);
    return tensor != nullptr && tensor->num_elements() == 1 ? tensor : nullptr;
  }

  bool RaisesRank(const Node& node, const Tensor& scalar) const {
    if (scalar.rank() <= 1) return false;
    return std::none_of(node.inputs.begin(), node.inputs.end(), [&](ValueId id) {
      return functions_.contains(id) && graph_.value(id).type.shape.has_value() &&
             graph_.value(id).type.shape->size() >= scalar.shape().size();
    });
  }

  absl::Status FollowElementwise(const Node& node) {
    Function result;
    for (const ValueId id : node.inputs) {
      const auto found = functions_.find(id);
      if (found == functions_.end()) continue;
      for (const ValueId root : {found->second.a, found->second.b}) {
        if (root == kNoValue || root == result.a || root == result.b) continue;
        if (result.b != kNoValue) return absl::OkStatus();  // of three
        (result.a == kNoValue ? result.a : result.b) = root;
      }
    }
    if (result.a == kNoValue) return absl::OkStatus();
    std::vector<Tensor> reshaped(node.inputs.size());
    std::vector<const Tensor*> inputs(node.inputs.size(), nullptr);
    for (size_t i = 0; i < inputs.size(); ++i) {
      if (node.inputs[i] == kNoValue) continue;
      const auto found = functions_.find(node.inputs[i]);
      if (found == functions_.end()) {
        const Tensor* scalar = ScalarOf(node.inputs[i]);
        if (scalar == nullptr || RaisesRank(node, *scalar)) return absl::OkStatus();
        if (scalar->rank() <= 1) {
          inputs[i] = scalar;
          continue;
        }
        PAWL_ASSIGN_OR_RETURN(reshaped[i], scalar->Reshape({}));
      } else {
        PAWL_ASSIGN_OR_RETURN(reshaped[i], Spread(found->second, result));
      }
      inputs[i] = &reshaped[i];
    }
    return Evaluate(node, inputs, result);
  }

  // The table over the codes of `of`.
  static absl::StatusOr<Tensor> Spread(const Function& f, const Function& of) {
    if (!of.of_two()) return f.table;
    if (!f.of_two()) {
      return f.table.Reshape(f.a == of.a ? Dims{1, kCodes} : Dims{kCodes, 1});
    }
    if (f.a == of.a) return f.table;
    PAWL_ASSIGN_OR_RETURN(Tensor turned, Tensor::Create(f.table.dtype(), f.table.shape()));
    const size_t size = DTypeSize(f.table.dtype());
    const auto* from = static_cast<const char*>(f.table.data());
    auto* to = static_cast<char*>(turned.mutable_data());
    for (size_t i = 0; i < kCodes * kCodes; ++i) {
      std::memcpy(to + i * size, from + (i % kCodes * kCodes + i / kCodes) * size, size);
    }
    return turned;
  }

  absl::StatusOr<Tensor> One(const Node& node, absl::Span<const Tensor* const> inputs) {
    PAWL_ASSIGN_OR_RETURN(const Operator* op, OperatorOf(graph_, node));
    PAWL_ASSIGN_OR_RETURN(
        std::vector<Tensor> results,
        EvaluateNode(graph_, node, *op, inputs.subspan(0, node.inputs.size()), 0, context_));
    return std::move(results[0]);
  }

  absl::Status Evaluate(const Node& node, absl::Span<const Tensor* const> inputs,
                        const Function& of) {
    absl::StatusOr<Tensor> table = One(node, inputs);
    const int64_t entries = of.of_two() ? kCodes * kCodes : kCodes;
    // What cannot be computed that way runs as it is, and says there what is wrong.
    if (!table.ok() || table->num_elements() != entries) return absl::OkStatus();
    functions_[node.outputs[0]] = Function{of.a, of.b, *std::move(table)};
    return absl::OkStatus();
  }

  // From the outputs to the inputs: a QuantizeLinear that somebody needs and that follows from
  // codes becomes a lookup, and what was between is not needed any more.
  void ReplaceNeeded(const std::vector<int32_t>& order) {
    std::vector<bool> needed = keep_;
    needed.resize(graph_.values.size(), false);
    for (auto it = order.rbegin(); it != order.rend(); ++it) {
      Node& node = graph_.nodes[static_cast<size_t>(*it)];
      const auto wants = [&](ValueId id) {
        return id != kNoValue && needed[static_cast<size_t>(id)];
      };
      if (std::none_of(node.outputs.begin(), node.outputs.end(), wants)) continue;
      if (IsQuantize(node)) {
        const auto found = functions_.find(node.outputs[0]);
        if (found != functions_.end()) MakeLookup(node, found->second);
        needed.resize(graph_.values.size(), false);
      }
      for (const ValueId id : NodeReads(node)) needed[static_cast<size_t>(id)] = true;
    }
  }

  void MakeLookup(Node& node, const Function& f) {
    const ValueId table = graph_.AddConstant(NewName(graph_, "table"), f.table);
    node.op = f.of_two() ? "Lookup2" : "Lookup";
    node.domain = std::string(kPawlDomain);
    node.opset = 1;
    node.attributes.clear();
    node.inputs = {f.a};
    if (f.of_two()) node.inputs.push_back(f.b);
    node.inputs.push_back(table);
  }

  Graph& graph_;
  Context& context_;
  std::vector<bool> keep_;
  absl::flat_hash_map<ValueId, Function> functions_;
  absl::flat_hash_map<ValueId, Tensor> scalars_;
};

}  // namespace

absl::Status FuseCodeTables(Graph& graph, const std::vector<bool>& observed) {
  PAWL_ASSIGN_OR_RETURN(const std::vector<int32_t> order, graph.TopologicalOrder());
  PAWL_ASSIGN_OR_RETURN(const std::unique_ptr<Context> context, Context::Create({.threads = 1}));
  return Tabulator(graph, observed, *context).Run(order);
}

}  // namespace pawl
