// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// Packed layers in .pawl files.

#include "pawl/packed.h"

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "capi/layers.h"
#include "capi/linear_options.h"
#include "capi/options.h"
#include "capi/pawl_file_handles.h"
#include "capi/shim.h"

using pawl::Context;
using pawl::PackedKind;
using pawl::PackedLayer;
using pawl::PawlReader;
using pawl::PawlWriter;
using pawl::capi::Call;
using pawl::capi::Make;
using pawl::capi::NameAt;
using pawl::capi::Write;

namespace {

PAWL_SAME(PAWL_PACKED_LINEAR, PackedKind::kLinear);
PAWL_SAME(PAWL_PACKED_EMBEDDING, PackedKind::kEmbedding);

absl::StatusOr<std::vector<PackedLayer>> ToLayers(const char* const* names, const int32_t* kinds,
                                                  const pawl_options* const* options,
                                                  size_t count) {
  std::vector<PackedLayer> layers;
  for (size_t i = 0; i < count; ++i) {
    PAWL_NEED(names[i]);
    PackedLayer layer;
    layer.tensor = names[i];
    const int32_t kind = kinds == nullptr ? PAWL_PACKED_LINEAR : kinds[i];
    if (kind < PAWL_PACKED_LINEAR || kind > PAWL_PACKED_EMBEDDING) {
      return absl::InvalidArgumentError(absl::StrCat("layer '", layer.tensor, "' is to be of kind ",
                                                     kind, ", no pawl_packed_kind"));
    }
    layer.kind = static_cast<PackedKind>(kind);
    if (options != nullptr && options[i] != nullptr) {
      PAWL_ASSIGN_OR_RETURN(layer.options, pawl::capi::ToLinearOptions(options[i]));
    }
    layers.push_back(std::move(layer));
  }
  return layers;
}

}  // namespace

extern "C" {

uint32_t pawl_packed_layout(void) noexcept { return pawl::PackedLayout(); }

int32_t pawl_file_reader_get_linear(pawl_context* context, const pawl_file_reader* reader,
                                    size_t index, const pawl_options* wanted,
                                    pawl_linear** linear) noexcept {
  return Make(context, linear, [&](Context&) -> absl::StatusOr<pawl::QuantizedLinear> {
    PAWL_ASSIGN_OR_RETURN(const std::string name, NameAt(reader, index));
    if (wanted == nullptr) return reader->reader->GetLinear(name);
    PAWL_ASSIGN_OR_RETURN(const pawl::LinearOptions options, pawl::capi::ToLinearOptions(wanted));
    return reader->reader->GetLinear(name, &options);
  });
}

int32_t pawl_file_reader_get_embedding(pawl_context* context, const pawl_file_reader* reader,
                                       size_t index, pawl_embedding** embedding) noexcept {
  return Make(context, embedding, [&](Context&) -> absl::StatusOr<pawl::QuantizedEmbedding> {
    PAWL_ASSIGN_OR_RETURN(const std::string name, NameAt(reader, index));
    return reader->reader->GetEmbedding(name);
  });
}

int32_t pawl_file_writer_add_linear(pawl_context* context, pawl_file_writer* writer,
                                    const char* name, const pawl_linear* linear) noexcept {
  return Write(context, writer, [&](PawlWriter& w) -> absl::Status {
    PAWL_NEED(name);
    PAWL_NEED(linear);
    return w.AddLinear(name, linear->linear);
  });
}

int32_t pawl_file_writer_add_embedding(pawl_context* context, pawl_file_writer* writer,
                                       const char* name, const pawl_embedding* embedding) noexcept {
  return Write(context, writer, [&](PawlWriter& w) -> absl::Status {
    PAWL_NEED(name);
    PAWL_NEED(embedding);
    return w.AddEmbedding(name, embedding->embedding);
  });
}

int32_t pawl_file_reader_open_packed(pawl_context* context, const pawl_file_reader* model,
                                     const char* const* names, const int32_t* kinds,
                                     const pawl_options* const* options, size_t count,
                                     const char* path, pawl_file_reader** reader,
                                     int32_t* packed) noexcept {
  if (reader != nullptr) *reader = nullptr;
  if (packed != nullptr) *packed = 0;
  return Call(context, [&](Context& c) -> absl::Status {
    PAWL_NEED(model);
    PAWL_NEED_ARRAY(names, count);
    PAWL_NEED(path);
    PAWL_NEED(reader);
    PAWL_ASSIGN_OR_RETURN(const std::vector<PackedLayer> layers,
                          ToLayers(names, kinds, options, count));
    bool made = false;
    PAWL_ASSIGN_OR_RETURN(std::unique_ptr<PawlReader> opened,
                          pawl::OpenPacked(*model->reader, layers, path, &c, &made));
    if (packed != nullptr) *packed = made ? 1 : 0;
    *reader = pawl::capi::WrapReader(std::move(opened)).release();
    return absl::OkStatus();
  });
}

}  // extern "C"
