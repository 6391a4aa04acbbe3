// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0
//
// Precompiled for all tests (CMakeLists.txt), so only headers that never change here. Each test
// still includes what it uses: this file is a matter of time, not of names.

#ifndef PAWL_TESTS_PRECOMPILED_H_
#define PAWL_TESTS_PRECOMPILED_H_

#include <algorithm>
#include <atomic>
#include <bit>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <limits>
#include <map>
#include <memory>
#include <numeric>
#include <optional>
#include <random>
#include <sstream>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#ifndef PAWL_TEST_FUZZ
#include "catch2/catch_test_macros.hpp"
#include "catch2/matchers/catch_matchers_floating_point.hpp"
#include "catch2/matchers/catch_matchers_string.hpp"
#endif

#ifndef PAWL_TEST_CAPI  // a host of the C ABI sees nothing of these
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/types/span.h"
#endif

#endif  // PAWL_TESTS_PRECOMPILED_H_
