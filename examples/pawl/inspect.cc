// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// pawl inspect: what is in a file.

#include <memory>
#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "examples/pawl/command.h"
#include "examples/pawl/inspect_onnx.h"
#include "examples/pawl/model_file.h"
#include "pawl/language_model.h"
#include "pawl/text.h"

namespace pawl::tool {
namespace {

// Long values (recipes, licences) are for --json.
std::string OneLine(const std::string& text) {
  constexpr size_t kLongest = 100;
  const std::string line = Printable(text);
  return line.size() <= kLongest ? line : absl::StrCat(line.substr(0, kLongest), "...");
}

// Of a language model's folder or GGUF file.
Json LanguageModelJson(const LanguageModelInfo& info) {
  Json out;
  out["architecture"] = info.architecture;
  out["encoder"] = info.encoder;
  out["layers"] = info.layers;
  out["width"] = info.width;
  out["vocabulary"] = info.vocabulary;
  out["context"] = info.context;
  out["bits_per_weight"] = info.bits_per_weight();
  return out;
}

Json ModelJson(const ModelFile& file, const absl::StatusOr<LanguageModelInfo>& info) {
  Json out;
  out["file"] = file.path();
  out["format"] = file.format_name();
  if (info.ok()) out["language_model"] = LanguageModelJson(*info);
  if (const PawlReader* reader = file.pawl()) {
    out["version"] = absl::StrCat(reader->major_version(), ".", reader->minor_version());
    out["file_bytes"] = reader->file_size();
    out["source_hash"] = reader->metadata().source_hash;
    Json recipe = Json::parse(reader->metadata().recipe, nullptr, /*allow_exceptions=*/false);
    out["recipe"] = recipe.is_discarded() ? Json() : recipe;
  }
  if (const GgufReader* reader = file.gguf()) {
    out["version"] = absl::StrCat(reader->version());
    out["file_bytes"] = reader->file_size();
    out["alignment"] = reader->alignment();
  }
  out["metadata"] = file.metadata();
  uint64_t bytes = 0;
  out["tensors"] = Json::array();
  for (const ModelItem& item : file.items()) {
    bytes += item.bytes;
    Json tensor;
    tensor["name"] = item.name;
    tensor["quantized"] = item.quantized;
    if (item.packed) {
      tensor["packed"] = item.type;
    } else {
      tensor[item.quantized ? "scheme" : "dtype"] = item.type;
    }
    tensor["shape"] = item.shape;
    tensor["bytes"] = item.bytes;
    tensor["bits_per_weight"] = item.bits_per_weight();
    out["tensors"].push_back(tensor);
  }
  out["bytes"] = bytes;
  return out;
}

std::string ModelText(const ModelFile& file, const absl::StatusOr<LanguageModelInfo>& info) {
  TextTable table({"tensor", "type", "shape", "bytes", "bits"}, 3);
  uint64_t bytes = 0;
  double elements = 0.0;
  for (const ModelItem& item : file.items()) {
    bytes += item.bytes;
    elements += item.elements();
    table.AddRow({item.name, item.type, ShapeString(item.shape), HumanBytes(item.bytes),
                  absl::StrFormat("%.2f", item.bits_per_weight())});
  }
  std::string text = table.ToString();
  absl::StrAppend(&text, "\n", file.items().size(), " tensors, ",
                  absl::StrFormat("%.0f elements, ", elements), HumanBytes(bytes), "\n");
  if (info.ok()) {
    absl::StrAppend(&text, Printable(info->architecture), info->encoder ? ", an encoder" : "", ": ",
                    info->layers, " layers of ", info->width, ", ", info->vocabulary,
                    " ids, context ", info->context, "\n");
  }
  if (const PawlReader* reader = file.pawl()) {
    absl::StrAppend(&text, "pawl file version ", reader->major_version(), ".",
                    reader->minor_version(), ", ", HumanBytes(reader->file_size()), ", made from ",
                    reader->metadata().source_hash.empty()
                        ? "an unnamed source"
                        : Printable(reader->metadata().source_hash),
                    "\n");
  }
  for (const auto& [key, value] : file.metadata()) {
    absl::StrAppend(&text, OneLine(key), ": ", OneLine(value), "\n");
  }
  return text;
}

}  // namespace

void AddInspect(Arguments& root, Command& command) {
  Arguments* app = root.AddSubcommand("inspect", "Lists a file's tensors, schemes and metadata");
  auto path = std::make_shared<std::string>();
  app->Add("FILE", *path,
           "A .pawl, safetensors, GGUF or .onnx file, an index of shards, or a folder")
      .Required();
  AddJson(*app, command.common);
  app->OnUse([path, &command] {
    command.action = [path, &command]() -> absl::StatusOr<int> {
      if (absl::EndsWith(*path, ".onnx")) return InspectOnnx(*path, command.common.json);
      const auto file = ModelFile::Open(*path);
      if (!file.ok()) return file.status();
      const absl::StatusOr<LanguageModelInfo> info = LanguageModel::ReadInfo(*path);
      if (command.common.json) {
        PrintJson(ModelJson(**file, info));
      } else {
        Print(ModelText(**file, info));
      }
      return kSuccess;
    };
  });
}

}  // namespace pawl::tool
