// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// Executor: runs a Graph.

#ifndef PAWL_INCLUDE_PAWL_EXECUTOR_H_
#define PAWL_INCLUDE_PAWL_EXECUTOR_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "pawl/graph.h"
#include "pawl/tensor.h"

namespace pawl {

class Context;

struct ExecutorOptions {
  // Bound on the bytes that runs take for values at a time, 0 for none. A shape that would need
  // more is an error before anything is computed.
  uint64_t max_memory = 0;
  // Operators may be merged (an activation into the layer before it). Values that observers ask for
  // are kept in any case.
  bool fuse = true;
  // Linear layers with quantized weights whose node has no mode of its own quantize activations for
  // each row while running, where the weights have integer codes: mode int8_where_possible of
  // graph.h.
  bool dynamic_int8 = false;
  // Values that Observe() will be asked for: names, of the graph or else of its subgraphs, where
  // all values of the name are meant, in each of their runs.
  std::vector<std::string> observe = {};
};

// Sees a value right after it was computed, on the calling thread. The tensor is valid during the
// call. An error ends the run.
using ValueObserver = std::function<absl::Status(absl::string_view name, const Tensor& tensor)>;

// Told after each node how long it took, on the calling thread; nodes of subgraphs count into the
// node that has them, and are not told.
using NodeTimer = std::function<void(const Node& node, double seconds)>;

// Weights are packed once, in Create. Memory for values is planned once for each set of input
// shapes and kept, so after the first run of a shape nothing is allocated, where all shapes follow
// from those of the inputs; results that depend on data (NonZero, a Loop's) are allocated as they
// come.
//
// Serves one thread at a time; Share() gives another thread one of its own.
class Executor {
 public:
  // The graph must not be changed afterwards. Packs on the context's threads if there is one.
  // Errors: InvalidArgument (Graph::Validate; a node whose inputs do not fit), Unimplemented (an
  // operator or type that Pawl does not know), both naming the node.
  static absl::StatusOr<std::unique_ptr<Executor>> Create(std::shared_ptr<const Graph> graph,
                                                          const ExecutorOptions& options = {},
                                                          Context* context = nullptr);
  ~Executor();
  Executor(const Executor&) = delete;
  Executor& operator=(const Executor&) = delete;

  // Another executor of the same packed weights.
  std::unique_ptr<Executor> Share() const;

  // Runs on inputs in the order of Graph::inputs. The results, in the order of Graph::outputs, are
  // valid until the next run or the executor's end; those that are inputs or initialisers
  // themselves share their memory.
  // Errors: InvalidArgument (types and shapes that do not fit, naming input or node),
  // ResourceExhausted (max_memory, memory), Cancelled.
  absl::StatusOr<absl::Span<const Tensor>> Run(absl::Span<const Tensor> inputs, Context& context);

  // Called for each of ExecutorOptions::observe in every run from now on; empty ends that.
  void SetObserver(ValueObserver observer);

  // From now on; empty ends it.
  void SetTimer(NodeTimer timer);

  const Graph& graph() const;
  // Bytes of values that the shapes run so far need at most at a time, the planned arena's size.
  size_t arena_bytes() const;
  // Bytes that packed weights take beside the graph's own.
  size_t packed_bytes() const;

  struct Impl;

 private:
  explicit Executor(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace pawl

#endif  // PAWL_INCLUDE_PAWL_EXECUTOR_H_
