// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include "lib/models/decoder_graph.h"

#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "lib/core/status_macros.h"
#include "lib/models/graph_builder.h"

namespace pawl {
namespace {

constexpr int64_t kMaxTable = int64_t{1} << 28;

class Builder : private GraphBuilder {
 public:
  Builder(const ModelConfig& config, const ModelWeights& weights, int64_t positions, bool cache)
      : GraphBuilder(config, weights), positions_(positions), cache_(cache) {
    graph_->symbols = {"n", "past"};
  }

  absl::StatusOr<std::shared_ptr<Graph>> Build();
  absl::StatusOr<std::shared_ptr<Graph>> BuildPart(ModelPart part, int64_t index);

 private:
  absl::StatusOr<ValueId> NormWeight(const std::string& name, int64_t size);
  absl::StatusOr<ValueId> Linear(const std::string& name, ValueId x, int64_t out, int64_t in);
  absl::StatusOr<ValueId> Norm(const std::string& name, ValueId x, int64_t size);
  absl::StatusOr<ValueId> Heads(const std::string& layer, const char* which, ValueId h,
                                int64_t heads, bool turns);
  absl::StatusOr<ValueId> AttentionInput(const std::string& layer, ValueId x);
  absl::StatusOr<ValueId> AttentionMix(const std::string& layer, int64_t index, ValueId h);
  absl::StatusOr<ValueId> AttentionSum(const std::string& layer, ValueId x, ValueId mix);
  absl::StatusOr<ValueId> FeedForwardInput(const std::string& layer, ValueId x);
  absl::StatusOr<ValueId> FeedForwardInner(const std::string& layer, ValueId h);
  absl::StatusOr<ValueId> FeedForwardSum(const std::string& layer, ValueId x, ValueId inner);
  absl::StatusOr<ValueId> Embed();
  absl::StatusOr<ValueId> Head(ValueId x);
  absl::Status AddTables();

