// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// Images of codes with their channels last, as convolutions want them: groups of neighbours that
// all can do so, with a transposition where a group ends.

#include <algorithm>
#include <numeric>
#include <utility>
#include <vector>

#include "lib/graph/fuse_codes.h"
#include "lib/graph/operators/integer_layer.h"
#include "lib/graph/operators/window.h"
#include "lib/graph/own_operators.h"

namespace pawl {
namespace {

bool IsMicrosoft(const Node& node, absl::string_view op) {
  return node.domain == kMicrosoftDomain && node.op == op;
}

bool IsTransposedConv(const Node& node) {
  return node.domain == kPawlDomain && node.op == "QLinearConvTranspose";
}

class Layouts {
 public:
  Layouts(Graph& graph, const std::vector<bool>& observed) : graph_(graph), keep_(observed) {
    keep_.resize(graph.values.size(), false);
    for (const ValueId id : graph.outputs) keep_[static_cast<size_t>(id)] = true;
    group_.resize(graph.values.size());
    std::iota(group_.begin(), group_.end(), 0);
  }

  void Run() {
    members_.resize(graph_.nodes.size());
    for (size_t i = 0; i < graph_.nodes.size(); ++i) members_[i] = ImagesOf(graph_.nodes[i]);
    for (const auto& images : members_) {
      for (const ValueId id : images) Join(images[0], id);
    }
    Choose();
    const size_t count = graph_.nodes.size();
    last_.assign(group_.size(), kNoValue);
    for (size_t i = 0; i < count; ++i) {
      if (!members_[i].empty() && IsChosen(members_[i][0])) Turn(i);
    }
    AddBoundaries(count);
  }

 private:
  // Images that a node reads and gives, if it can do with their channels last; their layouts go
  // together.
  std::vector<ValueId> ImagesOf(const Node& node) const {
    std::vector<ValueId> images;
    if (node.outputs.size() != 1) return images;
    if (node.op == "QLinearConv" && node.domain.empty()) {
      if (!TakesLayer(node)) return images;
      images = {node.inputs[0]};
    } else if (IsTransposedConv(node) || (node.domain == kPawlDomain && node.op == "Lookup")) {
      images = {node.inputs[0]};
    } else if (node.domain == kPawlDomain && node.op == "Lookup2") {
      images = {node.inputs[0], node.inputs[1]};
    } else if (IsMicrosoft(node, "QLinearAveragePool") ||
               IsMicrosoft(node, "QLinearGlobalAveragePool")) {
      if (node.Int("channels_last", 0) != 0) return images;
      images = {node.inputs[0]};
    } else if (node.op == "Concat" && node.domain.empty() && node.Int("axis", 0) == 1) {
      images = node.inputs;
    } else {
      return images;
    }
    images.push_back(node.outputs[0]);
    const size_t rank = RankOf(images[0]);
    const auto fits = [&](ValueId id) { return IsCodes(id) && RankOf(id) == rank; };
    if ((rank != 3 && rank != 4) || !std::all_of(images.begin(), images.end(), fits)) return {};
    return images;
  }

  size_t RankOf(ValueId id) const {
    const auto& shape = graph_.value(id).type.shape;
    return shape.has_value() ? shape->size() : 0;
  }
  bool IsCodes(ValueId id) const {
    const auto& dtype = graph_.value(id).type.dtype;
    return dtype == DType::kU8 || dtype == DType::kI8;
  }

  // Whether QuantizedConv will take the node, which has no other way with its channels last.
  bool TakesLayer(const Node& node) const {
    constexpr int64_t kMostColumns = 32768;
    for (size_t i = 1; i < node.inputs.size(); ++i) {
      if (node.inputs[i] != kNoValue && graph_.ConstantTensor(node.inputs[i]) == nullptr) {
        return false;
      }
    }
    for (const size_t i : {1, 4, 6}) {
      const Tensor& scales = *graph_.ConstantTensor(node.inputs[i]);
      if (scales.dtype() != DType::kF32 || (i != 4 && scales.num_elements() != 1)) return false;
      const auto values = scales.as<float>();
      if (!std::all_of(values.begin(), values.end(), i == 4 ? WeightScaleFits : ScaleFits)) {
        return false;
      }
    }
    const Tensor& w = *graph_.ConstantTensor(node.inputs[3]);
    if (w.rank() != 3 && w.rank() != 4) return false;
    return w.num_elements() > 0 && w.num_elements() / w.dim(0) <= kMostColumns &&
           w.dim(0) % std::max<int64_t>(1, node.Int("group", 1)) == 0 && !PaddingFollowsSize(node);
  }

  int32_t Find(ValueId id) {
    auto at = static_cast<size_t>(id);
    while (group_[at] != static_cast<int32_t>(at)) {
      group_[at] = group_[static_cast<size_t>(group_[at])];
      at = static_cast<size_t>(group_[at]);
    }
    return static_cast<int32_t>(at);
  }
  void Join(ValueId a, ValueId b) { group_[static_cast<size_t>(Find(a))] = Find(b); }
  bool IsChosen(ValueId id) { return chosen_[static_cast<size_t>(Find(id))]; }

