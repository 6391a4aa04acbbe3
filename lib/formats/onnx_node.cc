// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// Nodes, their attributes and subgraphs, and calls of the model's functions.

#include "lib/formats/onnx_node.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "lib/core/status_macros.h"
#include "lib/formats/onnx_fields.h"
#include "pawl/text.h"
#include "protozero/pbf_message.hpp"

namespace pawl::onnx {

using protozero::data_view;

namespace {

// "ai.onnx" is ONNX's own domain by its other name.
std::string Domain(const std::string& name) { return name == "ai.onnx" ? "" : name; }

void AppendInts(protozero::pbf_reader& reader, std::vector<int64_t>& out) {
  if (reader.wire_type() == protozero::pbf_wire_type::length_delimited) {
    for (const int64_t value : reader.get_packed_int64()) out.push_back(value);
  } else {
    out.push_back(reader.get_int64());
  }
}

void AppendFloats(protozero::pbf_reader& reader, std::vector<float>& out) {
  if (reader.wire_type() == protozero::pbf_wire_type::length_delimited) {
    for (const float value : reader.get_packed_float()) out.push_back(value);
  } else {
    out.push_back(reader.get_float());
  }
}

// Old files leave the type out; then it follows from the field that is there.
AttributeKind KindOf(int32_t type, bool ref, const Attribute& a, bool has_i, bool has_f,
                     bool has_s) {
  switch (static_cast<AttributeType>(type)) {
    case AttributeType::kFloat:
      return AttributeKind::kFloat;
    case AttributeType::kInt:
      return AttributeKind::kInt;
    case AttributeType::kString:
      return AttributeKind::kString;
    case AttributeType::kTensor:
      return AttributeKind::kTensor;
    case AttributeType::kGraph:
      return AttributeKind::kGraph;
    case AttributeType::kFloats:
      return AttributeKind::kFloats;
    case AttributeType::kInts:
      return AttributeKind::kInts;
    case AttributeType::kStrings:
      return AttributeKind::kStrings;
    case AttributeType::kTensors:
      return AttributeKind::kTensors;
    case AttributeType::kGraphs:
      return AttributeKind::kGraphs;
  }
  if (type != 0 || ref) return AttributeKind::kOther;
  if (has_f) return AttributeKind::kFloat;
  if (has_i) return AttributeKind::kInt;
  if (has_s) return AttributeKind::kString;
  if (!a.graphs.empty()) return AttributeKind::kGraph;
  if (!a.tensors.empty()) return AttributeKind::kTensor;
  if (!a.floats.empty()) return AttributeKind::kFloats;
  if (!a.strings.empty()) return AttributeKind::kStrings;
  return AttributeKind::kInts;
}

}  // namespace

absl::StatusOr<GraphReader::NodeParts> GraphReader::ReadNode(data_view data) {
  source_.Enter(data);
  NodeParts parts;
  parts.message = data;
  FieldReader message(data);
  while (message.Next()) {
    switch (static_cast<NodeField>(message.tag())) {
      case NodeField::kInput:
        parts.inputs.push_back(message.get().get_string());
        break;
      case NodeField::kOutput:
        parts.outputs.push_back(message.get().get_string());
        break;
      case NodeField::kName:
        parts.name = message.get().get_string();
        break;
      case NodeField::kOpType:
        parts.op = message.get().get_string();
        break;
      case NodeField::kDomain:
        parts.domain = Domain(message.get().get_string());
        break;
      case NodeField::kOverload:
        parts.overload = message.get().get_string();
        break;
      case NodeField::kAttribute:
        parts.attributes.push_back(message.get().get_view());
        break;
      default:
        message.Keep(parts.file_info);
    }
  }
  return parts;
}

absl::StatusOr<std::shared_ptr<const Graph>> GraphReader::ReadSubgraph(data_view message,
                                                                       Scope& scope) {
  auto graph = std::make_shared<Graph>();
  graph->source = scope.graph->source;
  Scope inner{.graph = graph.get(),
              .names = {},
              .enclosing = &scope,
              .opsets = scope.opsets,
              .arguments = nullptr,
              .prefix = "",
              .depth = scope.depth + 1};
  PAWL_RETURN_IF_ERROR(ReadGraph(message, inner));
  return graph;
}

absl::StatusOr<Tensor> GraphReader::ReadAttributeTensor(data_view message, Attribute& attribute) {
  PAWL_ASSIGN_OR_RETURN(TensorMessage tensor, ReadTensor(source_, message));
  if (!tensor.held) attribute.kind = AttributeKind::kOther;
  return std::move(tensor.tensor);
}

namespace {

// Adds to one of the attribute's lists; false for another field.
bool AppendToList(AttributeField field, protozero::pbf_reader& get, Attribute& a) {
  switch (field) {
    case AttributeField::kFloats:
      AppendFloats(get, a.floats);
      return true;
    case AttributeField::kInts:
      AppendInts(get, a.ints);
      return true;
    case AttributeField::kStrings:
      a.strings.push_back(get.get_string());
      return true;
    default:
      return false;
  }
}

// The value that a call of a function gives for what its body refers to; false where it gives none.
bool TakeArgument(const std::vector<Attribute>& arguments, const std::string& ref, Attribute& a) {
  bool found = false;
  for (const Attribute& argument : arguments) {
    if (argument.name != ref) continue;
    const std::string name = a.name;
    a = argument;
    a.name = name;
    found = true;
  }
  return found;
}

}  // namespace

absl::StatusOr<Attribute> GraphReader::ReadAttribute(data_view data, Scope& scope, bool* absent) {
  source_.Enter(data);
  Attribute a;
  std::string ref;
  int32_t type = 0;
  bool has_i = false, has_f = false, has_s = false, other = false;
  FieldReader message(data);
  while (message.Next()) {
    protozero::pbf_reader& get = message.get();
    switch (static_cast<AttributeField>(message.tag())) {
      case AttributeField::kName:
        a.name = get.get_string();
        break;
      case AttributeField::kF:
        a.f = get.get_float();
        has_f = true;
        break;
      case AttributeField::kI:
        a.i = get.get_int64();
        has_i = true;
        break;
      case AttributeField::kS:
        a.s = get.get_string();
        has_s = true;
        break;
      case AttributeField::kT:
      case AttributeField::kTensors: {
        PAWL_ASSIGN_OR_RETURN(Tensor tensor, ReadAttributeTensor(get.get_view(), a));
        other |= a.kind == AttributeKind::kOther;
        a.tensors.push_back(std::move(tensor));
        break;
      }
      case AttributeField::kG:
      case AttributeField::kGraphs: {
        PAWL_ASSIGN_OR_RETURN(auto graph, ReadSubgraph(get.get_view(), scope));
        a.graphs.push_back(std::move(graph));
        break;
      }
      case AttributeField::kType:
        type = get.get_int32();
        break;
      case AttributeField::kRefName:
        ref = get.get_string();
        break;
      default:
        if (!AppendToList(static_cast<AttributeField>(message.tag()), get, a)) get.skip();
    }
  }
  a.kind = other ? AttributeKind::kOther : KindOf(type, !ref.empty(), a, has_i, has_f, has_s);
  if (!ref.empty() && scope.arguments != nullptr) {
    *absent = !TakeArgument(*scope.arguments, ref, a);
    return a;
  }
  if (a.kind == AttributeKind::kOther) a.s = data.to_string();
  return a;
}

absl::Status GraphReader::AddNode(const NodeParts& parts, Scope& scope) {
  source_.Enter(parts.message);
  if (nodes_left_-- == 0) return source_.Error("functions call each other without end");
  Node node;
  node.name = absl::StrCat(scope.prefix, parts.name);
  node.op = parts.op;
  node.domain = parts.domain;
  node.file_info = parts.file_info;
  const auto opset = scope.opsets->find(parts.domain);
  if (opset != scope.opsets->end()) node.opset = opset->second;
  for (const std::string& name : parts.inputs) {
    ValueId id = kNoValue;
    if (!name.empty()) {
      id = Resolve(name, scope);
      if (id == kNoValue) {
        return source_.Error(absl::StrCat("node '", Printable(parts.name), "' (", parts.op,
                                          ") reads '", Printable(name),
                                          "', which no input, initialiser or node gives"));
      }
    }
    node.inputs.push_back(id);
  }
  for (const std::string& name : parts.outputs) {
    node.outputs.push_back(name.empty() ? kNoValue : Named(name, scope));
  }
  for (const data_view view : parts.attributes) {
    bool absent = false;
    PAWL_ASSIGN_OR_RETURN(Attribute attribute, ReadAttribute(view, scope, &absent));
    if (!absent) node.attributes.push_back(std::move(attribute));
  }
  const auto function = functions_.find({parts.domain, {parts.op, parts.overload}});
  if (function != functions_.end()) return Call(function->second, node, scope);
  scope.graph->nodes.push_back(std::move(node));
  return absl::OkStatus();
}

absl::Status GraphReader::Call(const Function& function, const Node& call, Scope& scope) {
  if (call.inputs.size() > function.inputs.size() ||
      call.outputs.size() > function.outputs.size()) {
    return source_.Error(absl::StrCat(scope.graph->NodeName(call), " calls a function of ",
                                      function.inputs.size(), " inputs and ",
                                      function.outputs.size(), " outputs with more of them"));
  }
  std::vector<Attribute> arguments = call.attributes;
  Scope body{.graph = scope.graph,
             .names = {},
             .enclosing = nullptr,
             .opsets = &function.opsets,
             .arguments = &arguments,
             .prefix = absl::StrCat(call.name.empty() ? function.name : call.name, "/"),
             .depth = scope.depth + 1};
  PAWL_RETURN_IF_ERROR(CheckDepth(body));
  for (const data_view view : function.defaults) {
    bool absent = false;
    PAWL_ASSIGN_OR_RETURN(Attribute attribute, ReadAttribute(view, body, &absent));
    if (call.Find(attribute.name) == nullptr) arguments.push_back(std::move(attribute));
  }
  for (size_t i = 0; i < function.inputs.size(); ++i) {
    body.names[function.inputs[i]] = call.Input(i);
  }
  std::vector<Node> passed;  // outputs that are inputs
  for (size_t i = 0; i < function.outputs.size(); ++i) {
    const ValueId id = call.Output(i);
    if (id == kNoValue) continue;
    const auto found = body.names.find(function.outputs[i]);
    if (found == body.names.end()) {
      body.names[function.outputs[i]] = id;
      continue;
    }
    Node identity;
    identity.name = body.prefix;
    identity.op = "Identity";
    identity.opset = 1;
    identity.inputs = {found->second};
    identity.outputs = {id};
    passed.push_back(std::move(identity));
  }
  std::vector<NodeParts> nodes;
  for (const data_view view : function.nodes) {
    PAWL_ASSIGN_OR_RETURN(NodeParts node, ReadNode(view));
    PAWL_RETURN_IF_ERROR(Define(node, body));
    nodes.push_back(std::move(node));
  }
  for (const NodeParts& node : nodes) PAWL_RETURN_IF_ERROR(AddNode(node, body));
  for (Node& node : passed) scope.graph->nodes.push_back(std::move(node));
  return absl::OkStatus();
}

}  // namespace pawl::onnx
