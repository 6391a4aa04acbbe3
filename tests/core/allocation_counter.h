// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#ifndef PAWL_TESTS_CORE_ALLOCATION_COUNTER_H_
#define PAWL_TESTS_CORE_ALLOCATION_COUNTER_H_

#include <cstdint>

namespace pawl::testing {

// Calls of operator new so far in a program that links allocation_counter.cc, on any thread.
int64_t Allocations();
// Bytes that they asked for, freed ones included.
int64_t AllocatedBytes();

}  // namespace pawl::testing

#endif  // PAWL_TESTS_CORE_ALLOCATION_COUNTER_H_
