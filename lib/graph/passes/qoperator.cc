// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// QDQ spelled as operators of codes. What is left over (DequantizeLinear that nobody reads) goes in
// RemoveUnused.

#include <algorithm>
#include <iterator>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "lib/core/status_macros.h"
#include "lib/graph/onnx_numbers.h"
#include "lib/graph/operator.h"
#include "lib/graph/passes/edit.h"
#include "lib/graph/passes/quant_plan.h"
#include "lib/graph/product.h"

namespace pawl {
namespace {

// Codes with their scale and zero point.
struct Coded {
  ValueId codes, scale, zero;
};

class Rewriter {
 public:
  explicit Rewriter(Graph& graph)
      : graph_(graph),
        edit_(graph),
        producers_(graph.Producers()),
        users_(graph.Users()),
        gone_(graph.nodes.size(), false) {}

  absl::Status Run() {
    for (size_t i = 0; i < gone_.size(); ++i) {
      if (gone_[i]) continue;
      const auto n = static_cast<int32_t>(i);
      const std::string op = graph_.nodes[i].domain.empty() ? graph_.nodes[i].op : "";
      if (op == "Conv") PAWL_RETURN_IF_ERROR(Conv(n));
      if (op == "MatMul" || op == "Gemm") PAWL_RETURN_IF_ERROR(Product(n));
      if (Passes(graph_.nodes[i])) Pass(n);
    }
    std::vector<Node> kept;
    for (size_t i = 0; i < gone_.size(); ++i) {
      if (!gone_[i]) kept.push_back(std::move(graph_.nodes[i]));
    }
    std::move(added_.begin(), added_.end(), std::back_inserter(kept));
    graph_.nodes = std::move(kept);
    return graph_.Validate();
  }

 private:
  Node& At(int32_t n) { return graph_.nodes[static_cast<size_t>(n)]; }

  std::optional<Coded> CodesOf(ValueId id) {
    if (id == kNoValue || producers_[static_cast<size_t>(id)] < 0) return std::nullopt;
    const Node& node = At(producers_[static_cast<size_t>(id)]);
    if (node.op != "DequantizeLinear") return std::nullopt;
    return Coded{node.inputs[0], node.inputs[1], node.inputs[2]};
  }

  bool EightBits(const Coded& coded) const {
    const auto type = graph_.value(coded.zero).type.dtype;
    return type == DType::kU8 || type == DType::kI8;
  }

  // The one node that reads the value; -1 where it is an output or read by others too.
  int32_t OnlyUser(ValueId id) const {
    const auto& users = users_[static_cast<size_t>(id)];
    if (users.size() != 1) return -1;
    if (std::find(graph_.outputs.begin(), graph_.outputs.end(), id) != graph_.outputs.end()) {
      return -1;
    }
    return users[0];
  }

  bool ZeroIsLowest(ValueId zero) const {
    const Tensor* tensor = graph_.ConstantTensor(zero);
    if (tensor == nullptr || tensor->num_elements() != 1) return false;
    if (tensor->dtype() == DType::kU8) return tensor->as<uint8_t>()[0] == 0;
    return tensor->dtype() == DType::kI8 && tensor->as<int8_t>()[0] == -128;
  }

  // The QuantizeLinear that alone reads the value, or what a ReLU makes of it where codes cut at 0
  // anyhow. Marks what is passed over.
  std::optional<int32_t> QuantizedAs(ValueId value) {
    const int32_t next = OnlyUser(value);
    if (next < 0) return std::nullopt;
    if (At(next).op == "QuantizeLinear") return next;
    if (At(next).op != "Relu" && At(next).op != "Clip") return std::nullopt;
    const int32_t after = OnlyUser(At(next).outputs[0]);
    if (after < 0 || At(after).op != "QuantizeLinear" || !ZeroIsLowest(At(after).inputs[2])) {
      return std::nullopt;
    }
    if (At(next).op == "Clip" && !CutByCodes(At(next), At(after))) return std::nullopt;
    gone_[static_cast<size_t>(next)] = true;
    return after;
  }

  // Whether no code stands for a value that the Clip would change.
  bool CutByCodes(const Node& clip, const Node& quantize) const {
    const Tensor* low = graph_.ConstantTensor(clip.Input(1));
    const Tensor* high = graph_.ConstantTensor(clip.Input(2));
    const Tensor* scale = graph_.ConstantTensor(quantize.inputs[1]);
    if (low == nullptr || low->as<float>().size() != 1 || low->as<float>()[0] != 0.0f) return false;
    if (clip.Input(2) == kNoValue) return true;
    return high != nullptr && high->as<float>().size() == 1 && scale != nullptr &&
           scale->as<float>().size() == 1 && scale->as<float>()[0] * 255.0f <= high->as<float>()[0];
  }

  void TakeOutput(Node& node, int32_t quantize) {
    node.outputs = At(quantize).outputs;
    gone_[static_cast<size_t>(quantize)] = true;
  }

  absl::Status Conv(int32_t n) {
    const auto x = CodesOf(At(n).Input(0)), w = CodesOf(At(n).Input(1));
    if (!x.has_value() || !w.has_value() || !EightBits(*x)) return absl::OkStatus();
    std::optional<Coded> bias;
    if (At(n).Input(2) != kNoValue) {
      bias = CodesOf(At(n).Input(2));
      if (!bias.has_value()) return absl::OkStatus();
    }
    const auto quantize = QuantizedAs(At(n).outputs[0]);
    if (!quantize.has_value()) return absl::OkStatus();
    const Node& q = At(*quantize);
    Node& conv = At(n);
    conv.op = "QLinearConv";
    conv.inputs = {x->codes, x->scale, x->zero,     w->codes,
                   w->scale, w->zero,  q.inputs[1], q.inputs[2]};
    if (bias.has_value()) conv.inputs.push_back(bias->codes);
    TakeOutput(conv, *quantize);
    return absl::OkStatus();
  }

