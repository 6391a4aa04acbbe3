// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// llama.cpp's importance matrices: what parses is written as the same bytes, in the first form;
// GGUF has more than is read of it.

#include <cmath>
#include <cstring>
#include <string>

#include "fuzz.h"
#include "pawl/imatrix.h"

PAWL_FUZZ_TARGET(imatrix) {
  using namespace pawl;
  absl::StatusOr<Imatrix> imatrix = absl::UnknownError("");
  {
    const fuzz::AllocationLimit limit(bytes.size(), 64);
    imatrix = ParseImatrix(bytes);
  }
  if (!fuzz::Succeeded(imatrix.status())) return;
  for (const ImatrixEntry& entry : imatrix->entries) {
    for (const float value : entry.Importance()) {
      PAWL_FUZZ_CHECK(value >= 0.0f && std::isfinite(value), entry.name);
    }
  }
  if (bytes.size() >= 4 && std::memcmp(bytes.data(), "GGUF", 4) == 0) return;
  const absl::StatusOr<std::string> written = FormatImatrix(*imatrix);
  PAWL_FUZZ_CHECK(written.ok(), written.status().ToString());
  PAWL_FUZZ_CHECK(*written == std::string(bytes.begin(), bytes.end()), "other bytes");
}
