// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include "pawl/version.h"

#define PAWL_STRINGIFY_(x) #x
#define PAWL_STRINGIFY(x) PAWL_STRINGIFY_(x)

namespace pawl {

const char* VersionString() {
  return PAWL_STRINGIFY(PAWL_VERSION_MAJOR) "." PAWL_STRINGIFY(
      PAWL_VERSION_MINOR) "." PAWL_STRINGIFY(PAWL_VERSION_PATCH);
}

}  // namespace pawl
