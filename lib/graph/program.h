// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// Program: a graph made ready to run, once: order, folded constants, packed weights. Immutable and
// shared by all who run it.

#ifndef PAWL_LIB_GRAPH_PROGRAM_H_
#define PAWL_LIB_GRAPH_PROGRAM_H_

#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <vector>

#include "absl/status/statusor.h"
#include "lib/graph/operator.h"
#include "pawl/executor.h"
#include "pawl/graph.h"

namespace pawl {

struct Program {
  struct Step {
    const Node* node = nullptr;  // of `graph`
    const Operator* op = nullptr;
    std::unique_ptr<OpState> state;
    std::vector<std::shared_ptr<const Program>> subgraphs;  // in the order of attributes
  };
  static constexpr int32_t kNeverUsed = -1;
  static constexpr int32_t kToTheEnd = std::numeric_limits<int32_t>::max();

  std::shared_ptr<const Graph> original;         // as it was given
  std::shared_ptr<const Graph> graph;            // with what is merged; values have the same ids
  std::vector<Step> steps;                       // in an order in which they can run
  std::vector<std::optional<Tensor>> constants;  // by value: initialisers, folded ones
  std::vector<ValueId> fed;                      // inputs, then captures
  std::vector<int32_t> last_use;                 // by value: step
  std::vector<bool> observed;                    // by value
  uint64_t max_memory = 0;
  size_t packed_bytes = 0;
};

absl::StatusOr<std::shared_ptr<const Program>> BuildProgram(std::shared_ptr<const Graph> graph,
                                                            const ExecutorOptions& options,
                                                            Context& context);
// The same for a subgraph, which need not have what is to be observed.
absl::StatusOr<std::shared_ptr<const Program>> BuildSubprogram(std::shared_ptr<const Graph> graph,
                                                               const ExecutorOptions& options,
                                                               Context& context);

}  // namespace pawl

#endif  // PAWL_LIB_GRAPH_PROGRAM_H_
