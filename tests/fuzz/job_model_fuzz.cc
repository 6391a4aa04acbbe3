// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// The model of a job: a byte that picks the recipe, then a safetensors file.

#include "job_check.h"

PAWL_FUZZ_TARGET(job_model) {
  if (bytes.size() < 2) return;
  pawl::fuzz::CheckJob(bytes[0], bytes.subspan(1), {});
}
