// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include "lib/formats/onnx_graph.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "lib/core/status_macros.h"
#include "lib/formats/onnx_fields.h"
#include "lib/formats/onnx_node.h"
#include "pawl/text.h"
#include "protozero/pbf_message.hpp"

namespace pawl::onnx {

using protozero::data_view;

namespace {

constexpr int kMaxDepth = 32;

// Graphs' messages by field, before any is looked into: names may be used before they are defined.
struct GraphParts {
  std::vector<data_view> nodes, initializers, inputs, outputs, value_infos;
  std::string file_info;
};

// The graph's messages by kind; false where there is a sparse initialiser.
bool CollectParts(data_view data, Graph& graph, GraphParts& parts) {
  FieldReader message(data);
  while (message.Next()) {
    switch (static_cast<GraphField>(message.tag())) {
      case GraphField::kNode:
        parts.nodes.push_back(message.get().get_view());
        break;
      case GraphField::kName:
        graph.name = message.get().get_string();
        break;
      case GraphField::kInitializer:
        parts.initializers.push_back(message.get().get_view());
        break;
      case GraphField::kInput:
        parts.inputs.push_back(message.get().get_view());
        break;
      case GraphField::kOutput:
        parts.outputs.push_back(message.get().get_view());
        break;
      case GraphField::kValueInfo:
        parts.value_infos.push_back(message.get().get_view());
        break;
      case GraphField::kSparseInitializer:
        return false;
      default:
        message.Keep(graph.file_info);
    }
  }
  return true;
}

std::string NameOf(data_view value_info) {
  protozero::pbf_message<ValueInfoField> info(value_info);
  std::string name;
  while (info.next()) {
    if (info.tag() == ValueInfoField::kName) {
      name = info.get_string();
    } else {
      info.skip();
    }
  }
  return name;
}

}  // namespace

absl::Status GraphReader::CheckDepth(const Scope& scope) const {
  if (scope.depth <= kMaxDepth) return absl::OkStatus();
  return source_.Error(
      absl::StrCat("subgraphs and functions are nested more than ", kMaxDepth, " deep"));
}

ValueId GraphReader::Resolve(const std::string& name, Scope& scope) {
  const auto found = scope.names.find(name);
  if (found != scope.names.end()) return found->second;
  if (scope.enclosing == nullptr) return kNoValue;
  const ValueId outer = Resolve(name, *scope.enclosing);
  if (outer == kNoValue) return kNoValue;
  const Value& value = scope.enclosing->graph->value(outer);
  ValueType type = value.type;  // symbols are numbered by graph
  if (type.shape.has_value()) {
    for (int64_t& dim : *type.shape) dim = dim < 0 ? kUnknownDim : dim;
  }
  const ValueId inner = scope.graph->AddValue(name, std::move(type));
  scope.graph->captures.push_back({outer, inner});
  scope.names[name] = inner;
  return inner;
}

ValueId GraphReader::Named(const std::string& name, Scope& scope) {
  const auto found = scope.names.find(name);
  if (found != scope.names.end()) return found->second;
  std::string full = absl::StrCat(scope.prefix, name);
  if (!scope.prefix.empty()) {
    int& count = used_[scope.graph][full];
    if (count++ > 0) absl::StrAppend(&full, "#", count);
  }
  const ValueId id = scope.graph->AddValue(std::move(full));
  scope.names[name] = id;
  return id;
}

absl::Status GraphReader::ReadShape(data_view data, Graph& graph, ValueType& type) {
  Dims dims;
  protozero::pbf_message<ShapeField> message(data);
  while (message.next()) {
    if (message.tag() != ShapeField::kDim) {
      message.skip();
      continue;
    }
    int64_t size = kUnknownDim;
    protozero::pbf_message<DimField> dim(message.get_view());
    while (dim.next()) {
      if (dim.tag() == DimField::kValue) {
        size = dim.get_int64();
        if (size < 0) size = kUnknownDim;  // some exporters write -1
      } else if (dim.tag() == DimField::kParam) {
        const std::string symbol = dim.get_string();
        if (symbol.empty()) continue;
        size_t i = 0;
        while (i < graph.symbols.size() && graph.symbols[i] != symbol) ++i;
        if (i == graph.symbols.size()) graph.symbols.push_back(symbol);
        size = SymbolDim(i);
      } else {
        dim.skip();
      }
    }
    dims.push_back(size);
  }
  type.shape = std::move(dims);
  return absl::OkStatus();
}

absl::Status GraphReader::ReadType(data_view data, Graph& graph, Value& value) {
  protozero::pbf_message<TypeField> message(data);
  bool is_tensor = false;
  while (message.next()) {
    if (message.tag() != TypeField::kTensor) {
      message.skip();
      continue;
    }
    is_tensor = true;
    protozero::pbf_message<TensorTypeField> tensor(message.get_view());
    while (tensor.next()) {
      if (tensor.tag() == TensorTypeField::kElement) {
        const int32_t data_type = tensor.get_int32();
        value.type.dtype = HeldAs(data_type);
        const bool plain = value.type.dtype.has_value() && BitsOf(data_type) >= 8;
        value.file_type = plain || data_type == 0 ? 0 : data_type;
      } else if (tensor.tag() == TensorTypeField::kShape) {
        PAWL_RETURN_IF_ERROR(ReadShape(tensor.get_view(), graph, value.type));
      } else {
        tensor.skip();
      }
    }
  }
  if (!is_tensor) value.file_type_info = data.to_string();
  return absl::OkStatus();
}

absl::Status GraphReader::ReadValueInfo(data_view data, Scope& scope, ValueId* id,
                                        std::string* name) {
  source_.Enter(data);
  Value read;
  FieldReader message(data);
  data_view type;
  while (message.Next()) {
    switch (static_cast<ValueInfoField>(message.tag())) {
      case ValueInfoField::kName:
        read.name = message.get().get_string();
        break;
      case ValueInfoField::kType:
        type = message.get().get_view();
        break;
      default:
        message.Keep(read.file_info);
    }
  }
  if (type.size() > 0) PAWL_RETURN_IF_ERROR(ReadType(type, *scope.graph, read));
  *name = read.name;
  const auto found = scope.names.find(read.name);
  if (found == scope.names.end()) {
    *id = static_cast<ValueId>(scope.graph->values.size());
    scope.names[read.name] = *id;
    scope.graph->values.push_back(std::move(read));
    return absl::OkStatus();
  }
  *id = found->second;
  Value& value = scope.graph->value(*id);
  read.constant = value.constant;
  if (value.constant != nullptr) {  // the tensor itself knows better
    read.type = value.type;
    read.file_type = value.file_type;
  }
  value = std::move(read);
  return absl::OkStatus();
}

absl::Status GraphReader::ReadInitializer(data_view data, Scope& scope) {
  PAWL_ASSIGN_OR_RETURN(TensorMessage message, ReadTensor(source_, data));
  if (scope.names.contains(message.name)) {
    return source_.Error(
        absl::StrCat("there are two initialisers '", Printable(message.name), "'"));
  }
  const ValueId id = Named(message.name, scope);
  Value& value = scope.graph->value(id);
  const bool plain = message.held && BitsOf(message.data_type) >= 8;
  if (!plain) value.file_type = message.data_type;
  if (message.held) {
    value.type = {message.tensor.dtype(), message.tensor.shape()};
  } else {
    value.type.shape = message.dims;
    value.file_info = data.to_string();
  }
  value.constant = std::make_shared<const Constant>(Constant{std::move(message.tensor), nullptr});
  return absl::OkStatus();
}

// Values that a node gives are in the scope before any node is looked into.
absl::Status GraphReader::Define(const NodeParts& node, Scope& scope) {
  for (const std::string& name : node.outputs) {
    if (name.empty()) continue;
    const bool call_output = scope.arguments != nullptr;  // an output of the function itself
    if (scope.names.contains(name) && !call_output) {
      return source_.Error(absl::StrCat("node '", Printable(node.name), "' (", node.op, ") gives '",
                                        Printable(name),
                                        "', which something before gives as well"));
    }
    Named(name, scope);
  }
  return absl::OkStatus();
}

absl::Status GraphReader::ReadGraph(data_view data, Scope& scope) {
  PAWL_RETURN_IF_ERROR(CheckDepth(scope));
  source_.Enter(data);
  Graph& graph = *scope.graph;
  GraphParts parts;
  if (!CollectParts(data, graph, parts)) {
    return source_.Error("sparse initialisers are not supported; store them densely");
  }
  for (const data_view view : parts.initializers)
    PAWL_RETURN_IF_ERROR(ReadInitializer(view, scope));
  std::string name;
  for (const data_view view : parts.inputs) {
    ValueId id = kNoValue;
    PAWL_RETURN_IF_ERROR(ReadValueInfo(view, scope, &id, &name));
    const bool constant = graph.value(id).constant != nullptr;
    (constant ? graph.constant_inputs : graph.inputs).push_back(id);
  }
  std::vector<NodeParts> nodes;
  nodes.reserve(parts.nodes.size());
  for (const data_view view : parts.nodes) {
    PAWL_ASSIGN_OR_RETURN(NodeParts node, ReadNode(view));
    PAWL_RETURN_IF_ERROR(Define(node, scope));
    nodes.push_back(std::move(node));
  }
  for (const data_view view : parts.value_infos) {
    ValueId id = kNoValue;
    PAWL_RETURN_IF_ERROR(ReadValueInfo(view, scope, &id, &name));
  }
  for (const NodeParts& node : nodes) PAWL_RETURN_IF_ERROR(AddNode(node, scope));
  for (const data_view view : parts.outputs) {
    // An output that nothing in a subgraph gives is a value of the enclosing graph.
    const std::string output = NameOf(view);
    const bool captured = !scope.names.contains(output) && Resolve(output, scope) != kNoValue;
    ValueId id = captured ? scope.names[output] : kNoValue;
    if (!captured) PAWL_RETURN_IF_ERROR(ReadValueInfo(view, scope, &id, &name));
    graph.outputs.push_back(id);
  }
  return absl::OkStatus();
}

}  // namespace pawl::onnx
