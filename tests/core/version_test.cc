// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include "pawl/version.h"

#include <cstring>
#include <string>

#include "catch2/catch_test_macros.hpp"

TEST_CASE("The linked library is of the headers' version") {
  const std::string expected = std::to_string(PAWL_VERSION_MAJOR) + "." +
                               std::to_string(PAWL_VERSION_MINOR) + "." +
                               std::to_string(PAWL_VERSION_PATCH);
  CHECK(pawl::VersionString() == expected);
  CHECK(std::strcmp(pawl::VersionString(), PAWL_PROJECT_VERSION) == 0);
}
