// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// The text form of schemes: what parses is valid, prints, and parses to the same again.

#include <string>
#include <vector>

#include "fuzz.h"
#include "pawl/quantized_tensor.h"
#include "pawl/scheme.h"

PAWL_FUZZ_TARGET(scheme_text) {
  using namespace pawl;
  const std::string text(bytes.begin(), bytes.end());
  absl::StatusOr<Scheme> scheme = absl::UnknownError("");
  {
    const fuzz::AllocationLimit limit(bytes.size(), 64);
    scheme = ParseScheme(text);
  }
  if (!fuzz::Succeeded(scheme.status())) return;
  PAWL_FUZZ_CHECK(scheme->Validate().ok(), text);
  const std::string printed = SchemeString(*scheme);
  const absl::StatusOr<Scheme> again = ParseScheme(printed);
  PAWL_FUZZ_CHECK(again.ok() && *again == *scheme, text + " prints as " + printed);
  PAWL_FUZZ_CHECK(SchemeString(*again) == printed, printed);

  const std::vector<std::vector<int64_t>> shapes = {{}, {0}, {3, 0, 5}, {4, 64}, {2, 3, 256}, {1}};
  for (const std::vector<int64_t>& shape : shapes) {
    const absl::StatusOr<int64_t> stored = StorageBytes(*scheme, shape);
    if (!fuzz::Succeeded(stored.status())) continue;
    const absl::StatusOr<QuantizedTensor> tensor = QuantizedTensor::Create(*scheme, shape);
    if (!fuzz::Succeeded(tensor.status())) continue;
    PAWL_FUZZ_CHECK(tensor->Validate().ok(), printed + " " + tensor->Validate().ToString());
  }
}
