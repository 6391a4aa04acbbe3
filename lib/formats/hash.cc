// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include "lib/formats/hash.h"

#include <algorithm>
#include <vector>

#include "absl/strings/str_cat.h"
#include "lib/core/status_macros.h"
#include "xxhash.h"

namespace pawl {
namespace {

constexpr size_t kChunk = size_t{1} << 18;  // stays in the cache between copying and hashing

template <typename Function>
absl::Status ForEachChunk(const MappedFile& file, uint64_t offset, uint64_t size,
                          const Function& function) {
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

}  // namespace

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
  PAWL_RETURN_IF_ERROR(ForEachChunk(
      file, offset, size, [&](absl::Span<const uint8_t> chunk) { hasher.Update(chunk); }));
  return hasher.Digest();
}

absl::StatusOr<std::string> ContentHash(const MappedFile& file) {
  const auto state = std::make_unique<XXH3_state_t>();
  XXH3_INITSTATE(state.get());
  XXH3_128bits_reset(state.get());
  PAWL_RETURN_IF_ERROR(ForEachChunk(file, 0, file.size(), [&](absl::Span<const uint8_t> chunk) {
    XXH3_128bits_update(state.get(), chunk.data(), chunk.size());
  }));
  const XXH128_hash_t hash = XXH3_128bits_digest(state.get());
  return absl::StrCat("xxh3-128:", absl::Hex(hash.high64, absl::kZeroPad16),
                      absl::Hex(hash.low64, absl::kZeroPad16));
}

}  // namespace pawl
