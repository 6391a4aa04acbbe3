// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// A decoder as a Graph.

#ifndef PAWL_LIB_MODELS_DECODER_GRAPH_H_
#define PAWL_LIB_MODELS_DECODER_GRAPH_H_

#include <cstdint>
#include <memory>

#include "absl/status/statusor.h"
#include "lib/models/model_config.h"
#include "lib/models/model_graph.h"
#include "lib/models/weights.h"
#include "pawl/graph.h"

namespace pawl {

// Inputs: "input_ids" i64 [n]; "position_ids" i64 [1, n], below `positions`; with `cache` for each
// layer i "past_key.i" and "past_value.i" f32 [1, key heads, positions so far, head size].
// Outputs: "logits" f32 [n, vocabulary]; with `cache` "present_key.i" and "present_value.i".
// Linear layers are Gemm with the weight W[out, in] (transB), so a QuantizedTensor stays one.
// Errors: NotFound and InvalidArgument naming the tensor.
absl::StatusOr<std::shared_ptr<Graph>> BuildDecoder(const ModelConfig& config,
                                                    const ModelWeights& weights, int64_t positions,
                                                    bool cache);

// Pieces of the same. Inputs: "x" f32 [n, width] ("input_ids" i64 [n] for kEmbedding); for
// kAttentionMix and kAttentionSum also "position_ids" i64 [1, n]. One output [n, columns]. Errors:
// as above.
absl::StatusOr<std::shared_ptr<Graph>> BuildDecoderPart(const ModelConfig& config,
                                                        const ModelWeights& weights,
                                                        int64_t positions, ModelPart part,
                                                        int64_t layer);

}  // namespace pawl

#endif  // PAWL_LIB_MODELS_DECODER_GRAPH_H_
