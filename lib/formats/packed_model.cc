// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include <bit>
#include <map>
#include <memory>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "lib/core/packed_form.h"
#include "lib/core/status_macros.h"
#include "lib/formats/hash.h"
#include "pawl/context.h"
#include "pawl/packed.h"

namespace pawl {
namespace {

using Layers = std::map<absl::string_view, const PackedLayer*>;

absl::StatusOr<Layers> ByTensor(const PawlReader& model, absl::Span<const PackedLayer> layers) {
  Layers result;
  for (const PackedLayer& layer : layers) {
    PAWL_ASSIGN_OR_RETURN(const PawlEntry entry, model.Entry(layer.tensor));
    if (!entry.quantized) {
      return absl::InvalidArgumentError(absl::StrCat(
          model.path(), ": tensor '", layer.tensor, "' is ",
          entry.packed ? "packed already" : "plain", ", and only quantized ones are packed"));
    }
    if (layer.kind > PackedKind::kEmbedding) {
      return absl::InvalidArgumentError(
          absl::StrCat("layer '", layer.tensor, "' is to be of an unknown kind"));
    }
    if (!result.emplace(layer.tensor, &layer).second) {
      return absl::InvalidArgumentError(
          absl::StrCat("layer '", layer.tensor, "' is to be packed twice"));
    }
  }
  return result;
}

// Everything about the options that a layer's bits depend on.
void AppendOptions(const LinearOptions& o, std::string* text) {
  const auto number = [](auto value) { return static_cast<int>(value); };
  const auto bits = [](float value) { return absl::Hex(std::bit_cast<uint32_t>(value)); };
  absl::StrAppend(text, " ", number(o.mode), " ", number(o.activation_groups), " ",
                  number(o.activation), " ", number(o.round_levels), " ", number(o.compute));
  absl::StrAppend(text, " in ", number(o.activation_dtype), " ", bits(o.activation_scale), " ",
                  o.activation_zero_point);
  absl::StrAppend(text, " out ", number(o.output_dtype), " ", bits(o.output_scale), " ",
                  o.output_zero_point, " ", number(o.rounding));
  for (const FixedPointMultiplier& m : o.multipliers) {
    absl::StrAppend(text, " ", m.multiplier, ":", m.shift);
  }
  if (o.bias.empty()) return;
  const auto bytes =
      absl::MakeConstSpan(static_cast<const uint8_t*>(o.bias.data()), o.bias.size_bytes());
  absl::StrAppend(text, " bias ", DTypeName(o.bias.dtype()), " ", HashBytes(bytes));
}

LinearOptions OptionsOf(const PackedLayer& layer) {
  LinearOptions options = layer.options;
  if (options.name.empty()) options.name = layer.tensor;
  return options;
}

absl::Status AddLayer(const PackedLayer& layer, QuantizedTensor tensor, Context* context,
                      PawlWriter* writer) {
  if (layer.kind == PackedKind::kEmbedding) {
    PAWL_ASSIGN_OR_RETURN(const QuantizedEmbedding embedding,
                          QuantizedEmbedding::Create(std::move(tensor), layer.tensor));
    return writer->AddEmbedding(layer.tensor, embedding);
  }
  LinearOptions options = OptionsOf(layer);
  options.release_canonical = options.mode != LinearMode::kWeightOnly;
  PAWL_ASSIGN_OR_RETURN(const QuantizedLinear linear,
                        QuantizedLinear::Create(std::move(tensor), options, context));
  return writer->AddLinear(layer.tensor, linear);
}

}  // namespace

uint32_t PackedLayout() { return kPackedLayout; }

absl::StatusOr<std::string> PackedKey(const PawlReader& model,
                                      absl::Span<const PackedLayer> layers) {
  PAWL_ASSIGN_OR_RETURN(const Layers by_tensor, ByTensor(model, layers));
  std::string text;
  for (const auto& [name, layer] : by_tensor) {
    absl::StrAppend(&text, name.size(), ":", name, " ", static_cast<int>(layer->kind));
    if (layer->kind == PackedKind::kLinear) AppendOptions(layer->options, &text);
    absl::StrAppend(&text, "\n");
  }
  const auto bytes =
      absl::MakeConstSpan(reinterpret_cast<const uint8_t*>(text.data()), text.size());
  return absl::StrCat("packed:", kPackedLayout, ":", model.content_id(), ":",
                      absl::Hex(HashBytes(bytes), absl::kZeroPad16));
}

absl::Status PackModel(const PawlReader& model, absl::Span<const PackedLayer> layers,
                       const std::string& path, Context* context) {
  PAWL_ASSIGN_OR_RETURN(const Layers by_tensor, ByTensor(model, layers));
  PAWL_ASSIGN_OR_RETURN(const std::string key, PackedKey(model, layers));
  const std::string inputs[] = {model.path()};
  PAWL_ASSIGN_OR_RETURN(const auto writer, PawlWriter::Create(path, inputs));
  for (const std::string& name : model.names()) {
    if (context != nullptr && context->cancelled()) {
      return absl::CancelledError(absl::StrCat(path, ": packing was cancelled"));
    }
    PAWL_ASSIGN_OR_RETURN(const PawlEntry entry, model.Entry(name));
    const auto layer = by_tensor.find(name);
    if (entry.packed) {
      return absl::InvalidArgumentError(
          absl::StrCat(model.path(), ": '", name, "' is packed already; give the model itself"));
    }
    if (!entry.quantized) {
      PAWL_ASSIGN_OR_RETURN(const Tensor tensor, model.ReadPlain(name));
      PAWL_RETURN_IF_ERROR(writer->AddPlain(name, tensor));
    } else {
      PAWL_ASSIGN_OR_RETURN(QuantizedTensor tensor, model.Read(name));
      PAWL_RETURN_IF_ERROR(layer != by_tensor.end()
                               ? AddLayer(*layer->second, std::move(tensor), context, writer.get())
                               : writer->Add(name, tensor));
    }
  }
  PawlMetadata metadata = model.metadata();
  if (!metadata.source_hash.empty()) metadata.values["pawl.source_hash"] = metadata.source_hash;
  metadata.source_hash = key;
  return writer->Finish(metadata);
}

absl::StatusOr<std::unique_ptr<PawlReader>> OpenPacked(const PawlReader& model,
                                                       absl::Span<const PackedLayer> layers,
                                                       const std::string& path, Context* context,
                                                       bool* packed) {
  PAWL_ASSIGN_OR_RETURN(const std::string key, PackedKey(model, layers));
  if (packed != nullptr) *packed = false;
  absl::StatusOr<std::unique_ptr<PawlReader>> there = PawlReader::Open(path);
  if (there.ok() && (*there)->metadata().source_hash == key) return there;
  if (packed != nullptr) *packed = true;
  PAWL_RETURN_IF_ERROR(PackModel(model, layers, path, context));
  return PawlReader::Open(path);
}

}  // namespace pawl
