// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// A model of either kind, decoder (decoder_graph.h) or encoder (encoder_graph.h), a part at a time.

#ifndef PAWL_LIB_MODELS_MODEL_GRAPH_H_
#define PAWL_LIB_MODELS_MODEL_GRAPH_H_

#include <cstdint>
#include <memory>

#include "absl/status/statusor.h"
#include "lib/models/model_config.h"
#include "lib/models/weights.h"
#include "pawl/graph.h"

namespace pawl {

// Pieces for a layer at a time, each from the residual stream in front of the attention or of the
// feed-forward layers: what a linear layer takes, or the stream behind them. An encoder's norms
// stand behind its sums, so that its stream is what the layers take.
enum class ModelPart : uint8_t {
  kEmbedding,         // the stream in front of the first layer
  kAttentionInput,    // for queries, keys and values
  kAttentionMix,      // for the attention's output layer
  kAttentionSum,      // the stream behind the attention
  kFeedForwardInput,  // for the gate and up layers, an encoder's first
  kFeedForwardInner,  // for the down layer, an encoder's second
  kFeedForwardSum,    // the stream behind the feed-forward layers
  kFinalNorm,         // for the layer that makes a decoder's logits
};

// Inputs: "x" f32 [n, width] ("input_ids" i64 [n] for kEmbedding), and where PartTakesPositions()
// "position_ids" i64 [1, n], below `positions`. One output [n, columns]. Errors: NotFound and
// InvalidArgument naming the tensor.
absl::StatusOr<std::shared_ptr<Graph>> BuildModelPart(const ModelConfig& config,
                                                      const ModelWeights& weights,
                                                      int64_t positions, ModelPart part,
                                                      int64_t layer);
bool PartTakesPositions(const ModelConfig& config, ModelPart part);

}  // namespace pawl

#endif  // PAWL_LIB_MODELS_MODEL_GRAPH_H_
