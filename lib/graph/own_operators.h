// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// Operators of Pawl's own domain: pawl/graph.h describes those that builders of graphs may use, the
// others are what an executor makes of several nodes.

#ifndef PAWL_LIB_GRAPH_OWN_OPERATORS_H_
#define PAWL_LIB_GRAPH_OWN_OPERATORS_H_

#include "absl/strings/string_view.h"

namespace pawl {

inline constexpr absl::string_view kPawlDomain = "pawl";
inline constexpr absl::string_view kMicrosoftDomain = "com.microsoft";

// An attribute of Linear and of what becomes one: a name of LinearModeName, or this.
inline constexpr char kLinearModeAttribute[] = "mode";
inline constexpr char kInt8WherePossible[] = "int8_where_possible";

}  // namespace pawl

#endif  // PAWL_LIB_GRAPH_OWN_OPERATORS_H_
