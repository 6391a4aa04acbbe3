// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// What tests of jobs on small graphs share: weights, subgraphs, a run.

#ifndef PAWL_TESTS_PIPELINE_GRAPH_JOB_NETS_H_
#define PAWL_TESTS_PIPELINE_GRAPH_JOB_NETS_H_

#include <cmath>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "catch2/catch_test_macros.hpp"
#include "pawl/context.h"
#include "pawl/graph_job.h"
#include "tests/graph/graph_builder.h"

namespace pawl::testing {

inline std::vector<float> Wave(int64_t count, float step, float size = 1.0f) {
  std::vector<float> values(static_cast<size_t>(count));
  for (size_t i = 0; i < values.size(); ++i) {
    values[i] = std::sin(step * static_cast<float>(i + 1)) * size;
  }
  return values;
}

// Of all frequencies, so that products with waves do not cancel.
inline std::vector<float> Chirp(int64_t count, float step, float size) {
  std::vector<float> values(static_cast<size_t>(count));
  for (size_t i = 0; i < values.size(); ++i) {
    const auto n = static_cast<float>(i + 1);
    values[i] = std::sin(step * n + 0.013f * n * n) * size;
  }
  return values;
}

// A value of the enclosing graph in a subgraph under construction.
inline ValueId Capturing(GraphBuilder& inner, const Graph& outer, ValueId id) {
  const ValueId own = inner.graph().AddValue(outer.value(id).name);
  inner.graph().captures.push_back({id, own});
  return own;
}

inline std::shared_ptr<Graph> Body(GraphBuilder& b, std::vector<ValueId> outputs) {
  auto graph = b.Build(std::move(outputs));
  graph->opsets.clear();
  return graph;
}

inline GraphReport Run(GraphJob job, std::vector<int64_t> dims) {
  job.samples.count = 4;
  job.samples.get = [dims](int64_t i) -> absl::StatusOr<GraphSample> {
    int64_t count = 1;
    for (const int64_t dim : dims) count *= dim;
    auto values = Wave(count, 0.37f + 0.1f * static_cast<float>(i), 2.0f);
    if (i % 2 == 1) {
      for (float& v : values) v = -v;  // the other branch
    }
    return GraphSample{*Tensor::FromValues<float>(dims, values)};
  };
  const auto context = Context::Create({.threads = 2});
  auto report = RunGraphJob(job, **context);
  INFO(report.status().ToString());
  REQUIRE(report.ok());
  return *std::move(report);
}

inline int64_t Count(const Graph& graph, const std::string& op) {
  int64_t count = 0;
  for (const Node& node : graph.nodes) {
    count += node.op == op ? 1 : 0;
    for (const Attribute& a : node.attributes) {
      for (const auto& subgraph : a.graphs) count += Count(*subgraph, op);
    }
  }
  return count;
}

}  // namespace pawl::testing

#endif  // PAWL_TESTS_PIPELINE_GRAPH_JOB_NETS_H_
