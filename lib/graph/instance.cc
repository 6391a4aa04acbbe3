// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include "lib/graph/instance.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "absl/strings/str_cat.h"
#include "lib/core/status_macros.h"
#include "lib/graph/infer.h"

namespace pawl {
namespace {

// Plans that are kept: the shapes that a host alternates between, not every one it ever had.
constexpr size_t kPlans = 16;

bool Matches(const Plan& plan, absl::Span<const Tensor* const> fed) {
  for (size_t i = 0; i < fed.size(); ++i) {
    if (plan.fed[i].dtype != fed[i]->dtype() || *plan.fed[i].shape != fed[i]->shape()) return false;
  }
  return true;
}

}  // namespace

// A subgraph of a step: feeds what it captures beside what the kernel gives.
class Instance::Child final : public SubgraphRunner {
 public:
  Child(Instance& parent, std::shared_ptr<const Program> program)
      : parent_(parent), instance_(std::move(program)) {}

  absl::StatusOr<absl::Span<const Tensor>> Run(absl::Span<const Tensor* const> inputs) override {
    const Graph& graph = *instance_.program()->graph;
    if (inputs.size() != graph.inputs.size()) {
      return absl::InvalidArgumentError(absl::StrCat("its subgraph has ", graph.inputs.size(),
                                                     " inputs and is given ", inputs.size()));
    }
    fed_.assign(inputs.begin(), inputs.end());
    for (const Capture& capture : graph.captures) {
      fed_.push_back(parent_.at_[static_cast<size_t>(capture.outer)]);
    }
    return instance_.Run(fed_, *context_);
  }

  const Graph& graph() const override { return *instance_.program()->graph; }
  void set_context(Context& context) { context_ = &context; }
  void set_observer(const ValueObserver* observer) { instance_.set_observer(observer); }

