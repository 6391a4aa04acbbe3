// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include "lib/graph/operator_list.h"

#include <set>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "lib/core/nearest.h"
#include "lib/graph/operator.h"
#include "pawl/text.h"

namespace pawl {

#define PAWL_DECLARE_FAMILY(name) absl::Span<const Operator> name##Operators();
PAWL_OPERATOR_FAMILIES(PAWL_DECLARE_FAMILY)
#undef PAWL_DECLARE_FAMILY

namespace {

#define PAWL_FAMILY_FUNCTION(name) name##Operators,
constexpr absl::Span<const Operator> (*kFamilies[])() = {
    PAWL_OPERATOR_FAMILIES(PAWL_FAMILY_FUNCTION)};
#undef PAWL_FAMILY_FUNCTION

bool Covers(const Operator& entry, int opset) {
  if (opset == 0) return true;
  const int last = entry.max_opset != 0   ? entry.max_opset
                   : entry.domain.empty() ? kNewestOpset
                                          : opset;
  return opset >= entry.min_opset && opset <= last;
}

template <typename Visit>
void ForEach(Visit visit) {
  for (const auto family : kFamilies) {
    for (const Operator& entry : family()) visit(entry);
  }
}

absl::Status NoOperator(const Graph& graph, const Node& node) {
  std::vector<std::string> versions;
  std::set<std::string> names;
  ForEach([&](const Operator& entry) {
    if (entry.domain == node.domain) names.insert(std::string(entry.name));
    if (entry.domain != node.domain || entry.name != node.op) return;
    versions.push_back(absl::StrCat(entry.min_opset, " to ",
                                    entry.max_opset != 0
                                        ? entry.max_opset
                                        : (entry.domain.empty() ? kNewestOpset : entry.min_opset)));
  });
  const std::string what =
      versions.empty()
          ? absl::StrCat("Pawl does not know this operator",
                         DidYouMean(node.op, std::vector<std::string>(names.begin(), names.end())))
          : absl::StrCat("Pawl knows this operator in opsets ", absl::StrJoin(versions, ", "),
                         ", and the node is of opset ", node.opset,
                         "; convert the model with onnx.version_converter");
  return AtNode(graph, node, absl::UnimplementedError(what));
}

}  // namespace

const Operator* FindOperator(absl::string_view domain, absl::string_view name, int opset) {
  const Operator* found = nullptr;
  ForEach([&](const Operator& entry) {
    if (entry.name == name && entry.domain == domain && Covers(entry, opset)) found = &entry;
  });
  return found;
}

absl::StatusOr<const Operator*> OperatorOf(const Graph& graph, const Node& node) {
  const Operator* found = FindOperator(node.domain, node.op, node.opset);
  if (found == nullptr) return NoOperator(graph, node);
  return found;
}

std::vector<OperatorInfo> Operators() {
  std::vector<OperatorInfo> all;
  ForEach([&](const Operator& entry) {
    all.push_back({entry.name, entry.domain, entry.min_opset,
                   entry.max_opset == 0 && entry.domain.empty() ? kNewestOpset : entry.max_opset,
                   QuantKindName(entry.quantize)});
  });
  return all;
}

bool CanRun(const Node& node) { return FindOperator(node.domain, node.op, node.opset) != nullptr; }

absl::string_view QuantKindName(QuantKind kind) {
  constexpr absl::string_view kNames[] = {"float",     "linear",      "conv",       "embedding",
                                          "recurrent", "passes",      "same_scale", "lookup",
                                          "pooling",   "elementwise", "quantized",  "control"};
  return kNames[static_cast<size_t>(kind)];
}

absl::Status AtNode(const Graph& graph, const Node& node, const absl::Status& status) {
  if (status.ok()) return status;
  return absl::Status(status.code(),
                      absl::StrCat(graph.source.empty() ? "" : absl::StrCat(graph.source, ": "),
                                   graph.NodeName(node), ": ", status.message()));
}

}  // namespace pawl
