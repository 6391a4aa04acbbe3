// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// safetensors files.

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "capi/files.h"
#include "capi/model_handles.h"
#include "pawl/safetensors.h"

using pawl::Context;
using pawl::SafetensorsEntry;
using pawl::SafetensorsReader;
using pawl::SafetensorsWriter;
using pawl::Tensor;
using pawl::capi::Call;
using pawl::capi::CheckIndex;
using pawl::capi::Make;

// Declarations are gathered until the first bytes: only then can the file be laid out.
struct pawl_model_writer {
  std::string path;
  std::vector<std::string> inputs;
  std::shared_ptr<pawl::ByteSink> sink;  // instead of the path, which is then a name
  std::vector<pawl::SafetensorsDeclaration> declarations;
  std::map<std::string, std::string> metadata;
  std::unique_ptr<SafetensorsWriter> writer;
  bool finished = false;

  absl::Status CheckOpen() const {
    return finished ? absl::FailedPreconditionError(absl::StrCat(path, ": already finished"))
                    : absl::OkStatus();
  }
  absl::Status CheckDeclaring() const {
    PAWL_RETURN_IF_ERROR(CheckOpen());
    return writer == nullptr
               ? absl::OkStatus()
               : absl::FailedPreconditionError(absl::StrCat(
                     path, ": declare tensors and metadata before the first tensor's bytes"));
  }
  absl::Status Start() {
    PAWL_RETURN_IF_ERROR(CheckOpen());
    if (writer != nullptr) return absl::OkStatus();
    PAWL_ASSIGN_OR_RETURN(writer,
                          sink != nullptr
                              ? SafetensorsWriter::CreateInSink(sink, declarations, metadata, path)
                              : SafetensorsWriter::Create(path, declarations, metadata, inputs));
    return absl::OkStatus();
  }
};

namespace {

const SafetensorsEntry* EntryAt(const pawl_model_reader* reader, size_t index) {
  if (reader == nullptr || index >= reader->reader->entries().size()) return nullptr;
  return &reader->reader->entries()[index];
}

template <typename Body>
int32_t MakeSinkWriter(pawl_context* context, pawl_model_writer** out, Body&& body) noexcept {
  if (out != nullptr) *out = nullptr;
  return Call(context, [&](Context&) -> absl::Status {
    if (out == nullptr) return absl::InvalidArgumentError("the place for the result is NULL");
    auto made = std::make_unique<pawl_model_writer>();
    PAWL_RETURN_IF_ERROR(body(made.get()));
    *out = made.release();
    return absl::OkStatus();
  });
}

std::unique_ptr<pawl_model_reader> Wrap(std::unique_ptr<SafetensorsReader> reader) {
  return std::make_unique<pawl_model_reader>(pawl_model_reader{std::move(reader)});
}

}  // namespace

