// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include "lib/models/encoder_graph.h"

#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "lib/core/status_macros.h"
#include "lib/models/graph_builder.h"

namespace pawl {
namespace {

constexpr int64_t kBool = 9;  // TensorProto.DataType

class Builder : private GraphBuilder {
 public:
  Builder(const ModelConfig& config, const ModelWeights& weights) : GraphBuilder(config, weights) {
    graph_->opsets["pawl"] = 1;
  }

  absl::StatusOr<std::shared_ptr<Graph>> Build();
  absl::StatusOr<std::shared_ptr<Graph>> BuildPart(ModelPart part, int64_t index);

 private:
  absl::StatusOr<ValueId> Linear(const std::string& name, ValueId x, int64_t out, int64_t in,
                                 const char* activation = "");
  absl::StatusOr<ValueId> Norm(const std::string& name, ValueId x);
  absl::StatusOr<ValueId> Rows(const char* which, int64_t rows, ValueId ids);
  absl::StatusOr<ValueId> Embed(ValueId ids, ValueId types, ValueId positions);
  absl::StatusOr<ValueId> Mix(const std::string& layer, ValueId x);
  absl::StatusOr<ValueId> Sum(const std::string& name, ValueId x, ValueId h, int64_t columns);
  absl::StatusOr<ValueId> Inner(const std::string& layer, ValueId x);