  // Each convolution transposes twice by itself, unless its group does so at its ends.
  void Choose() {
    std::vector<int64_t> gain(group_.size(), 0);
    std::vector<bool> inside(group_.size(), false), outside = keep_;
    for (size_t i = 0; i < graph_.nodes.size(); ++i) {
      const Node& node = graph_.nodes[i];
      const auto& images = members_[i];
      const auto is_image = [&](ValueId id) {
        return std::find(images.begin(), images.end(), id) != images.end();
      };
      for (const ValueId id : images) inside[static_cast<size_t>(id)] = true;
      for (const auto& ids : {NodeReads(node), node.outputs}) {
        for (const ValueId id : ids) {
          if (id != kNoValue && !is_image(id)) outside[static_cast<size_t>(id)] = true;
        }
      }
      if (!images.empty() && (node.op == "QLinearConv" || IsTransposedConv(node))) {
        gain[static_cast<size_t>(Find(images[0]))] += 2;
      }
    }
    for (const ValueId id : graph_.inputs) outside[static_cast<size_t>(id)] = true;
    for (size_t v = 0; v < inside.size(); ++v) {
      if (inside[v] && outside[v]) --gain[static_cast<size_t>(Find(static_cast<ValueId>(v)))];
    }
    chosen_.resize(group_.size());
    for (size_t v = 0; v < gain.size(); ++v) chosen_[v] = gain[v] > 0;
  }

  // The value with its channels last.
  ValueId Last(ValueId id) {
    if (last_[static_cast<size_t>(id)] != kNoValue) return last_[static_cast<size_t>(id)];
    ValueType type = graph_.value(id).type;
    Dims dims = type.shape.value_or(Dims{});
    if (dims.size() > 2) std::rotate(dims.begin() + 1, dims.begin() + 2, dims.end());
    type.shape = std::move(dims);
    const ValueId made = graph_.AddValue(NewName(graph_, "channels_last"), std::move(type));
    last_[static_cast<size_t>(id)] = made;
    return made;
  }

  void Turn(size_t i) {
    const auto& images = members_[i];
    for (ValueId& id : graph_.nodes[i].inputs) {
      if (std::find(images.begin(), images.end(), id) != images.end()) id = Last(id);
    }
    const auto rank = static_cast<int64_t>(RankOf(images[0]));
    Node& node = graph_.nodes[i];
    node.outputs[0] = Last(node.outputs[0]);
    if (node.op == "QLinearConv" || IsTransposedConv(node)) {
      node.Set(Attribute::Int(kChannelsLast, 1));
    }
    if (node.domain == kMicrosoftDomain) node.Set(Attribute::Int("channels_last", 1));
    if (node.op == "Concat") node.Set(Attribute::Int("axis", rank - 1));
  }

  // Values that go into groups or out of them.
  void AddBoundaries(size_t count) {
    std::vector<bool> made_last(group_.size(), false), read(group_.size(), false);
    std::vector<ValueId> first(graph_.values.size(), kNoValue);  // by the value with channels last
    for (size_t v = 0; v < last_.size(); ++v) {
      if (last_[v] != kNoValue) first[static_cast<size_t>(last_[v])] = static_cast<ValueId>(v);
      read[v] = keep_[v];
    }
    for (size_t i = 0; i < count; ++i) {
      for (const ValueId id : NodeReads(graph_.nodes[i])) {
        if (static_cast<size_t>(id) < read.size()) read[static_cast<size_t>(id)] = true;
      }
      for (const ValueId id : graph_.nodes[i].outputs) {
        if (id != kNoValue && first[static_cast<size_t>(id)] != kNoValue) {
          made_last[static_cast<size_t>(first[static_cast<size_t>(id)])] = true;
        }
      }
    }
    for (size_t v = 0; v < last_.size(); ++v) {
      if (last_[v] == kNoValue) continue;
      const auto id = static_cast<ValueId>(v);
      const auto rank = static_cast<int64_t>(RankOf(id));
      std::vector<int64_t> perm(static_cast<size_t>(rank));
      std::iota(perm.begin(), perm.end(), 0);
      if (!made_last[v]) {
        std::rotate(perm.begin() + 1, perm.begin() + 2, perm.end());
        AddTranspose(id, last_[v], std::move(perm));
      } else if (read[v]) {
        std::rotate(perm.begin() + 1, perm.end() - 1, perm.end());
        AddTranspose(last_[v], id, std::move(perm));
      }
    }
  }

  void AddTranspose(ValueId from, ValueId to, std::vector<int64_t> perm) {
    Node node;
    node.op = "Transpose";
    node.opset = 13;
    node.name = graph_.value(to).name;
    node.inputs = {from};
    node.outputs = {to};
    node.attributes = {Attribute::Ints("perm", std::move(perm))};
    graph_.nodes.push_back(std::move(node));
  }

  Graph& graph_;
  std::vector<bool> keep_;
  std::vector<int32_t> group_;                 // by value: the next one of its group
  std::vector<bool> chosen_;                   // by the group's last value
  std::vector<std::vector<ValueId>> members_;  // by node
  std::vector<ValueId> last_;                  // by value: itself with its channels last
};

}  // namespace

void PutChannelsLast(Graph& graph, const std::vector<bool>& observed) {
  Layouts(graph, observed).Run();
}

}  // namespace pawl
