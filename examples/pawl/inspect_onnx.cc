// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// pawl inspect model.onnx: inputs, outputs, operators (those that Pawl cannot run among them),
// nodes with their shapes, initialisers.

#include "examples/pawl/inspect_onnx.h"

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "pawl/graph.h"
#include "pawl/onnx.h"
#include "pawl/text.h"

namespace pawl::tool {
namespace {

std::string TypeText(const Value& value) {
  return value.type.dtype.has_value() ? std::string(DTypeName(*value.type.dtype)) : "?";
}

std::string OperatorName(const Node& node) {
  return node.domain.empty() ? node.op : absl::StrCat(node.domain, ".", node.op);
}

uint64_t BytesOf(const Constant& constant) {
  return constant.quantized != nullptr ? constant.quantized->size_bytes()
                                       : constant.tensor.size_bytes();
}

// Operators of a graph and its subgraphs.
struct OperatorCount {
  int nodes = 0;
  bool runs = true;
};
void CountOperators(const Graph& graph, std::map<std::string, OperatorCount>& counts) {
  for (const Node& node : graph.nodes) {
    OperatorCount& count = counts[OperatorName(node)];
    ++count.nodes;
    count.runs &= CanRun(node);
    for (const Attribute& attribute : node.attributes) {
      for (const auto& subgraph : attribute.graphs) CountOperators(*subgraph, counts);
    }
  }
}

struct Totals {
  uint64_t initialisers = 0, elements = 0, bytes = 0;
};
Totals TotalsOf(const Graph& graph) {
  Totals totals;
  for (const Value& value : graph.values) {
    if (value.constant == nullptr) continue;
    ++totals.initialisers;
    totals.bytes += BytesOf(*value.constant);
    uint64_t elements = 1;
    for (const int64_t dim : value.type.shape.value_or(Dims{})) {
      elements *= static_cast<uint64_t>(dim);
    }
    totals.elements += elements;
  }
  return totals;
}

Json ShapeJson(const Graph& graph, const ValueType& type) {
  if (!type.shape.has_value()) return Json();
  Json dims = Json::array();
  for (const int64_t dim : *type.shape) {
    if (dim >= 0) {
      dims.push_back(dim);
    } else if (IsSymbol(dim)) {
      dims.push_back(graph.symbols[SymbolOf(dim)]);
    } else {
      dims.push_back(nullptr);
    }
  }
  return dims;
}

Json ValueJson(const Graph& graph, ValueId id) {
  if (id == kNoValue) return Json();
  const Value& value = graph.value(id);
  Json out;
  out["name"] = value.name;
  out["dtype"] = value.type.dtype.has_value() ? Json(TypeText(value)) : Json();
  out["shape"] = ShapeJson(graph, value.type);
  return out;
}

Json NodeJson(const Graph& graph, const Node& node) {
  Json out;
  out["name"] = node.name;
  out["operator"] = node.op;
  out["domain"] = node.domain;
  out["opset"] = node.opset;
  out["runs"] = CanRun(node);
  out["inputs"] = Json::array();
  for (const ValueId id : node.inputs) {
    out["inputs"].push_back(id == kNoValue ? Json() : Json(graph.value(id).name));
  }
  out["outputs"] = Json::array();
  for (const ValueId id : node.outputs) out["outputs"].push_back(ValueJson(graph, id));
  return out;
}

Json GraphJson(const Graph& graph, const std::string& path) {
  Json out;
  out["file"] = path;
  out["format"] = "onnx";
  out["ir_version"] = graph.ir_version;
  out["opsets"] = graph.opsets;
  out["producer"] = absl::StrCat(graph.producer_name, " ", graph.producer_version);
  out["metadata"] = graph.metadata;
  out["inputs"] = Json::array();
  for (const ValueId id : graph.inputs) out["inputs"].push_back(ValueJson(graph, id));
  out["outputs"] = Json::array();
  for (const ValueId id : graph.outputs) out["outputs"].push_back(ValueJson(graph, id));
  std::map<std::string, OperatorCount> counts;
  CountOperators(graph, counts);
  out["operators"] = Json::array();
  out["unknown_operators"] = Json::array();
  for (const auto& [name, count] : counts) {
    out["operators"].push_back({{"name", name}, {"nodes", count.nodes}, {"runs", count.runs}});
    if (!count.runs) out["unknown_operators"].push_back(name);
  }
  out["nodes"] = Json::array();
  for (const Node& node : graph.nodes) out["nodes"].push_back(NodeJson(graph, node));
  out["initialisers"] = Json::array();
  for (size_t i = 0; i < graph.values.size(); ++i) {
    if (graph.values[i].constant == nullptr) continue;
    Json value = ValueJson(graph, static_cast<ValueId>(i));
    value["bytes"] = BytesOf(*graph.values[i].constant);
    out["initialisers"].push_back(std::move(value));
  }
  const Totals totals = TotalsOf(graph);
  out["elements"] = totals.elements;
  out["bytes"] = totals.bytes;
  return out;
}

void AddPorts(TextTable& table, const char* what, const Graph& graph,
              absl::Span<const ValueId> ids) {
  for (const ValueId id : ids) {
    const Value& value = graph.value(id);
    table.AddRow({what, value.name, TypeText(value), graph.ShapeText(value.type)});
  }
}

std::string GraphText(const Graph& graph) {
  TextTable nodes({"node", "operator", "result", "type", "shape"}, 5);
  for (const Node& node : graph.nodes) {
    const ValueId id = node.Output(0);
    const bool some = id != kNoValue;
    nodes.AddRow({node.name, absl::StrCat(OperatorName(node), CanRun(node) ? "" : " (unknown)"),
                  some ? graph.value(id).name : "", some ? TypeText(graph.value(id)) : "",
                  some ? graph.ShapeText(graph.value(id).type) : ""});
  }
  TextTable ports({"", "name", "type", "shape"}, 4);
  AddPorts(ports, "input", graph, graph.inputs);
  AddPorts(ports, "output", graph, graph.outputs);
  std::map<std::string, OperatorCount> counts;
  CountOperators(graph, counts);
  std::vector<std::string> known, unknown, opsets;
  for (const auto& [name, count] : counts) {
    (count.runs ? known : unknown).push_back(Printable(absl::StrCat(name, " x", count.nodes)));
  }
  for (const auto& [domain, version] : graph.opsets) {
    opsets.push_back(Printable(absl::StrCat(domain.empty() ? "ai.onnx" : domain, " ", version)));
  }
  const Totals totals = TotalsOf(graph);
  std::string text = absl::StrCat(nodes.ToString(), "\n", ports.ToString(),
                                  "\noperators: ", absl::StrJoin(known, ", "), "\n");
  if (!unknown.empty()) {
    absl::StrAppend(&text, "operators that Pawl cannot run: ", absl::StrJoin(unknown, ", "), "\n");
  }
  absl::StrAppend(&text, "ONNX, IR version ", graph.ir_version, ", opsets ",
                  absl::StrJoin(opsets, ", "));
  if (!graph.producer_name.empty()) {
    absl::StrAppend(&text, ", by ", Printable(graph.producer_name), " ",
                    Printable(graph.producer_version));
  }
  absl::StrAppend(&text, "\n", graph.nodes.size(), " nodes, ", totals.initialisers,
                  " initialisers of ", totals.elements, " elements, ", HumanBytes(totals.bytes),
                  "\n");
  for (const auto& [key, value] : graph.metadata) {
    absl::StrAppend(&text, Printable(key), ": ", Printable(value.substr(0, 100)), "\n");
  }
  return text;
}

}  // namespace

absl::StatusOr<int> InspectOnnx(const std::string& path, bool json) {
  const auto graph = ReadOnnx(path);
  if (!graph.ok()) return graph.status();
  if (const absl::Status status = InferTypes(**graph); !status.ok()) {
    Warn(absl::StrCat("shapes are as the file has them: ", std::string(status.message())));
  }
  if (json) {
    PrintJson(GraphJson(**graph, path));
  } else {
    Print(GraphText(**graph));
  }
  return kSuccess;
}

}  // namespace pawl::tool
