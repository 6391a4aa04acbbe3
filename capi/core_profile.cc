// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// The core profile has neither files nor jobs: their entries say so.

#include "capi/lists.h"
#include "capi/pawl.h"

namespace pawl::capi {

size_t MethodCount() { return 0; }
ListEntry MethodAt(size_t) { return {}; }

}  // namespace pawl::capi

extern "C" int32_t pawl_has_files(void) noexcept { return 0; }
