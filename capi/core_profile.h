// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// What the core profile says where it lacks an entry.

#ifndef PAWL_CAPI_CORE_PROFILE_H_
#define PAWL_CAPI_CORE_PROFILE_H_

#include "capi/shim.h"

namespace pawl::capi {

inline int32_t Missing(pawl_context* context) noexcept {
  return Call(context, [](Context&) {
    return absl::UnimplementedError(
        "this is Pawl's core profile, without jobs, graphs, convolutions, methods, packed "
        "layers and files other than .pawl; build it with PAWL_PROFILE=full");
  });
}

template <typename Handle>
int32_t Missing(pawl_context* context, Handle** out) noexcept {
  if (out != nullptr) *out = nullptr;
  return Missing(context);
}

}  // namespace pawl::capi

#endif  // PAWL_CAPI_CORE_PROFILE_H_
