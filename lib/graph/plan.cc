// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include "lib/graph/plan.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "lib/core/status_macros.h"
#include "lib/core/workspace.h"
#include "lib/graph/infer.h"

namespace pawl {
namespace {

size_t BytesOf(const ValueType& type) {
  size_t bytes = DTypeSize(*type.dtype);
  for (const int64_t dim : *type.shape) bytes *= static_cast<size_t>(dim);
  return bytes;
}

class Planner {
 public:
  Planner(const Program& program, Context& context)
      : program_(program), graph_(*program.graph), context_(context) {}

  absl::StatusOr<Plan> Make(std::vector<ValueType> fed) {
    plan_.values.resize(graph_.values.size());
    plan_.steps.resize(program_.steps.size());
    storage_.assign(graph_.values.size(), kNone);
    for (size_t i = 0; i < graph_.values.size(); ++i) {
      const auto& constant = program_.constants[i];
      if (constant.has_value()) {
        plan_.values[i].place = Place::kConstant;
        plan_.values[i].type = {constant->dtype(), constant->shape()};
      } else if (graph_.values[i].constant != nullptr) {  // quantized
        plan_.values[i].place = Place::kConstant;
        plan_.values[i].type = graph_.values[i].type;
      }
    }
    for (size_t i = 0; i < fed.size(); ++i) {
      ValuePlan& value = At(program_.fed[i]);
      value.place = Place::kFed;
      value.type = fed[i];
    }
    plan_.fed = std::move(fed);
    for (size_t s = 0; s < program_.steps.size(); ++s) {
      PAWL_RETURN_IF_ERROR(PlanStep(static_cast<int32_t>(s)));
    }
    PAWL_RETURN_IF_ERROR(PlaceAll());
    FindDone();
    return std::move(plan_);
  }

 private:
  static constexpr int32_t kNone = -1;

  ValuePlan& At(ValueId id) { return plan_.values[static_cast<size_t>(id)]; }
  int32_t& StorageOf(ValueId id) { return storage_[static_cast<size_t>(id)]; }
  int32_t LastUse(ValueId id) const { return program_.last_use[static_cast<size_t>(id)]; }

  const Tensor* ContentsOf(ValueId id) {
    const ValuePlan& value = At(id);
    if (value.place == Place::kKnown) return &*value.known;
    const auto& constant = program_.constants[static_cast<size_t>(id)];
    return value.place == Place::kConstant && constant.has_value() ? &*constant : nullptr;
  }

  absl::Status PlanStep(int32_t s) {
    const Program::Step& step = program_.steps[static_cast<size_t>(s)];
    const Node& node = *step.node;
    std::vector<const ValueType*> types(node.inputs.size(), nullptr);
    std::vector<const Tensor*> contents(node.inputs.size(), nullptr);
    bool types_known = true, contents_known = Foldable(node, *step.op);
    for (size_t i = 0; i < node.inputs.size(); ++i) {
      if (node.inputs[i] == kNoValue) continue;
      const ValueType& type = At(node.inputs[i]).type;
      types[i] = &type;
      types_known &= type.dtype.has_value() && type.shape.has_value();
      contents[i] = ContentsOf(node.inputs[i]);
      contents_known &= contents[i] != nullptr && contents[i]->num_elements() <= kFollowedElements;
    }
    NodeTypes found;
    if (types_known) {
      PAWL_ASSIGN_OR_RETURN(found, InferNode(graph_, node, *step.op, types, contents));
    } else {
      found.types.resize(node.outputs.size());
      found.contents.resize(node.outputs.size());
    }
    StepPlan& step_plan = plan_.steps[static_cast<size_t>(s)];
    step_plan.settled = found.settled(node);
    if (step_plan.settled && contents_known && !found.complete(node) && Small(found)) {
      PAWL_ASSIGN_OR_RETURN(
          const std::vector<Tensor> results,
          EvaluateNode(graph_, node, *step.op, contents, program_.max_memory, context_));
      for (size_t i = 0; i < results.size(); ++i) found.contents[i] = results[i];
    }
    step_plan.skip = found.complete(node);
    for (size_t i = 0; i < node.outputs.size(); ++i) {
      const ValueId id = node.outputs[i];
      if (id == kNoValue) continue;
      ValuePlan& value = At(id);
      if (step_plan.skip) {
        value.place = Place::kKnown;
        value.type = found.types[i];
        value.known = std::move(found.contents[i]);
      } else if (step_plan.settled) {
        value.place = Place::kArena;
        value.type = found.types[i];
      } else {
        value.place = Place::kRunTime;
      }
    }
    if (step_plan.settled && !step_plan.skip) {
      AssignStorage(s);
      AddWorkspace(s, types, found.types);
    }
    return absl::OkStatus();
  }

