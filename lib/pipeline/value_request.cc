// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include "lib/pipeline/value_request.h"

#include <algorithm>
#include <map>
#include <utility>

#include "lib/core/status_macros.h"
#include "lib/graph/passes/edit.h"

namespace pawl {

absl::StatusOr<std::shared_ptr<const Graph>> NamedToObserve(
    const std::shared_ptr<const Graph>& graph, const std::vector<ValueRequest>& requests,
    std::vector<std::string>* names) {
  bool inner = false;
  for (const ValueRequest& request : requests) {
    inner |= !request.path.empty();
    names->push_back(request.path.empty() ? graph->value(request.value).name : "");
  }
  if (!inner) return graph;
  auto copy = std::make_shared<Graph>(*graph);
  GraphEditor edit(*copy);
  const auto wanted = [&](const SubgraphPath& path) {
    return std::any_of(requests.begin(), requests.end(), [&](const ValueRequest& request) {
      return request.path.size() >= path.size() &&
             std::equal(path.begin(), path.end(), request.path.begin());
    });
  };
  PAWL_RETURN_IF_ERROR(
      ChangeSubgraphs(*copy, wanted, [&](const SubgraphPath& path, Graph& own) -> absl::Status {
        std::map<ValueId, std::string> given;
        for (size_t i = 0; i < requests.size(); ++i) {
          if (requests[i].path != path) continue;
          std::string& name = given[requests[i].value];
          if (name.empty()) name = edit.Name("observed");
          own.value(requests[i].value).name = name;
          (*names)[i] = name;
        }
        return absl::OkStatus();
      }));
  return std::shared_ptr<const Graph>(std::move(copy));
}

}  // namespace pawl
