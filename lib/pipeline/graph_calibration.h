// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// Statistics of a float graph's values over samples, and errors of outputs.

#ifndef PAWL_LIB_PIPELINE_GRAPH_CALIBRATION_H_
#define PAWL_LIB_PIPELINE_GRAPH_CALIBRATION_H_

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "lib/graph/passes/subgraphs.h"
#include "lib/pipeline/value_request.h"
#include "pawl/context.h"
#include "pawl/graph.h"
#include "pawl/graph_data.h"
#include "pawl/observer.h"
#include "pawl/recipe.h"

namespace pawl {

// What was seen of one value.
struct ValueStatistics {
  explicit ValueStatistics(Observer o) : observer(std::move(o)) {}
  Observer observer;
  // By channel of the axis that was asked for; empty where none was.
  std::vector<double> sums, smallest, largest;  // of x, of x, of |x|
  double entries = 0;                           // of each channel
  // The range that the first half of the samples had, over all channels.
  double half_min = 0, half_max = 0;
};

struct GraphStatistics {
  std::map<ValueId, ValueStatistics> values;                         // of the main graph
  std::map<SubgraphPath, std::map<ValueId, ValueStatistics>> inner;  // of subgraphs
  int64_t samples = 0;

  // Null where the value was not asked for.
  const ValueStatistics* Find(const SubgraphPath& path, ValueId value) const;
};

// Runs the samples once; values of subgraphs are seen in each of their runs. Memory follows from
// the values asked for, not from the samples.
absl::StatusOr<GraphStatistics> ObserveGraph(const std::shared_ptr<const Graph>& graph,
                                             const std::vector<ValueRequest>& requests,
                                             const GraphSamples& samples,
                                             const RecipeCalibration& settings, uint64_t max_memory,
                                             Context& context);

// Outputs of the float graph on some samples, to compare with: [sample][output].
using GraphOutputs = std::vector<std::vector<Tensor>>;
absl::StatusOr<GraphOutputs> RunSamples(std::shared_ptr<const Graph> graph,
                                        const GraphSamples& samples,
                                        const std::vector<int64_t>& which, uint64_t max_memory,
                                        Context& context);

// `most` indices spread evenly over the samples.
std::vector<int64_t> SpreadSamples(int64_t count, int64_t most);

// SpreadSamples, and more of them where the outputs of `most` have few values: a net that gives one
// score needs more samples to be judged by. With those outputs.
struct Reference {
  std::vector<int64_t> which;
  GraphOutputs outputs;
};
absl::StatusOr<Reference> ReferenceOutputs(const std::shared_ptr<const Graph>& graph,
                                           const GraphSamples& samples, int64_t most,
                                           uint64_t max_memory, Context& context);

// How far outputs are from those of the float graph.
struct OutputError {
  std::string name;
  double signal = 0, noise = 0;        // sums of squares
  double agreeing = 0, decisions = 0;  // largest of the last dimension, where it has several
  double max_error = 0;
  double sqnr_db() const;  // infinite without noise
};
absl::StatusOr<std::vector<OutputError>> CompareOutputs(const Graph& graph,
                                                        const GraphOutputs& wanted,
                                                        const GraphOutputs& got);
// The mean over outputs, each at most 200: what searches maximise.
double MeanSqnr(const std::vector<OutputError>& errors);

}  // namespace pawl

#endif  // PAWL_LIB_PIPELINE_GRAPH_CALIBRATION_H_
