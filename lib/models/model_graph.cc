// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include "lib/models/model_graph.h"

#include "lib/models/decoder_graph.h"
#include "lib/models/encoder_graph.h"

namespace pawl {

absl::StatusOr<std::shared_ptr<Graph>> BuildModelPart(const ModelConfig& config,
                                                      const ModelWeights& weights,
                                                      int64_t positions, ModelPart part,
                                                      int64_t layer) {
  return config.encoder() ? BuildEncoderPart(config, weights, part, layer)
                          : BuildDecoderPart(config, weights, positions, part, layer);
}

bool PartTakesPositions(const ModelConfig& config, ModelPart part) {
  if (config.encoder()) return part == ModelPart::kEmbedding;
  return part == ModelPart::kAttentionMix || part == ModelPart::kAttentionSum;
}

}  // namespace pawl
