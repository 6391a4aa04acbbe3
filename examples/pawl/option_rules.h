// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// Options that would change nothing in what was asked: refused by name, with the reason, so that
// nobody believes that they were heard.

#ifndef PAWL_EXAMPLES_PAWL_OPTION_RULES_H_
#define PAWL_EXAMPLES_PAWL_OPTION_RULES_H_

#include <vector>

#include "absl/status/status.h"
#include "examples/pawl/arguments.h"

namespace pawl::tool {

struct OptionRule {
  const char* option;
  bool applies;
  const char* why_not;  // ends "--option has no effect: "
};

// A usage error for the first option that was given and does not apply.
absl::Status CheckOptions(const Arguments& app, const std::vector<OptionRule>& rules);

}  // namespace pawl::tool

#endif  // PAWL_EXAMPLES_PAWL_OPTION_RULES_H_
