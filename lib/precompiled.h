// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0
//
// Precompiled for lib/ and capi/ (cmake/rooms.cmake), so only headers that never change here. Each
// file still includes what it uses: hosts that add Pawl to their build compile without this.

#ifndef PAWL_LIB_PRECOMPILED_H_
#define PAWL_LIB_PRECOMPILED_H_

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <map>
#include <memory>
#include <new>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"

#endif  // PAWL_LIB_PRECOMPILED_H_
