// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#ifndef PAWL_CAPI_LISTS_H_
#define PAWL_CAPI_LISTS_H_

#include <cstddef>
#include <cstdint>

#include "absl/strings/string_view.h"

namespace pawl::capi {

// A name and a line about it, both ending with NUL and living as long as the library.
struct ListEntry {
  absl::string_view name;
  absl::string_view description = "";
};

// Recipes' methods, file formats and checkpoint formats: in formats.cc and checkpoint_weight.cc,
// and in core_profile.cc for a build without them.
size_t MethodCount();
ListEntry MethodAt(size_t index);
size_t FormatCount();
ListEntry FormatAt(size_t index);
size_t CheckpointCount();
ListEntry CheckpointAt(size_t index);

// The words of recipes and commands: a pawl_list from PAWL_LIST_RANGES on. Empty for any other.
size_t WordCount(int32_t list);
ListEntry WordAt(int32_t list, size_t index);

}  // namespace pawl::capi

#endif  // PAWL_CAPI_LISTS_H_
