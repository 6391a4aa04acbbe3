// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include <algorithm>
#include <iterator>
#include <map>
#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include "lib/core/status_macros.h"
#include "lib/graph/onnx_numbers.h"
#include "lib/graph/operator.h"
#include "lib/graph/passes/convert.h"
#include "lib/graph/passes/edit.h"
#include "pawl/float_types.h"

namespace pawl {
namespace {

constexpr float kLargestHalf = 65504.0f;

// Values beyond f16 become its largest: infinities would spread.
absl::StatusOr<Tensor> ToHalf(const Tensor& tensor) {
  PAWL_ASSIGN_OR_RETURN(Tensor out, Tensor::Create(DType::kF16, tensor.shape()));
  const auto from = tensor.as<float>();
  const auto to = out.mutable_as<uint16_t>();
  for (size_t i = 0; i < from.size(); ++i) {
    to[i] = F32ToF16(std::clamp(from[i], -kLargestHalf, kLargestHalf));
  }
  return out;
}

// Inputs that stay f32 whatever the others are.
bool StaysFloat(const Node& node, size_t input) {
  return (node.op == "Resize" || node.op == "Upsample") && input > 0;
}

// Outputs that do: statistics (stash_type, which is f32 in files that Pawl runs).
bool GivesFloat(const Node& node, size_t output) {
  return node.op == "LayerNormalization" && output > 0;
}

class Halver {
 public:
  Halver(Graph& graph, const std::function<bool(const Node&)>& keep)
      : graph_(graph), edit_(graph), keep_(keep) {}

  absl::Status Run() {
    PAWL_ASSIGN_OR_RETURN(const std::vector<int32_t> order, graph_.TopologicalOrder());
    for (const int32_t n : order) {
      Node node = graph_.nodes[static_cast<size_t>(n)];
      if (CanBeHalf(node)) {
        PAWL_RETURN_IF_ERROR(Half(node));
      } else {
        for (ValueId& id : node.inputs) id = AsFloat(id);
        PAWL_RETURN_IF_ERROR(Captures(node));
      }
      nodes_.push_back(std::move(node));
      std::move(after_.begin(), after_.end(), std::back_inserter(nodes_));
      after_.clear();
    }
    graph_.nodes = std::move(nodes_);
    return graph_.Validate();
  }

 private:
  bool IsFloat(ValueId id) const {
    return id != kNoValue && graph_.value(id).type.dtype == DType::kF32;
  }

  bool CanBeHalf(const Node& node) const {
    if (!node.domain.empty() || keep_(node)) return false;
    const Operator* op = FindOperator(node.domain, node.op, node.opset);
    if (op == nullptr || op->quantize == QuantKind::kQuantized ||
        op->quantize == QuantKind::kControl) {
      return false;
    }
    if (node.op == "Range" || node.op == "CumSum" || node.op == "NonMaxSuppression" ||
        node.op == "RandomNormal" || node.op == "RandomUniform" || node.op == "Multinomial") {
      return false;
    }
    // What follows from an operator that Pawl lacks may be f32, and cannot be mixed with f16.
    const auto known = [&](ValueId id) {
      return id == kNoValue || graph_.value(id).type.dtype.has_value();
    };
    if (!std::all_of(node.inputs.begin(), node.inputs.end(), known) ||
        !std::all_of(node.outputs.begin(), node.outputs.end(), known)) {
      return false;
    }
    // Only where something is f32 is there something to do.
    return std::any_of(node.inputs.begin(), node.inputs.end(),
                       [&](ValueId id) { return IsFloat(id) || half_made_.count(id) > 0; }) ||
           std::any_of(node.outputs.begin(), node.outputs.end(),
                       [&](ValueId id) { return IsFloat(id); });
  }

  Node CastTo(ValueId from, ValueId to, int64_t type) {
    Node cast = edit_.Make("Cast", {from}, to);
    cast.name = edit_.NodeName(absl::StrCat(graph_.value(from).name, "_cast"));
    cast.Set(Attribute::Int("to", type));
    return cast;
  }

