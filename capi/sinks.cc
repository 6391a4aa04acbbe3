// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// Buffers, and functions of the host's that take what is written.

#include <memory>

#include "absl/strings/str_cat.h"
#include "capi/files.h"
#include "pawl/byte_sink.h"

namespace pawl::capi {
namespace {

class HostSink final : public ByteSink {
 public:
  HostSink(pawl_write_fn write, void* user) : write_(write), user_(user) {}

  absl::Status WriteAt(uint64_t offset, absl::Span<const uint8_t> bytes) override {
    const int32_t status = write_(user_, offset, bytes.data(), bytes.size());
    if (status == PAWL_OK) return absl::OkStatus();
    return HostError(status, "the host's write function",
                     absl::StrCat(bytes.size(), " bytes at ", offset));
  }

 private:
  pawl_write_fn write_;
  void* user_;
};

}  // namespace

absl::Status HostError(int32_t status, absl::string_view what, absl::string_view about) {
  const bool known = status > PAWL_OK && status <= PAWL_UNAUTHENTICATED;
  return absl::Status(
      known ? static_cast<absl::StatusCode>(status) : absl::StatusCode::kUnknown,
      absl::StrCat(what, " returned ", status, " (", pawl_status_name(status), ") for ", about));
}

std::shared_ptr<ByteSink> MakeHostSink(pawl_write_fn write, void* user) {
  return std::make_shared<HostSink>(write, user);
}

}  // namespace pawl::capi

using pawl::Context;
using pawl::capi::Make;

extern "C" {

int32_t pawl_buffer_create(pawl_context* context, pawl_buffer** buffer) noexcept {
  return Make(context, buffer, [](Context&) -> absl::StatusOr<std::shared_ptr<pawl::MemoryBuffer>> {
    return std::make_shared<pawl::MemoryBuffer>();
  });
}

void pawl_buffer_destroy(pawl_buffer* buffer) noexcept { delete buffer; }

const void* pawl_buffer_data(const pawl_buffer* buffer) noexcept {
  return buffer == nullptr ? nullptr : buffer->buffer->bytes().data();
}
size_t pawl_buffer_size(const pawl_buffer* buffer) noexcept {
  return buffer == nullptr ? 0 : buffer->buffer->bytes().size();
}
void pawl_buffer_clear(pawl_buffer* buffer) noexcept {
  if (buffer != nullptr) buffer->buffer->Clear();
}

}  // extern "C"
