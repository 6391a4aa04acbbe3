// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// The targets that the tests of kernels and linear layers go through: all that the CPU has, or only
// those that PAWL_TEST_TARGETS names, parted by commas, where one of several emulated CPUs is there
// for some of them.

#ifndef PAWL_TESTS_TESTED_TARGETS_H_
#define PAWL_TESTS_TESTED_TARGETS_H_

#include <algorithm>
#include <cstdlib>
#include <stdexcept>
#include <string>
#include <vector>

#include "absl/strings/str_split.h"
#include "kernels/target.h"

namespace pawl {

// Throws, which fails a test, if the variable has a name that is not one of this CPU's targets.
inline std::vector<kernels::Target> TestedTargets() {
  const auto supported = kernels::SupportedTargets();
  const char* names = std::getenv("PAWL_TEST_TARGETS");
  if (names == nullptr) return {supported.begin(), supported.end()};
  std::vector<kernels::Target> targets;
  for (const std::string& name : std::vector<std::string>(absl::StrSplit(names, ','))) {
    const auto found =
        std::find_if(supported.begin(), supported.end(),
                     [&](kernels::Target target) { return kernels::TargetName(target) == name; });
    if (found == supported.end()) {
      throw std::invalid_argument("PAWL_TEST_TARGETS: this CPU has no target '" + name + "'");
    }
    targets.push_back(*found);
  }
  return targets;
}

// Whether vectors are emulated, many times slower: sizes that only repeat what smaller ones show
// are left to machines that have them.
inline bool VectorsAreEmulated() { return std::getenv("PAWL_TEST_TARGETS") != nullptr; }

}  // namespace pawl

#endif  // PAWL_TESTS_TESTED_TARGETS_H_
