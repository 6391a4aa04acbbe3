// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include <algorithm>
#include <cmath>
#include <memory>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "lib/core/status_macros.h"
#include "lib/graph/passes/edit.h"
#include "lib/graph/passes/layers.h"
#include "lib/graph/passes/passes.h"

namespace pawl {
namespace {

constexpr int kRounds = 20;
constexpr double kSettled = 1e-3;  // a round that changes no scale by more ends the search

struct Pair {
  Layer first, second;
  ValueId between = kNoValue;  // what the second reads
};

class Pairs {
 public:
  explicit Pairs(const Graph& graph)
      : graph_(graph), producers_(graph.Producers()), users_(graph.Users()) {}

  std::vector<Pair> Find() const {
    std::vector<Pair> pairs;
    for (const Layer& second : FindLayers(graph_)) {
      if (!IsConv(second)) continue;
      ValueId value = second.input;
      if (!OnlyUse(value)) continue;
      int32_t n = producers_[static_cast<size_t>(value)];
      if (n >= 0 && graph_.nodes[static_cast<size_t>(n)].op == "Relu") {
        value = graph_.nodes[static_cast<size_t>(n)].Input(0);
        if (!OnlyUse(value)) continue;
        n = producers_[static_cast<size_t>(value)];
      }
      if (n < 0) continue;
      const std::optional<Layer> first = LayerOf(graph_, n);
      if (!first.has_value() || !IsConv(*first)) continue;
      // Weights that other nodes read too must stay.
      if (!Own(*first) || !Own(second)) continue;
      pairs.push_back({*first, second, second.input});
    }
    return pairs;
  }

 private:
  static bool IsConv(const Layer& layer) {
    return layer.kind == LayerKind::kConv && layer.reason.empty();
  }
  bool Own(const Layer& layer) const {
    return OnlyUse(layer.weights) && (layer.bias == kNoValue || OnlyUse(layer.bias));
  }
  bool OnlyUse(ValueId id) const {
    return users_[static_cast<size_t>(id)].size() == 1 &&
           std::find(graph_.outputs.begin(), graph_.outputs.end(), id) == graph_.outputs.end();
  }

