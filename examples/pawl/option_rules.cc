// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include "examples/pawl/option_rules.h"

#include "absl/strings/str_cat.h"
#include "examples/pawl/command.h"

namespace pawl::tool {

absl::Status CheckOptions(const Arguments& app, const std::vector<OptionRule>& rules) {
  for (const OptionRule& rule : rules) {
    if (rule.applies || !app.Given(rule.option)) continue;
    return UsageError(absl::StrCat(rule.option, " has no effect: ", rule.why_not));
  }
  return absl::OkStatus();
}

}  // namespace pawl::tool