  absl::Status Product(int32_t n) {
    const auto a = CodesOf(At(n).Input(0)), b = CodesOf(At(n).Input(1));
    if (!a.has_value() || !b.has_value() || !EightBits(*a) || !EightBits(*b)) {
      return absl::OkStatus();
    }
    std::optional<Coded> bias;
    if (At(n).Input(2) != kNoValue) {
      bias = CodesOf(At(n).Input(2));
      if (!bias.has_value()) return absl::OkStatus();
    }
    ValueId codes = b->codes;
    if (At(n).Int("transB", 0) != 0) {
      PAWL_ASSIGN_OR_RETURN(codes, Transposed(codes));
      if (codes == kNoValue) return absl::OkStatus();
    }
    At(n).attributes.clear();
    if (!bias.has_value()) {
      const auto quantize = QuantizedAs(At(n).outputs[0]);
      if (quantize.has_value()) {
        const Node& q = At(*quantize);
        Node& node = At(n);
        node.op = "QLinearMatMul";
        node.inputs = {a->codes, a->scale, a->zero,     codes,
                       b->scale, b->zero,  q.inputs[1], q.inputs[2]};
        TakeOutput(node, *quantize);
        return absl::OkStatus();
      }
    }
    return Sums(n, *a, {codes, b->scale, b->zero}, bias);
  }

  // MatMulInteger, the bias in int32, and the product of the scales.
  absl::Status Sums(int32_t n, const Coded& a, const Coded& b, const std::optional<Coded>& bias) {
    const ValueId output = At(n).outputs[0];
    const std::string name = graph_.value(output).name;
    ValueId sums = edit_.AddValue(name + "_sums");
    Node& node = At(n);
    node.op = "MatMulInteger";
    node.inputs = {a.codes, b.codes, a.zero, b.zero};
    node.outputs = {sums};
    if (bias.has_value()) {
      const ValueId with_bias = edit_.AddValue(name + "_sums_bias");
      added_.push_back(edit_.Make("Add", {sums, bias->codes}, with_bias));
      sums = with_bias;
    }
    const ValueId as_float = edit_.AddValue(name + "_sums_float");
    Node cast = edit_.Make("Cast", {sums}, as_float);
    cast.Set(Attribute::Int("to", kOnnxFloat));
    added_.push_back(std::move(cast));
    const Tensor *as = graph_.ConstantTensor(a.scale), *bs = graph_.ConstantTensor(b.scale);
    std::vector<float> scales(bs->as<float>().begin(), bs->as<float>().end());
    for (float& scale : scales) scale *= as->as<float>()[0];
    PAWL_ASSIGN_OR_RETURN(const ValueId scale,
                          edit_.AddFloats(name + "_scales", bs->shape(), scales));
    added_.push_back(edit_.Make("Mul", {as_float, scale}, output));
    return absl::OkStatus();
  }

  absl::StatusOr<ValueId> Transposed(ValueId id) {
    const Tensor* tensor = graph_.ConstantTensor(id);
    if (tensor == nullptr || tensor->rank() != 2) return kNoValue;
    PAWL_ASSIGN_OR_RETURN(Tensor turned,
                          Tensor::Create(tensor->dtype(), {tensor->dim(1), tensor->dim(0)}));
    TransposeMatrix(tensor->data(), tensor->dim(0), tensor->dim(1), 1, turned.mutable_data());
    return edit_.AddTensor(graph_.value(id).name + "_transposed", std::move(turned));
  }

  static bool Passes(const Node& node) {
    const Operator* op = FindOperator(node.domain, node.op, node.opset);
    if (!node.domain.empty() || op == nullptr || node.outputs.size() != 1) return false;
    if (node.op == "MaxPool") return true;
    return op->quantize == QuantKind::kPasses && node.op != "Pad" && node.op != "Identity" &&
           node.op != "Compress" && node.op != "ScatterElements" && node.op != "ScatterND";
  }

  bool SameParameters(const Coded& a, ValueId scale, ValueId zero) const {
    const Tensor *s = graph_.ConstantTensor(a.scale), *t = graph_.ConstantTensor(scale);
    const Tensor *y = graph_.ConstantTensor(a.zero), *z = graph_.ConstantTensor(zero);
    if (s == nullptr || t == nullptr || y == nullptr || z == nullptr) return false;
    if (s->num_elements() != 1 || t->num_elements() != 1 || y->dtype() != z->dtype()) return false;
    return s->as<float>()[0] == t->as<float>()[0] && y->size_bytes() == 1 && z->size_bytes() == 1 &&
           *static_cast<const uint8_t*>(y->data()) == *static_cast<const uint8_t*>(z->data());
  }

  void Pass(int32_t n) {
    const auto x = CodesOf(At(n).Input(0));
    if (!x.has_value()) return;
    const int32_t next = OnlyUser(At(n).outputs[0]);
    if (next < 0 || At(next).op != "QuantizeLinear") return;
    if (!SameParameters(*x, At(next).inputs[1], At(next).inputs[2])) return;
    At(n).inputs[0] = x->codes;
    TakeOutput(At(n), next);
  }

  Graph& graph_;
  GraphEditor edit_;
  const std::vector<int32_t> producers_;
  const std::vector<std::vector<int32_t>> users_;
  std::vector<bool> gone_;
  std::vector<Node> added_;
};

}  // namespace

absl::Status QdqToQOperators(Graph& graph) { return Rewriter(graph).Run(); }

}  // namespace pawl
