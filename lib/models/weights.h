// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// A model's weights by the names and in the order that Hugging Face folders have, whichever file
// they are in.

#ifndef PAWL_LIB_MODELS_WEIGHTS_H_
#define PAWL_LIB_MODELS_WEIGHTS_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "lib/models/decoder_config.h"
#include "pawl/container.h"
#include "pawl/gguf.h"
#include "pawl/graph.h"
#include "pawl/safetensors.h"

namespace pawl {

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
                                        const DecoderConfig& config);

}  // namespace pawl

#endif  // PAWL_LIB_MODELS_WEIGHTS_H_
