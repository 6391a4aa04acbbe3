// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include "lib/formats/gguf_writer.h"

#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "absl/functional/function_ref.h"
#include "absl/strings/str_cat.h"
#include "lib/core/status_macros.h"
#include "lib/formats/gguf_value.h"

namespace pawl {

namespace {

using Slot = GgufWriter::Impl::Slot;

constexpr uint32_t kVersion = 3;
// Of the meaning of blocks: ggml's GGML_QNT_VERSION, unchanged since 2023.
constexpr uint32_t kQuantizationVersion = 2;
constexpr size_t kMaxName = 63;

absl::Status AtTensor(absl::string_view name, absl::string_view why) {
  return absl::InvalidArgumentError(absl::StrCat("tensor '", name, "': ", why));
}

absl::Span<const uint8_t> Bytes(absl::string_view text) {
  return {reinterpret_cast<const uint8_t*>(text.data()), text.size()};
}

absl::Status CheckDeclaration(GgufDeclaration* declaration) {
  if (declaration->name.empty() || declaration->name.size() > kMaxName) {
    return AtTensor(declaration->name, absl::StrCat("GGUF names have 1 to ", kMaxName, " bytes"));
  }
  if (declaration->shape.size() > kGgufMaxDims) {
    return AtTensor(
        declaration->name,
        absl::StrCat(declaration->shape.size(), " dimensions; GGUF has at most ", kGgufMaxDims));
  }
  const auto bytes = GgufTensorBytes(declaration->type, declaration->shape);
  if (!bytes.ok()) return AtTensor(declaration->name, bytes.status().message());
  if (bytes->has_value()) declaration->size = **bytes;
  return absl::OkStatus();
}

absl::StatusOr<std::vector<Slot>> LayOut(absl::Span<const GgufDeclaration> declarations,
                                         uint64_t alignment) {
  std::vector<Slot> slots;
  slots.reserve(declarations.size());
  uint64_t position = 0;
  for (const GgufDeclaration& declaration : declarations) {
    Slot slot{declaration, position, 0};
    PAWL_RETURN_IF_ERROR(CheckDeclaration(&slot.declaration));
    if (slot.declaration.size >> 61 != 0) {
      return AtTensor(declaration.name, "larger than a file can be");
    }
    position = (position + slot.declaration.size + alignment - 1) / alignment * alignment;
    if (position >> 62 != 0) {
      return absl::InvalidArgumentError("the tensors together are larger than a file can be");
    }
    slots.push_back(std::move(slot));
  }
  return slots;
}

absl::StatusOr<GgufMetadata> CheckMetadata(const GgufMetadata& metadata,
                                           absl::Span<const GgufDeclaration> declarations) {
  absl::flat_hash_set<absl::string_view> keys;
  for (const auto& [key, value] : metadata) {
    if (key.empty() || key.size() > kGgufMaxKey || !keys.insert(key).second) {
      return absl::InvalidArgumentError(
          absl::StrCat("the key '", key.substr(0, 200), "' is empty, too long, or comes twice"));
    }
    const absl::Status status = CheckGgufValue(value);
    if (!status.ok()) {
      return absl::InvalidArgumentError(absl::StrCat("key '", key, "': ", status.message()));
    }
  }
  GgufMetadata result = metadata;
  const bool blocks = std::any_of(declarations.begin(), declarations.end(), [](const auto& d) {
    const GgufType* known = FindGgufType(d.type);
    return known == nullptr || known->elements > 1;
  });
  if (blocks && !keys.contains("general.quantization_version")) {
    result.emplace_back("general.quantization_version", GgufValue::U32(kQuantizationVersion));
  }
  return result;
}

absl::StatusOr<uint64_t> AlignmentOf(const GgufMetadata& metadata) {
  const GgufValue* value = FindGgufValue(metadata, "general.alignment");
  if (value == nullptr) return kGgufDefaultAlignment;
  if (value->kind != GgufKind::kU32) {
    return absl::InvalidArgumentError("general.alignment must be u32");
  }
  const uint64_t alignment = value->Unsigned().value_or(0);
  PAWL_RETURN_IF_ERROR(CheckGgufAlignment(alignment));
  return alignment;
}

std::string HeaderBytes(const GgufMetadata& metadata, const std::vector<Slot>& slots) {
  std::string out;
  AppendGguf(kGgufMagic, &out);
  AppendGguf(kVersion, &out);
  AppendGguf(static_cast<uint64_t>(slots.size()), &out);
  AppendGguf(static_cast<uint64_t>(metadata.size()), &out);
  for (const auto& [key, value] : metadata) {
    AppendGgufString(key, &out);
    AppendGguf(static_cast<uint32_t>(value.kind), &out);
    out += value.bytes;
  }
  for (const Slot& slot : slots) {
    const auto& shape = slot.declaration.shape;
    AppendGgufString(slot.declaration.name, &out);
    AppendGguf(static_cast<uint32_t>(shape.size()), &out);
    for (size_t i = shape.size(); i-- > 0;) AppendGguf(static_cast<uint64_t>(shape[i]), &out);
    AppendGguf(slot.declaration.type, &out);
    AppendGguf(slot.begin, &out);
  }
  return out;
}

}  // namespace

absl::StatusOr<Slot*> GgufWriter::Impl::Find(absl::string_view name) {
  const auto found = by_name.find(name);
  if (found != by_name.end()) return &slots[found->second];
  return absl::NotFoundError(absl::StrCat(file->target(), ": tensor '", name,
                                          "' was not declared when the writer was created"));
}

absl::Status GgufWriter::Impl::CheckDeclared(absl::string_view name, const Slot& slot,
                                             uint32_t type, absl::Span<const int64_t> shape) const {
  const GgufDeclaration& declared = slot.declaration;
  if (declared.type == type && absl::MakeConstSpan(declared.shape) == shape) {
    return absl::OkStatus();
  }
  return absl::InvalidArgumentError(absl::StrCat(
      file->target(), ": tensor '", name, "' is of type ", type, " and shape ", ShapeString(shape),
      " but was declared as type ", declared.type, " and ", ShapeString(declared.shape)));
}

// Behind each tensor. A sink gets every byte of a file.
absl::Status GgufWriter::Impl::WritePadding() {
  const std::vector<uint8_t> zeros(static_cast<size_t>(alignment));
  for (const Slot& slot : slots) {
    const uint64_t at = slot.begin + slot.declaration.size;
    const auto count = static_cast<size_t>((alignment - at % alignment) % alignment);
    if (count == 0) continue;
    PAWL_RETURN_IF_ERROR(file->WriteAt(at, absl::MakeConstSpan(zeros).subspan(0, count)));
  }
  return absl::OkStatus();
}

absl::StatusOr<std::unique_ptr<GgufWriter::Impl>> GgufWriter::Impl::Declare(
    const GgufMetadata& metadata, absl::Span<const GgufDeclaration> declarations) {
  auto impl = std::make_unique<Impl>();
  PAWL_ASSIGN_OR_RETURN(const GgufMetadata keys, CheckMetadata(metadata, declarations));
  PAWL_ASSIGN_OR_RETURN(const uint64_t alignment, AlignmentOf(keys));
  PAWL_ASSIGN_OR_RETURN(impl->slots, LayOut(declarations, alignment));
  impl->alignment = alignment;
  impl->header = HeaderBytes(keys, impl->slots);
  impl->header.resize((impl->header.size() + alignment - 1) / alignment * alignment, '\0');
  const uint64_t data = impl->header.size();
  impl->end = data;
  for (size_t i = 0; i < impl->slots.size(); ++i) {
    Slot& slot = impl->slots[i];
    slot.begin += data;
    // ggml wants the last tensor's padding, too.
    impl->end = (slot.begin + slot.declaration.size + alignment - 1) / alignment * alignment;
    if (!impl->by_name.emplace(slot.declaration.name, i).second) {
      return AtTensor(slot.declaration.name, "declared twice");
    }
  }
  return impl;
}

absl::Status GgufWriter::Impl::Begin() {
  PAWL_RETURN_IF_ERROR(file->ExpectSize(end));
  const std::string start =
      partial ? absl::StrCat(kPartialMark, header.substr(kPartialMark.size())) : header;
  PAWL_RETURN_IF_ERROR(file->Append(Bytes(start)));
  PAWL_RETURN_IF_ERROR(file->Resize(end));
  return WritePadding();
}

GgufWriter::GgufWriter(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
GgufWriter::~GgufWriter() = default;

absl::StatusOr<std::unique_ptr<GgufWriter>> GgufWriter::Create(
    const std::string& path, const GgufMetadata& metadata,
    absl::Span<const GgufDeclaration> declarations, absl::Span<const std::string> inputs) {
  return Create(
      [&]() -> absl::StatusOr<std::unique_ptr<OutputFile>> {
        return AtomicFile::Create(path, inputs);
      },
      metadata, declarations);
}

absl::StatusOr<std::unique_ptr<GgufWriter>> GgufWriter::CreateInSink(
    std::shared_ptr<ByteSink> sink, const GgufMetadata& metadata,
    absl::Span<const GgufDeclaration> declarations, const std::string& name) {
  return Create([&] { return OutputToSink(std::move(sink), name); }, metadata, declarations);
}

// Nothing is opened before the declarations are known to be good.
absl::StatusOr<std::unique_ptr<GgufWriter>> GgufWriter::Create(
    absl::FunctionRef<absl::StatusOr<std::unique_ptr<OutputFile>>()> open,
    const GgufMetadata& metadata, absl::Span<const GgufDeclaration> declarations) {
  PAWL_ASSIGN_OR_RETURN(std::unique_ptr<Impl> impl, Impl::Declare(metadata, declarations));
  PAWL_ASSIGN_OR_RETURN(impl->file, open());
  PAWL_RETURN_IF_ERROR(impl->Begin());
  return std::unique_ptr<GgufWriter>(new GgufWriter(std::move(impl)));
}

absl::Status GgufWriter::Append(absl::string_view name, absl::Span<const uint8_t> bytes) {
  PAWL_ASSIGN_OR_RETURN(Slot* const slot, impl_->Find(name));
  const uint64_t size = slot->declaration.size;
  if (bytes.size() > size - slot->written) {
    return absl::OutOfRangeError(absl::StrCat(impl_->file->target(), ": tensor '", name, "' has ",
                                              size, " bytes, of which ", slot->written,
                                              " are written; ", bytes.size(), " more do not fit"));
  }
  PAWL_RETURN_IF_ERROR(impl_->file->WriteAt(slot->begin + slot->written, bytes));
  slot->begun = true;
  slot->written += bytes.size();
  return absl::OkStatus();
}

absl::Status GgufWriter::Add(absl::string_view name, const Tensor& tensor) {
  PAWL_ASSIGN_OR_RETURN(const Slot* const slot, impl_->Find(name));
  const std::optional<uint32_t> type = GgufTypeOf(tensor.dtype());
  if (!type.has_value()) {
    return AtTensor(name, absl::StrCat("GGUF has no type ", DTypeName(tensor.dtype())));
  }
  PAWL_RETURN_IF_ERROR(impl_->CheckDeclared(name, *slot, *type, tensor.shape()));
  return Append(
      name, absl::MakeConstSpan(static_cast<const uint8_t*>(tensor.data()), tensor.size_bytes()));
}

absl::Status GgufWriter::Add(absl::string_view name, const QuantizedTensor& tensor) {
  PAWL_ASSIGN_OR_RETURN(const Slot* const slot, impl_->Find(name));
  const BlockFormat* format = FindBlockFormatOfGgufType(slot->declaration.type);
  if (format == nullptr) return AtTensor(name, "declared as plain; it is quantized");
  PAWL_RETURN_IF_ERROR(impl_->CheckDeclared(name, *slot, format->gguf_type, tensor.shape));
  std::vector<uint8_t> bytes(static_cast<size_t>(slot->declaration.size));
  const absl::Status encoded = EncodeBlocks(*format, tensor, absl::MakeSpan(bytes));
  if (!encoded.ok()) {
    return absl::Status(encoded.code(), absl::StrCat("tensor '", name, "': ", encoded.message()));
  }
  return Append(name, bytes);
}

absl::Status GgufWriter::Finish() {
  for (const Slot& slot : impl_->slots) {
    if (slot.written == slot.declaration.size) continue;
    return absl::FailedPreconditionError(absl::StrCat(
        impl_->file->target(), ": tensor '", slot.declaration.name, "' has ", slot.written,
        " of its ", slot.declaration.size, " bytes; the file was not written"));
  }
  if (impl_->partial) {
    PAWL_RETURN_IF_ERROR(
        impl_->file->WriteAt(0, Bytes(impl_->header).subspan(0, kPartialMark.size())));
  }
  PAWL_RETURN_IF_ERROR(impl_->file->Reopen<GgufReader>().status());
  return impl_->file->Commit();
}

uint64_t GgufWriter::file_size() const { return impl_->end; }

}  // namespace pawl
