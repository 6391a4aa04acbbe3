// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include "pawl/model.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "lib/core/status_macros.h"
#include "pawl/onnx.h"
#include "pawl/text.h"

namespace pawl {
namespace {

std::vector<std::string> NamesOf(const Graph& graph, absl::Span<const ValueId> ids) {
  std::vector<std::string> names;
  for (const ValueId id : ids) names.push_back(graph.value(id).name);
  return names;
}

}  // namespace

absl::StatusOr<Model> Model::FromGraph(std::shared_ptr<const Graph> graph,
                                       const ExecutorOptions& options) {
  Model model;
  model.graph_ = std::move(graph);
  model.options_ = options;
  return model;
}

absl::StatusOr<Model> Model::Open(const std::string& path, const ExecutorOptions& options) {
  PAWL_ASSIGN_OR_RETURN(std::shared_ptr<Graph> graph, ReadOnnx(path));
  return FromGraph(std::move(graph), options);
}

absl::StatusOr<Model> Model::OpenMemory(absl::Span<const uint8_t> bytes,
                                        std::shared_ptr<const void> owner, const std::string& name,
                                        const ExecutorOptions& options) {
  PAWL_ASSIGN_OR_RETURN(std::shared_ptr<Graph> graph,
                        ReadOnnxMemory(bytes, std::move(owner), name));
  return FromGraph(std::move(graph), options);
}

std::vector<std::string> Model::input_names() const { return NamesOf(*graph_, graph_->inputs); }
std::vector<std::string> Model::output_names() const { return NamesOf(*graph_, graph_->outputs); }

absl::StatusOr<Executor*> Model::executor(Context* context) {
  if (executor_ == nullptr) {
    PAWL_ASSIGN_OR_RETURN(executor_, Executor::Create(graph_, options_, context));
  }
  return executor_.get();
}

absl::StatusOr<NamedTensors> Model::Run(const NamedTensors& inputs, Context& context) {
  const std::vector<std::string> names = input_names();
  std::vector<Tensor> fed;
  for (const std::string& name : names) {
    const auto found = inputs.find(name);
    if (found == inputs.end()) {
      return absl::InvalidArgumentError(absl::StrCat(graph_->source, ": input '", name,
                                                     "' is missing; the model wants ",
                                                     absl::StrJoin(names, ", ")));
    }
    fed.push_back(found->second);
  }
  for (const auto& [name, tensor] : inputs) {
    if (std::find(names.begin(), names.end(), name) == names.end()) {
      return absl::InvalidArgumentError(absl::StrCat(graph_->source, ": the model has no input '",
                                                     name, "'", DidYouMean(name, names)));
    }
  }
  PAWL_ASSIGN_OR_RETURN(Executor * executor, this->executor(&context));
  PAWL_ASSIGN_OR_RETURN(const absl::Span<const Tensor> results, executor->Run(fed, context));
  NamedTensors outputs;
  for (size_t i = 0; i < results.size(); ++i) {
    PAWL_ASSIGN_OR_RETURN(outputs[graph_->value(graph_->outputs[i]).name], results[i].Clone());
  }
  return outputs;
}

}  // namespace pawl
