// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// Layers between DequantizeLinear and QuantizeLinear as the operators of codes.

#include <cmath>
#include <cstring>
#include <string>
#include <utility>
#include <vector>

#include "lib/core/status_macros.h"
#include "lib/graph/fuse_codes.h"
#include "lib/graph/operators/conv_activation.h"
#include "lib/graph/operators/integer_conv_transpose.h"
#include "lib/graph/operators/integer_layer.h"
#include "lib/graph/own_operators.h"

namespace pawl {
namespace {

// Weights of codes: one scale, or one for each index of an axis.
struct WeightCodes {
  ValueId codes = kNoValue, scale = kNoValue, zero = kNoValue;
  const Tensor* scales = nullptr;
  DType dtype = DType::kI8;
};

class LayerFuser {
 public:
  LayerFuser(Graph& graph, const std::vector<bool>& observed)
      : graph_(graph), g_(graph, observed) {}

  absl::Status Run() {
    for (size_t i = 0; i < g_.num_nodes(); ++i) {
      Node& node = g_.node(i);
      if (!g_.alive(i) || !node.domain.empty() || node.outputs.empty()) continue;
      if (node.op == "Conv") PAWL_RETURN_IF_ERROR(FuseConv(node));
      if (node.op == "ConvTranspose") PAWL_RETURN_IF_ERROR(FuseConvTranspose(node));
      if (node.op == "MatMul") FuseMatMul(node);
      if (node.op == "Gemm") PAWL_RETURN_IF_ERROR(FuseGemm(node));
      if (node.op == "GlobalAveragePool") FusePlain(node, "QLinearGlobalAveragePool");
      if (node.op == "AveragePool") FusePlain(node, "QLinearAveragePool");
      if (node.op == "Softmax") FusePlain(node, "QLinearSoftmax");
    }
    g_.Compact();
    return absl::OkStatus();
  }

 private:
  // A QuantizeLinear to 8 bits that alone reads the value.
  struct Tail {
    const Node* activation = nullptr;
    std::string name;  // of the activation
    const Node* quantize = nullptr;
    CodeType type;
  };
  std::optional<Tail> TailOf(ValueId value, bool activations) {
    Tail tail;
    const Node* next = g_.OnlyUserOfAny(value);
    if (next != nullptr && activations) {
      const auto name = ActivationOf(*next, [&](ValueId id) { return g_.Scalar(id); });
      if ((name == "relu" || name == "relu6") && next->Input(0) == value) {
        tail.activation = next;
        tail.name = std::string(name);
        next = g_.OnlyUserOfAny(next->outputs[0]);
      }
    }
    if (next == nullptr || !IsQuantize(*next) || next->Input(0) == kNoValue) return std::nullopt;
    const auto type = CodeTypeOf(graph_, *next);
    if (!type.has_value() || !type->bytes()) return std::nullopt;
    tail.quantize = next;
    tail.type = *type;
    return tail;
  }

  std::optional<Dequantized> ActivationCodes(ValueId value) {
    const auto found = DequantizedOf(g_, value);
    return found.has_value() && found->type.bytes() ? found : std::nullopt;
  }

  // Whether scales or zero points (null: none) are one, or one for each index of the codes' `axis`.
  static bool LiesAlong(const Tensor* params, const Tensor& codes, const Node& dequantize,
                        int64_t axis) {
    if (params == nullptr) return true;
    const int64_t rank = codes.rank(), own = dequantize.Int("axis", 1);
    if (axis < 0) axis += rank;
    if (axis < 0 || axis >= rank || params->rank() > 1) return false;
    if (params->num_elements() == 1) return true;
    return params->rank() == 1 && (own < 0 ? own + rank : own) == axis &&
           params->num_elements() == codes.dim(static_cast<int>(axis));
  }

  // Constant codes with a scale, or scales along `axis`.
  std::optional<WeightCodes> WeightsOf(ValueId value, int64_t axis) {
    const Node* node = g_.AnyProducer(value);
    if (node == nullptr || !IsDequantize(*node) || node->Int("block_size", 0) != 0) {
      return std::nullopt;
    }
    const Tensor* codes = graph_.ConstantTensor(node->Input(0));
    const Tensor* scales = graph_.ConstantTensor(node->Input(1));
    if (codes == nullptr || scales == nullptr || scales->dtype() != DType::kF32) {
      return std::nullopt;
    }
    if (codes->dtype() != DType::kI8 && codes->dtype() != DType::kU8) return std::nullopt;
    const Tensor* zeros = graph_.ConstantTensor(node->Input(2));
    if (zeros == nullptr && node->Input(2) != kNoValue) return std::nullopt;
    if (!LiesAlong(scales, *codes, *node, axis) || !LiesAlong(zeros, *codes, *node, axis)) {
      return std::nullopt;
    }
    WeightCodes found{.codes = node->Input(0),
                      .scale = node->Input(1),
                      .zero = node->Input(2),
                      .scales = scales,
                      .dtype = codes->dtype()};
    if (found.zero == kNoValue) found.zero = ZeroPoint(graph_, {.dtype = codes->dtype()});
    return found;
  }

