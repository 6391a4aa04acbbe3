// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// A model's weights by the names and in the order that Hugging Face folders have, whichever file
// they are in.

#ifndef PAWL_LIB_MODELS_WEIGHTS_H_
#define PAWL_LIB_MODELS_WEIGHTS_H_

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "lib/models/model_config.h"
#include "pawl/container.h"
#include "pawl/gguf.h"
#include "pawl/graph.h"
#include "pawl/safetensors.h"

namespace pawl {

struct CheckpointSettings;

class ModelWeights {
 public:
  virtual ~ModelWeights() = default;

  virtual bool Has(const std::string& name) const = 0;
  // Plain tensors are views of the file, of any type. Errors: NotFound naming file and tensor, and
  // what the file's reader gives.
  virtual absl::StatusOr<Constant> Get(const std::string& name) const = 0;
  // Elements and bytes of all tensors.
  virtual void Count(uint64_t* elements, uint64_t* bytes) const = 0;
  virtual const std::string& path() const = 0;
};

std::unique_ptr<ModelWeights> WeightsOf(std::unique_ptr<SafetensorsReader> reader);
std::unique_ptr<ModelWeights> WeightsOf(std::unique_ptr<PawlReader> reader);
// `config` says how rows were permuted.
std::unique_ptr<ModelWeights> WeightsOf(std::unique_ptr<GgufReader> reader,
                                        const ModelConfig& config);

// Of a folder whose config.json has a quantization_config (checkpoint_parts.h).
std::unique_ptr<ModelWeights> WeightsOf(std::unique_ptr<SafetensorsReader> reader,
                                        const CheckpointSettings& settings);

// `base` but for the tensors in `changed`. Both must outlive the result.
std::unique_ptr<ModelWeights> WeightsWith(const ModelWeights& base,
                                          const std::map<std::string, Constant>& changed);

// `base` by the encoder's own names, whether the file has them behind kEncoderPrefix (gguf_names.h)
// or not.
std::unique_ptr<ModelWeights> EncoderWeights(std::unique_ptr<ModelWeights> base);

// A model's settings and weights, from a folder with config.json or from a GGUF file.
struct ModelFiles {
  ModelConfig config;
  std::unique_ptr<ModelWeights> weights;
  bool byte_level = false;  // ids are bytes of text
  int32_t begin_id = -1;    // LanguageModelInfo::begin_id
};
// Of an encoder's folder: the line of vocab.txt that is [CLS]; -1 where there is none.
int32_t BeginIdOf(const std::string& folder);

// Errors: as LanguageModel::Open's for settings and files.
absl::StatusOr<ModelFiles> OpenModelFiles(const std::string& path);

}  // namespace pawl

#endif  // PAWL_LIB_MODELS_WEIGHTS_H_
