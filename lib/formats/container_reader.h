// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// What PawlReader keeps, split over container_reader.cc and container_packed.cc (packed layers).

#ifndef PAWL_LIB_FORMATS_CONTAINER_READER_H_
#define PAWL_LIB_FORMATS_CONTAINER_READER_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/str_cat.h"
#include "lib/formats/container_format.h"
#include "lib/formats/container_schema.h"
#include "lib/formats/mapped_file.h"
#include "pawl/container.h"

namespace pawl {

struct PawlReader::Impl {
  std::shared_ptr<const MappedFile> file;
  PawlPreamble preamble;
  Tensor header_bytes;  // a copy, so that nobody can change it between checking and using
  const fb::Header* header = nullptr;
  std::vector<std::string> names;
  absl::flat_hash_map<absl::string_view, uint32_t> by_name;  // views of header_bytes
  PawlMetadata metadata;

  absl::Status ReadHeader();
  absl::Status CheckSections() const;
  absl::Status IndexTensors();
  absl::Status TakeMetadata();

  absl::Status Error(absl::string_view what) const {
    return absl::InvalidArgumentError(absl::StrCat(file->path(), ": ", what));
  }
  absl::Status TensorError(const fb::Tensor& tensor, const absl::Status& status) const {
    return absl::Status(
        status.code(), absl::StrCat(file->path(), ": tensor '",
                                    absl::string_view(tensor.name()->data(), tensor.name()->size()),
                                    "': ", status.message()));
  }

  const fb::Section& Section(const fb::Part& part) const {
    return *header->sections()->Get(part.section());
  }
  // Where a section's padding ends.
  uint64_t SectionEnd(uint32_t index) const {
    return index + 1 < header->sections()->size() ? header->sections()->Get(index + 1)->offset()
                                                  : preamble.header_offset;
  }
  absl::StatusOr<const fb::Tensor*> Find(absl::string_view name, PawlTensorKind kind) const;
  absl::StatusOr<const fb::Tensor*> Find(absl::string_view name) const;
  // Views of the map; or copies that are read.
  absl::StatusOr<Tensor> MapPart(const fb::Part& part, bool copy = false) const;
  // container_packed.cc.
  absl::Status CheckLayout(const fb::Tensor& tensor, PackedKind kind) const;
  absl::StatusOr<PackedForm> MapPacked(const fb::Tensor& tensor) const;
  absl::StatusOr<QuantizedLinear> MapLinear(const fb::Tensor& tensor,
                                            const LinearOptions* wanted) const;
  absl::StatusOr<QuantizedTensor> MapQuantized(const fb::Tensor& tensor, bool copy = false) const;
  absl::StatusOr<Tensor> MapPlain(const fb::Tensor& tensor, bool copy = false) const;
  absl::StatusOr<QuantizedTensor> Quantized(absl::string_view name, bool copy) const;
  absl::StatusOr<Tensor> Plain(absl::string_view name, bool copy) const;
  absl::StatusOr<PawlEntry> MakeEntry(const fb::Tensor& tensor) const;
  std::string DescribeSection(uint32_t index) const;
};

}  // namespace pawl

#endif  // PAWL_LIB_FORMATS_CONTAINER_READER_H_