  const Graph& graph_;
  const std::vector<int32_t> producers_;
  const std::vector<std::vector<int32_t>> users_;
};

// Visits the weights of the second layer that meet input channel i.
template <typename Visit>
void EachOfInput(const Node& node, const Tensor& weights, Visit visit) {
  const int64_t groups = std::max<int64_t>(1, node.Int("group", 1));
  const int64_t out = weights.dim(0), in = weights.dim(1);
  const int64_t taps = out * in == 0 ? 0 : weights.num_elements() / (out * in);
  const int64_t per_group = std::max<int64_t>(1, out / groups);
  for (int64_t o = 0; o < out; ++o) {
    for (int64_t k = 0; k < in; ++k) {
      const int64_t channel = o / per_group * in + k;
      for (int64_t t = 0; t < taps; ++t) {
        visit(static_cast<size_t>(channel), static_cast<size_t>(o),
              static_cast<size_t>((o * in + k) * taps + t));
      }
    }
  }
}

// Weights and biases of a layer while they change.
struct Changed {
  Tensor weights, bias;
};

absl::StatusOr<Changed> Open(const Graph& graph, const Layer& layer, bool bias) {
  Changed changed;
  PAWL_ASSIGN_OR_RETURN(changed.weights, graph.ConstantTensor(layer.weights)->Clone());
  if (const Tensor* own = graph.ConstantTensor(layer.bias); own != nullptr) {
    PAWL_ASSIGN_OR_RETURN(changed.bias, own->Clone());
  } else if (bias) {
    PAWL_ASSIGN_OR_RETURN(changed.bias, Tensor::Create(DType::kF32, {changed.weights.dim(0)}));
  }
  return changed;
}

// Nobody else reads them (Pairs), so the new ones take the old ones' names.
void Close(GraphEditor& edit, const Layer& layer, Changed changed) {
  Graph& graph = edit.graph();
  const auto put = [&](ValueId id, Tensor tensor) {
    graph.value(id).constant =
        std::make_shared<const Constant>(Constant{std::move(tensor), nullptr});
  };
  put(layer.weights, std::move(changed.weights));
  if (changed.bias.empty()) return;
  if (layer.bias != kNoValue) return put(layer.bias, std::move(changed.bias));
  Node& node = graph.nodes[static_cast<size_t>(layer.node)];
  if (node.inputs.size() < 3) node.inputs.resize(3, kNoValue);
  node.inputs[2] = edit.AddTensor(absl::StrCat(graph.value(layer.weights).name, "_bias"),
                                  std::move(changed.bias));
}

// One round on a pair; how far the scales were from 1.
absl::StatusOr<double> Equalize(GraphEditor& edit, const Pair& pair) {
  const Graph& graph = edit.graph();
  PAWL_ASSIGN_OR_RETURN(Changed first, Open(graph, pair.first, false));
  PAWL_ASSIGN_OR_RETURN(Changed second, Open(graph, pair.second, false));
  const Node& node = graph.nodes[static_cast<size_t>(pair.second.node)];
  const auto channels = static_cast<size_t>(first.weights.dim(0));
  std::vector<double> r1(channels, 0.0), r2(channels, 0.0), s(channels, 1.0);
  const auto w1 = first.weights.mutable_as<float>(), w2 = second.weights.mutable_as<float>();
  const size_t row = channels == 0 ? 0 : w1.size() / channels;
  for (size_t i = 0; i < w1.size(); ++i) {
    r1[i / row] = std::max(r1[i / row], std::fabs(static_cast<double>(w1[i])));
  }
  if (second.weights.dim(1) * std::max<int64_t>(1, node.Int("group", 1)) !=
      static_cast<int64_t>(channels)) {
    return 0.0;
  }
  EachOfInput(node, second.weights, [&](size_t channel, size_t, size_t at) {
    r2[channel] = std::max(r2[channel], std::fabs(static_cast<double>(w2[at])));
  });
  double change = 0;
  for (size_t c = 0; c < channels; ++c) {
    if (r1[c] < 1e-12 || r2[c] < 1e-12) continue;  // a dead channel keeps its scale
    s[c] = std::clamp(std::sqrt(r1[c] * r2[c]) / r2[c], 1e-4, 1e4);
    change = std::max(change, std::fabs(std::log(s[c])));
  }
  for (size_t i = 0; i < w1.size(); ++i) {
    w1[i] = static_cast<float>(static_cast<double>(w1[i]) / s[i / row]);
  }
  if (!first.bias.empty()) {
    const auto b = first.bias.mutable_as<float>();
    for (size_t c = 0; c < channels; ++c) {
      b[c] = static_cast<float>(static_cast<double>(b[c]) / s[c]);
    }
  }
  EachOfInput(node, second.weights, [&](size_t channel, size_t, size_t at) {
    w2[at] = static_cast<float>(static_cast<double>(w2[at]) * s[channel]);
  });
  Close(edit, pair.first, std::move(first));
  Close(edit, pair.second, std::move(second));
  return change;
}

std::string NameOf(const Graph& graph, const Layer& layer) {
  return LayerName(graph, graph.nodes[static_cast<size_t>(layer.node)]);
}

bool Pads(const Node& node) {
  if (node.String("auto_pad", "NOTSET") != "NOTSET") return true;
  const auto pads = node.Ints("pads");
  return std::any_of(pads.begin(), pads.end(), [](int64_t p) { return p != 0; });
}

}  // namespace

absl::StatusOr<std::vector<std::string>> EqualizeLayers(Graph& graph) {
  std::vector<std::string> names;
  for (const Pair& pair : Pairs(graph).Find()) {
    names.push_back(absl::StrCat(NameOf(graph, pair.first), " and ", NameOf(graph, pair.second)));
  }
  GraphEditor edit(graph);
  for (int round = 0; round < kRounds; ++round) {
    double change = 0;
    for (const Pair& pair : Pairs(graph).Find()) {
      PAWL_ASSIGN_OR_RETURN(const double one, Equalize(edit, pair));
      change = std::max(change, one);
    }
    if (change < kSettled) break;
  }
  return names;
}

absl::StatusOr<std::vector<std::string>> AbsorbBiases(
    Graph& graph, const std::map<ValueId, std::vector<double>>& smallest) {
  std::vector<std::string> names;
  GraphEditor edit(graph);
  for (const Pair& pair : Pairs(graph).Find()) {
    const auto found = smallest.find(pair.between);
    const Node& node = graph.nodes[static_cast<size_t>(pair.second.node)];
    if (found == smallest.end() || pair.first.bias == kNoValue || Pads(node)) continue;
    const auto channels = found->second.size();
    if (graph.ConstantTensor(pair.first.bias)->num_elements() != static_cast<int64_t>(channels)) {
      continue;
    }
    std::vector<double> take(channels, 0.0);
    bool any = false;
    for (size_t c = 0; c < channels; ++c) {
      if (!std::isfinite(found->second[c]) || !(found->second[c] > 0)) continue;
      take[c] = found->second[c];
      any = true;
    }
    if (!any) continue;
    PAWL_ASSIGN_OR_RETURN(Changed first, Open(graph, pair.first, true));
    PAWL_ASSIGN_OR_RETURN(Changed second, Open(graph, pair.second, true));
    for (size_t c = 0; c < channels; ++c) {
      float& b = first.bias.mutable_as<float>()[c];
      b = static_cast<float>(static_cast<double>(b) - take[c]);
    }
    std::vector<double> add(static_cast<size_t>(second.weights.dim(0)), 0.0);
    const auto w = second.weights.as<float>();
    EachOfInput(node, second.weights, [&](size_t channel, size_t out, size_t at) {
      add[out] += static_cast<double>(w[at]) * take[channel];
    });
    for (size_t o = 0; o < add.size(); ++o) {
      float& b = second.bias.mutable_as<float>()[o];
      b = static_cast<float>(static_cast<double>(b) + add[o]);
    }
    Close(edit, pair.first, std::move(first));
    Close(edit, pair.second, std::move(second));
    names.push_back(NameOf(graph, pair.first));
  }
  return names;
}

}  // namespace pawl
