// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include "pawl/file_format.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <memory>
#include <system_error>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "lib/core/status_macros.h"
#include "lib/formats/mapped_file.h"

namespace pawl {
namespace {

// The list of file formats: a new one is a line here and a case in DetectFileFormat.
constexpr FileFormat kFormats[] = {
    {FileFormatId::kSafetensors, "safetensors", ".safetensors",
     "plain tensors: one file, or shards with model.safetensors.index.json", true, true},
    {FileFormatId::kPawl, "pawl", ".pawl",
     "quantized and plain tensors, mapped at load, every byte under a hash", true, true},
    {FileFormatId::kGguf, "gguf", ".gguf",
     "llama.cpp's models: typed keys, plain tensors and blocks (versions 2 and 3)", true, true},
};

constexpr size_t kHeadSize = 9;  // what tells the formats apart

}  // namespace

absl::Span<const FileFormat> FileFormats() { return kFormats; }

absl::StatusOr<FileFormatId> DetectFileFormat(const std::string& path) {
  std::error_code error;
  if (std::filesystem::is_directory(path, error)) return FileFormatId::kSafetensors;
  PAWL_ASSIGN_OR_RETURN(const std::shared_ptr<const MappedFile> file, MappedFile::Open(path));
  std::array<uint8_t, kHeadSize> head{};
  const auto count = static_cast<size_t>(std::min<uint64_t>(head.size(), file->size()));
  PAWL_RETURN_IF_ERROR(file->Read(0, absl::MakeSpan(head).subspan(0, count)));
  return DetectFileFormat(absl::MakeConstSpan(head).subspan(0, count), path);
}

absl::StatusOr<FileFormatId> DetectFileFormat(absl::Span<const uint8_t> bytes,
                                              const std::string& name) {
  const absl::string_view text(reinterpret_cast<const char*>(bytes.data()),
                               std::min(bytes.size(), kHeadSize));
  // The extension counts too, so that a damaged file gets its own reader's message.
  if (absl::StartsWith(text, "PAWLFILE") || absl::EndsWith(name, ".pawl")) {
    return FileFormatId::kPawl;
  }
  if (absl::StartsWith(text, "GGUF") || absl::EndsWith(name, ".gguf")) return FileFormatId::kGguf;
  const bool header = text.size() == kHeadSize && text[8] == '{';
  const bool index = absl::EndsWith(name, ".json") && absl::StartsWith(text, "{");
  if (header || index || absl::EndsWith(name, ".safetensors")) return FileFormatId::kSafetensors;
  std::string known;
  for (const FileFormat& format : kFormats) {
    absl::StrAppend(&known, known.empty() ? "" : ", ", format.name);
  }
  return absl::InvalidArgumentError(
      absl::StrCat("'", name, "' is a file of no known format; Pawl reads ", known));
}

}  // namespace pawl
