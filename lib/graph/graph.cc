// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include "pawl/graph.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace pawl {
namespace {

Attribute Named(std::string name, AttributeKind kind) {
  Attribute attribute;
  attribute.name = std::move(name);
  attribute.kind = kind;
  return attribute;
}

}  // namespace

Attribute Attribute::Int(std::string name, int64_t value) {
  Attribute attribute = Named(std::move(name), AttributeKind::kInt);
  attribute.i = value;
  return attribute;
}

Attribute Attribute::Float(std::string name, float value) {
  Attribute attribute = Named(std::move(name), AttributeKind::kFloat);
  attribute.f = value;
  return attribute;
}

Attribute Attribute::String(std::string name, std::string value) {
  Attribute attribute = Named(std::move(name), AttributeKind::kString);
  attribute.s = std::move(value);
  return attribute;
}

Attribute Attribute::Ints(std::string name, std::vector<int64_t> values) {
  Attribute attribute = Named(std::move(name), AttributeKind::kInts);
  attribute.ints = std::move(values);
  return attribute;
}

Attribute Attribute::Floats(std::string name, std::vector<float> values) {
  Attribute attribute = Named(std::move(name), AttributeKind::kFloats);
  attribute.floats = std::move(values);
  return attribute;
}

Attribute Attribute::OfTensor(std::string name, Tensor value) {
  Attribute attribute = Named(std::move(name), AttributeKind::kTensor);
  attribute.tensors.push_back(std::move(value));
  return attribute;
}

Attribute Attribute::OfGraph(std::string name, std::shared_ptr<const Graph> graph) {
  Attribute attribute = Named(std::move(name), AttributeKind::kGraph);
  attribute.graphs.push_back(std::move(graph));
  return attribute;
}

const Attribute* Node::Find(absl::string_view attribute) const {
  for (const Attribute& a : attributes) {
    if (a.name == attribute) return &a;
  }
  return nullptr;
}

int64_t Node::Int(absl::string_view attribute, int64_t otherwise) const {
  const Attribute* a = Find(attribute);
  return a != nullptr && a->kind == AttributeKind::kInt ? a->i : otherwise;
}

float Node::Float(absl::string_view attribute, float otherwise) const {
  const Attribute* a = Find(attribute);
  return a != nullptr && a->kind == AttributeKind::kFloat ? a->f : otherwise;
}

absl::string_view Node::String(absl::string_view attribute, absl::string_view otherwise) const {
  const Attribute* a = Find(attribute);
  return a != nullptr && a->kind == AttributeKind::kString ? absl::string_view(a->s) : otherwise;
}

absl::Span<const int64_t> Node::Ints(absl::string_view attribute) const {
  const Attribute* a = Find(attribute);
  if (a == nullptr || a->kind != AttributeKind::kInts) return {};
  return a->ints;
}

absl::Span<const float> Node::Floats(absl::string_view attribute) const {
  const Attribute* a = Find(attribute);
  if (a == nullptr || a->kind != AttributeKind::kFloats) return {};
  return a->floats;
}

void Node::Set(Attribute attribute) {
  for (Attribute& a : attributes) {
    if (a.name == attribute.name) {
      a = std::move(attribute);
      return;
    }
  }
  attributes.push_back(std::move(attribute));
}

ValueId Graph::AddValue(std::string value_name, ValueType type) {
  Value value;
  value.name = std::move(value_name);
  value.type = std::move(type);
  values.push_back(std::move(value));
  return static_cast<ValueId>(values.size()) - 1;
}

ValueId Graph::AddConstant(std::string value_name, Tensor tensor) {
  const ValueId id = AddValue(std::move(value_name), {tensor.dtype(), tensor.shape()});
  value(id).constant = std::make_shared<const Constant>(Constant{std::move(tensor), nullptr});
  return id;
}

ValueId Graph::AddConstant(std::string value_name, QuantizedTensor tensor) {
  const ValueId id = AddValue(std::move(value_name), {DType::kF32, tensor.shape});
  value(id).constant = std::make_shared<const Constant>(
      Constant{Tensor(), std::make_shared<const QuantizedTensor>(std::move(tensor))});
  return id;
}

std::string Graph::UniqueName(absl::string_view stem) const {
  if (FindValue(stem) == kNoValue) return std::string(stem);
  for (int i = 1;; ++i) {
    std::string candidate = absl::StrCat(stem, "_", i);
    if (FindValue(candidate) == kNoValue) return candidate;
  }
}

ValueId Graph::FindValue(absl::string_view value_name) const {
  for (size_t i = 0; i < values.size(); ++i) {
    if (values[i].name == value_name) return static_cast<ValueId>(i);
  }
  return kNoValue;
}

absl::flat_hash_map<std::string, ValueId> Graph::NameIndex() const {
  absl::flat_hash_map<std::string, ValueId> index;
  index.reserve(values.size());
  for (size_t i = 0; i < values.size(); ++i) index[values[i].name] = static_cast<ValueId>(i);
  return index;
}

const Tensor* Graph::ConstantTensor(ValueId id) const {
  if (id == kNoValue || value(id).constant == nullptr) return nullptr;
  const Constant& constant = *value(id).constant;
  return constant.quantized == nullptr ? &constant.tensor : nullptr;
}

std::vector<int32_t> Graph::Producers() const {
  std::vector<int32_t> producers(values.size(), -1);
  for (size_t i = 0; i < nodes.size(); ++i) {
    for (const ValueId id : nodes[i].outputs) {
      if (id != kNoValue) producers[static_cast<size_t>(id)] = static_cast<int32_t>(i);
    }
  }
  return producers;
}

std::vector<std::vector<int32_t>> Graph::Users() const {
  std::vector<std::vector<int32_t>> users(values.size());
  for (size_t i = 0; i < nodes.size(); ++i) {
    for (const ValueId id : NodeReads(nodes[i])) {
      std::vector<int32_t>& list = users[static_cast<size_t>(id)];
      if (list.empty() || list.back() != static_cast<int32_t>(i)) {
        list.push_back(static_cast<int32_t>(i));
      }
    }
  }
  return users;
}

std::string Graph::NodeName(const Node& node) const {
  const std::string op = node.domain.empty() ? node.op : absl::StrCat(node.domain, ".", node.op);
  if (!node.name.empty()) return absl::StrCat("node '", node.name, "' (", op, ")");
  for (const ValueId id : node.outputs) {
    if (id != kNoValue) return absl::StrCat("the node of '", value(id).name, "' (", op, ")");
  }
  return absl::StrCat("a node (", op, ")");
}

std::string Graph::ShapeText(const ValueType& type) const {
  if (!type.shape.has_value()) return "unknown";
  std::vector<std::string> parts;
  for (const int64_t dim : *type.shape) {
    if (dim >= 0) {
      parts.push_back(absl::StrCat(dim));
    } else if (IsSymbol(dim) && SymbolOf(dim) < symbols.size()) {
      parts.push_back(symbols[SymbolOf(dim)]);
    } else {
      parts.push_back("?");
    }
  }
  return absl::StrCat("[", absl::StrJoin(parts, ", "), "]");
}

std::vector<ValueId> NodeReads(const Node& node) {
  std::vector<ValueId> reads;
  for (const ValueId id : node.inputs) {
    if (id != kNoValue) reads.push_back(id);
  }
  for (const Attribute& attribute : node.attributes) {
    for (const auto& graph : attribute.graphs) {
      for (const Capture& capture : graph->captures) reads.push_back(capture.outer);
    }
  }
  return reads;
}

}  // namespace pawl
