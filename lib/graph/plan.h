// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// Plan: where each value of a program lies in memory for one set of input shapes.

#ifndef PAWL_LIB_GRAPH_PLAN_H_
#define PAWL_LIB_GRAPH_PLAN_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "absl/status/statusor.h"
#include "lib/graph/program.h"

namespace pawl {

enum class Place : uint8_t {
  kNowhere,   // not computed, or not wanted
  kConstant,  // Program::constants
  kFed,       // an input or capture
  kKnown,     // contents that follow from shapes: ValuePlan::known
  kArena,     // at ValuePlan::offset
  kRunTime,   // shape known only when the node runs: memory of its own
};

struct ValuePlan {
  Place place = Place::kNowhere;
  ValueType type;
  size_t offset = 0;
  std::optional<Tensor> known;
};

struct StepPlan {
  bool skip = false;     // all results are known
  bool settled = false;  // all results have known shapes
  size_t workspace_offset = 0;
  size_t workspace_bytes = 0;
  std::vector<ValueId> done;  // kRunTime values that are not used after this step
};

struct Plan {
  std::vector<ValueType> fed;  // what the plan is for
  std::vector<ValuePlan> values;
  std::vector<StepPlan> steps;
  size_t arena_bytes = 0;
};

// `fed` in the order of Program::fed, types and shapes known. Errors: those of the shape rules,
// naming the node; ResourceExhausted where the arena would take more than Program::max_memory.
absl::StatusOr<Plan> MakePlan(const Program& program, std::vector<ValueType> fed, Context& context);

// A piece of memory, used from one step to another, both included.
struct Extent {
  size_t bytes = 0;
  int32_t first = 0;
  int32_t last = 0;
  size_t offset = 0;  // the result
};
// Gives each an offset, a multiple of kAlignment, so that none that are in use at the same time
// overlap: the largest first, each at the lowest place that is free. Returns the end of all.
size_t PlaceExtents(std::vector<Extent>& extents);

}  // namespace pawl

#endif  // PAWL_LIB_GRAPH_PLAN_H_
