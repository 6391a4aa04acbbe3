// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// Activations that exporters spell out.

#include <cmath>

#include "lib/graph/fuse.h"

namespace pawl {
namespace {

bool Near(std::optional<float> value, float wanted) {
  return value.has_value() && std::abs(*value - wanted) <= 1e-6f * std::abs(wanted);
}

// x of min(max(x, 0), 6), kNoValue for other nodes.
ValueId ClippedToSix(FuseGraph& g, const Node& node) {
  if (node.op != "Clip") return kNoValue;
  const bool attributes = node.opset != 0 && node.opset < 11;
  const std::optional<float> low = attributes ? node.Float("min", -1.0f) : g.Scalar(node.Input(1));
  const std::optional<float> high = attributes ? node.Float("max", 0.0f) : g.Scalar(node.Input(2));
  return low.has_value() && *low == 0.0f && high.has_value() && *high == 6.0f ? node.Input(0)
                                                                              : kNoValue;
}

// The other factor or summand of a node with a constant one: kNoValue where the constant is not
// `wanted`.
ValueId Other(FuseGraph& g, const Node& node, float wanted) {
  if (node.inputs.size() != 2) return kNoValue;
  if (Near(g.Scalar(node.inputs[1]), wanted)) return node.inputs[0];
  if (node.op != "Div" && Near(g.Scalar(node.inputs[0]), wanted)) return node.inputs[1];
  return kNoValue;
}

// x where `id` is clip(x + 3, 0, 6), computed for one user alone.
ValueId ShiftedClip(FuseGraph& g, ValueId id) {
  Node* clip = g.Producer(id, "Clip");
  if (clip == nullptr || g.OnlyUser(id) == nullptr) return kNoValue;
  const ValueId sum = ClippedToSix(g, *clip);
  Node* add = g.Producer(sum, "Add");
  if (add == nullptr || g.OnlyUser(sum) == nullptr) return kNoValue;
  return Other(g, *add, 3.0f);
}

ValueId SixthOf(FuseGraph& g, const Node& node) {
  if (node.op == "Div") return Other(g, node, 6.0f);
  return node.op == "Mul" ? Other(g, node, 1.0f / 6.0f) : kNoValue;
}

void RemoveChain(FuseGraph& g, ValueId clipped) {
  Node* clip = g.Producer(clipped, "Clip");
  const Node* add = g.Producer(clip->Input(0), "Add");
  g.Remove(*clip);
  g.Remove(*add);
}

void MakeHardSwish(FuseGraph& g, Node& node, ValueId x) {
  g.SetInputs(node, {x});
  node.op = "HardSwish";
  node.opset = 14;
  node.attributes.clear();
}

// (x * clip(x + 3)) / 6: `mul` is the product.
bool ProductFirst(FuseGraph& g, Node& mul) {
  for (const size_t side : {0, 1}) {
    const ValueId x = mul.inputs[side], clipped = mul.inputs[1 - side];
    if (x == clipped || ShiftedClip(g, clipped) != x) continue;
    Node* last = g.OnlyUser(mul.outputs[0]);
    if (last == nullptr || SixthOf(g, *last) != mul.outputs[0]) continue;
    MakeHardSwish(g, mul, x);
    RemoveChain(g, clipped);
    g.TakeOver(mul, *last);
    return true;
  }
  return false;
}

// x * (clip(x + 3) / 6), or x * HardSigmoid(x) with its slope 1/6.
bool FactorFirst(FuseGraph& g, Node& mul) {
  for (const size_t side : {0, 1}) {
    const ValueId x = mul.inputs[side], factor = mul.inputs[1 - side];
    Node* inner = x == factor ? nullptr : g.Producer(factor);
    if (inner == nullptr || g.OnlyUser(factor) == nullptr) continue;
    if (inner->op == "HardSigmoid" && inner->Input(0) == x &&
        Near(inner->Float("alpha", 0.2f), 1.0f / 6.0f) && inner->Float("beta", 0.5f) == 0.5f) {
      MakeHardSwish(g, mul, x);
      g.Remove(*inner);
      return true;
    }
    const ValueId clipped = SixthOf(g, *inner);
    if (clipped == kNoValue || ShiftedClip(g, clipped) != x) continue;
    MakeHardSwish(g, mul, x);
    g.Remove(*inner);
    RemoveChain(g, clipped);
    return true;
  }
  return false;
}

}  // namespace

void FuseHardSwish(FuseGraph& g) {
  for (size_t i = 0; i < g.num_nodes(); ++i) {
    Node& node = g.node(i);
    if (!g.alive(i) || node.op != "Mul" || !node.domain.empty() || node.inputs.size() != 2 ||
        node.inputs[0] == kNoValue || node.inputs[1] == kNoValue) {
      continue;
    }
    if (!ProductFirst(g, node)) FactorFirst(g, node);
  }
}

}  // namespace pawl
