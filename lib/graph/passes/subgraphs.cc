// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include "lib/graph/passes/subgraphs.h"

#include <string>
#include <utility>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_cat.h"
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

using Names = absl::flat_hash_set<std::string>;

// A value of a subgraph hides one of the same name outside, which files must not have (onnx/onnx,
// docs/IR.md, "Name Scoping"): new values, and captured constants that were replaced, get another.
void RenameNew(const Names& outer, const Graph& before, Graph& own) {
  const auto rename = [&](Value& value) {
    if (!outer.contains(value.name)) return;
    std::string name;
    int i = 0;
    do {
      name = absl::StrCat(value.name, "/inner_", ++i);
    } while (outer.contains(name) || own.FindValue(name) != kNoValue);
    value.name = std::move(name);
  };
  for (const Capture& capture : before.captures) {
    Value& value = own.value(capture.inner);
    if (value.constant != nullptr) rename(value);
  }
  for (size_t i = before.values.size(); i < own.values.size(); ++i) rename(own.values[i]);
}

class Changer {
 public:
  Changer(absl::FunctionRef<bool(const SubgraphPath&)> wanted,
          absl::FunctionRef<absl::Status(const SubgraphPath&, Graph&)> change, SubgraphNodes nodes)
      : wanted_(wanted), change_(change), nodes_(nodes) {}

  // `names`: of the graphs that enclose this one.
  absl::Status Within(Graph& graph, const SubgraphPath& path, Names names) {
    for (const Value& value : graph.values) names.insert(value.name);
    for (size_t n = 0; n < graph.nodes.size(); ++n) {
      for (size_t a = 0; a < graph.nodes[n].attributes.size(); ++a) {
        for (size_t g = 0; g < graph.nodes[n].attributes[a].graphs.size(); ++g) {
          const SubgraphPath inner = Inner(path, n, a, g);
          if (!wanted_(inner)) continue;
          std::shared_ptr<const Graph>& subgraph = graph.nodes[n].attributes[a].graphs[g];
          PAWL_ASSIGN_OR_RETURN(subgraph, Changed(graph, subgraph, inner, names));
        }
      }
    }
    return absl::OkStatus();
  }

 private:
  absl::StatusOr<std::shared_ptr<const Graph>> Changed(Graph& graph,
                                                       const std::shared_ptr<const Graph>& before,
                                                       const SubgraphPath& path,
                                                       const Names& names) {
    const std::shared_ptr<Graph> own = WithOwnConstants(graph, *before);
    PAWL_RETURN_IF_ERROR(Within(*own, path, names));
    PAWL_RETURN_IF_ERROR(change_(path, *own));
    CaptureAgain(graph, *before, *own);
    RenameNew(names, *before, *own);
    if (nodes_ == SubgraphNodes::kSorted) PAWL_RETURN_IF_ERROR(RemoveUnused(*own));
    for (const auto& [domain, version] : own->opsets) graph.opsets.emplace(domain, version);
    own->opsets = before->opsets;
    return std::shared_ptr<const Graph>(own);
  }

  absl::FunctionRef<bool(const SubgraphPath&)> wanted_;
  absl::FunctionRef<absl::Status(const SubgraphPath&, Graph&)> change_;
  const SubgraphNodes nodes_;
};

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
                             absl::FunctionRef<absl::Status(const SubgraphPath&, Graph&)> change,
                             SubgraphNodes nodes) {
  return Changer(wanted, change, nodes).Within(graph, {}, {});
}

}  // namespace pawl