  // The bias as codes in units of x_scale * weight scale * factor; kNoValue where there is none.
  absl::StatusOr<std::optional<ValueId>> BiasOf(ValueId value, float x_scale,
                                                const WeightCodes& weights, float factor,
                                                int64_t outputs) {
    if (value == kNoValue) return kNoValue;
    const Tensor* floats = graph_.ConstantTensor(value);
    Tensor decoded;
    if (floats == nullptr) {
      const Node* node = g_.AnyProducer(value);
      if (node == nullptr || !IsDequantize(*node)) return std::nullopt;
      const Tensor* codes = graph_.ConstantTensor(node->Input(0));
      const Tensor* scales = graph_.ConstantTensor(node->Input(1));
      if (codes == nullptr || codes->dtype() != DType::kI32 || scales == nullptr ||
          scales->dtype() != DType::kF32 || codes->num_elements() != outputs ||
          (scales->num_elements() != 1 && scales->num_elements() != outputs)) {
        return std::nullopt;
      }
      if (InUnits(*scales, x_scale, weights, factor)) return node->Input(0);
      PAWL_ASSIGN_OR_RETURN(decoded, Tensor::Create(DType::kF32, {outputs}));
      for (int64_t o = 0; o < outputs; ++o) {
        const auto at = static_cast<size_t>(o);
        decoded.mutable_as<float>()[at] = static_cast<float>(codes->as<int32_t>()[at]) *
                                          scales->as<float>()[scales->num_elements() == 1 ? 0 : at];
      }
      floats = &decoded;
    }
    if (floats->dtype() != DType::kF32 || floats->num_elements() != outputs) return std::nullopt;
    PAWL_ASSIGN_OR_RETURN(Tensor bias, Tensor::Create(DType::kI32, {outputs}));
    for (size_t o = 0; o < static_cast<size_t>(outputs); ++o) {
      const double unit = double{x_scale} * factor * ScaleAt(*weights.scales, o);
      const double code = std::nearbyint(floats->as<float>()[o] / unit);
      if (!(std::abs(code) < 0x1p31)) return std::nullopt;
      bias.mutable_as<int32_t>()[o] = static_cast<int32_t>(code);
    }
    return graph_.AddConstant(NewName(graph_, "bias"), std::move(bias));
  }

  static double ScaleAt(const Tensor& scales, size_t i) {
    return scales.as<float>()[scales.num_elements() == 1 ? 0 : i];
  }

  // Whether a bias's scales are x_scale * weight scale * factor, but for rounding.
  static bool InUnits(const Tensor& scales, float x_scale, const WeightCodes& weights,
                      float factor) {
    const auto count =
        static_cast<size_t>(std::max(scales.num_elements(), weights.scales->num_elements()));
    for (size_t i = 0; i < count; ++i) {
      const double want = double{x_scale} * factor * ScaleAt(*weights.scales, i);
      if (!(std::abs(ScaleAt(scales, i) - want) <= 1e-5 * want)) return false;
    }
    return true;
  }

  void Become(Node& node, const char* op, absl::string_view domain, std::vector<ValueId> inputs,
              const Tail& tail) {
    node.op = op;
    node.domain = std::string(domain);
    node.opset = node.domain.empty() ? 10 : 1;
    g_.SetInputs(node, std::move(inputs));
    if (tail.activation != nullptr) {
      node.Set(Attribute::String(kConvActivation, tail.name));
      g_.TakeOver(node, *tail.activation);
    }
    g_.TakeOver(node, *tail.quantize);
  }

  absl::Status FuseConv(Node& node) {
    const auto x = ActivationCodes(node.Input(0));
    const auto w = WeightsOf(node.Input(1), 0);
    const auto tail = TailOf(node.outputs[0], true);
    if (!x.has_value() || !w.has_value() || !tail.has_value()) return absl::OkStatus();
    const int64_t outputs = graph_.ConstantTensor(w->codes)->dim(0);
    PAWL_ASSIGN_OR_RETURN(const std::optional<ValueId> bias,
                          BiasOf(node.Input(2), x->type.scale, *w, 1.0f, outputs));
    if (!bias.has_value()) return absl::OkStatus();
    std::vector<ValueId> inputs = {
        x->codes, x->type.scale_id, ZeroPoint(graph_, x->type), w->codes,
        w->scale, w->zero,          tail->type.scale_id,        ZeroPoint(graph_, tail->type)};
    if (*bias != kNoValue) inputs.push_back(*bias);
    Become(node, "QLinearConv", "", std::move(inputs), *tail);
    return absl::OkStatus();
  }

