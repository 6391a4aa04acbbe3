// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include "lib/graph/passes/smooth_quant.h"

#include <algorithm>
#include <cmath>
#include <memory>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "lib/core/status_macros.h"
#include "lib/graph/passes/edit.h"
#include "lib/graph/passes/layers.h"

namespace pawl {
namespace {

constexpr double kFloor = 1e-5;

// Where a norm keeps what scales its result: the inputs of nodes.
struct NormParts {
  int32_t gain_node = -1, offset_node = -1;
  size_t gain_input = 0, offset_input = 0;
};

class Smoother {
 public:
  Smoother(Graph& graph, double alpha)
      : graph_(graph),
        edit_(graph),
        alpha_(alpha),
        producers_(graph.Producers()),
        users_(graph.Users()) {}

  absl::StatusOr<bool> One(ValueId value, const std::vector<double>& largest) {
    const std::optional<NormParts> norm = NormOf(value, largest.size());
    if (!norm.has_value()) return false;
    std::vector<int32_t> layers, others;
    for (const int32_t n : users_[static_cast<size_t>(value)]) {
      const auto layer = LayerOf(graph_, n);
      const bool smooths = layer.has_value() && layer->kind == LayerKind::kLinear &&
                           layer->input == value && layer->reason.empty() &&
                           graph_.ConstantTensor(layer->weights)->dim(1 - layer->axis) ==
                               static_cast<int64_t>(largest.size());
      (smooths ? layers : others).push_back(n);
    }
    if (layers.empty() || IsOutput(value)) return false;
    for (const int32_t n : others) {  // a subgraph that captures the value reads it by itself
      for (const Attribute& attribute : NodeAt(n).attributes) {
        if (!attribute.graphs.empty()) return false;
      }
    }
    const std::vector<double> s = Factors(largest, layers);
    PAWL_RETURN_IF_ERROR(Divide(norm->gain_node, norm->gain_input, s));
    if (norm->offset_node >= 0) {
      PAWL_RETURN_IF_ERROR(Divide(norm->offset_node, norm->offset_input, s));
    }
    for (const int32_t n : layers) PAWL_RETURN_IF_ERROR(MultiplyWeights(n, s));
    if (!others.empty()) PAWL_RETURN_IF_ERROR(Restore(value, others, s));
    return true;
  }

  void Finish() { std::move(added_.begin(), added_.end(), std::back_inserter(graph_.nodes)); }

 private:
  Node& NodeAt(int32_t n) { return graph_.nodes[static_cast<size_t>(n)]; }

  bool IsOutput(ValueId id) const {
    return std::find(graph_.outputs.begin(), graph_.outputs.end(), id) != graph_.outputs.end();
  }

  // A constant of one f32 for each of the last dimension.
  bool IsVector(ValueId id, size_t channels) const {
    const Tensor* tensor = graph_.ConstantTensor(id);
    return tensor != nullptr && tensor->dtype() == DType::kF32 && tensor->rank() == 1 &&
           tensor->dim(0) == static_cast<int64_t>(channels);
  }

  std::optional<NormParts> NormOf(ValueId value, size_t channels) {
    const int32_t n = producers_[static_cast<size_t>(value)];
    if (n < 0) return std::nullopt;
    const Node& node = NodeAt(n);
    if (!node.domain.empty()) return std::nullopt;
    if (node.op == "LayerNormalization") {
      if (node.outputs.size() != 1 || !IsVector(node.Input(1), channels)) return std::nullopt;
      if (node.Input(2) == kNoValue) return NormParts{n, -1, 1, 0};
      if (!IsVector(node.Input(2), channels)) return std::nullopt;
      return NormParts{n, n, 1, 2};
    }
    if (node.op != "Add" || node.inputs.size() != 2) return std::nullopt;
    for (size_t i = 0; i < 2; ++i) {  // Add(Mul(x, gain), offset), either way round
      if (!IsVector(node.inputs[i], channels)) continue;
      const ValueId product = node.inputs[1 - i];
      const int32_t m = producers_[static_cast<size_t>(product)];
      if (m < 0 || users_[static_cast<size_t>(product)].size() != 1 || IsOutput(product)) continue;
      const Node& mul = NodeAt(m);
      if (mul.op != "Mul" || !mul.domain.empty() || mul.inputs.size() != 2) continue;
      for (size_t k = 0; k < 2; ++k) {
        if (IsVector(mul.inputs[k], channels)) return NormParts{m, n, k, i};
      }
    }
    return std::nullopt;
  }

