// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// Operators whose kernels are f32 alone compute f16 tensors in f32, and round what comes out.

#include <algorithm>
#include <iterator>
#include <map>
#include <utility>
#include <vector>

#include "lib/core/status_macros.h"
#include "lib/graph/onnx_numbers.h"
#include "lib/graph/passes/edit.h"
#include "lib/graph/passes/passes.h"

namespace pawl {
namespace {

constexpr absl::string_view kFloatOnly[] = {"Conv",
                                            "ConvTranspose",
                                            "BatchNormalization",
                                            "LayerNormalization",
                                            "InstanceNormalization",
                                            "GroupNormalization",
                                            "RMSNormalization",
                                            "LSTM",
                                            "GRU",
                                            "RNN",
                                            "Gemm",
                                            "MatMul",
                                            "Resize",
                                            "GlobalAveragePool",
                                            "GlobalMaxPool",
                                            "AveragePool",
                                            "LpPool",
                                            "GlobalLpPool"};

class Widener {
 public:
  explicit Widener(Graph& graph) : graph_(graph), edit_(graph) {}

  absl::Status Run() {
    PAWL_RETURN_IF_ERROR(InferTypes(graph_));
    for (Node& node : graph_.nodes) {
      const bool one =
          node.domain.empty() &&
          std::find(std::begin(kFloatOnly), std::end(kFloatOnly), node.op) != std::end(kFloatOnly);
      if (!one) {
        nodes_.push_back(std::move(node));
        continue;
      }
      for (ValueId& id : node.inputs) {
        PAWL_ASSIGN_OR_RETURN(id, Wide(id));
      }
      std::vector<Node> after;
      for (ValueId& id : node.outputs) {
        if (!IsHalf(id)) continue;
        const ValueId wide = edit_.AddValue(graph_.value(id).name + "/f32",
                                            {DType::kF32, graph_.value(id).type.shape});
        after.push_back(Cast(wide, id, kOnnxFloat16));
        id = wide;
      }
      nodes_.push_back(std::move(node));
      std::move(after.begin(), after.end(), std::back_inserter(nodes_));
    }
    graph_.nodes = std::move(nodes_);
    return absl::OkStatus();
  }

 private:
  bool IsHalf(ValueId id) const {
    return id != kNoValue && graph_.value(id).type.dtype == DType::kF16;
  }

  Node Cast(ValueId from, ValueId to, int64_t type) {
    Node cast = edit_.Make("Cast", {from}, to);
    cast.opset = std::max(13, cast.opset);
    cast.Set(Attribute::Int("to", type));
    return cast;
  }

  absl::StatusOr<ValueId> Wide(ValueId id) {
    if (!IsHalf(id)) return id;
    const auto found = wide_.find(id);
    if (found != wide_.end()) return found->second;
    const std::string name = graph_.value(id).name + "/f32";
    ValueId twin = kNoValue;
    if (const Tensor* tensor = graph_.ConstantTensor(id); tensor != nullptr) {
      PAWL_ASSIGN_OR_RETURN(Tensor floats, tensor->ToF32());
      twin = edit_.AddTensor(name, std::move(floats));
    } else {
      twin = edit_.AddValue(name, {DType::kF32, graph_.value(id).type.shape});
      nodes_.push_back(Cast(id, twin, kOnnxFloat));
    }
    return wide_[id] = twin;
  }

  Graph& graph_;
  GraphEditor edit_;
  std::map<ValueId, ValueId> wide_;
  std::vector<Node> nodes_;
};

}  // namespace

absl::Status WidenHalf(Graph& graph) {
  const bool any = std::any_of(graph.values.begin(), graph.values.end(),
                               [](const Value& value) { return value.type.dtype == DType::kF16; });
  return any ? Widener(graph).Run() : absl::OkStatus();
}

}  // namespace pawl