  bool part_ = false;  // values are [n, columns], not [batch, n, columns]
  ValueId mask_ = kNoValue;
};

absl::StatusOr<ValueId> Builder::Linear(const std::string& name, ValueId x, int64_t out, int64_t in,
                                        const char* activation) {
  PAWL_ASSIGN_OR_RETURN(std::vector<ValueId> inputs, LinearInputs(name, x, out, in));
  const ValueId y = Add("Linear", name, std::move(inputs));
  Node& node = graph_->nodes.back();
  node.domain = "pawl";
  node.opset = 1;
  if (*activation != 0) node.Set(Attribute::String("activation", activation));
  return y;
}

// TensorFlow's checkpoints call weight and bias gamma and beta.
absl::StatusOr<ValueId> Builder::Norm(const std::string& name, ValueId x) {
  const bool old = !weights_.Has(name + ".weight") && weights_.Has(name + ".gamma");
  PAWL_ASSIGN_OR_RETURN(const ValueId weight,
                        Weight(name + (old ? ".gamma" : ".weight"), {config_.width}));
  PAWL_ASSIGN_OR_RETURN(const ValueId bias,
                        Weight(name + (old ? ".beta" : ".bias"), {config_.width}));
  return Add("LayerNormalization", name, {x, weight, bias},
             {Attribute::Float("epsilon", static_cast<float>(config_.epsilon))});
}

absl::StatusOr<ValueId> Builder::Rows(const char* which, int64_t rows, ValueId ids) {
  const std::string name = absl::StrCat("embeddings.", which, "_embeddings");
  PAWL_ASSIGN_OR_RETURN(const ValueId table, Weight(name + ".weight", {rows, config_.width}));
  return Add("Gather", name, {table, ids});
}

absl::StatusOr<ValueId> Builder::Embed(ValueId ids, ValueId types, ValueId positions) {
  PAWL_ASSIGN_OR_RETURN(const ValueId word, Rows("word", config_.vocabulary, ids));
  PAWL_ASSIGN_OR_RETURN(const ValueId type, Rows("token_type", config_.token_types, types));
  PAWL_ASSIGN_OR_RETURN(ValueId position, Rows("position", config_.context, positions));
  if (part_) {  // [1, n, width] to rows
    position = Add("Reshape", "embeddings.positions",
                   {position, Shape("embeddings.positions.shape", {-1, config_.width})});
  }
  const ValueId sum = Add("Add", "embeddings.typed", {word, type});
  return Norm("embeddings.LayerNorm", Add("Add", "embeddings.placed", {sum, position}));
}

// What the attention's output layer takes.
absl::StatusOr<ValueId> Builder::Mix(const std::string& layer, ValueId x) {
  const std::string self = layer + "attention.self.";
  std::vector<ValueId> inputs;
  for (const char* which : {"query", "key", "value"}) {
    const std::string name = self + which;
    PAWL_ASSIGN_OR_RETURN(ValueId h, Linear(name, x, config_.width, config_.width));
    if (part_) {
      h = Add("Reshape", name + ".rows", {h, Shape(name + ".shape", {1, -1, config_.width})});
    }
    inputs.push_back(h);
  }
  if (mask_ != kNoValue) inputs.push_back(mask_);
  const ValueId mix = Add("Attention", self + "mix", std::move(inputs),
                          {Attribute::Int("q_num_heads", config_.heads),
                           Attribute::Int("kv_num_heads", config_.heads)});
  if (!part_) return mix;
  return Add("Reshape", self + "rows", {mix, Shape(self + "shape", {-1, config_.width})});
}

// The layer `name`dense on h, and the norm behind its sum with the stream.
absl::StatusOr<ValueId> Builder::Sum(const std::string& name, ValueId x, ValueId h,
                                     int64_t columns) {
  PAWL_ASSIGN_OR_RETURN(const ValueId y, Linear(name + "dense", h, config_.width, columns));
  return Norm(name + "LayerNorm", Add("Add", name + "sum", {y, x}));
}

absl::StatusOr<ValueId> Builder::Inner(const std::string& layer, ValueId x) {
  return Linear(layer + "intermediate.dense", x, config_.inner, config_.width,
                HiddenActivationName(config_.activation));
}

absl::StatusOr<std::shared_ptr<Graph>> Builder::BuildPart(ModelPart part, int64_t index) {
  part_ = true;
  graph_->symbols = {"n"};
  if (part == ModelPart::kEmbedding) {
    const ValueId ids = Input("input_ids", DType::kI64, {SymbolDim(0)});
    const ValueId positions = Input("position_ids", DType::kI64, {1, SymbolDim(0)});
    PAWL_ASSIGN_OR_RETURN(const ValueId x, Embed(ids, Shape("embeddings.types", {0}), positions));
    return Finish(x);
  }
  const std::string layer = absl::StrCat("encoder.layer.", index, ".");
  const ValueId x = Input("x", DType::kF32, {SymbolDim(0), config_.width});
  ValueId h = x;
  if (part == ModelPart::kAttentionMix || part == ModelPart::kAttentionSum) {
    PAWL_ASSIGN_OR_RETURN(h, Mix(layer, x));
  } else if (part == ModelPart::kFeedForwardInner || part == ModelPart::kFeedForwardSum) {
    PAWL_ASSIGN_OR_RETURN(h, Inner(layer, x));
  }
  if (part == ModelPart::kAttentionSum) {
    PAWL_ASSIGN_OR_RETURN(h, Sum(layer + "attention.output.", x, h, config_.width));
  } else if (part == ModelPart::kFeedForwardSum) {
    PAWL_ASSIGN_OR_RETURN(h, Sum(layer + "output.", x, h, config_.inner));
  }
  return Finish(h);
}

absl::StatusOr<std::shared_ptr<Graph>> Builder::Build() {
  graph_->symbols = {"batch", "n"};
  const Dims dims = {SymbolDim(0), SymbolDim(1)};
  const ValueId ids = Input("input_ids", DType::kI64, dims);
  const ValueId mask = Input("attention_mask", DType::kI64, dims);
  const ValueId types = Input("token_type_ids", DType::kI64, dims);
  const ValueId positions = Input("position_ids", DType::kI64, {1, SymbolDim(1)});
  mask_ = Add("Cast", "mask.seen", {mask}, {Attribute::Int("to", kBool)});
  mask_ = Add("Unsqueeze", "mask.keys", {mask_, Shape("mask.axes", {1, 2})});
  PAWL_ASSIGN_OR_RETURN(ValueId x, Embed(ids, types, positions));
  for (int64_t i = 0; i < config_.layers; ++i) {
    const std::string layer = absl::StrCat("encoder.layer.", i, ".");
    PAWL_ASSIGN_OR_RETURN(ValueId h, Mix(layer, x));
    PAWL_ASSIGN_OR_RETURN(x, Sum(layer + "attention.output.", x, h, config_.width));
    PAWL_ASSIGN_OR_RETURN(h, Inner(layer, x));
    PAWL_ASSIGN_OR_RETURN(x, Sum(layer + "output.", x, h, config_.inner));
  }
  graph_->value(x).name = "last_hidden_state";
  return Finish(x);
}

}  // namespace

absl::StatusOr<std::shared_ptr<Graph>> BuildEncoder(const ModelConfig& config,
                                                    const ModelWeights& weights) {
  return Builder(config, weights).Build();
}

absl::StatusOr<std::shared_ptr<Graph>> BuildEncoderPart(const ModelConfig& config,
                                                        const ModelWeights& weights, ModelPart part,
                                                        int64_t layer) {
  return Builder(config, weights).BuildPart(part, layer);
}

}  // namespace pawl
