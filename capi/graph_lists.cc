// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// Graphs: what a model says of itself, and the operators that Pawl runs.

#include <optional>
#include <vector>

#include "capi/files.h"
#include "capi/graph.h"

using pawl::OperatorInfo;

namespace {

std::optional<OperatorInfo> OperatorAt(size_t index) noexcept {
  try {
    const std::vector<OperatorInfo> all = pawl::Operators();
    return index < all.size() ? std::optional(all[index]) : std::nullopt;
  } catch (...) {
    return std::nullopt;  // without a context there is nobody to tell that memory ran out
  }
}

}  // namespace

extern "C" {

int32_t pawl_graph_opset(const pawl_graph* graph, const char* domain) noexcept {
  if (graph == nullptr || domain == nullptr) return 0;
  for (const auto& [name, version] : graph->graph->opsets) {
    if (name == domain) return version;
  }
  return 0;
}

const char* pawl_graph_metadata(const pawl_graph* graph, const char* key) noexcept {
  if (graph == nullptr || key == nullptr) return nullptr;
  for (const auto& [name, value] : graph->graph->metadata) {
    if (name == key) return value.c_str();
  }
  return nullptr;
}

size_t pawl_graph_metadata_count(const pawl_graph* graph) noexcept {
  return graph == nullptr ? 0 : graph->graph->metadata.size();
}

const char* pawl_graph_metadata_key(const pawl_graph* graph, size_t index) noexcept {
  if (graph == nullptr) return nullptr;
  const auto* pair = pawl::capi::Nth(graph->graph->metadata, index);
  return pair == nullptr ? nullptr : pair->first.c_str();
}

size_t pawl_graph_operator_count(void) noexcept {
  try {
    return pawl::Operators().size();
  } catch (...) {
    return 0;
  }
}

// The names are of literals.
const char* pawl_graph_operator_name(size_t index) noexcept {
  const auto info = OperatorAt(index);
  return info.has_value() ? info->name.data() : nullptr;
}
const char* pawl_graph_operator_domain(size_t index) noexcept {
  const auto info = OperatorAt(index);
  if (!info.has_value()) return nullptr;
  return info->domain.empty() ? "" : info->domain.data();
}
int32_t pawl_graph_operator_first_opset(size_t index) noexcept {
  const auto info = OperatorAt(index);
  return info.has_value() ? info->min_opset : 0;
}
int32_t pawl_graph_operator_last_opset(size_t index) noexcept {
  const auto info = OperatorAt(index);
  return info.has_value() ? info->max_opset : 0;
}
const char* pawl_graph_operator_quantization(size_t index) noexcept {
  const auto info = OperatorAt(index);
  return info.has_value() ? info->quantization.data() : nullptr;
}

}  // extern "C"
