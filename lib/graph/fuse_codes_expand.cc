// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// ONNX Runtime's element-wise operators on codes as what they mean, the float operator between
// DequantizeLinear and QuantizeLinear, so that they become tables together with their neighbours.

#include <string>
#include <utility>
#include <vector>

#include "lib/graph/fuse_codes.h"
#include "lib/graph/own_operators.h"

namespace pawl {
namespace {

struct Row {
  absl::string_view codes, floats;
  size_t operands;  // 0: as many as there are
  int opset;
};
constexpr Row kRows[] = {
    {"QLinearAdd", "Add", 2, 13},         {"QLinearMul", "Mul", 2, 13},
    {"QLinearSigmoid", "Sigmoid", 1, 13}, {"QLinearLeakyRelu", "LeakyRelu", 1, 13},
    {"QLinearConcat", "Concat", 0, 13},
};

class Expander {
 public:
  explicit Expander(Graph& graph) : graph_(graph) {}

  void Run() {
    const size_t count = graph_.nodes.size();
    for (size_t i = 0; i < count; ++i) {
      for (const Row& row : kRows) {
        const Node& node = graph_.nodes[i];
        if (node.domain == kMicrosoftDomain && node.op == row.codes) Expand(i, row);
      }
    }
  }

 private:
  bool AreConstant(const Node& node, absl::Span<const size_t> inputs) const {
    for (const size_t i : inputs) {
      if (node.Input(i) == kNoValue || graph_.ConstantTensor(node.Input(i)) == nullptr) {
        return false;
      }
    }
    return true;
  }

  ValueId AddFloat(ValueId like) {
    ValueType type = graph_.value(like).type;
    type.dtype = DType::kF32;
    return graph_.AddValue(NewName(graph_, "floats"), std::move(type));
  }

  void Add(const char* op, std::vector<ValueId> inputs, ValueId output) {
    Node node;
    node.op = op;
    node.opset = 13;
    node.name = graph_.value(output).name;
    node.inputs = std::move(inputs);
    node.outputs = {output};
    graph_.nodes.push_back(std::move(node));
  }

  // Operands are at `first` and every third input from there, each with scale and zero point.
  void Expand(size_t i, const Row& row) {
    const bool concat = row.operands == 0;
    const size_t first = concat ? 2 : 0;
    const size_t operands = concat ? (graph_.nodes[i].inputs.size() - 2) / 3 : row.operands;
    const size_t scale = concat ? 0 : 3 * operands;
    std::vector<size_t> parameters = {scale, scale + 1};
    for (size_t o = 0; o < operands; ++o) {
      parameters.push_back(first + 3 * o + 1);
      parameters.push_back(first + 3 * o + 2);
    }
    if (graph_.nodes[i].outputs.size() != 1 || !AreConstant(graph_.nodes[i], parameters)) return;
    const std::vector<ValueId> from = graph_.nodes[i].inputs;
    const ValueId codes = graph_.nodes[i].outputs[0];
    std::vector<ValueId> inputs;
    for (size_t o = 0; o < operands; ++o) {
      const size_t at = first + 3 * o;
      inputs.push_back(AddFloat(from[at]));
      Add("DequantizeLinear", {from[at], from[at + 1], from[at + 2]}, inputs.back());
    }
    const ValueId result = AddFloat(codes);
    Add("QuantizeLinear", {result, from[scale], from[scale + 1]}, codes);
    Node& node = graph_.nodes[i];
    node.op = std::string(row.floats);
    node.domain.clear();
    node.opset = row.opset;
    node.inputs = std::move(inputs);
    node.outputs = {result};
  }

  Graph& graph_;
};

}  // namespace

void ExpandCodeOperators(Graph& graph) { Expander(graph).Run(); }

}  // namespace pawl
