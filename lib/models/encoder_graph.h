// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// A BERT encoder as a Graph (Devlin et al., 2018; tensors' names as Hugging Face's BertModel has
// them): norms stand behind the sums, every position sees every other one, positions are learned.

#ifndef PAWL_LIB_MODELS_ENCODER_GRAPH_H_
#define PAWL_LIB_MODELS_ENCODER_GRAPH_H_

#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "lib/models/model_config.h"
#include "lib/models/model_graph.h"
#include "lib/models/weights.h"
#include "pawl/graph.h"

namespace pawl {

// Inputs: "input_ids", "attention_mask" (0: no position looks at this one) and "token_type_ids"
// i64 [batch, n], "position_ids" i64 [1, n]. Output: "last_hidden_state" f32 [batch, n, width]; the
// pooler is left out. Linear layers are Pawl's Linear (pawl/graph.h) with the weight W[out, in], so
// a QuantizedTensor stays one. Errors: NotFound and InvalidArgument naming the tensor.
absl::StatusOr<std::shared_ptr<Graph>> BuildEncoder(const ModelConfig& config,
                                                    const ModelWeights& weights);

// Pieces of the same, of one sequence whose token types are all 0. Inputs: "x" f32 [n, width]; for
// kEmbedding "input_ids" i64 [n] and "position_ids" i64 [1, n]. One output [n, columns]. Errors: as
// above.
absl::StatusOr<std::shared_ptr<Graph>> BuildEncoderPart(const ModelConfig& config,
                                                        const ModelWeights& weights, ModelPart part,
                                                        int64_t layer);

}  // namespace pawl

#endif  // PAWL_LIB_MODELS_ENCODER_GRAPH_H_
