// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include "lib/formats/hash.h"

#include <algorithm>
#include <vector>

#include "lib/core/status_macros.h"
#include "xxhash.h"

namespace pawl {
namespace {

constexpr size_t kChunk = size_t{1} << 18;  // stays in the cache between copying and hashing

}  // namespace

absl::Status ReadInChunks(const MappedFile& file, uint64_t offset, uint64_t size,
                          absl::FunctionRef<void(absl::Span<const uint8_t>)> function) {
  std::vector<uint8_t> buffer(static_cast<size_t>(std::min<uint64_t>(size, kChunk)));
  while (size > 0) {
    const absl::Span<uint8_t> chunk =
        absl::MakeSpan(buffer).first(static_cast<size_t>(std::min<uint64_t>(size, kChunk)));
    PAWL_RETURN_IF_ERROR(file.Read(offset, chunk));
    function(chunk);
    offset += chunk.size();
    size -= chunk.size();
  }
  return absl::OkStatus();
}

struct Hasher::State {
  XXH3_state_t xxh3;
};

Hasher::Hasher() : state_(std::make_unique<State>()) {
  XXH3_INITSTATE(&state_->xxh3);
  Reset();
}
Hasher::~Hasher() = default;
void Hasher::Reset() { XXH3_64bits_reset(&state_->xxh3); }
void Hasher::Update(absl::Span<const uint8_t> bytes) {
  if (!bytes.empty()) XXH3_64bits_update(&state_->xxh3, bytes.data(), bytes.size());
}
uint64_t Hasher::Digest() const { return XXH3_64bits_digest(&state_->xxh3); }

uint64_t HashBytes(absl::Span<const uint8_t> bytes) {
  return XXH3_64bits(bytes.data(), bytes.size());
}

absl::StatusOr<uint64_t> HashRange(const MappedFile& file, uint64_t offset, uint64_t size) {
  Hasher hasher;
  PAWL_RETURN_IF_ERROR(ReadInChunks(
      file, offset, size, [&](absl::Span<const uint8_t> chunk) { hasher.Update(chunk); }));
  return hasher.Digest();
}

}  // namespace pawl
