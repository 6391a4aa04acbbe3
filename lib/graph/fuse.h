// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// What an executor merges before it runs a graph: each pass a file, working on the executor's own
// copy. Values keep their ids; those that are outputs, observed, or used elsewhere are kept.

#ifndef PAWL_LIB_GRAPH_FUSE_H_
#define PAWL_LIB_GRAPH_FUSE_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "pawl/executor.h"
#include "pawl/graph.h"

namespace pawl {

// The graph while nodes are taken out of it.
class FuseGraph {
 public:
  FuseGraph(Graph& graph, const std::vector<bool>& observed);

  Graph& graph() { return graph_; }
  size_t num_nodes() const { return graph_.nodes.size(); }
  Node& node(size_t i) { return graph_.nodes[i]; }
  bool alive(size_t i) const { return alive_[i]; }

  // The node that computes the value, if it has the operator and still is there.
  Node* Producer(ValueId id, absl::string_view op = "");
  // The same of any domain.
  Node* AnyProducer(ValueId id);
  // The one node that uses the value, null where there are several, or where the value is an output
  // or observed.
  Node* OnlyUser(ValueId id);
  // The same of any domain.
  Node* OnlyUserOfAny(ValueId id);
  // All users, empty where the value must stay for other reasons.
  std::vector<Node*> InnerUsers(ValueId id);

  // An initialiser of one f32 element.
  std::optional<float> Scalar(ValueId id) const;
  // One f32 for each channel of an image of that rank, [C, 1, 1] or [1, C, 1, 1], or one for all;
  // empty otherwise.
  std::vector<float> PerChannel(ValueId id, int64_t channels, size_t rank) const;

  // Takes out a node whose results nobody reads any more.
  void Remove(const Node& node);
  // Makes `node` compute `output` in place of the node that does, which is taken out.
  void TakeOver(Node& node, const Node& last);
  // Replaces the inputs or outputs of a node.
  void SetInputs(Node& node, std::vector<ValueId> inputs);
  void SetOutputs(Node& node, std::vector<ValueId> outputs);
  // Drops what was taken out.
  void Compact();

 private:
  size_t IndexOf(const Node& node) const {
    return static_cast<size_t>(&node - graph_.nodes.data());
  }
  void Link(size_t i);
  void Unlink(size_t i);

  Graph& graph_;
  std::vector<bool> keep_;   // by value
  std::vector<bool> alive_;  // by node
  std::vector<int32_t> producer_;
  std::vector<std::vector<int32_t>> users_;
};

// The passes, in the order in which they run.
// outputs_too: also those that are outputs of the graph.
void ConstantsToInitialisers(Graph& graph, bool outputs_too = true);  // fuse.cc
void FuseHardSwish(FuseGraph& g);                                     // fuse_activations.cc
absl::Status FoldIntoConv(FuseGraph& g);            // fuse_conv.cc: scales, shifts, batch norms
void FuseDynamicProducts(FuseGraph& g);             // fuse_codes_dynamic.cc
void FuseConvActivations(FuseGraph& g);             // fuse_conv.cc
void FuseQuantizedWeights(FuseGraph& g);            // fuse_weights.cc
absl::Status FuseDequantizedWeights(FuseGraph& g);  // fuse_weights_dequantize.cc
// Quantized nets as integers: fuse_codes.h has the steps. Each compacts the graph.
absl::Status FuseCodes(Graph& graph, const std::vector<bool>& observed);  // fuse_codes.cc

// A copy of the graph with everything merged.
absl::StatusOr<std::shared_ptr<const Graph>> FuseOperators(const Graph& graph,
                                                           const std::vector<bool>& observed);

}  // namespace pawl

#endif  // PAWL_LIB_GRAPH_FUSE_H_