  // The f16 twin of an f32 value.
  absl::StatusOr<ValueId> AsHalf(ValueId id) {
    if (!IsFloat(id)) return id;
    const auto found = half_.find(id);
    if (found != half_.end()) return found->second;
    const std::string name = absl::StrCat(graph_.value(id).name, "_f16");
    ValueId twin = kNoValue;
    if (const Tensor* tensor = graph_.ConstantTensor(id); tensor != nullptr) {
      PAWL_ASSIGN_OR_RETURN(Tensor half, ToHalf(*tensor));
      twin = edit_.AddTensor(name, std::move(half));
    } else {
      twin = edit_.AddValue(name, {DType::kF16, graph_.value(id).type.shape});
      nodes_.push_back(CastTo(id, twin, kOnnxFloat16));
    }
    half_[id] = twin;
    return twin;
  }

  // The f32 twin of a value that a node gives as f16.
  ValueId AsFloat(ValueId id) {
    const auto made = half_made_.find(id);
    if (made == half_made_.end()) return id;
    if (made->second == kNoValue) {
      made->second = edit_.AddValue(absl::StrCat(graph_.value(id).name, "_f32"),
                                    {DType::kF32, graph_.value(id).type.shape});
      nodes_.push_back(CastTo(id, made->second, kOnnxFloat));
    }
    return made->second;
  }

  absl::Status Captures(Node& node) {
    for (Attribute& attribute : node.attributes) {
      for (auto& subgraph : attribute.graphs) {
        auto copy = std::make_shared<Graph>(*subgraph);
        for (Capture& capture : copy->captures) capture.outer = AsFloat(capture.outer);
        subgraph = std::move(copy);
      }
    }
    return absl::OkStatus();
  }

  absl::Status Half(Node& node) {
    for (size_t i = 0; i < node.inputs.size(); ++i) {
      if (StaysFloat(node, i)) {
        node.inputs[i] = AsFloat(node.inputs[i]);
        continue;
      }
      PAWL_ASSIGN_OR_RETURN(node.inputs[i], AsHalf(node.inputs[i]));
    }
    if (node.op == "Cast" && node.Int("to", 0) == kOnnxFloat) {
      node.Set(Attribute::Int("to", kOnnxFloat16));
    }
    for (Attribute& attribute : node.attributes) {  // ConstantOfShape's value
      for (Tensor& tensor : attribute.tensors) {
        if (tensor.dtype() == DType::kF32) {
          PAWL_ASSIGN_OR_RETURN(tensor, ToHalf(tensor));
        }
      }
    }
    for (size_t i = 0; i < node.outputs.size(); ++i) {
      ValueId& id = node.outputs[i];
      if (!IsFloat(id) || GivesFloat(node, i)) continue;
      const bool output =
          std::find(graph_.outputs.begin(), graph_.outputs.end(), id) != graph_.outputs.end();
      if (!output) {
        graph_.value(id).type.dtype = DType::kF16;
        half_made_[id] = kNoValue;
        continue;
      }
      const ValueId own = edit_.AddValue(absl::StrCat(graph_.value(id).name, "_f16"),
                                         {DType::kF16, graph_.value(id).type.shape});
      after_.push_back(CastTo(own, id, kOnnxFloat));
      half_[id] = own;  // for others that read the output
      id = own;
    }
    return absl::OkStatus();
  }

  Graph& graph_;
  GraphEditor edit_;
  const std::function<bool(const Node&)>& keep_;
  std::map<ValueId, ValueId> half_;       // f32 value: its f16 twin
  std::map<ValueId, ValueId> half_made_;  // value that is f16 now: its f32 twin
  std::vector<Node> nodes_, after_;
};

}  // namespace

absl::Status MakeFloat16(Graph& graph, const std::function<bool(const Node&)>& keep) {
  return Halver(graph, keep).Run();
}

}  // namespace pawl
