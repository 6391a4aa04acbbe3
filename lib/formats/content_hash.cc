// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "lib/core/status_macros.h"
#include "lib/formats/hash.h"
#include "xxhash.h"

namespace pawl {

absl::StatusOr<std::string> ContentHash(const MappedFile& file) {
  const auto state = std::make_unique<XXH3_state_t>();
  XXH3_INITSTATE(state.get());
  XXH3_128bits_reset(state.get());
  PAWL_RETURN_IF_ERROR(ReadInChunks(file, 0, file.size(), [&](absl::Span<const uint8_t> chunk) {
    XXH3_128bits_update(state.get(), chunk.data(), chunk.size());
  }));
  const XXH128_hash_t hash = XXH3_128bits_digest(state.get());
  return absl::StrCat("xxh3-128:", absl::Hex(hash.high64, absl::kZeroPad16),
                      absl::Hex(hash.low64, absl::kZeroPad16));
}

}  // namespace pawl
