// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// Graphs: opening, and what is in them.

#include "capi/graph.h"

#include <algorithm>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "capi/files.h"
#include "pawl/onnx.h"
#include "pawl/text.h"

using pawl::Context;
using pawl::Graph;
using pawl::Node;
using pawl::Value;
using pawl::ValueId;
using pawl::capi::Call;
using pawl::capi::Make;

pawl_graph::pawl_graph(std::shared_ptr<const Graph> given) : graph(std::move(given)) {
  auto copy = std::make_shared<Graph>(*graph);
  // A node whose inputs do not fit is named when the graph is to run; lists then have what the file
  // says.
  typed = pawl::InferTypes(*copy).ok() ? std::move(copy) : graph;
}

namespace {

const Value* ValueAt(const pawl_graph* graph, size_t index) {
  if (graph == nullptr || index >= graph->typed->values.size()) return nullptr;
  return &graph->typed->values[index];
}

const Node* NodeAt(const pawl_graph* graph, size_t index) {
  if (graph == nullptr || index >= graph->typed->nodes.size()) return nullptr;
  return &graph->typed->nodes[index];
}

int64_t IdAt(const std::vector<ValueId>& ids, size_t index) {
  return index < ids.size() ? int64_t{ids[index]} : -1;
}

bool Runs(const Node& node) {
  if (!pawl::CanRun(node)) return false;
  for (const pawl::Attribute& attribute : node.attributes) {
    for (const auto& subgraph : attribute.graphs) {
      if (!std::all_of(subgraph->nodes.begin(), subgraph->nodes.end(), Runs)) return false;
    }
  }
  return true;
}

// A constant of one kind, as `take` has it.
template <typename Handle, typename Take>
int32_t MakeConstant(pawl_context* context, const pawl_graph* graph, size_t index, bool quantized,
                     Handle** out, Take take) noexcept {
  using Held = decltype(take(std::declval<const pawl::Constant&>()));
  return Make(context, out, [&](Context&) -> absl::StatusOr<Held> {
    PAWL_NEED(graph);
    const Value* value = ValueAt(graph, index);
    if (value == nullptr) {
      return absl::OutOfRangeError(
          absl::StrCat("value ", index, " of a graph with ", graph->typed->values.size()));
    }
    if (value->constant == nullptr || (value->constant->quantized != nullptr) != quantized) {
      return absl::FailedPreconditionError(
          absl::StrCat(graph->typed->source, ": value '", value->name, "' is no ",
                       quantized ? "quantized constant" : "constant, or a quantized one",
                       "; pawl_graph_value_kind says what it is"));
    }
    return take(*value->constant);
  });
}

}  // namespace

