// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include "lib/graph/passes/edit.h"

#include "absl/strings/str_cat.h"
#include "lib/core/status_macros.h"

namespace pawl {
namespace {

void Collect(const Graph& graph, absl::flat_hash_set<std::string>& names) {
  for (const Value& value : graph.values) names.insert(value.name);
  for (const Node& node : graph.nodes) {
    for (const Attribute& attribute : node.attributes) {
      for (const auto& subgraph : attribute.graphs) Collect(*subgraph, names);
    }
  }
}

template <typename T>
absl::StatusOr<Tensor> Filled(absl::Span<const int64_t> shape, size_t count, int64_t value) {
  return Tensor::FromValues<T>(shape, std::vector<T>(count, static_cast<T>(value)));
}

}  // namespace

GraphEditor::GraphEditor(Graph& graph) : graph_(graph) {
  Collect(graph, names_);
  for (const Node& node : graph.nodes) node_names_.insert(node.name);
}

std::string GraphEditor::Name(absl::string_view stem) {
  std::string name(stem);
  for (int i = 1; !names_.insert(name).second; ++i) name = absl::StrCat(stem, "_", i);
  return name;
}

std::string GraphEditor::NodeName(absl::string_view stem) {
  std::string name(stem);
  for (int i = 1; !node_names_.insert(name).second; ++i) name = absl::StrCat(stem, "_", i);
  return name;
}

ValueId GraphEditor::AddTensor(absl::string_view stem, Tensor tensor) {
  return graph_.AddConstant(Name(stem), std::move(tensor));
}

absl::StatusOr<ValueId> GraphEditor::AddFloats(absl::string_view stem,
                                               absl::Span<const int64_t> shape,
                                               absl::Span<const float> values) {
  PAWL_ASSIGN_OR_RETURN(Tensor tensor, Tensor::FromValues<float>(shape, values));
  return AddTensor(stem, std::move(tensor));
}

absl::StatusOr<ValueId> GraphEditor::AddInts(absl::string_view stem,
                                             absl::Span<const int64_t> shape,
                                             absl::Span<const int64_t> values) {
  PAWL_ASSIGN_OR_RETURN(Tensor tensor, Tensor::FromValues<int64_t>(shape, values));
  return AddTensor(stem, std::move(tensor));
}

absl::StatusOr<ValueId> GraphEditor::AddIntegers(absl::string_view stem, DType dtype, int64_t count,
                                                 int64_t value) {
  const Dims shape = count == 0 ? Dims{} : Dims{count};
  const size_t n = count == 0 ? 1 : static_cast<size_t>(count);
  absl::StatusOr<Tensor> tensor = absl::InternalError("not an integer type");
  switch (dtype) {
    case DType::kU8:
      tensor = Filled<uint8_t>(shape, n, value);
      break;
    case DType::kI8:
      tensor = Filled<int8_t>(shape, n, value);
      break;
    case DType::kU16:
      tensor = Filled<uint16_t>(shape, n, value);
      break;
    case DType::kI16:
      tensor = Filled<int16_t>(shape, n, value);
      break;
    case DType::kI32:
      tensor = Filled<int32_t>(shape, n, value);
      break;
    default:
      break;
  }
  if (!tensor.ok()) return tensor.status();
  return AddTensor(stem, *std::move(tensor));
}

ValueId GraphEditor::AddValue(absl::string_view stem, ValueType type) {
  return graph_.AddValue(Name(stem), std::move(type));
}

Node GraphEditor::Make(absl::string_view op, std::vector<ValueId> inputs, ValueId output,
                       absl::string_view domain) {
  Node node;
  node.op = std::string(op);
  node.domain = std::string(domain);
  node.opset = domain.empty() ? graph_.opsets[""] : 1;
  node.inputs = std::move(inputs);
  node.outputs = {output};
  node.name = NodeName(graph_.value(output).name);
  return node;
}

void GraphEditor::MoveOutput(ValueId id, ValueId to) {
  bool moved = false;
  for (ValueId& output : graph_.outputs) {
    if (output != id) continue;
    output = to;
    moved = true;
  }
  if (!moved) return;
  Value &from = graph_.value(id), &target = graph_.value(to);
  std::string name = from.name;
  from.name = Name(absl::StrCat(name, "/float"));
  std::swap(target.file_info, from.file_info);
  std::swap(target.file_type_info, from.file_type_info);
  target.type = from.type;
  target.name = std::move(name);
}

void UseMicrosoft(Graph& graph) {
  int& version = graph.opsets[kMicrosoft];
  if (version == 0) version = 1;
}

}  // namespace pawl
