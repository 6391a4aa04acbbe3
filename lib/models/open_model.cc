// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include <filesystem>
#include <optional>
#include <system_error>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "lib/core/status_macros.h"
#include "lib/formats/file_io.h"
#include "lib/models/checkpoint_parts.h"
#include "lib/models/weights.h"
#include "lib/pipeline/strict_json.h"

namespace pawl {
namespace {

constexpr uint64_t kMaxConfigBytes = uint64_t{16} << 20;

bool Exists(const std::string& path) {
  std::error_code error;
  return std::filesystem::exists(path, error);
}

absl::StatusOr<ModelFiles> OpenFolder(const std::string& path) {
  ModelFiles files;
  const std::string file = absl::StrCat(path, "/config.json");
  PAWL_ASSIGN_OR_RETURN(const std::string text, ReadFile(file, kMaxConfigBytes));
  PAWL_ASSIGN_OR_RETURN(files.config, ConfigFromJson(text, file));
  const std::string quantized = absl::StrCat(path, "/model.pawl");
  if (Exists(quantized)) {
    PAWL_ASSIGN_OR_RETURN(auto reader, PawlReader::Open(quantized));
    files.weights = WeightsOf(std::move(reader));
  } else {
    PAWL_ASSIGN_OR_RETURN(auto reader, SafetensorsReader::Open(path));
    PAWL_ASSIGN_OR_RETURN(const nlohmann::json json, ParseStrictJson(text, file, kMaxConfigBytes));
    const auto found = json.find("quantization_config");
    if (found == json.end() || found->is_null()) {
      files.weights = WeightsOf(std::move(reader));
    } else {
      PAWL_ASSIGN_OR_RETURN(const CheckpointSettings settings, SettingsFromJson(*found, file));
      files.weights = WeightsOf(std::move(reader), settings);
    }
  }
  files.byte_level = files.config.vocabulary == 256 &&
                     !Exists(absl::StrCat(path, "/tokenizer.json")) &&
                     !Exists(absl::StrCat(path, "/tokenizer.model"));
  if (files.config.encoder()) {
    files.weights = EncoderWeights(std::move(files.weights));
    files.begin_id = BeginIdOf(path);
  }
  return files;
}

absl::StatusOr<ModelFiles> OpenGguf(const std::string& path) {
  ModelFiles files;
  PAWL_ASSIGN_OR_RETURN(auto reader, GgufReader::Open(path));
  PAWL_ASSIGN_OR_RETURN(files.config, ConfigFromGguf(*reader));
  const GgufValue* tokens = reader->Value("tokenizer.ggml.tokens");
  files.byte_level = files.config.vocabulary == 256 && tokens == nullptr;
  if (files.config.encoder()) {
    const GgufValue* const begin = reader->Value("tokenizer.ggml.cls_token_id");
    const auto id = begin == nullptr ? std::nullopt : begin->Unsigned();
    if (id.has_value() && *id < static_cast<uint64_t>(files.config.vocabulary)) {
      files.begin_id = static_cast<int32_t>(*id);
    }
  }
  files.weights = WeightsOf(std::move(reader), files.config);
  return files;
}

}  // namespace

int32_t BeginIdOf(const std::string& folder) {
  const absl::StatusOr<std::string> text =
      ReadFile(absl::StrCat(folder, "/vocab.txt"), kMaxConfigBytes);
  if (!text.ok()) return -1;
  int32_t id = 0;
  for (const absl::string_view line : absl::StrSplit(*text, '\n')) {
    if (absl::StripSuffix(line, "\r") == "[CLS]") return id;
    ++id;
  }
  return -1;
}

absl::StatusOr<ModelFiles> OpenModelFiles(const std::string& path) {
  std::error_code error;
  return std::filesystem::is_directory(path, error) ? OpenFolder(path) : OpenGguf(path);
}

}  // namespace pawl
