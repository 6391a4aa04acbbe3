// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// Small graphs for tests.

#ifndef PAWL_TESTS_GRAPH_GRAPH_BUILDER_H_
#define PAWL_TESTS_GRAPH_GRAPH_BUILDER_H_

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "pawl/graph.h"

namespace pawl::testing {

class GraphBuilder {
 public:
  explicit GraphBuilder(int opset = 21) : opset_(opset) {
    graph_->source = "test.onnx";
    graph_->opsets[""] = opset;
    graph_->ir_version = 9;
  }

  ValueId Input(const std::string& name, Dims dims, DType dtype = DType::kF32) {
    const ValueId id = graph_->AddValue(name, {dtype, std::move(dims)});
    graph_->inputs.push_back(id);
    return id;
  }

  template <typename T>
  ValueId Constant(const std::string& name, const Dims& dims, const std::vector<T>& values) {
    return graph_->AddConstant(name, *Tensor::FromValues<T>(dims, values));
  }

  // A node with one output that has the node's name.
  ValueId Node(const std::string& op, const std::string& name, std::vector<ValueId> inputs,
               std::vector<Attribute> attributes = {}, const std::string& domain = "") {
    pawl::Node node;
    node.name = name;
    node.op = op;
    node.domain = domain;
    node.opset = domain.empty() ? opset_ : 1;
    node.inputs = std::move(inputs);
    node.attributes = std::move(attributes);
    const ValueId id = graph_->AddValue(name);
    node.outputs = {id};
    graph_->nodes.push_back(std::move(node));
    return id;
  }

  std::shared_ptr<Graph> Build(std::vector<ValueId> outputs) {
    graph_->outputs = std::move(outputs);
    return graph_;
  }
  Graph& graph() { return *graph_; }

 private:
  int opset_;
  std::shared_ptr<Graph> graph_ = std::make_shared<Graph>();
};

}  // namespace pawl::testing

#endif  // PAWL_TESTS_GRAPH_GRAPH_BUILDER_H_
