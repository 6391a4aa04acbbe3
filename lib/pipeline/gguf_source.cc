// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include "lib/pipeline/gguf_source.h"

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <system_error>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "lib/core/status_macros.h"
#include "lib/formats/file_io.h"
#include "lib/models/gguf_names.h"
#include "lib/models/rotation_plan.h"
#include "lib/pipeline/strict_json.h"
#include "pawl/file_format.h"

namespace pawl {
namespace {

constexpr uint64_t kMaxTextBytes = uint64_t{64} << 20;

std::string FolderOfModel(const std::string& path) {
  std::error_code error;
  return std::filesystem::is_directory(path, error) ? path : FolderOf(path);
}

}  // namespace

absl::StatusOr<std::unique_ptr<GgufSource>> GgufSource::Open(const std::string& path) {
  std::unique_ptr<GgufSource> source(new GgufSource());
  PAWL_ASSIGN_OR_RETURN(const FileFormatId format, DetectFileFormat(path));
  PAWL_RETURN_IF_ERROR(format == FileFormatId::kGguf ? source->OpenGguf(path)
                                                     : source->OpenSafetensors(path));
  source->FindHead();
  return source;
}

absl::Status GgufSource::OpenGguf(const std::string& path) {
  PAWL_ASSIGN_OR_RETURN(gguf_, GgufReader::Open(path));
  metadata_ = gguf_->metadata();
  for (const GgufEntry& entry : gguf_->entries()) {
    GgufSourceTensor tensor;
    tensor.entry.name = entry.name;
    tensor.entry.dtype_name = entry.type_name;
    tensor.entry.dtype = entry.dtype;
    tensor.entry.shape = entry.shape;
    tensor.entry.size = entry.size;
    tensor.name = entry.name;
    tensor.gguf = &entry;
    tensors_.push_back(std::move(tensor));
  }
  return absl::OkStatus();
}

absl::Status GgufSource::OpenSafetensors(const std::string& path) {
  PAWL_ASSIGN_OR_RETURN(safetensors_, SafetensorsReader::Open(path));
  PAWL_RETURN_IF_ERROR(ReadConfig(FolderOfModel(path)));
  for (const SafetensorsEntry& entry : safetensors_->entries()) {
    PAWL_RETURN_IF_ERROR(AddSafetensors(entry));
  }
  const auto rotation = safetensors_->metadata().find(std::string(kRotationKey));
  if (rotation != safetensors_->metadata().end() && config_.has_value()) {
    SetGgufValue(metadata_, rotation->first, GgufValue::String(rotation->second));
    notes_.push_back(RotationNote(rotation->second));
  }
  if (config_.has_value()) return AddRotaryFactors();
  for (const auto& [key, value] : safetensors_->metadata()) {
    SetGgufValue(metadata_, absl::StrCat("safetensors.", key), GgufValue::String(value));
  }
  return absl::OkStatus();
}

// A config.json beside the weights makes names and rows those of llama.cpp; without one they stay.
absl::Status GgufSource::ReadConfig(const std::string& folder) {
  const std::string file = absl::StrCat(folder, "/config.json");
  const absl::StatusOr<std::string> text = ReadFile(file, kMaxTextBytes);
  if (absl::IsNotFound(text.status())) {
    metadata_ = {{"general.architecture", GgufValue::String("none")}};
    notes_.push_back(absl::StrCat("there is no ", file,
                                  ", so names and rows are as they were and no engine will know "
                                  "what the tensors are"));
    return absl::OkStatus();
  }
  if (!text.ok()) return text.status();
  settings_.push_back(file);
  const absl::StatusOr<ModelConfig> config = ConfigFromJson(*text, file);
  if (absl::IsUnimplemented(config.status())) {
    metadata_ = {{"general.architecture", GgufValue::String("none")}};
    notes_.push_back(
        absl::StrCat(config.status().message(), "; so names and rows are as they were"));
    return absl::OkStatus();
  }
  if (!config.ok()) return config.status();
  if (config->encoder() && config->activation == HiddenActivation::kRelu) {
    return absl::UnimplementedError(absl::StrCat(
        file, ": hidden_act is relu, for which GGUF has no key: engines would run gelu"));
  }
  if (config->encoder() && config->activation == HiddenActivation::kGeluTanh) {
    notes_.push_back(
        "GGUF does not say which gelu an encoder has: Pawl will run the exact one, llama.cpp the "
        "one by tanh");
  }
  config_ = *config;
  metadata_ = ConfigToGguf(*config_);
  std::error_code error;
  const std::string name = std::filesystem::canonical(folder, error).filename().string();
  if (!name.empty()) SetGgufValue(metadata_, "general.name", GgufValue::String(name));
  if (config_->encoder()) AddPooling(folder);
  if (!config_->encoder() || !AddWordPieces(folder)) AddTokenizer(folder);
  return absl::OkStatus();
}

// sentence-transformers' settings of how states become an embedding, as llama.cpp numbers them.
void GgufSource::AddPooling(const std::string& folder) {
  const std::string file = absl::StrCat(folder, "/1_Pooling/config.json");
  const auto text = ReadFile(file, kMaxTextBytes);
  if (!text.ok()) return;
  settings_.push_back(file);
  const auto json = ParseStrictJson(*text, file, kMaxTextBytes);
  if (!json.ok() || !json->is_object()) return;
  static constexpr std::pair<const char*, uint32_t> kKinds[] = {{"pooling_mode_mean_tokens", 1},
                                                                {"pooling_mode_cls_token", 2}};
  for (const auto& [key, kind] : kKinds) {
    const auto found = json->find(key);
    if (found == json->end() || !found->is_boolean() || !found->get<bool>()) continue;
    SetGgufValue(metadata_, "bert.pooling_type", GgufValue::U32(kind));
    return;
  }
}

// vocab.txt as llama.cpp's tokenizer "bert" takes it: what begins a word behind U+2581, what goes
// on with one without "##", special ones as they are.
bool GgufSource::AddWordPieces(const std::string& folder) {
  const std::string file = absl::StrCat(folder, "/vocab.txt");
  const auto text = ReadFile(file, kMaxTextBytes);
  if (!text.ok()) return false;
  settings_.push_back(file);
  static constexpr std::pair<absl::string_view, const char*> kSpecial[] = {{"[PAD]", "padding"},
                                                                           {"[UNK]", "unknown"},
                                                                           {"[CLS]", "cls"},
                                                                           {"[SEP]", "seperator"},
                                                                           {"[MASK]", "mask"}};
  constexpr int32_t kNormal = 1, kControl = 3;
  std::vector<std::string> tokens;
  std::vector<int32_t> kinds;
  for (absl::string_view line : absl::StrSplit(absl::StripSuffix(*text, "\n"), '\n')) {
    line = absl::StripSuffix(line, "\r");
    const auto special = std::find_if(std::begin(kSpecial), std::end(kSpecial),
                                      [&](const auto& one) { return one.first == line; });
    if (special != std::end(kSpecial)) {
      SetGgufValue(metadata_, absl::StrCat("tokenizer.ggml.", special->second, "_token_id"),
                   GgufValue::U32(static_cast<uint32_t>(tokens.size())));
      tokens.emplace_back(line);
      kinds.push_back(kControl);
      continue;
    }
    const bool goes_on = absl::ConsumePrefix(&line, "##");
    tokens.push_back(absl::StrCat(goes_on ? "" : "\xe2\x96\x81", line));
    kinds.push_back(kNormal);
  }
  if (static_cast<int64_t>(tokens.size()) != config_->vocabulary) {
    notes_.push_back(absl::StrCat(file, " has ", tokens.size(), " lines and the model ",
                                  config_->vocabulary, " ids, so llama.cpp takes ids alone"));
    return false;
  }
  SetGgufValue(metadata_, "tokenizer.ggml.model", GgufValue::String("bert"));
  SetGgufValue(metadata_, "tokenizer.ggml.tokens", GgufValue::Strings(tokens));
  SetGgufValue(metadata_, "tokenizer.ggml.token_type", GgufValue::I32s(kinds));
  return true;
}

void GgufSource::AddTokenizer(const std::string& folder) {
  SetGgufValue(metadata_, "tokenizer.ggml.model", GgufValue::String("none"));
  const std::string file = absl::StrCat(folder, "/tokenizer.json");
  const auto tokenizer = ReadFile(file, kMaxTextBytes);
  if (tokenizer.ok()) {
    settings_.push_back(file);
    SetGgufValue(metadata_, "tokenizer.huggingface.json", GgufValue::String(*tokenizer));
    notes_.push_back(
        "the tokenizer is in the file as tokenizer.huggingface.json; llama.cpp takes "
        "ids alone from it");
  }
  const std::string more = absl::StrCat(folder, "/tokenizer_config.json");
  const auto settings = ReadFile(more, kMaxTextBytes);
  if (!settings.ok()) return;
  settings_.push_back(more);
  const auto json = ParseStrictJson(*settings, "tokenizer_config.json", kMaxTextBytes);
  if (!json.ok() || !json->is_object()) return;
  const auto found = json->find("chat_template");
  if (found == json->end() || !found->is_string()) return;
  SetGgufValue(metadata_, "tokenizer.chat_template", GgufValue::String(found->get<std::string>()));
}

absl::Status GgufSource::AddSafetensors(const SafetensorsEntry& entry) {
  GgufSourceTensor tensor;
  tensor.entry = entry;
  tensor.name = entry.name;
  if (config_.has_value()) {
    const std::optional<std::string> name = GgufNameOf(entry.name);
    if (!name.has_value()) {
      notes_.push_back(absl::StrCat("tensor '", entry.name, "' is left out: a GGUF ",
                                    config_->encoder() ? "encoder" : "decoder",
                                    " has none of that name"));
      return absl::OkStatus();
    }
    tensor.name = *name;
    tensor.order = GgufRowOrder(entry.name, *config_);
    tensor.add_one = config_->norms_add_one && absl::EndsWith(entry.name, "norm.weight");
    const auto rows = static_cast<int64_t>(tensor.order.size());
    if (rows > 0 && (entry.shape.empty() || entry.shape[0] != rows)) {
      return absl::InvalidArgumentError(absl::StrCat("tensor '", entry.name, "' is ",
                                                     ShapeString(entry.shape),
                                                     "; config.json asks for ", rows, " rows"));
    }
  }
  tensors_.push_back(std::move(tensor));
  return absl::OkStatus();
}

// Engines take frequencies that are scaled one by one from a tensor.
absl::Status GgufSource::AddRotaryFactors() {
  if (config_->rotary_factors.empty()) return absl::OkStatus();
  std::vector<float> factors(config_->rotary_factors.begin(), config_->rotary_factors.end());
  GgufSourceTensor tensor;
  tensor.entry.name = tensor.name = "rope_freqs.weight";
  tensor.entry.dtype = DType::kF32;
  tensor.entry.dtype_name = "F32";
  tensor.entry.shape = {static_cast<int64_t>(factors.size())};
  tensor.entry.size = factors.size() * sizeof(float);
  PAWL_ASSIGN_OR_RETURN(tensor.made, Tensor::FromValues<float>(tensor.entry.shape, factors));
  tensors_.push_back(std::move(tensor));
  return absl::OkStatus();
}

void GgufSource::FindHead() {
  const auto architecture = std::find_if(metadata_.begin(), metadata_.end(), [](const auto& item) {
    return item.first == "general.architecture";
  });
  if (architecture != metadata_.end() && architecture->second.Text() == "bert") {
    for (GgufSourceTensor& tensor : tensors_) {
      tensor.stays = tensor.name == "position_embd.weight" || tensor.name == "token_types.weight";
    }
    return;
  }
  for (const char* name : {"output.weight", "token_embd.weight"}) {
    for (const GgufSourceTensor& tensor : tensors_) {
      if (tensor.name != name) continue;
      head_ = tensor.entry.name;
      return;
    }
  }
}

std::vector<std::string> GgufSource::files() const {
  if (gguf_ != nullptr) return {gguf_->path()};
  return {safetensors_->files().begin(), safetensors_->files().end()};
}

absl::Status GgufSource::Read(const GgufSourceTensor& tensor, absl::Span<uint8_t> out) const {
  if (!tensor.made.empty()) {
    std::memcpy(out.data(), tensor.made.data(), out.size());
    return absl::OkStatus();
  }
  if (gguf_ != nullptr) return gguf_->ReadBytes(*tensor.gguf, 0, out);
  if (tensor.order.empty()) return safetensors_->ReadBytes(tensor.entry, 0, out);
  const size_t row = out.size() / tensor.order.size();
  for (size_t i = 0; i < tensor.order.size(); ++i) {
    PAWL_RETURN_IF_ERROR(safetensors_->ReadBytes(
        tensor.entry, static_cast<uint64_t>(tensor.order[i]) * row, out.subspan(i * row, row)));
  }
  return absl::OkStatus();
}

absl::Status GgufSource::CheckUnchanged() const {
  return gguf_ != nullptr ? gguf_->CheckUnchanged() : safetensors_->CheckUnchanged();
}

}  // namespace pawl
