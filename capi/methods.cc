// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include "capi/lists.h"
#include "capi/pawl.h"
#include "pawl/recipe.h"

namespace pawl::capi {

size_t MethodCount() { return Methods().size(); }

ListEntry MethodAt(size_t index) { return {Methods()[index].name, Methods()[index].description}; }

}  // namespace pawl::capi

extern "C" int32_t pawl_has_files(void) noexcept { return 1; }
