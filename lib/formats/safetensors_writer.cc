// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include <algorithm>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/functional/function_ref.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "lib/core/status_macros.h"
#include "lib/formats/file_io.h"
#include "lib/formats/safetensors_header.h"
#include "pawl/safetensors.h"

namespace pawl {

struct SafetensorsWriter::Impl {
  struct Slot {
    SafetensorsDeclaration declaration;
    uint64_t begin = 0;  // from the start of the file
    uint64_t size = 0;
    uint64_t written = 0;
  };
  std::unique_ptr<OutputFile> file;
  std::vector<Slot> slots;  // in file order
  absl::flat_hash_map<std::string, size_t> by_name;
};

namespace {

using Slot = SafetensorsWriter::Impl::Slot;

// The reference's order: types from the last in its list (the widest) to the first, then names.
bool ComesBefore(const Slot& a, const Slot& b) {
  const auto* type_a = FindSafetensorsDType(a.declaration.dtype);
  const auto* type_b = FindSafetensorsDType(b.declaration.dtype);
  if (type_a != type_b) return type_a > type_b;
  return a.declaration.name < b.declaration.name;
}

// Sizes, order and offsets from the start of the data.
absl::StatusOr<std::vector<Slot>> LayOut(absl::Span<const SafetensorsDeclaration> declarations) {
  std::vector<Slot> slots;
  slots.reserve(declarations.size());
  for (const SafetensorsDeclaration& declaration : declarations) {
    if (FindSafetensorsDType(declaration.dtype) == nullptr) {
      return absl::InvalidArgumentError(
          absl::StrCat("tensor '", declaration.name, "': not a valid element type"));
    }
    const absl::StatusOr<int64_t> count =
        CheckedNumElements(declaration.shape, DTypeSize(declaration.dtype));
    if (!count.ok()) {
      return absl::InvalidArgumentError(
          absl::StrCat("tensor '", declaration.name, "': ", count.status().message()));
    }
    const uint64_t size = static_cast<uint64_t>(*count) * DTypeSize(declaration.dtype);
    slots.push_back({declaration, 0, size, 0});
  }
  std::sort(slots.begin(), slots.end(), ComesBefore);
  uint64_t position = 0;
  for (Slot& slot : slots) {
    slot.begin = position;
    if (__builtin_add_overflow(position, slot.size, &position) || position >> 62 != 0) {
      return absl::InvalidArgumentError("the tensors together are larger than a file can be");
    }
  }
  return slots;
}

absl::StatusOr<std::string> HeaderText(const std::vector<Slot>& slots,
                                       const std::map<std::string, std::string>& metadata) {
  std::vector<std::string> items;
  if (!metadata.empty()) {
    std::vector<std::string> pairs;
    for (const auto& [key, value] : metadata) {
      PAWL_ASSIGN_OR_RETURN(const std::string key_text, JsonString(key));
      PAWL_ASSIGN_OR_RETURN(const std::string value_text, JsonString(value));
      pairs.push_back(absl::StrCat(key_text, ":", value_text));
    }
    items.push_back(absl::StrCat("\"__metadata__\":{", absl::StrJoin(pairs, ","), "}"));
  }
  for (const Slot& slot : slots) {
    PAWL_ASSIGN_OR_RETURN(const std::string name, JsonString(slot.declaration.name));
    items.push_back(
        absl::StrCat(name, ":{\"dtype\":\"", FindSafetensorsDType(slot.declaration.dtype)->name,
                     "\",\"shape\":[", absl::StrJoin(slot.declaration.shape, ","),
                     "],\"data_offsets\":[", slot.begin, ",", slot.begin + slot.size, "]}"));
  }
  std::string text = absl::StrCat("{", absl::StrJoin(items, ","), "}");
  text.resize((text.size() + 7) / 8 * 8, ' ');  // the data starts aligned
  if (text.size() > kMaxSafetensorsHeader) {
    return absl::InvalidArgumentError(absl::StrCat("the header would have ", text.size(),
                                                   " bytes; safetensors allows ",
                                                   kMaxSafetensorsHeader));
  }
  return text;
}

}  // namespace

SafetensorsWriter::SafetensorsWriter(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
SafetensorsWriter::~SafetensorsWriter() = default;

absl::StatusOr<std::unique_ptr<SafetensorsWriter>> SafetensorsWriter::Create(
    const std::string& path, absl::Span<const SafetensorsDeclaration> declarations,
    const std::map<std::string, std::string>& metadata, absl::Span<const std::string> inputs) {
  return Create(
      [&]() -> absl::StatusOr<std::unique_ptr<OutputFile>> {
        return AtomicFile::Create(path, inputs);
      },
      declarations, metadata);
}

absl::StatusOr<std::unique_ptr<SafetensorsWriter>> SafetensorsWriter::CreateInSink(
    std::shared_ptr<ByteSink> sink, absl::Span<const SafetensorsDeclaration> declarations,
    const std::map<std::string, std::string>& metadata, const std::string& name) {
  return Create([&] { return OutputToSink(std::move(sink), name); }, declarations, metadata);
}

// Nothing is opened before the declarations are known to be good.
absl::StatusOr<std::unique_ptr<SafetensorsWriter>> SafetensorsWriter::Create(
    absl::FunctionRef<absl::StatusOr<std::unique_ptr<OutputFile>>()> open,
    absl::Span<const SafetensorsDeclaration> declarations,
    const std::map<std::string, std::string>& metadata) {
  auto impl = std::make_unique<Impl>();
  PAWL_ASSIGN_OR_RETURN(impl->slots, LayOut(declarations));
  PAWL_ASSIGN_OR_RETURN(const std::string text, HeaderText(impl->slots, metadata));
  const uint64_t data_start = 8 + text.size();
  uint64_t end = data_start;
  for (size_t i = 0; i < impl->slots.size(); ++i) {
    Slot& slot = impl->slots[i];
    slot.begin += data_start;
    end = slot.begin + slot.size;
    const std::string& name = slot.declaration.name;
    if (name == "__metadata__" || !impl->by_name.emplace(name, i).second) {
      return absl::InvalidArgumentError(
          absl::StrCat("the tensor name '", name, "' is reserved or declared twice"));
    }
  }
  PAWL_ASSIGN_OR_RETURN(impl->file, open());
  PAWL_RETURN_IF_ERROR(impl->file->ExpectSize(end));
  uint8_t length[8];
  for (int i = 0; i < 8; ++i) length[i] = static_cast<uint8_t>(text.size() >> (8 * i));
  PAWL_RETURN_IF_ERROR(impl->file->Append(length));
  PAWL_RETURN_IF_ERROR(impl->file->Append(
      absl::MakeConstSpan(reinterpret_cast<const uint8_t*>(text.data()), text.size())));
  PAWL_RETURN_IF_ERROR(impl->file->Resize(end));
  return std::unique_ptr<SafetensorsWriter>(new SafetensorsWriter(std::move(impl)));
}

absl::Status SafetensorsWriter::Append(absl::string_view name, absl::Span<const uint8_t> bytes) {
  const auto found = impl_->by_name.find(name);
  if (found == impl_->by_name.end()) {
    return absl::NotFoundError(absl::StrCat(impl_->file->target(), ": tensor '", name,
                                            "' was not declared when the writer was created"));
  }
  Slot& slot = impl_->slots[found->second];
  if (bytes.size() > slot.size - slot.written) {
    return absl::OutOfRangeError(absl::StrCat(impl_->file->target(), ": tensor '", name, "' has ",
                                              slot.size, " bytes, of which ", slot.written,
                                              " are written; ", bytes.size(), " more do not fit"));
  }
  PAWL_RETURN_IF_ERROR(impl_->file->WriteAt(slot.begin + slot.written, bytes));
  slot.written += bytes.size();
  return absl::OkStatus();
}

absl::Status SafetensorsWriter::Add(absl::string_view name, const Tensor& tensor) {
  const auto found = impl_->by_name.find(name);
  if (found != impl_->by_name.end()) {
    const SafetensorsDeclaration& declared = impl_->slots[found->second].declaration;
    if (declared.dtype != tensor.dtype() || declared.shape != tensor.shape()) {
      return absl::InvalidArgumentError(absl::StrCat(
          impl_->file->target(), ": tensor '", name, "' is ", DTypeName(tensor.dtype()), " ",
          ShapeString(tensor.shape()), " but was declared as ", DTypeName(declared.dtype), " ",
          ShapeString(declared.shape)));
    }
  }
  return Append(
      name, absl::MakeConstSpan(static_cast<const uint8_t*>(tensor.data()), tensor.size_bytes()));
}

absl::Status SafetensorsWriter::Finish() {
  for (const Slot& slot : impl_->slots) {
    if (slot.written == slot.size) continue;
    return absl::FailedPreconditionError(
        absl::StrCat(impl_->file->target(), ": tensor '", slot.declaration.name, "' has ",
                     slot.written, " of its ", slot.size, " bytes; the file was not written"));
  }
  PAWL_RETURN_IF_ERROR(impl_->file->Reopen<SafetensorsReader>().status());
  return impl_->file->Commit();
}

}  // namespace pawl
