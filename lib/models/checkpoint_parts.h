// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// Quantized weights of Hugging Face folders: the tensors that stand for one weight in a format
// (checkpoint_formats.h), under their names, and the quantization_config that says how they are
// meant.

#ifndef PAWL_LIB_MODELS_CHECKPOINT_PARTS_H_
#define PAWL_LIB_MODELS_CHECKPOINT_PARTS_H_

#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "nlohmann/json.hpp"
#include "pawl/model_export.h"
#include "pawl/quantized_tensor.h"
#include "pawl/tensor.h"

namespace pawl {

// What quantization_config says of all weights at once.
struct CheckpointSettings {
  CheckpointFormat format = CheckpointFormat::kGptq;
  int bits = 4;
  int64_t group_size = -1;  // -1: whole rows
  bool symmetric = true;    // no zero points
  bool by_index = false;    // groups by an index map
  std::string packing;      // compressed-tensors' format
  std::string strategy;     // compressed-tensors'
  std::string quant_type;   // bitsandbytes': "nf4", "fp4"
  bool nested = false;      // bitsandbytes': scales quantized too
  std::string scale_type;   // "float16" ...: what scales are, and values are rounded to

  friend bool operator==(const CheckpointSettings&, const CheckpointSettings&) = default;
};

using NamedParts = std::vector<std::pair<std::string, Tensor>>;

// The tensors of `module` ("model.layers.0.mlp.up_proj") and what they ask the settings to be.
// Errors: InvalidArgument where the format cannot hold the weight.
absl::StatusOr<NamedParts> PartsOf(CheckpointFormat format, const std::string& module,
                                   const QuantizedTensor& weight, CheckpointSettings* settings);

// The name of the part that every weight of the format has.
std::string MainPart(const CheckpointSettings& settings, const std::string& module);
// Back: `find` gives a tensor of the file, an empty one where there is none.
absl::StatusOr<QuantizedTensor> WeightOf(
    const CheckpointSettings& settings, const std::string& module,
    const std::function<absl::StatusOr<Tensor>(const std::string& name)>& find);

// The quantization_config of a config.json; `ignore` are modules that stay in float.
nlohmann::ordered_json SettingsToJson(const CheckpointSettings& settings,
                                      const std::vector<std::string>& ignore);
// `file` stands in messages. Errors: InvalidArgument; Unimplemented naming what Pawl lacks.
absl::StatusOr<CheckpointSettings> SettingsFromJson(const nlohmann::json& config,
                                                    absl::string_view file);

}  // namespace pawl

#endif  // PAWL_LIB_MODELS_CHECKPOINT_PARTS_H_
