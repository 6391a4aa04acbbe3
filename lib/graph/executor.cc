// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include "pawl/executor.h"

#include <memory>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "kernels/float_env.h"
#include "lib/core/status_macros.h"
#include "lib/graph/instance.h"
#include "lib/graph/program.h"
#include "pawl/context.h"

namespace pawl {

struct Executor::Impl {
  explicit Impl(std::shared_ptr<const Program> program) : instance(std::move(program)) {}

  Instance instance;
  ValueObserver observer;
  NodeTimer timer;
  std::vector<const Tensor*> fed;
};

namespace {

absl::Status CheckInput(const Graph& graph, size_t i, const Tensor& tensor) {
  const Value& value = graph.value(graph.inputs[i]);
  if (value.type.dtype.has_value() && *value.type.dtype != tensor.dtype()) {
    return absl::InvalidArgumentError(absl::StrCat(graph.source, ": input '", value.name, "' is ",
                                                   DTypeName(*value.type.dtype), ", and was given ",
                                                   DTypeName(tensor.dtype())));
  }
  if (!value.type.shape.has_value()) return absl::OkStatus();
  bool fits = value.type.shape->size() == tensor.shape().size();
  for (size_t d = 0; fits && d < tensor.shape().size(); ++d) {
    const int64_t dim = (*value.type.shape)[d];
    fits = dim < 0 || dim == tensor.shape()[d];
  }
  if (fits) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat(graph.source, ": input '", value.name,
                                                 "' has the shape ", graph.ShapeText(value.type),
                                                 ", and was given ", ShapeString(tensor.shape())));
}

}  // namespace

Executor::Executor(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Executor::~Executor() = default;

absl::StatusOr<std::unique_ptr<Executor>> Executor::Create(std::shared_ptr<const Graph> graph,
                                                           const ExecutorOptions& options,
                                                           Context* context) {
  PAWL_RETURN_IF_ERROR(graph->Validate());
  std::unique_ptr<Context> own;
  if (context == nullptr) {
    PAWL_ASSIGN_OR_RETURN(own, Context::Create({.threads = 1}));
    context = own.get();
  }
  const kernels::FloatEnvironment environment;
  PAWL_ASSIGN_OR_RETURN(auto program, BuildProgram(std::move(graph), options, *context));
  return std::unique_ptr<Executor>(new Executor(std::make_unique<Impl>(std::move(program))));
}

std::unique_ptr<Executor> Executor::Share() const {
  return std::unique_ptr<Executor>(new Executor(std::make_unique<Impl>(impl_->instance.program())));
}

absl::StatusOr<absl::Span<const Tensor>> Executor::Run(absl::Span<const Tensor> inputs,
                                                       Context& context) {
  const Graph& graph = this->graph();
  if (inputs.size() != graph.inputs.size()) {
    return absl::InvalidArgumentError(absl::StrCat(graph.source, ": the model has ",
                                                   graph.inputs.size(), " inputs, and was given ",
                                                   inputs.size()));
  }
  impl_->fed.clear();
  for (size_t i = 0; i < inputs.size(); ++i) {
    PAWL_RETURN_IF_ERROR(CheckInput(graph, i, inputs[i]));
    impl_->fed.push_back(&inputs[i]);
  }
  const kernels::FloatEnvironment environment;
  return impl_->instance.Run(impl_->fed, context);
}

void Executor::SetObserver(ValueObserver observer) {
  impl_->observer = std::move(observer);
  impl_->instance.set_observer(&impl_->observer);
}

void Executor::SetTimer(NodeTimer timer) {
  impl_->timer = std::move(timer);
  impl_->instance.set_timer(&impl_->timer);
}

const Graph& Executor::graph() const { return *impl_->instance.program()->original; }
size_t Executor::arena_bytes() const { return impl_->instance.arena_bytes(); }
size_t Executor::packed_bytes() const { return impl_->instance.program()->packed_bytes; }

}  // namespace pawl
