// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// The bytes of .pawl files. A fuzzer does not hit hashes, so a file that fails by them is tried
// again with its hashes, sizes and the header's place made right.

#include <algorithm>
#include <cstring>
#include <vector>

#include "container_check.h"
#include "lib/formats/container_format.h"
#include "lib/formats/hash.h"

namespace pawl::fuzz {
namespace {

std::vector<uint8_t> Repaired(absl::Span<const uint8_t> bytes) {
  std::vector<uint8_t> out(bytes.begin(), bytes.end());
  if (out.size() < kPreambleSize) return {};
  uint16_t version[2];
  std::memcpy(version, &out[8], sizeof(version));
  PawlPreamble preamble;
  preamble.major = version[0] == 1 ? 1 : version[0];
  preamble.minor = version[1];
  std::memcpy(&preamble.header_offset, &out[16], 8);
  // A place that cannot be is moved: to the last aligned byte, so that most files have a header.
  if (preamble.header_offset % kAlignment != 0 || preamble.header_offset < kPreambleSize ||
      preamble.header_offset > out.size()) {
    preamble.header_offset = kPreambleSize;
  }
  preamble.file_size = out.size();
  preamble.header_size = out.size() - preamble.header_offset;
  preamble.header_hash = HashBytes(absl::MakeConstSpan(out).subspan(preamble.header_offset));
  const auto encoded = EncodePreamble(preamble);
  std::copy(encoded.begin(), encoded.end(), out.begin());
  return out;
}

}  // namespace
}  // namespace pawl::fuzz

PAWL_FUZZ_TARGET(container) {
  if (pawl::fuzz::CheckContainer(bytes)) return;
  const std::vector<uint8_t> repaired = pawl::fuzz::Repaired(bytes);
  if (!repaired.empty()) pawl::fuzz::CheckContainer(repaired);
}
