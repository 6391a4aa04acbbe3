// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// NumPy's .npy and .npz files.

#include <cstring>

#include "fuzz.h"
#include "pawl/npz.h"

PAWL_FUZZ_TARGET(npz) {
  using namespace pawl;
  constexpr uint64_t kMostBytes = 1 << 24;  // deflate's own bound is a thousand for a byte
  absl::StatusOr<NpzReader> reader = absl::UnknownError("");
  {
    const fuzz::AllocationLimit limit(bytes.size(), 64);
    reader = NpzReader::OpenMemory(bytes);
  }
  if (!fuzz::Succeeded(reader.status())) return;
  for (const NpzEntry& entry : reader->entries()) {
    const fuzz::AllocationLimit limit(bytes.size(), 1100, kMostBytes);
    const absl::StatusOr<Tensor> tensor = reader->Get(entry.name, kMostBytes);
    if (!fuzz::Succeeded(tensor.status())) continue;
    PAWL_FUZZ_CHECK(tensor->dtype() == entry.dtype && tensor->shape() == entry.shape, entry.name);
    PAWL_FUZZ_CHECK(tensor->size_bytes() <= kMostBytes, entry.name);
    fuzz::Succeeded(tensor->Clone().status());  // reads every byte
  }
}