 private:
  Instance& parent_;
  Instance instance_;
  std::vector<const Tensor*> fed_;
  Context* context_ = nullptr;
};

Instance::Instance(std::shared_ptr<const Program> program) : program_(std::move(program)) {
  const size_t values = program_->graph->values.size();
  at_.resize(values);
  run_time_.resize(values);
  children_.resize(program_->steps.size());
  runners_.resize(program_->steps.size());
  for (size_t s = 0; s < program_->steps.size(); ++s) {
    for (const auto& subgraph : program_->steps[s].subgraphs) {
      children_[s].push_back(std::make_unique<Child>(*this, subgraph));
      runners_[s].push_back(children_[s].back().get());
    }
  }
}

Instance::~Instance() = default;

void Instance::set_observer(const ValueObserver* observer) {
  observer_ = observer;
  for (const auto& step : children_) {
    for (const auto& child : step) child->set_observer(observer);
  }
}

absl::StatusOr<Instance::Bound*> Instance::PlanFor(absl::Span<const Tensor* const> fed,
                                                   Context& context) {
  for (auto it = plans_.begin(); it != plans_.end(); ++it) {
    if (!Matches(it->plan, fed)) continue;
    plans_.splice(plans_.begin(), plans_, it);
    PAWL_RETURN_IF_ERROR(Bind(plans_.front()));
    return &plans_.front();
  }
  std::vector<ValueType> types;
  for (const Tensor* tensor : fed) types.push_back({tensor->dtype(), tensor->shape()});
  PAWL_ASSIGN_OR_RETURN(Plan plan, MakePlan(*program_, std::move(types), context));
  if (plans_.size() >= kPlans) plans_.pop_back();
  plans_.emplace_front();
  plans_.front().plan = std::move(plan);
  PAWL_RETURN_IF_ERROR(Bind(plans_.front()));
  return &plans_.front();
}

absl::Status Instance::Bind(Bound& bound) {
  if (arena_.size_bytes() < bound.plan.arena_bytes) {
    arena_ = Tensor();  // before the new one is there
    PAWL_ASSIGN_OR_RETURN(
        arena_, Tensor::Create(DType::kU8, {static_cast<int64_t>(bound.plan.arena_bytes)}));
  }
  if (bound.arena != nullptr && bound.arena == arena_.data()) return absl::OkStatus();
  bound.tensors.resize(bound.plan.values.size());
  auto* base = static_cast<char*>(arena_.mutable_data());
  for (size_t i = 0; i < bound.tensors.size(); ++i) {
    const ValuePlan& value = bound.plan.values[i];
    if (value.place != Place::kArena) continue;
    PAWL_ASSIGN_OR_RETURN(
        bound.tensors[i],
        Tensor::MutableView(*value.type.dtype, *value.type.shape, base + value.offset,
                            bound.plan.arena_bytes - value.offset));
  }
  bound.arena = arena_.data();
  return absl::OkStatus();
}

absl::Status Instance::Observe(ValueId id) {
  if (observer_ == nullptr || !*observer_ || id == kNoValue) return absl::OkStatus();
  if (!program_->observed[static_cast<size_t>(id)]) return absl::OkStatus();
  const Tensor* tensor = at_[static_cast<size_t>(id)];
  return tensor == nullptr ? absl::OkStatus()
                           : (*observer_)(program_->graph->value(id).name, *tensor);
}

// Shapes that depend on data: the rule again, now with all inputs at hand.
absl::Status Instance::RunUnsettled(size_t s, OpRun::Parts& parts) {
  const Program::Step& step = program_->steps[s];
  const Node& node = *step.node;
  const Graph& graph = *program_->graph;
  std::vector<ValueType> types(inputs_.size());
  std::vector<const ValueType*> pointers(inputs_.size(), nullptr);
  for (size_t i = 0; i < inputs_.size(); ++i) {
    if (node.inputs[i] == kNoValue) continue;
    if (inputs_[i] != nullptr) {
      types[i] = {inputs_[i]->dtype(), inputs_[i]->shape()};
    } else {
      types[i] = graph.value(node.inputs[i]).type;  // a quantized initialiser
    }
    pointers[i] = &types[i];
  }
  PAWL_ASSIGN_OR_RETURN(const NodeTypes found, InferNode(graph, node, *step.op, pointers, inputs_));
  OpRun allocation(parts);
  for (size_t i = 0; i < outputs_.size(); ++i) {
    if (outputs_[i] == nullptr) continue;
    const ValueType& type = found.types[i];
    if (found.contents[i].has_value()) {
      // They may be a view of an input, whose memory is used again before this is.
      PAWL_ASSIGN_OR_RETURN(*outputs_[i], found.contents[i]->Clone());
    } else if (type.dtype.has_value() && type.shape.has_value() &&
               std::all_of(type.shape->begin(), type.shape->end(),
                           [](int64_t dim) { return dim >= 0; })) {
      PAWL_RETURN_IF_ERROR(
          AtNode(graph, node, allocation.Allocate(i, *type.dtype, *type.shape).status()));
    } else {
      *outputs_[i] = Tensor();
    }
  }
  if (found.complete(node)) return absl::OkStatus();
  Tensor workspace;
  if (step.op->workspace != nullptr && found.settled(node)) {
    const size_t bytes = step.op->workspace(
        {node, step.state.get(), pointers, found.types, parts.context->threads()});
    PAWL_ASSIGN_OR_RETURN(workspace, Tensor::Create(DType::kU8, {static_cast<int64_t>(bytes)}));
    parts.workspace = workspace.mutable_data();
  }
  OpRun run(parts);
  return AtNode(graph, node, step.op->run(run));
}

absl::Status Instance::RunStep(size_t s, Bound& bound, Context& context) {
  const Program::Step& step = program_->steps[s];
  const Node& node = *step.node;
  const StepPlan& plan = bound.plan.steps[s];
  inputs_.assign(node.inputs.size(), nullptr);
  for (size_t i = 0; i < node.inputs.size(); ++i) {
    if (node.inputs[i] != kNoValue) inputs_[i] = at_[static_cast<size_t>(node.inputs[i])];
  }
  outputs_.assign(node.outputs.size(), nullptr);
  for (size_t i = 0; i < node.outputs.size(); ++i) {
    if (node.outputs[i] == kNoValue) continue;
    const auto id = static_cast<size_t>(node.outputs[i]);
    outputs_[i] = plan.settled ? &bound.tensors[id] : &run_time_[id];
    at_[id] = outputs_[i];
  }
  for (const auto& child : children_[s]) child->set_context(context);
  OpRun::Parts parts{.graph = program_->graph.get(),
                     .node = &node,
                     .state = step.state.get(),
                     .context = &context,
                     .inputs = inputs_,
                     .outputs = outputs_,
                     .subgraphs = runners_[s],
                     .max_memory = program_->max_memory};
  if (!plan.settled) {
    PAWL_RETURN_IF_ERROR(RunUnsettled(s, parts));
  } else {
    parts.workspace = static_cast<char*>(arena_.mutable_data()) + plan.workspace_offset;
    OpRun run(parts);
    PAWL_RETURN_IF_ERROR(AtNode(*program_->graph, node, step.op->run(run)));
  }
  for (const ValueId id : node.outputs) PAWL_RETURN_IF_ERROR(Observe(id));
  for (const ValueId id : plan.done) run_time_[static_cast<size_t>(id)] = Tensor();
  return absl::OkStatus();
}

absl::Status Instance::RunTimed(size_t s, Bound& bound, Context& context) {
  if (timer_ == nullptr || !*timer_) return RunStep(s, bound, context);
  const auto start = std::chrono::steady_clock::now();
  PAWL_RETURN_IF_ERROR(RunStep(s, bound, context));
  const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - start;
  (*timer_)(*program_->steps[s].node, taken.count());
  return absl::OkStatus();
}

absl::StatusOr<absl::Span<const Tensor>> Instance::Run(absl::Span<const Tensor* const> fed,
                                                       Context& context) {
  PAWL_ASSIGN_OR_RETURN(Bound * bound, PlanFor(fed, context));
  at_.assign(at_.size(), nullptr);
  for (size_t i = 0; i < at_.size(); ++i) {
    const ValuePlan& value = bound->plan.values[i];
    if (value.place == Place::kKnown) at_[i] = &*value.known;
    const auto& constant = program_->constants[i];
    if (value.place == Place::kConstant && constant.has_value()) at_[i] = &*constant;
  }
  for (size_t i = 0; i < fed.size(); ++i) {
    at_[static_cast<size_t>(program_->fed[i])] = fed[i];
  }
  for (size_t i = 0; i < at_.size(); ++i) {
    if (at_[i] != nullptr) PAWL_RETURN_IF_ERROR(Observe(static_cast<ValueId>(i)));
  }
  for (size_t s = 0; s < program_->steps.size(); ++s) {
    if (context.cancelled()) return absl::CancelledError("the run was cancelled");
    if (!bound->plan.steps[s].skip) PAWL_RETURN_IF_ERROR(RunTimed(s, *bound, context));
  }
  results_.resize(program_->graph->outputs.size());
  for (size_t i = 0; i < results_.size(); ++i) {
    results_[i] = *at_[static_cast<size_t>(program_->graph->outputs[i])];
  }
  return absl::Span<const Tensor>(results_);
}

}  // namespace pawl