  static bool Small(const NodeTypes& found) {
    return std::all_of(found.types.begin(), found.types.end(), [](const ValueType& type) {
      return !type.shape.has_value() ||
             BytesOf(type) <= static_cast<size_t>(kFollowedElements) * DTypeSize(*type.dtype);
    });
  }

  void AssignStorage(int32_t s) {
    const Program::Step& step = program_.steps[static_cast<size_t>(s)];
    const Node& node = *step.node;
    for (size_t i = 0; i < node.outputs.size(); ++i) {
      const ValueId id = node.outputs[i];
      if (id == kNoValue) continue;
      int32_t storage = i == 0 ? SharedStorage(s, id) : kNone;
      if (storage == kNone) {
        storage = static_cast<int32_t>(extents_.size());
        extents_.push_back({.bytes = BytesOf(At(id).type), .first = s, .last = s});
      }
      StorageOf(id) = storage;
      int32_t& last = extents_[static_cast<size_t>(storage)].last;
      last = std::max({last, s, LastUse(id)});
    }
  }

  // The storage of an input that output 0 may take over.
  int32_t SharedStorage(int32_t s, ValueId output) {
    const Program::Step& step = program_.steps[static_cast<size_t>(s)];
    const Node& node = *step.node;
    const size_t bytes = BytesOf(At(output).type);
    if ((step.op->flags & kView) != 0 && node.Input(0) != kNoValue) {
      const int32_t storage = StorageOf(node.inputs[0]);
      if (storage != kNone && extents_[static_cast<size_t>(storage)].bytes == bytes) {
        return storage;
      }
    }
    if ((step.op->flags & kInPlace) == 0) return kNone;
    for (const ValueId input : node.inputs) {
      if (input == kNoValue || StorageOf(input) == kNone) continue;
      const int32_t storage = StorageOf(input);
      const auto shares = [&](ValueId other) {
        return other != kNoValue && other != input && StorageOf(other) == storage;
      };
      if (extents_[static_cast<size_t>(storage)].last == s && At(input).type == At(output).type &&
          std::none_of(node.inputs.begin(), node.inputs.end(), shares)) {
        return storage;
      }
    }
    return kNone;
  }

  void AddWorkspace(int32_t s, absl::Span<const ValueType* const> inputs,
                    absl::Span<const ValueType> outputs) {
    const Program::Step& step = program_.steps[static_cast<size_t>(s)];
    if (step.op->workspace == nullptr) return;
    StepPlan& step_plan = plan_.steps[static_cast<size_t>(s)];
    step_plan.workspace_bytes =
        step.op->workspace({*step.node, step.state.get(), inputs, outputs, context_.threads()});
    if (step_plan.workspace_bytes == 0) return;
    workspaces_.push_back({s, static_cast<int32_t>(extents_.size())});
    extents_.push_back({.bytes = step_plan.workspace_bytes, .first = s, .last = s});
  }

  absl::Status PlaceAll() {
    plan_.arena_bytes = PlaceExtents(extents_);
    if (program_.max_memory != 0 && plan_.arena_bytes > program_.max_memory) {
      return absl::ResourceExhaustedError(
          absl::StrCat(graph_.source, ": a run with these shapes needs ", plan_.arena_bytes,
                       " bytes for values, more than the allowed ", program_.max_memory));
    }
    for (size_t i = 0; i < storage_.size(); ++i) {
      if (storage_[i] != kNone) {
        plan_.values[i].offset = extents_[static_cast<size_t>(storage_[i])].offset;
      }
    }
    for (const auto& [s, storage] : workspaces_) {
      plan_.steps[static_cast<size_t>(s)].workspace_offset =
          extents_[static_cast<size_t>(storage)].offset;
    }
    return absl::OkStatus();
  }

  void FindDone() {
    for (size_t i = 0; i < plan_.values.size(); ++i) {
      const int32_t last = program_.last_use[i];
      if (plan_.values[i].place == Place::kRunTime && last >= 0 && last != Program::kToTheEnd) {
        plan_.steps[static_cast<size_t>(last)].done.push_back(static_cast<ValueId>(i));
      }
    }
  }

  const Program& program_;
  const Graph& graph_;
  Context& context_;
  Plan plan_;
  std::vector<int32_t> storage_;  // by value: index of extents_
  std::vector<Extent> extents_;
  std::vector<std::pair<int32_t, int32_t>> workspaces_;  // step, index of extents_
};

}  // namespace

absl::StatusOr<Plan> MakePlan(const Program& program, std::vector<ValueType> fed,
                              Context& context) {
  return Planner(program, context).Make(std::move(fed));
}

}  // namespace pawl
