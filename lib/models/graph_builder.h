// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// What the builders of decoders and encoders have in common: values, nodes and weights of a Graph.

#ifndef PAWL_LIB_MODELS_GRAPH_BUILDER_H_
#define PAWL_LIB_MODELS_GRAPH_BUILDER_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "lib/models/model_config.h"
#include "lib/models/weights.h"
#include "pawl/graph.h"

namespace pawl {

class GraphBuilder {
 protected:
  GraphBuilder(const ModelConfig& config, const ModelWeights& weights);

  // The first output; `more` names others.
  ValueId Add(absl::string_view op, const std::string& name, std::vector<ValueId> inputs,
              std::vector<Attribute> attributes = {}, std::vector<std::string> more = {});
  ValueId Input(const std::string& name, DType dtype, Dims dims);
  // An initialiser of i64.
  ValueId Shape(const std::string& name, const std::vector<int64_t>& dims);
  // f32 or quantized. Errors: NotFound, InvalidArgument naming the tensor.
  absl::StatusOr<ValueId> Weight(const std::string& name, Dims shape);
  // x, W[out, in] and the bias, if there is one.
  absl::StatusOr<std::vector<ValueId>> LinearInputs(const std::string& name, ValueId x, int64_t out,
                                                    int64_t in);
  // With a last output, types filled in.
  absl::StatusOr<std::shared_ptr<Graph>> Finish(ValueId output);

  const ModelConfig& config_;
  const ModelWeights& weights_;
  std::shared_ptr<Graph> graph_;
};

}  // namespace pawl

#endif  // PAWL_LIB_MODELS_GRAPH_BUILDER_H_