extern "C" {

int32_t pawl_graph_open(pawl_context* context, const char* path, pawl_graph** graph) noexcept {
  return Make(context, graph, [&](Context&) -> absl::StatusOr<std::shared_ptr<const Graph>> {
    PAWL_NEED(path);
    return pawl::ReadOnnx(path);
  });
}

int32_t pawl_graph_open_memory(pawl_context* context, const void* bytes, size_t size,
                               pawl_release_fn release, void* user, const char* name,
                               const char* folder, pawl_graph** graph) noexcept {
  if (graph != nullptr) *graph = nullptr;
  return Call(context, [&](Context&) -> absl::Status {
    PAWL_NEED(graph);
    PAWL_NEED_ARRAY(bytes, size);
    pawl::capi::Lease lease(release, user);
    PAWL_ASSIGN_OR_RETURN(
        auto read,
        pawl::ReadOnnxMemory(pawl::capi::BytesOf(bytes, size), lease.owner(),
                             name == nullptr ? "memory" : name, folder == nullptr ? "" : folder));
    *graph = new pawl_graph(std::move(read));
    lease.Keep();
    return absl::OkStatus();
  });
}

void pawl_graph_destroy(pawl_graph* graph) noexcept { delete graph; }

size_t pawl_graph_value_count(const pawl_graph* graph) noexcept {
  return graph == nullptr ? 0 : graph->typed->values.size();
}

const char* pawl_graph_value_name(const pawl_graph* graph, size_t index) noexcept {
  const Value* value = ValueAt(graph, index);
  return value == nullptr ? nullptr : value->name.c_str();
}

int32_t pawl_graph_value_kind(const pawl_graph* graph, size_t index) noexcept {
  const Value* value = ValueAt(graph, index);
  if (value == nullptr) return -1;
  if (value->constant != nullptr) {
    return value->constant->quantized != nullptr ? PAWL_VALUE_QUANTIZED : PAWL_VALUE_CONSTANT;
  }
  const auto& inputs = graph->typed->inputs;
  const bool fed =
      std::find(inputs.begin(), inputs.end(), static_cast<ValueId>(index)) != inputs.end();
  return fed ? PAWL_VALUE_INPUT : PAWL_VALUE_COMPUTED;
}

int32_t pawl_graph_value_dtype(const pawl_graph* graph, size_t index) noexcept {
  const Value* value = ValueAt(graph, index);
  if (value == nullptr || !value->type.dtype.has_value()) return -1;
  return static_cast<int32_t>(*value->type.dtype);
}

int32_t pawl_graph_value_file_type(const pawl_graph* graph, size_t index) noexcept {
  const Value* value = ValueAt(graph, index);
  return value == nullptr ? 0 : value->file_type;
}

int32_t pawl_graph_value_rank(const pawl_graph* graph, size_t index) noexcept {
  const Value* value = ValueAt(graph, index);
  if (value == nullptr || !value->type.shape.has_value()) return -1;
  return static_cast<int32_t>(value->type.shape->size());
}

const int64_t* pawl_graph_value_shape(const pawl_graph* graph, size_t index) noexcept {
  const Value* value = ValueAt(graph, index);
  return value == nullptr || !value->type.shape.has_value() ? nullptr : value->type.shape->data();
}

const char* pawl_graph_symbol(const pawl_graph* graph, int64_t dimension) noexcept {
  if (graph == nullptr || !pawl::IsSymbol(dimension)) return nullptr;
  const size_t symbol = pawl::SymbolOf(dimension);
  return symbol < graph->typed->symbols.size() ? graph->typed->symbols[symbol].c_str() : nullptr;
}

int32_t pawl_graph_value_tensor(pawl_context* context, const pawl_graph* graph, size_t index,
                                pawl_tensor** tensor) noexcept {
  return MakeConstant(context, graph, index, false, tensor,
                      [](const pawl::Constant& constant) { return constant.tensor; });
}

int32_t pawl_graph_value_quantized(pawl_context* context, const pawl_graph* graph, size_t index,
                                   pawl_quantized_tensor** quantized) noexcept {
  return MakeConstant(context, graph, index, true, quantized,
                      [](const pawl::Constant& constant) { return *constant.quantized; });
}

int32_t pawl_graph_find(pawl_context* context, const pawl_graph* graph, const char* name,
                        size_t* index) noexcept {
  return Call(context, [&](Context&) -> absl::Status {
    PAWL_NEED(graph);
    PAWL_NEED(name);
    PAWL_NEED(index);
    const ValueId id = graph->typed->FindValue(name);
    if (id == pawl::kNoValue) {
      std::vector<std::string> names;
      for (const Value& value : graph->typed->values) names.push_back(value.name);
      return absl::NotFoundError(absl::StrCat(graph->typed->source, ": no value '", name, "'",
                                              pawl::DidYouMean(name, names)));
    }
    *index = static_cast<size_t>(id);
    return absl::OkStatus();
  });
}

size_t pawl_graph_input_count(const pawl_graph* graph) noexcept {
  return graph == nullptr ? 0 : graph->typed->inputs.size();
}
int64_t pawl_graph_input(const pawl_graph* graph, size_t index) noexcept {
  return graph == nullptr ? -1 : IdAt(graph->typed->inputs, index);
}
size_t pawl_graph_output_count(const pawl_graph* graph) noexcept {
  return graph == nullptr ? 0 : graph->typed->outputs.size();
}
int64_t pawl_graph_output(const pawl_graph* graph, size_t index) noexcept {
  return graph == nullptr ? -1 : IdAt(graph->typed->outputs, index);
}

size_t pawl_graph_node_count(const pawl_graph* graph) noexcept {
  return graph == nullptr ? 0 : graph->typed->nodes.size();
}
const char* pawl_graph_node_name(const pawl_graph* graph, size_t node) noexcept {
  const Node* found = NodeAt(graph, node);
  return found == nullptr ? nullptr : found->name.c_str();
}
const char* pawl_graph_node_operator(const pawl_graph* graph, size_t node) noexcept {
  const Node* found = NodeAt(graph, node);
  return found == nullptr ? nullptr : found->op.c_str();
}
const char* pawl_graph_node_domain(const pawl_graph* graph, size_t node) noexcept {
  const Node* found = NodeAt(graph, node);
  return found == nullptr ? nullptr : found->domain.c_str();
}
int32_t pawl_graph_node_opset(const pawl_graph* graph, size_t node) noexcept {
  const Node* found = NodeAt(graph, node);
  return found == nullptr ? 0 : found->opset;
}
int32_t pawl_graph_node_runs(const pawl_graph* graph, size_t node) noexcept {
  const Node* found = NodeAt(graph, node);
  return found != nullptr && Runs(*found) ? 1 : 0;
}
size_t pawl_graph_node_input_count(const pawl_graph* graph, size_t node) noexcept {
  const Node* found = NodeAt(graph, node);
  return found == nullptr ? 0 : found->inputs.size();
}
int64_t pawl_graph_node_input(const pawl_graph* graph, size_t node, size_t index) noexcept {
  const Node* found = NodeAt(graph, node);
  return found == nullptr ? -1 : IdAt(found->inputs, index);
}
size_t pawl_graph_node_output_count(const pawl_graph* graph, size_t node) noexcept {
  const Node* found = NodeAt(graph, node);
  return found == nullptr ? 0 : found->outputs.size();
}
int64_t pawl_graph_node_output(const pawl_graph* graph, size_t node, size_t index) noexcept {
  const Node* found = NodeAt(graph, node);
  return found == nullptr ? -1 : IdAt(found->outputs, index);
}

}  // extern "C"
