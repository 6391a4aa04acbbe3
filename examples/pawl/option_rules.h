// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// Options that would change nothing in what was asked: refused by name, with the reason, so that
// nobody believes that they were heard.

#ifndef PAWL_EXAMPLES_PAWL_OPTION_RULES_H_
#define PAWL_EXAMPLES_PAWL_OPTION_RULES_H_

#include <vector>

#include "CLI/CLI.hpp"
#include "absl/status/status.h"

namespace pawl::tool {

struct OptionRule {
  const char* option;
  bool applies;
  const char* why_not;  // ends "--option has no effect: "
};

// Whether the option stands on the command line.
bool Given(const CLI::App& app, const char* option);

// A usage error for the first option that was given and does not apply.
absl::Status CheckOptions(const CLI::App& app, const std::vector<OptionRule>& rules);

}  // namespace pawl::tool

#endif  // PAWL_EXAMPLES_PAWL_OPTION_RULES_H_
