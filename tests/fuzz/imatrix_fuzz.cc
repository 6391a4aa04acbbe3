// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// llama.cpp's importance matrices: what parses is written as the same bytes, in the first form, and
// as GGUF, which says the same; a GGUF file that is read has more than is written of it.

#include <algorithm>
#include <cmath>
#include <cstring>
#include <string>

#include "fuzz.h"
#include "pawl/imatrix.h"
#include "scratch_folder.h"

namespace {

// f32 has a count's first 24 bits; names end with what is said of them, in 63 bytes together.
void CheckGguf(pawl::Imatrix imatrix) {
  using namespace pawl;
  static const fuzz::ScratchFolder folder;
  const std::string path = folder.Path("out.gguf");
  constexpr size_t kLongest = 63 - sizeof(".in_sum2") + 1;
  const bool too_much =
      std::any_of(imatrix.entries.begin(), imatrix.entries.end(), [](const ImatrixEntry& entry) {
        return entry.calls > 1 << 30 || entry.name.size() > kLongest;
      });
  const absl::Status status = WriteImatrix(path, imatrix);
  PAWL_FUZZ_CHECK(fuzz::Succeeded(status) != too_much, status.ToString());
  if (!status.ok()) return;
  const absl::StatusOr<Imatrix> read = ReadImatrix(path);
  PAWL_FUZZ_CHECK(read.ok(), read.status().ToString());
  imatrix.has_dataset = true;
  for (ImatrixEntry& entry : imatrix.entries) {
    entry.calls = static_cast<int32_t>(static_cast<float>(entry.calls));
  }
  PAWL_FUZZ_CHECK(*read == imatrix, "another matrix as GGUF");
  folder.Remove("out.gguf");
}

}  // namespace

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
  CheckGguf(*imatrix);
  if (bytes.size() >= 4 && std::memcmp(bytes.data(), "GGUF", 4) == 0) return;
  const absl::StatusOr<std::string> written = FormatImatrix(*imatrix);
  PAWL_FUZZ_CHECK(written.ok(), written.status().ToString());
  PAWL_FUZZ_CHECK(*written == std::string(bytes.begin(), bytes.end()), "other bytes");
}