  // Scales and zero points of the channels of one group, for each output.
  absl::Status ForEachGroup(int64_t groups, WeightCodes* w) {
    for (ValueId* id : {&w->scale, &w->zero}) {
      const Tensor one = *graph_.ConstantTensor(*id);
      if (groups == 1 || one.num_elements() == 1) continue;
      PAWL_ASSIGN_OR_RETURN(Tensor all, Tensor::Create(one.dtype(), {groups * one.num_elements()}));
      auto* to = static_cast<char*>(all.mutable_data());
      for (int64_t g = 0; g < groups; ++g, to += one.size_bytes()) {
        std::memcpy(to, one.data(), one.size_bytes());
      }
      *id = graph_.AddConstant(NewName(graph_, "group"), std::move(all));
    }
    w->scales = graph_.ConstantTensor(w->scale);
    return absl::OkStatus();
  }

  absl::Status FuseConvTranspose(Node& node) {
    const auto x = ActivationCodes(node.Input(0));
    auto w = WeightsOf(node.Input(1), 1);
    const auto tail = TailOf(node.outputs[0], true);
    const int64_t groups = node.Int("group", 1);
    if (!x.has_value() || !w.has_value() || !tail.has_value() || groups < 1) {
      return absl::OkStatus();
    }
    const Tensor& codes = *graph_.ConstantTensor(w->codes);
    const Dims image = graph_.value(x->codes).type.shape.value_or(Dims{});
    if (!TakesTransposedLayer(node, image, codes, *w->scales)) return absl::OkStatus();
    const int64_t outputs = codes.dim(1) * groups;
    PAWL_RETURN_IF_ERROR(ForEachGroup(groups, &*w));
    PAWL_ASSIGN_OR_RETURN(const std::optional<ValueId> bias,
                          BiasOf(node.Input(2), x->type.scale, *w, 1.0f, outputs));
    if (!bias.has_value()) return absl::OkStatus();
    std::vector<ValueId> inputs = {
        x->codes, x->type.scale_id, ZeroPoint(graph_, x->type), w->codes,
        w->scale, w->zero,          tail->type.scale_id,        ZeroPoint(graph_, tail->type)};
    if (*bias != kNoValue) inputs.push_back(*bias);
    Become(node, "QLinearConvTranspose", kPawlDomain, std::move(inputs), *tail);
    return absl::OkStatus();
  }

  void FuseMatMul(Node& node) {
    const auto a = ActivationCodes(node.Input(0));
    const auto tail = TailOf(node.outputs[0], false);
    if (!a.has_value() || !tail.has_value()) return;
    auto b = WeightsOf(node.Input(1), -1);
    if (!b.has_value()) {
      const auto codes = ActivationCodes(node.Input(1));
      if (!codes.has_value()) return;
      b = WeightCodes{.codes = codes->codes,
                      .scale = codes->type.scale_id,
                      .zero = ZeroPoint(graph_, codes->type)};
    }
    Become(node, "QLinearMatMul", "",
           {a->codes, a->type.scale_id, ZeroPoint(graph_, a->type), b->codes, b->scale, b->zero,
            tail->type.scale_id, ZeroPoint(graph_, tail->type)},
           *tail);
  }

  absl::Status FuseGemm(Node& node) {
    const bool by_column = node.Int("transB", 0) == 0;
    const float alpha = node.Float("alpha", 1.0f);
    const auto a = ActivationCodes(node.Input(0));
    const auto b = WeightsOf(node.Input(1), by_column ? 1 : 0);
    const auto tail = TailOf(node.outputs[0], true);
    if (!a.has_value() || !b.has_value() || !tail.has_value() || !(alpha > 0.0f) ||
        node.Int("transA", 0) != 0 ||
        (node.Input(2) != kNoValue && node.Float("beta", 1.0f) != 1.0f)) {
      return absl::OkStatus();
    }
    const int64_t outputs = graph_.ConstantTensor(b->codes)->dim(by_column ? 1 : 0);
    PAWL_ASSIGN_OR_RETURN(const std::optional<ValueId> bias,
                          BiasOf(node.Input(2), a->type.scale, *b, alpha, outputs));
    if (!bias.has_value()) return absl::OkStatus();
    Become(node, "QGemm", kMicrosoftDomain,
           {a->codes, a->type.scale_id, ZeroPoint(graph_, a->type), b->codes, b->scale, b->zero,
            *bias, tail->type.scale_id, ZeroPoint(graph_, tail->type)},
           *tail);
    return absl::OkStatus();
  }

  // One input: codes and their type, and the type of the result.
  void FusePlain(Node& node, const char* op) {
    const auto x = ActivationCodes(node.Input(0));
    const auto tail = TailOf(node.outputs[0], false);
    if (!x.has_value() || !tail.has_value()) return;
    if (node.op == "Softmax") {
      node.Set(Attribute::Int("axis", node.Int("axis", node.opset < 13 ? 1 : -1)));
      node.Set(Attribute::Int("opset", node.opset));
    }
    Become(node, op, kMicrosoftDomain,
           {x->codes, x->type.scale_id, ZeroPoint(graph_, x->type), tail->type.scale_id,
            ZeroPoint(graph_, tail->type)},
           *tail);
  }

  Graph& graph_;
  FuseGraph g_;
};

}  // namespace

absl::Status FuseCodeLayers(Graph& graph, const std::vector<bool>& observed) {
  return LayerFuser(graph, observed).Run();
}

}  // namespace pawl
