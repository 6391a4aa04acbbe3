// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// Activations that a convolution applies itself.

#ifndef PAWL_LIB_GRAPH_OPERATORS_CONV_ACTIVATION_H_
#define PAWL_LIB_GRAPH_OPERATORS_CONV_ACTIVATION_H_

#include <optional>

#include "absl/functional/function_ref.h"
#include "absl/strings/string_view.h"
#include "pawl/graph.h"
#include "pawl/linear.h"

namespace pawl {

// An executor's own attribute of Conv: a name of FusedActivationNamed.
inline constexpr char kConvActivation[] = "pawl_activation";

std::optional<FusedActivation> FusedActivationNamed(absl::string_view name);

// The name of the activation that a node is, empty for other nodes. `scalar` gives the value of an
// initialiser of one element.
absl::string_view ActivationOf(const Node& node,
                               absl::FunctionRef<std::optional<float>(ValueId)> scalar);

}  // namespace pawl

#endif  // PAWL_LIB_GRAPH_OPERATORS_CONV_ACTIVATION_H_
