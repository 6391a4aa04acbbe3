// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include "examples/pawl/model_file.h"

#include <utility>

#include "absl/strings/str_cat.h"

namespace pawl::tool {

double ModelItem::elements() const {
  double count = 1.0;
  for (const int64_t dim : shape) count *= static_cast<double>(dim);
  return count;
}

double ModelItem::bits_per_weight() const {
  return elements() > 0.0 ? 8.0 * static_cast<double>(bytes) / elements() : 0.0;
}

absl::StatusOr<std::unique_ptr<ModelFile>> ModelFile::Open(const std::string& path) {
  const absl::StatusOr<FileFormatId> format = DetectFileFormat(path);
  if (!format.ok()) return format.status();
  std::unique_ptr<ModelFile> file(new ModelFile());
  file->path_ = path;
  file->format_ = *format;
  const absl::Status status = *format == FileFormatId::kPawl   ? file->OpenPawl()
                              : *format == FileFormatId::kGguf ? file->OpenGguf()
                                                               : file->OpenSafetensors();
  if (!status.ok()) return status;
  for (size_t i = 0; i < file->items_.size(); ++i) file->index_[file->items_[i].name] = i;
  return file;
}

absl::Status ModelFile::OpenSafetensors() {
  absl::StatusOr<std::unique_ptr<SafetensorsReader>> reader = SafetensorsReader::Open(path_);
  if (!reader.ok()) return reader.status();
  safetensors_ = *std::move(reader);
  for (const SafetensorsEntry& entry : safetensors_->entries()) {
    ModelItem item;
    item.name = entry.name;
    item.shape = entry.shape;
    item.type = entry.dtype.has_value() ? std::string(DTypeName(*entry.dtype)) : entry.dtype_name;
    item.bytes = entry.size;
    items_.push_back(std::move(item));
  }
  return absl::OkStatus();
}

namespace {

std::string TypeOf(const PawlEntry& entry) {
  if (entry.quantized) return SchemeString(entry.scheme);
  if (!entry.packed) return std::string(DTypeName(entry.dtype));
  if (entry.packed_kind == PackedKind::kEmbedding) {
    return absl::StrCat("embedding ", SchemeString(entry.scheme));
  }
  return absl::StrCat("linear ", LinearModeName(entry.packed_mode), " ",
                      SchemeString(entry.scheme));
}

}  // namespace

absl::Status ModelFile::Check(const ModelItem& item) const {
  if (gguf_ != nullptr) {
    const GgufEntry& entry = *gguf_->Find(item.name);
    // A type that Pawl does not decode has nothing to check.
    if (!item.quantized && !entry.dtype.has_value()) return absl::OkStatus();
  }
  if (!item.packed) return Get(item.name).status();
  const absl::StatusOr<PawlEntry> entry = pawl_->Entry(item.name);
  if (!entry.ok()) return entry.status();
  return entry->packed_kind == PackedKind::kEmbedding ? pawl_->GetEmbedding(item.name).status()
                                                      : pawl_->GetLinear(item.name).status();
}

absl::Status ModelFile::CheckNothingPacked() const {
  for (const ModelItem& item : items_) {
    if (!item.packed) continue;
    return absl::InvalidArgumentError(absl::StrCat("'", path_, "' holds packed layers, as '",
                                                   item.name,
                                                   "'; give the model that it was packed from"));
  }
  return absl::OkStatus();
}

absl::Status ModelFile::OpenPawl() {
  absl::StatusOr<std::unique_ptr<PawlReader>> reader = PawlReader::Open(path_);
  if (!reader.ok()) return reader.status();
  pawl_ = *std::move(reader);
  for (const std::string& name : pawl_->names()) {
    const absl::StatusOr<PawlEntry> entry = pawl_->Entry(name);
    if (!entry.ok()) return entry.status();
    ModelItem item;
    item.name = name;
    item.shape = entry->shape;
    item.quantized = entry->quantized;
    item.packed = entry->packed;
    item.type = TypeOf(*entry);
    item.bytes = entry->size;
    items_.push_back(std::move(item));
  }
  return absl::OkStatus();
}

absl::Status ModelFile::OpenGguf() {
  absl::StatusOr<std::unique_ptr<GgufReader>> reader = GgufReader::Open(path_);
  if (!reader.ok()) return reader.status();
  gguf_ = *std::move(reader);
  for (const auto& [key, value] : gguf_->metadata()) gguf_metadata_[key] = value.ToString();
  for (const GgufEntry& entry : gguf_->entries()) {
    ModelItem item;
    item.name = entry.name;
    item.shape = entry.shape;
    item.quantized = entry.blocks != nullptr;
    item.type = item.quantized            ? SchemeString(entry.blocks->scheme)
                : entry.dtype.has_value() ? std::string(DTypeName(*entry.dtype))
                                          : entry.type_name;
    item.bytes = entry.size;
    items_.push_back(std::move(item));
  }
  return absl::OkStatus();
}

const ModelItem* ModelFile::Find(const std::string& name) const {
  const auto it = index_.find(name);
  return it == index_.end() ? nullptr : &items_[it->second];
}

absl::StatusOr<ModelTensor> ModelFile::Get(const std::string& name) const {
  const ModelItem* item = Find(name);
  if (item == nullptr) {
    return absl::NotFoundError(absl::StrCat("'", path_, "' has no tensor '", name, "'"));
  }
  ModelTensor result;
  result.quantized = item->quantized;
  if (item->quantized) {
    absl::StatusOr<QuantizedTensor> tensor =
        pawl_ != nullptr ? pawl_->Read(name) : gguf_->GetQuantized(*gguf_->Find(name));
    if (!tensor.ok()) return tensor.status();
    result.coded = *std::move(tensor);
  } else {
    absl::StatusOr<Tensor> tensor = pawl_ != nullptr   ? pawl_->ReadPlain(name)
                                    : gguf_ != nullptr ? gguf_->Read(*gguf_->Find(name))
                                                       : safetensors_->Read(name);
    if (!tensor.ok()) return tensor.status();
    result.plain = *std::move(tensor);
  }
  return result;
}

void ModelFile::Release(const std::string& name) const {
  if (pawl_ != nullptr) return pawl_->Release(name);
  if (gguf_ != nullptr) return gguf_->Release(*gguf_->Find(name));
  if (const SafetensorsEntry* entry = safetensors_->Find(name)) safetensors_->Release(*entry);
}

std::string ModelFile::format_name() const {
  for (const FileFormat& format : FileFormats()) {
    if (format.id == format_) return std::string(format.name);
  }
  return "unknown";
}

const std::map<std::string, std::string>& ModelFile::metadata() const {
  if (gguf_ != nullptr) return gguf_metadata_;
  return pawl_ != nullptr ? pawl_->metadata().values : safetensors_->metadata();
}

std::vector<std::string> ModelFile::files() const {
  if (pawl_ != nullptr || gguf_ != nullptr) return {path_};
  return {safetensors_->files().begin(), safetensors_->files().end()};
}

}  // namespace pawl::tool
