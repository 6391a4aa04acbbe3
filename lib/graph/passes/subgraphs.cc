// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include "lib/graph/passes/subgraphs.h"

#include <utility>

#include "lib/core/status_macros.h"
#include "lib/graph/fuse.h"
#include "lib/graph/passes/passes.h"

namespace pawl {
namespace {

using Visit = absl::FunctionRef<void(const SubgraphPath&, const std::shared_ptr<const Graph>&)>;

SubgraphPath Inner(const SubgraphPath& path, size_t node, size_t attribute, size_t graph) {
  SubgraphPath inner = path;
  inner.push_back(
      {static_cast<int32_t>(node), static_cast<int32_t>(attribute), static_cast<int32_t>(graph)});
  return inner;
}

void VisitWithin(const Graph& graph, const SubgraphPath& path, Visit visit) {
  for (size_t n = 0; n < graph.nodes.size(); ++n) {
    const auto& attributes = graph.nodes[n].attributes;
    for (size_t a = 0; a < attributes.size(); ++a) {
      for (size_t g = 0; g < attributes[a].graphs.size(); ++g) {
        const SubgraphPath inner = Inner(path, n, a, g);
        const std::shared_ptr<const Graph> own = WithOwnConstants(graph, *attributes[a].graphs[g]);
        visit(inner, own);
        VisitWithin(*own, inner, visit);
      }
    }
  }
}

// Constants that the subgraph captured, and still has as they were, are captures again.
void CaptureAgain(const Graph& outer, const Graph& before, Graph& subgraph) {
  subgraph.captures.clear();
  for (const Capture& capture : before.captures) {
    Value& value = subgraph.value(capture.inner);
    if (value.constant != nullptr && value.constant != outer.value(capture.outer).constant) {
      continue;
    }
    value.constant = nullptr;
    subgraph.captures.push_back(capture);
  }
}

absl::Status ChangeWithin(Graph& graph, const SubgraphPath& path,
                          absl::FunctionRef<bool(const SubgraphPath&)> wanted,
                          absl::FunctionRef<absl::Status(const SubgraphPath&, Graph&)> change) {
  for (size_t n = 0; n < graph.nodes.size(); ++n) {
    for (size_t a = 0; a < graph.nodes[n].attributes.size(); ++a) {
      for (size_t g = 0; g < graph.nodes[n].attributes[a].graphs.size(); ++g) {
        const SubgraphPath inner = Inner(path, n, a, g);
        if (!wanted(inner)) continue;
        const std::shared_ptr<const Graph> before = graph.nodes[n].attributes[a].graphs[g];
        const std::shared_ptr<Graph> own = WithOwnConstants(graph, *before);
        PAWL_RETURN_IF_ERROR(ChangeWithin(*own, inner, wanted, change));
        PAWL_RETURN_IF_ERROR(change(inner, *own));
        CaptureAgain(graph, *before, *own);
        PAWL_RETURN_IF_ERROR(RemoveUnused(*own));
        for (const auto& [domain, version] : own->opsets) graph.opsets.emplace(domain, version);
        own->opsets = before->opsets;
        graph.nodes[n].attributes[a].graphs[g] = own;
      }
    }
  }
  return absl::OkStatus();
}

}  // namespace

std::shared_ptr<Graph> WithOwnConstants(const Graph& outer, const Graph& subgraph) {
  auto copy = std::make_shared<Graph>(subgraph);
  copy->opsets = outer.opsets;
  copy->source = outer.source;
  copy->captures.clear();
  for (const Capture& capture : subgraph.captures) {
    const Value& given = outer.value(capture.outer);
    if (given.constant == nullptr) {
      copy->captures.push_back(capture);
      continue;
    }
    Value& value = copy->value(capture.inner);
    value.type = given.type;
    value.constant = given.constant;
  }
  ConstantsToInitialisers(*copy, /*outputs_too=*/false);
  return copy;
}

void ForEachSubgraph(const Graph& graph, Visit visit) { VisitWithin(graph, {}, visit); }

absl::Status ChangeSubgraphs(Graph& graph, absl::FunctionRef<bool(const SubgraphPath&)> wanted,
                             absl::FunctionRef<absl::Status(const SubgraphPath&, Graph&)> change) {
  return ChangeWithin(graph, {}, wanted, change);
}

}  // namespace pawl
