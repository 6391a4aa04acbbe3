// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// Jobs in memory, of which one part is hostile.

#ifndef PAWL_TESTS_FUZZ_JOB_CHECK_H_
#define PAWL_TESTS_FUZZ_JOB_CHECK_H_

#include <cstdint>

#include "absl/types/span.h"
#include "fuzz.h"

namespace pawl::fuzz {

// Runs the job that `choice` picks, of a handful of recipes; null bytes stand for a small model of
// our own, or for no calibration. What it wrote must open and verify, and its report be printable.
void CheckJob(uint8_t choice, absl::Span<const uint8_t> model,
              absl::Span<const uint8_t> calibration);

}  // namespace pawl::fuzz

#endif  // PAWL_TESTS_FUZZ_JOB_CHECK_H_