  int64_t positions_;
  bool cache_;
  ValueId ids_ = kNoValue, position_ids_ = kNoValue, cos_ = kNoValue, sin_ = kNoValue;
  ValueId embedding_ = kNoValue;
};

absl::StatusOr<ValueId> Builder::NormWeight(const std::string& name, int64_t size) {
  PAWL_ASSIGN_OR_RETURN(const ValueId id, Weight(name, {size}));
  if (!config_.norms_add_one) return id;
  const Tensor* tensor = graph_->ConstantTensor(id);
  if (tensor == nullptr) {
    return absl::InvalidArgumentError(
        absl::StrCat(weights_.path(), ": tensor '", name, "' is quantized, and a norm's"));
  }
  PAWL_ASSIGN_OR_RETURN(Tensor sum, tensor->Clone());
  for (float& value : sum.mutable_as<float>()) value += 1.0f;
  graph_->value(id).constant = std::make_shared<const Constant>(Constant{std::move(sum), nullptr});
  return id;
}

absl::StatusOr<ValueId> Builder::Linear(const std::string& name, ValueId x, int64_t out,
                                        int64_t in) {
  PAWL_ASSIGN_OR_RETURN(std::vector<ValueId> inputs, LinearInputs(name, x, out, in));
  return Add("Gemm", name, std::move(inputs), {Attribute::Int("transB", 1)});
}

absl::StatusOr<ValueId> Builder::Norm(const std::string& name, ValueId x, int64_t size) {
  PAWL_ASSIGN_OR_RETURN(const ValueId weight, NormWeight(name + ".weight", size));
  return Add("RMSNormalization", name, {x, weight},
             {Attribute::Float("epsilon", static_cast<float>(config_.epsilon))});
}

// Queries, keys or values as [1, n, heads * size], turned by their positions.
absl::StatusOr<ValueId> Builder::Heads(const std::string& layer, const char* which, ValueId h,
                                       int64_t heads, bool turns) {
  const std::string name = absl::StrCat(layer, "self_attn.", which, "_proj");
  const int64_t size = config_.head_size, columns = heads * size;
  PAWL_ASSIGN_OR_RETURN(ValueId x, Linear(name, h, columns, config_.width));
  const std::string norm = absl::StrCat(layer, "self_attn.", which, "_norm");
  if (turns && weights_.Has(norm + ".weight")) {
    x = Add("Reshape", name + ".split", {x, Shape(name + ".heads", {-1, heads, size})});
    PAWL_ASSIGN_OR_RETURN(x, Norm(norm, x, size));
  }
  x = Add("Reshape", name + ".rows", {x, Shape(name + ".shape", {1, -1, columns})});
  if (!turns) return x;
  return Add("RotaryEmbedding", name + ".turned", {x, cos_, sin_, position_ids_},
             {Attribute::Int("num_heads", heads)});
}

absl::StatusOr<ValueId> Builder::AttentionInput(const std::string& layer, ValueId x) {
  return Norm(layer + "input_layernorm", x, config_.width);
}

// What the output layer takes.
absl::StatusOr<ValueId> Builder::AttentionMix(const std::string& layer, int64_t index, ValueId h) {
  const int64_t size = config_.head_size;
  PAWL_ASSIGN_OR_RETURN(const ValueId q, Heads(layer, "q", h, config_.heads, true));
  PAWL_ASSIGN_OR_RETURN(const ValueId k, Heads(layer, "k", h, config_.kv_heads, true));
  PAWL_ASSIGN_OR_RETURN(const ValueId v, Heads(layer, "v", h, config_.kv_heads, false));
  std::vector<ValueId> inputs = {q, k, v};
  std::vector<Attribute> attributes = {Attribute::Int("is_causal", 1),
                                       Attribute::Int("q_num_heads", config_.heads),
                                       Attribute::Int("kv_num_heads", config_.kv_heads)};
  if (config_.window > 0) {
    attributes.push_back(Attribute::Int("left_window_size", config_.window - 1));
  }
  std::vector<std::string> more;
  if (cache_) {
    const Dims dims = {1, config_.kv_heads, SymbolDim(1), size};
    inputs.push_back(kNoValue);
    inputs.push_back(Input(absl::StrCat("past_key.", index), DType::kF32, dims));
    inputs.push_back(Input(absl::StrCat("past_value.", index), DType::kF32, dims));
    more = {absl::StrCat("present_key.", index), absl::StrCat("present_value.", index)};
  }
  ValueId x = Add("Attention", layer + "self_attn", std::move(inputs), std::move(attributes),
                  std::move(more));
  if (cache_) {
    const Node& node = graph_->nodes.back();
    graph_->outputs.push_back(node.outputs[1]);
    graph_->outputs.push_back(node.outputs[2]);
  }
  return Add("Reshape", layer + "self_attn.rows",
             {x, Shape(layer + "self_attn.shape", {-1, config_.heads * size})});
}

absl::StatusOr<ValueId> Builder::AttentionSum(const std::string& layer, ValueId x, ValueId mix) {
  PAWL_ASSIGN_OR_RETURN(const ValueId h, Linear(layer + "self_attn.o_proj", mix, config_.width,
                                                config_.heads * config_.head_size));
  return Add("Add", layer + "attention_sum", {x, h});
}

absl::StatusOr<ValueId> Builder::FeedForwardInput(const std::string& layer, ValueId x) {
  return Norm(layer + "post_attention_layernorm", x, config_.width);
}

// What the last of the three layers takes.
absl::StatusOr<ValueId> Builder::FeedForwardInner(const std::string& layer, ValueId h) {
  const std::string mlp = layer + "mlp.";
  PAWL_ASSIGN_OR_RETURN(ValueId gate, Linear(mlp + "gate_proj", h, config_.inner, config_.width));
  gate = config_.activation == HiddenActivation::kGeluTanh
             ? Add("Gelu", mlp + "act", {gate}, {Attribute::String("approximate", "tanh")})
             : Add("Swish", mlp + "act", {gate});
  PAWL_ASSIGN_OR_RETURN(const ValueId up, Linear(mlp + "up_proj", h, config_.inner, config_.width));
  return Add("Mul", mlp + "gated", {gate, up});
}

absl::StatusOr<ValueId> Builder::FeedForwardSum(const std::string& layer, ValueId x,
                                                ValueId inner) {
  PAWL_ASSIGN_OR_RETURN(const ValueId h,
                        Linear(layer + "mlp.down_proj", inner, config_.width, config_.inner));
  return Add("Add", layer + "mlp_sum", {x, h});
}

// cos and sin of each position's angles, in f64 and rounded once.
absl::Status Builder::AddTables() {
  const int64_t half = config_.head_size / 2;
  if (positions_ > kMaxTable / half) {
    return absl::InvalidArgumentError(
        absl::StrCat(weights_.path(), ": a context of ", positions_, " positions is too long"));
  }
  PAWL_ASSIGN_OR_RETURN(Tensor cos, Tensor::Create(DType::kF32, {positions_, half}));
  PAWL_ASSIGN_OR_RETURN(Tensor sin, Tensor::Create(DType::kF32, {positions_, half}));
  for (int64_t i = 0; i < half; ++i) {
    const double power = -static_cast<double>(i) / static_cast<double>(half);
    double rate = std::pow(config_.rotary_base, power) / config_.rotary_divisor;
    if (!config_.rotary_factors.empty()) rate /= config_.rotary_factors[static_cast<size_t>(i)];
    for (int64_t p = 0; p < positions_; ++p) {
      const double angle = static_cast<double>(p) * rate;
      const auto at = static_cast<size_t>(p * half + i);
      cos.mutable_as<float>()[at] = static_cast<float>(std::cos(angle));
      sin.mutable_as<float>()[at] = static_cast<float>(std::sin(angle));
    }
  }
  cos_ = graph_->AddConstant("rotary.cos", std::move(cos));
  sin_ = graph_->AddConstant("rotary.sin", std::move(sin));
  return absl::OkStatus();
}

absl::StatusOr<ValueId> Builder::Embed() {
  PAWL_ASSIGN_OR_RETURN(embedding_,
                        Weight("model.embed_tokens.weight", {config_.vocabulary, config_.width}));
  ValueId x = Add("Gather", "model.embed_tokens", {embedding_, ids_});
  if (config_.embedding_factor == 1.0) return x;
  const std::vector<float> factor = {static_cast<float>(config_.embedding_factor)};
  return Add("Mul", "model.embed_factor",
             {x, graph_->AddConstant("model.embed_factor.value",
                                     *Tensor::FromValues<float>({1}, factor))});
}

absl::StatusOr<ValueId> Builder::Head(ValueId x) {
  if (weights_.Has("lm_head.weight")) {
    return Linear("lm_head", x, config_.vocabulary, config_.width);
  }
  return Add("Gemm", "lm_head", {x, embedding_}, {Attribute::Int("transB", 1)});
}

absl::StatusOr<std::shared_ptr<Graph>> Builder::BuildPart(ModelPart part, int64_t index) {
  const std::string layer = absl::StrCat("model.layers.", index, ".");
  const bool mixes = part == ModelPart::kAttentionMix || part == ModelPart::kAttentionSum;
  ValueId x, h;
  if (part == ModelPart::kEmbedding) {
    ids_ = Input("input_ids", DType::kI64, {SymbolDim(0)});
    PAWL_ASSIGN_OR_RETURN(h, Embed());
  } else {
    x = Input("x", DType::kF32, {SymbolDim(0), config_.width});
    if (mixes) {
      position_ids_ = Input("position_ids", DType::kI64, {1, SymbolDim(0)});
      PAWL_RETURN_IF_ERROR(AddTables());
    }
    if (part == ModelPart::kFinalNorm) {
      PAWL_ASSIGN_OR_RETURN(h, Norm("model.norm", x, config_.width));
    } else if (part <= ModelPart::kAttentionSum) {
      PAWL_ASSIGN_OR_RETURN(h, AttentionInput(layer, x));
      if (mixes) {
        PAWL_ASSIGN_OR_RETURN(h, AttentionMix(layer, index, h));
      }
      if (part == ModelPart::kAttentionSum) {
        PAWL_ASSIGN_OR_RETURN(h, AttentionSum(layer, x, h));
      }
    } else {
      PAWL_ASSIGN_OR_RETURN(h, FeedForwardInput(layer, x));
      if (part != ModelPart::kFeedForwardInput) {
        PAWL_ASSIGN_OR_RETURN(h, FeedForwardInner(layer, h));
      }
      if (part == ModelPart::kFeedForwardSum) {
        PAWL_ASSIGN_OR_RETURN(h, FeedForwardSum(layer, x, h));
      }
    }
  }
  return Finish(h);
}

absl::StatusOr<std::shared_ptr<Graph>> Builder::Build() {
  ids_ = Input("input_ids", DType::kI64, {SymbolDim(0)});
  position_ids_ = Input("position_ids", DType::kI64, {1, SymbolDim(0)});
  PAWL_RETURN_IF_ERROR(AddTables());
  PAWL_ASSIGN_OR_RETURN(ValueId x, Embed());
  graph_->outputs.push_back(kNoValue);  // the logits, below
  for (int64_t i = 0; i < config_.layers; ++i) {
    const std::string layer = absl::StrCat("model.layers.", i, ".");
    PAWL_ASSIGN_OR_RETURN(ValueId h, AttentionInput(layer, x));
    PAWL_ASSIGN_OR_RETURN(h, AttentionMix(layer, i, h));
    PAWL_ASSIGN_OR_RETURN(x, AttentionSum(layer, x, h));
    PAWL_ASSIGN_OR_RETURN(h, FeedForwardInput(layer, x));
    PAWL_ASSIGN_OR_RETURN(h, FeedForwardInner(layer, h));
    PAWL_ASSIGN_OR_RETURN(x, FeedForwardSum(layer, x, h));
  }
  PAWL_ASSIGN_OR_RETURN(x, Norm("model.norm", x, config_.width));
  PAWL_ASSIGN_OR_RETURN(x, Head(x));
  graph_->value(x).name = "logits";
  graph_->outputs[0] = x;
  PAWL_RETURN_IF_ERROR(InferTypes(*graph_));
  return std::move(graph_);
}

}  // namespace

absl::StatusOr<std::shared_ptr<Graph>> BuildDecoder(const ModelConfig& config,
                                                    const ModelWeights& weights, int64_t positions,
                                                    bool cache) {
  return Builder(config, weights, positions, cache).Build();
}

absl::StatusOr<std::shared_ptr<Graph>> BuildDecoderPart(const ModelConfig& config,
                                                        const ModelWeights& weights,
                                                        int64_t positions, ModelPart part,
                                                        int64_t layer) {
  return Builder(config, weights, positions, false).BuildPart(part, layer);
}

}  // namespace pawl
