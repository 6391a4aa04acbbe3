// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#ifndef PAWL_TESTS_FUZZ_HOSTILE_LINEAR_H_
#define PAWL_TESTS_FUZZ_HOSTILE_LINEAR_H_

#include <cstdint>

#include "fuzz.h"
#include "pawl/linear.h"

namespace pawl::fuzz {

// Options of a layer with n outputs, that need not fit it.
LinearOptions HostileLinearOptions(Input& input, int64_t n);

}  // namespace pawl::fuzz

#endif  // PAWL_TESTS_FUZZ_HOSTILE_LINEAR_H_
