// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// From GraphProto, NodeProto and FunctionProto to Graph.

#ifndef PAWL_LIB_FORMATS_ONNX_GRAPH_H_
#define PAWL_LIB_FORMATS_ONNX_GRAPH_H_

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "lib/formats/onnx_source.h"
#include "pawl/graph.h"
#include "protozero/data_view.hpp"

namespace pawl::onnx {

// A function of the model: nodes that stand for a call of it.
struct Function {
  std::string name;
  std::vector<std::string> inputs, outputs;
  std::vector<protozero::data_view> nodes;
  std::vector<protozero::data_view> defaults;  // attributes with a default
  OpsetImports opsets;
};
// By domain, name, overload.
using FunctionKey = std::pair<std::string, std::pair<std::string, std::string>>;
using Functions = std::map<FunctionKey, Function>;

// Where names are looked up while nodes are read: a graph, or the body of a function whose nodes go
// into the graph that calls it.
struct Scope {
  Graph* graph = nullptr;
  absl::flat_hash_map<std::string, ValueId> names;
  Scope* enclosing = nullptr;  // of a subgraph: the scope of its node
  const OpsetImports* opsets = nullptr;
  const std::vector<Attribute>* arguments = nullptr;  // of a call, for ref_attr_name
  std::string prefix;                                 // of names in a function's body
  int depth = 0;                                      // of subgraphs and calls
};

class GraphReader {
 public:
  GraphReader(Source& source, const Functions& functions)
      : source_(source), functions_(functions), nodes_left_(source.bytes().size()) {}

  // `scope` has graph, opsets, enclosing and depth.
  absl::Status ReadGraph(protozero::data_view message, Scope& scope);

 private:
  struct Parts;
  struct NodeParts;

  absl::Status CheckDepth(const Scope& scope) const;
  absl::Status ReadValueInfo(protozero::data_view message, Scope& scope, ValueId* id,
                             std::string* name);
  absl::Status ReadType(protozero::data_view message, Graph& graph, Value& value);
  absl::Status ReadShape(protozero::data_view message, Graph& graph, ValueType& type);
  absl::Status ReadInitializer(protozero::data_view message, Scope& scope);
  absl::Status Define(const NodeParts& node, Scope& scope);
  absl::Status AddNode(const NodeParts& parts, Scope& scope);
  absl::Status Call(const Function& function, const Node& call, Scope& scope);
  absl::StatusOr<NodeParts> ReadNode(protozero::data_view message);
  absl::StatusOr<Attribute> ReadAttribute(protozero::data_view message, Scope& scope, bool* absent);
  absl::StatusOr<std::shared_ptr<const Graph>> ReadSubgraph(protozero::data_view message,
                                                            Scope& scope);
  absl::StatusOr<Tensor> ReadAttributeTensor(protozero::data_view message, Attribute& attribute);
  ValueId Resolve(const std::string& name, Scope& scope);
  // The scope's value of that name, made if there is none.
  ValueId Named(const std::string& name, Scope& scope);

  Source& source_;
  const Functions& functions_;
  uint64_t nodes_left_;  // functions that call functions must not multiply beyond the file's size
  std::map<const Graph*, absl::flat_hash_map<std::string, int>> used_;  // names of inlined values
};

}  // namespace pawl::onnx

#endif  // PAWL_LIB_FORMATS_ONNX_GRAPH_H_