  // Weights of input channel j: element (j, c) or (c, j).
  template <typename Visit>
  void EachWeight(const Layer& layer, const Tensor& weights, Visit visit) {
    const int64_t rows = weights.dim(0), columns = weights.dim(1);
    for (int64_t r = 0; r < rows; ++r) {
      for (int64_t c = 0; c < columns; ++c) {
        visit(static_cast<size_t>(layer.axis == 1 ? r : c), static_cast<size_t>(r * columns + c));
      }
    }
  }

  std::vector<double> Factors(const std::vector<double>& largest,
                              const std::vector<int32_t>& layers) {
    std::vector<double> weight(largest.size(), 0.0), s(largest.size());
    for (const int32_t n : layers) {
      const Layer layer = *LayerOf(graph_, n);
      const Tensor& weights = *graph_.ConstantTensor(layer.weights);
      EachWeight(layer, weights, [&](size_t j, size_t at) {
        weight[j] = std::max(weight[j], std::fabs(static_cast<double>(weights.as<float>()[at])));
      });
    }
    for (size_t j = 0; j < s.size(); ++j) {
      s[j] = std::pow(std::max(largest[j], kFloor), alpha_) /
             std::pow(std::max(weight[j], kFloor), 1 - alpha_);
      s[j] = std::clamp(s[j], 1e-3, 1e3);
    }
    return s;
  }

  absl::Status Divide(int32_t n, size_t input, const std::vector<double>& s) {
    const ValueId id = NodeAt(n).inputs[input];
    PAWL_ASSIGN_OR_RETURN(Tensor copy, graph_.ConstantTensor(id)->Clone());
    const auto values = copy.mutable_as<float>();
    for (size_t j = 0; j < s.size(); ++j) {
      values[j] = static_cast<float>(static_cast<double>(values[j]) / s[j]);
    }
    NodeAt(n).inputs[input] =
        edit_.AddTensor(absl::StrCat(graph_.value(id).name, "_smooth"), std::move(copy));
    return absl::OkStatus();
  }

  absl::Status MultiplyWeights(int32_t n, const std::vector<double>& s) {
    const Layer layer = *LayerOf(graph_, n);
    PAWL_ASSIGN_OR_RETURN(Tensor copy, graph_.ConstantTensor(layer.weights)->Clone());
    const auto values = copy.mutable_as<float>();
    EachWeight(layer, copy, [&](size_t j, size_t at) {
      values[at] = static_cast<float>(static_cast<double>(values[at]) * s[j]);
    });
    NodeAt(n).inputs[1] =
        edit_.AddTensor(absl::StrCat(graph_.value(layer.weights).name, "_smooth"), std::move(copy));
    return absl::OkStatus();
  }

  absl::Status Restore(ValueId value, const std::vector<int32_t>& others,
                       const std::vector<double>& s) {
    std::vector<float> factors(s.begin(), s.end());
    const std::string name = graph_.value(value).name;
    PAWL_ASSIGN_OR_RETURN(
        const ValueId by,
        edit_.AddFloats(name + "_unsmooth_factor", {static_cast<int64_t>(s.size())}, factors));
    const ValueId back = edit_.AddValue(name + "_unsmooth", graph_.value(value).type);
    for (const int32_t n : others) {
      auto& inputs = NodeAt(n).inputs;
      std::replace(inputs.begin(), inputs.end(), value, back);
    }
    added_.push_back(edit_.Make("Mul", {value, by}, back));
    return absl::OkStatus();
  }

  Graph& graph_;
  GraphEditor edit_;
  const double alpha_;
  const std::vector<int32_t> producers_;
  const std::vector<std::vector<int32_t>> users_;
  std::vector<Node> added_;
};

}  // namespace

absl::StatusOr<std::vector<std::string>> SmoothQuant(
    Graph& graph, const std::map<ValueId, std::vector<double>>& largest, double alpha) {
  Smoother smoother(graph, alpha);
  std::vector<std::string> changed;
  for (const auto& [value, channels] : largest) {
    if (channels.empty()) continue;
    PAWL_ASSIGN_OR_RETURN(const bool done, smoother.One(value, channels));
    if (done) changed.push_back(graph.value(value).name);
  }
  smoother.Finish();
  return changed;
}

}  // namespace pawl