extern "C" {

int32_t pawl_model_reader_open(pawl_context* context, const char* path,
                               pawl_model_reader** reader) noexcept {
  return Make(context, reader, [&](Context&) -> absl::StatusOr<std::unique_ptr<SafetensorsReader>> {
    PAWL_NEED(path);
    return SafetensorsReader::Open(path);
  });
}

int32_t pawl_model_reader_open_memory(pawl_context* context, const void* bytes, size_t size,
                                      pawl_release_fn release, void* user, const char* name,
                                      pawl_model_reader** reader) noexcept {
  return pawl::capi::OpenMemory<SafetensorsReader>(context, bytes, size, release, user, name,
                                                   reader, Wrap);
}

void pawl_model_reader_destroy(pawl_model_reader* reader) noexcept { delete reader; }

size_t pawl_model_reader_count(const pawl_model_reader* reader) noexcept {
  return reader == nullptr ? 0 : reader->reader->entries().size();
}
const char* pawl_model_reader_name(const pawl_model_reader* reader, size_t index) noexcept {
  const SafetensorsEntry* entry = EntryAt(reader, index);
  return entry == nullptr ? nullptr : entry->name.c_str();
}
int32_t pawl_model_reader_dtype(const pawl_model_reader* reader, size_t index) noexcept {
  const SafetensorsEntry* entry = EntryAt(reader, index);
  return entry == nullptr || !entry->dtype.has_value() ? -1 : static_cast<int32_t>(*entry->dtype);
}
const char* pawl_model_reader_dtype_name(const pawl_model_reader* reader, size_t index) noexcept {
  const SafetensorsEntry* entry = EntryAt(reader, index);
  return entry == nullptr ? nullptr : entry->dtype_name.c_str();
}
size_t pawl_model_reader_rank(const pawl_model_reader* reader, size_t index) noexcept {
  const SafetensorsEntry* entry = EntryAt(reader, index);
  return entry == nullptr ? 0 : entry->shape.size();
}
const int64_t* pawl_model_reader_shape(const pawl_model_reader* reader, size_t index) noexcept {
  const SafetensorsEntry* entry = EntryAt(reader, index);
  return entry == nullptr ? nullptr : entry->shape.data();
}
uint64_t pawl_model_reader_size_bytes(const pawl_model_reader* reader, size_t index) noexcept {
  const SafetensorsEntry* entry = EntryAt(reader, index);
  return entry == nullptr ? 0 : entry->size;
}

size_t pawl_model_reader_file_index(const pawl_model_reader* reader, size_t index) noexcept {
  const SafetensorsEntry* entry = EntryAt(reader, index);
  return entry == nullptr ? 0 : entry->file;
}
uint64_t pawl_model_reader_file_offset(const pawl_model_reader* reader, size_t index) noexcept {
  const SafetensorsEntry* entry = EntryAt(reader, index);
  return entry == nullptr ? 0 : entry->offset;
}

int32_t pawl_model_reader_find(pawl_context* context, const pawl_model_reader* reader,
                               const char* name, size_t* index) noexcept {
  return Call(context, [&](Context&) -> absl::Status {
    PAWL_NEED(reader);
    PAWL_NEED(name);
    PAWL_NEED(index);
    const absl::Span<const SafetensorsEntry> entries = reader->reader->entries();
    if (const SafetensorsEntry* found = reader->reader->Find(name)) {
      *index = static_cast<size_t>(found - entries.data());
      return absl::OkStatus();
    }
    std::vector<std::string> names;
    for (const SafetensorsEntry& entry : entries) names.push_back(entry.name);
    const auto files = reader->reader->files();
    return pawl::capi::NoSuchTensor(files.empty() ? "memory" : files.front(), name, names);
  });
}

int32_t pawl_model_reader_get(pawl_context* context, const pawl_model_reader* reader, size_t index,
                              pawl_tensor** tensor) noexcept {
  return Make(context, tensor, [&](Context&) -> absl::StatusOr<Tensor> {
    PAWL_NEED(reader);
    PAWL_RETURN_IF_ERROR(CheckIndex(index, reader->reader->entries().size()));
    return reader->reader->Get(reader->reader->entries()[index]);
  });
}

int32_t pawl_model_reader_read(pawl_context* context, const pawl_model_reader* reader, size_t index,
                               pawl_tensor** tensor) noexcept {
  return Make(context, tensor, [&](Context&) -> absl::StatusOr<Tensor> {
    PAWL_NEED(reader);
    PAWL_RETURN_IF_ERROR(CheckIndex(index, reader->reader->entries().size()));
    return reader->reader->Read(reader->reader->entries()[index]);
  });
}

int32_t pawl_model_reader_read_bytes(pawl_context* context, const pawl_model_reader* reader,
                                     size_t index, uint64_t begin, void* out,
                                     size_t size) noexcept {
  return Call(context, [&](Context&) -> absl::Status {
    PAWL_NEED(reader);
    PAWL_NEED_ARRAY(out, size);
    PAWL_RETURN_IF_ERROR(CheckIndex(index, reader->reader->entries().size()));
    return reader->reader->ReadBytes(reader->reader->entries()[index], begin,
                                     {static_cast<uint8_t*>(out), size});
  });
}

void pawl_model_reader_release_pages(const pawl_model_reader* reader, size_t index) noexcept {
  if (const SafetensorsEntry* entry = EntryAt(reader, index)) reader->reader->Release(*entry);
}

int32_t pawl_model_reader_check_unchanged(pawl_context* context,
                                          const pawl_model_reader* reader) noexcept {
  return Call(context, [&](Context&) -> absl::Status {
    PAWL_NEED(reader);
    return reader->reader->CheckUnchanged();
  });
}

const char* pawl_model_reader_metadata(const pawl_model_reader* reader, const char* key) noexcept {
  return reader == nullptr ? nullptr : pawl::capi::TextAt(reader->reader->metadata(), key);
}
size_t pawl_model_reader_metadata_count(const pawl_model_reader* reader) noexcept {
  return reader == nullptr ? 0 : reader->reader->metadata().size();
}
const char* pawl_model_reader_metadata_key(const pawl_model_reader* reader, size_t index) noexcept {
  if (reader == nullptr) return nullptr;
  const auto* pair = pawl::capi::Nth(reader->reader->metadata(), index);
  return pair == nullptr ? nullptr : pair->first.c_str();
}

size_t pawl_model_reader_file_count(const pawl_model_reader* reader) noexcept {
  return reader == nullptr ? 0 : reader->reader->files().size();
}
const char* pawl_model_reader_file(const pawl_model_reader* reader, size_t index) noexcept {
  if (reader == nullptr || index >= reader->reader->files().size()) return nullptr;
  return reader->reader->files()[index].c_str();
}

int32_t pawl_model_writer_create(pawl_context* context, const char* path, const char* const* inputs,
                                 size_t num_inputs, pawl_model_writer** writer) noexcept {
  if (writer != nullptr) *writer = nullptr;
  return Call(context, [&](Context&) -> absl::Status {
    PAWL_NEED(path);
    PAWL_NEED(writer);
    auto made = std::make_unique<pawl_model_writer>();
    made->path = path;
    PAWL_ASSIGN_OR_RETURN(made->inputs, pawl::capi::ToPaths(inputs, num_inputs));
    *writer = made.release();
    return absl::OkStatus();
  });
}

int32_t pawl_model_writer_create_buffer(pawl_context* context, pawl_buffer* buffer,
                                        pawl_model_writer** writer) noexcept {
  return MakeSinkWriter(context, writer, [&](pawl_model_writer* made) -> absl::Status {
    PAWL_NEED(buffer);
    made->path = "memory";
    made->sink = buffer->buffer;
    return absl::OkStatus();
  });
}

int32_t pawl_model_writer_create_callback(pawl_context* context, pawl_write_fn write, void* user,
                                          const char* name, pawl_model_writer** writer) noexcept {
  return MakeSinkWriter(context, writer, [&](pawl_model_writer* made) -> absl::Status {
    PAWL_NEED(write);
    made->path = name == nullptr ? "memory" : name;
    made->sink = pawl::capi::MakeHostSink(write, user);
    return absl::OkStatus();
  });
}

void pawl_model_writer_destroy(pawl_model_writer* writer) noexcept { delete writer; }

int32_t pawl_model_writer_declare(pawl_context* context, pawl_model_writer* writer,
                                  const char* name, int32_t dtype, const int64_t* shape,
                                  size_t rank) noexcept {
  return Call(context, [&](Context&) -> absl::Status {
    PAWL_NEED(writer);
    PAWL_NEED(name);
    PAWL_RETURN_IF_ERROR(writer->CheckDeclaring());
    pawl::SafetensorsDeclaration declaration;
    declaration.name = name;
    PAWL_ASSIGN_OR_RETURN(declaration.dtype, pawl::capi::ToDType(dtype));
    PAWL_ASSIGN_OR_RETURN(const auto span, pawl::capi::ShapeOf(shape, rank));
    declaration.shape.assign(span.begin(), span.end());
    writer->declarations.push_back(std::move(declaration));
    return absl::OkStatus();
  });
}

int32_t pawl_model_writer_set_metadata(pawl_context* context, pawl_model_writer* writer,
                                       const char* key, const char* value) noexcept {
  return Call(context, [&](Context&) -> absl::Status {
    PAWL_NEED(writer);
    PAWL_NEED(key);
    PAWL_NEED(value);
    PAWL_RETURN_IF_ERROR(writer->CheckDeclaring());
    writer->metadata[key] = value;
    return absl::OkStatus();
  });
}

int32_t pawl_model_writer_append(pawl_context* context, pawl_model_writer* writer, const char* name,
                                 const void* bytes, size_t size) noexcept {
  return Call(context, [&](Context&) -> absl::Status {
    PAWL_NEED(writer);
    PAWL_NEED(name);
    PAWL_NEED_ARRAY(bytes, size);
    PAWL_RETURN_IF_ERROR(writer->Start());
    return writer->writer->Append(name, pawl::capi::BytesOf(bytes, size));
  });
}

int32_t pawl_model_writer_add(pawl_context* context, pawl_model_writer* writer, const char* name,
                              const pawl_tensor* tensor) noexcept {
  return Call(context, [&](Context&) -> absl::Status {
    PAWL_NEED(writer);
    PAWL_NEED(name);
    PAWL_NEED(tensor);
    PAWL_RETURN_IF_ERROR(writer->Start());
    return writer->writer->Add(name, tensor->tensor);
  });
}

int32_t pawl_model_writer_finish(pawl_context* context, pawl_model_writer* writer) noexcept {
  return Call(context, [&](Context&) -> absl::Status {
    PAWL_NEED(writer);
    PAWL_RETURN_IF_ERROR(writer->Start());
    PAWL_RETURN_IF_ERROR(writer->writer->Finish());
    writer->finished = true;
    return absl::OkStatus();
  });
}

}  // extern "C"
