// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// Operators whose weights are quantized initialisers, as they run on those: Gemm as Linear, Gather
// as Embedding.

#include <utility>
#include <vector>

#include "lib/graph/fuse.h"
#include "lib/graph/own_operators.h"

namespace pawl {
namespace {

const QuantizedTensor* QuantizedConstant(const Graph& graph, ValueId id) {
  if (id == kNoValue || graph.value(id).constant == nullptr) return nullptr;
  return graph.value(id).constant->quantized.get();
}

// Whether input C of a Gemm is one number for each output.
bool IsBias(const Graph& graph, const Node& gemm, int64_t outputs) {
  const ValueId id = gemm.Input(2);
  if (id == kNoValue) return true;
  const Tensor* bias = graph.ConstantTensor(id);
  return bias != nullptr && bias->dtype() == DType::kF32 && gemm.Float("beta", 1.0f) == 1.0f &&
         bias->num_elements() == outputs && bias->shape().back() == outputs;
}

void MakeOwn(Node& node, const char* op) {
  node.op = op;
  node.domain = std::string(kPawlDomain);
  node.opset = 1;
  node.attributes.clear();
}

}  // namespace

void FuseQuantizedWeights(FuseGraph& g) {
  for (size_t i = 0; i < g.num_nodes(); ++i) {
    Node& node = g.node(i);
    if (!g.alive(i) || !node.domain.empty()) continue;
    if (node.op == "Gather" && node.Int("axis", 0) == 0) {
      const QuantizedTensor* table = QuantizedConstant(g.graph(), node.Input(0));
      if (table != nullptr && table->shape.size() == 2) MakeOwn(node, "Embedding");
    } else if (node.op == "Gemm" && node.Int("transB", 0) == 1 && node.Int("transA", 0) == 0 &&
               node.Float("alpha", 1.0f) == 1.0f) {
      const QuantizedTensor* weights = QuantizedConstant(g.graph(), node.Input(1));
      if (weights == nullptr || weights->shape.size() != 2) continue;
      if (IsBias(g.graph(), node, weights->shape[0])) MakeOwn(node, "Linear");
    }
  }
}

}  // namespace pawl
