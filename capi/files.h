// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// What the parts of the shim that deal with files share.

#ifndef PAWL_CAPI_FILES_H_
#define PAWL_CAPI_FILES_H_

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "capi/shim.h"
#include "pawl/byte_sink.h"

struct pawl_buffer {
  std::shared_ptr<pawl::MemoryBuffer> buffer;
};

namespace pawl::capi {

// A host's function as a sink.
std::shared_ptr<ByteSink> MakeHostSink(pawl_write_fn write, void* user);

// What a host's function that returned `status`, not PAWL_OK, means: another number than that of a
// pawl_status is still a failure. `what` as in "the host's write function".
absl::Status HostError(int32_t status, absl::string_view what, absl::string_view about);

// Paths from a caller's array.
absl::StatusOr<std::vector<std::string>> ToPaths(const char* const* paths, size_t count);

// NotFound with the nearest of the names.
absl::Status NoSuchTensor(absl::string_view where, absl::string_view name,
                          absl::Span<const std::string> names);

// OutOfRange where there are fewer tensors.
absl::Status CheckIndex(size_t index, size_t count);

// The n-th pair of a map; null beyond its end.
template <typename Map>
const typename Map::value_type* Nth(const Map& map, size_t index) {
  return index < map.size() ? &*std::next(map.begin(), static_cast<std::ptrdiff_t>(index))
                            : nullptr;
}

// The text under a key; null where there is none.
const char* TextAt(const std::map<std::string, std::string>& map, const char* key);

absl::Span<const uint8_t> BytesOf(const void* bytes, size_t size);

// Opens a reader of lent memory: Reader::OpenMemory, then the lease is kept. Wrap makes a handle of
// an opened reader.
template <typename Reader, typename Handle, typename Wrap>
int32_t OpenMemory(pawl_context* context, const void* bytes, size_t size, pawl_release_fn release,
                   void* user, const char* name, Handle** out, Wrap wrap) noexcept {
  if (out != nullptr) *out = nullptr;
  return Call(context, [&](Context&) -> absl::Status {
    if (out == nullptr) return absl::InvalidArgumentError("the place for the result is NULL");
    PAWL_NEED_ARRAY(bytes, size);
    Lease lease(release, user);
    PAWL_ASSIGN_OR_RETURN(
        std::unique_ptr<Reader> reader,
        Reader::OpenMemory(BytesOf(bytes, size), lease.owner(), name == nullptr ? "memory" : name));
    std::unique_ptr<Handle> handle = wrap(std::move(reader));
    lease.Keep();
    *out = handle.release();
    return absl::OkStatus();
  });
}

}  // namespace pawl::capi

#endif  // PAWL_CAPI_FILES_H_
