// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// Instance: the memory of one who runs a program, and its subgraphs'.

#ifndef PAWL_LIB_GRAPH_INSTANCE_H_
#define PAWL_LIB_GRAPH_INSTANCE_H_

#include <cstddef>
#include <cstdint>
#include <list>
#include <memory>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "lib/graph/operator.h"
#include "lib/graph/plan.h"
#include "lib/graph/program.h"
#include "pawl/executor.h"

namespace pawl {

class Instance {
 public:
  explicit Instance(std::shared_ptr<const Program> program);
  ~Instance();

  // `fed` in the order of Program::fed. Results are valid until the next run.
  absl::StatusOr<absl::Span<const Tensor>> Run(absl::Span<const Tensor* const> fed,
                                               Context& context);

  // Of subgraphs, too.
  void set_observer(const ValueObserver* observer);
  void set_timer(const NodeTimer* timer) { timer_ = timer; }
  const std::shared_ptr<const Program>& program() const { return program_; }
  size_t arena_bytes() const { return arena_.size_bytes(); }

 private:
  class Child;
  // A plan and its values as tensors over the arena.
  struct Bound {
    Plan plan;
    std::vector<Tensor> tensors;  // by value: kArena
    const void* arena = nullptr;  // what they lie in
  };

  absl::StatusOr<Bound*> PlanFor(absl::Span<const Tensor* const> fed, Context& context);
  absl::Status Bind(Bound& bound);
  absl::Status RunTimed(size_t s, Bound& bound, Context& context);
  absl::Status RunStep(size_t s, Bound& bound, Context& context);
  absl::Status RunUnsettled(size_t s, OpRun::Parts& parts);
  absl::Status Observe(ValueId id);

  std::shared_ptr<const Program> program_;
  std::list<Bound> plans_;  // the latest first
  Tensor arena_;
  std::vector<const Tensor*> at_;  // by value, while a run goes on
  std::vector<Tensor> run_time_;   // by value: kRunTime
  std::vector<Tensor> results_;
  std::vector<const Tensor*> inputs_;  // of the step at hand
  std::vector<Tensor*> outputs_;
  std::vector<std::vector<std::unique_ptr<Child>>> children_;  // by step
  std::vector<std::vector<SubgraphRunner*>> runners_;          // the same as kernels see them
  const ValueObserver* observer_ = nullptr;
  const NodeTimer* timer_ = nullptr;
};

}  // namespace pawl

#endif  // PAWL_LIB_GRAPH_INSTANCE_H_
