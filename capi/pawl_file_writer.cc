// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// .pawl files, written.

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "capi/files.h"
#include "capi/pawl_file_handles.h"

using pawl::Context;
using pawl::PawlWriter;
using pawl::capi::Call;

using pawl::capi::Write;

namespace {

// The frame of a call that makes a writer to a sink, which `make_sink` gives.
template <typename MakeSink>
int32_t MakeSinkWriter(pawl_context* context, const char* name, pawl_file_writer** out,
                       MakeSink&& make_sink) noexcept {
  if (out != nullptr) *out = nullptr;
  return Call(context, [&](Context&) -> absl::Status {
    if (out == nullptr) return absl::InvalidArgumentError("the place for the result is NULL");
    auto made = std::make_unique<pawl_file_writer>();
    made->path = name == nullptr ? "memory" : name;
    PAWL_ASSIGN_OR_RETURN(const std::shared_ptr<pawl::ByteSink> sink, make_sink());
    PAWL_ASSIGN_OR_RETURN(made->writer, PawlWriter::CreateInSink(sink, made->path));
    *out = made.release();
    return absl::OkStatus();
  });
}

}  // namespace

extern "C" {

int32_t pawl_file_writer_create(pawl_context* context, const char* path, const char* const* inputs,
                                size_t num_inputs, pawl_file_writer** writer) noexcept {
  if (writer != nullptr) *writer = nullptr;
  return Call(context, [&](Context&) -> absl::Status {
    PAWL_NEED(path);
    PAWL_NEED(writer);
    PAWL_ASSIGN_OR_RETURN(const std::vector<std::string> paths,
                          pawl::capi::ToPaths(inputs, num_inputs));
    auto made = std::make_unique<pawl_file_writer>();
    made->path = path;
    PAWL_ASSIGN_OR_RETURN(made->writer, PawlWriter::Create(path, paths));
    *writer = made.release();
    return absl::OkStatus();
  });
}

int32_t pawl_file_writer_create_buffer(pawl_context* context, pawl_buffer* buffer,
                                       pawl_file_writer** writer) noexcept {
  return MakeSinkWriter(context, nullptr, writer,
                        [&]() -> absl::StatusOr<std::shared_ptr<pawl::ByteSink>> {
                          PAWL_NEED(buffer);
                          return buffer->buffer;
                        });
}

int32_t pawl_file_writer_create_callback(pawl_context* context, pawl_write_fn write, void* user,
                                         const char* name, pawl_file_writer** writer) noexcept {
  return MakeSinkWriter(context, name, writer,
                        [&]() -> absl::StatusOr<std::shared_ptr<pawl::ByteSink>> {
                          PAWL_NEED(write);
                          return pawl::capi::MakeHostSink(write, user);
                        });
}

uint64_t pawl_file_writer_file_size(const pawl_file_writer* writer) noexcept {
  return writer == nullptr ? 0 : writer->writer->file_size();
}

void pawl_file_writer_destroy(pawl_file_writer* writer) noexcept { delete writer; }

int32_t pawl_file_writer_add(pawl_context* context, pawl_file_writer* writer, const char* name,
                             const pawl_quantized_tensor* quantized) noexcept {
  return Write(context, writer, [&](PawlWriter& w) -> absl::Status {
    PAWL_NEED(name);
    PAWL_NEED(quantized);
    return w.Add(name, quantized->tensor);
  });
}

int32_t pawl_file_writer_add_plain(pawl_context* context, pawl_file_writer* writer,
                                   const char* name, const pawl_tensor* tensor) noexcept {
  return Write(context, writer, [&](PawlWriter& w) -> absl::Status {
    PAWL_NEED(name);
    PAWL_NEED(tensor);
    return w.AddPlain(name, tensor->tensor);
  });
}

int32_t pawl_file_writer_begin(pawl_context* context, pawl_file_writer* writer, const char* name,
                               const pawl_scheme* scheme, const int64_t* shape,
                               size_t rank) noexcept {
  return Write(context, writer, [&](PawlWriter& w) -> absl::Status {
    PAWL_NEED(name);
    PAWL_NEED(scheme);
    PAWL_ASSIGN_OR_RETURN(const auto span, pawl::capi::ShapeOf(shape, rank));
    return w.BeginQuantized(name, scheme->scheme, span);
  });
}

int32_t pawl_file_writer_begin_plain(pawl_context* context, pawl_file_writer* writer,
                                     const char* name, int32_t dtype, const int64_t* shape,
                                     size_t rank) noexcept {
  return Write(context, writer, [&](PawlWriter& w) -> absl::Status {
    PAWL_NEED(name);
    PAWL_ASSIGN_OR_RETURN(const pawl::DType type, pawl::capi::ToDType(dtype));
    PAWL_ASSIGN_OR_RETURN(const auto span, pawl::capi::ShapeOf(shape, rank));
    return w.BeginPlain(name, type, span);
  });
}

int32_t pawl_file_writer_append(pawl_context* context, pawl_file_writer* writer, const void* bytes,
                                size_t size) noexcept {
  return Write(context, writer, [&](PawlWriter& w) -> absl::Status {
    PAWL_NEED_ARRAY(bytes, size);
    return w.Append(pawl::capi::BytesOf(bytes, size));
  });
}

int32_t pawl_file_writer_end(pawl_context* context, pawl_file_writer* writer,
                             const pawl_quantized_tensor* other_parts) noexcept {
  return Write(context, writer, [&](PawlWriter& w) -> absl::Status {
    PAWL_NEED(other_parts);
    return w.EndQuantized(other_parts->tensor);
  });
}

int32_t pawl_file_writer_end_plain(pawl_context* context, pawl_file_writer* writer) noexcept {
  return Write(context, writer, [](PawlWriter& w) { return w.EndPlain(); });
}

int32_t pawl_file_writer_set_metadata(pawl_context* context, pawl_file_writer* writer,
                                      const char* key, const char* value) noexcept {
  return Write(context, writer, [&](PawlWriter&) -> absl::Status {
    PAWL_NEED(key);
    PAWL_NEED(value);
    writer->metadata.values[key] = value;
    return absl::OkStatus();
  });
}

int32_t pawl_file_writer_set_source_hash(pawl_context* context, pawl_file_writer* writer,
                                         const char* hash) noexcept {
  return Write(context, writer, [&](PawlWriter&) -> absl::Status {
    PAWL_NEED(hash);
    writer->metadata.source_hash = hash;
    return absl::OkStatus();
  });
}

int32_t pawl_file_writer_finish(pawl_context* context, pawl_file_writer* writer) noexcept {
  return Write(context, writer, [&](PawlWriter& w) -> absl::Status {
    PAWL_RETURN_IF_ERROR(w.Finish(writer->metadata));
    writer->finished = true;
    return absl::OkStatus();
  });
}

}  // extern "C"
