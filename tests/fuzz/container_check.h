// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// What must hold of any bytes that are given for a .pawl file.

#ifndef PAWL_TESTS_FUZZ_CONTAINER_CHECK_H_
#define PAWL_TESTS_FUZZ_CONTAINER_CHECK_H_

#include "absl/types/span.h"
#include "fuzz.h"

namespace pawl::fuzz {

// Opens, takes every tensor, decodes it, writes what could be read and reads it back. Returns
// whether the file opened.
bool CheckContainer(absl::Span<const uint8_t> bytes);

}  // namespace pawl::fuzz

#endif  // PAWL_TESTS_FUZZ_CONTAINER_CHECK_H_
