// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include "lib/core/status_macros.h"
#include "lib/models/gguf_names.h"
#include "lib/models/layer_walk.h"
#include "lib/models/weights.h"
#include "pawl/context.h"
#include "pawl/imatrix.h"

namespace pawl {

absl::StatusOr<Imatrix> CollectImatrix(const std::string& model, absl::Span<const int32_t> ids,
                                       int64_t window, Context& context) {
  PAWL_ASSIGN_OR_RETURN(ModelFiles files, OpenModelFiles(model));
  LayerWalkOptions options;
  options.context = window;
  options.begin_id = files.begin_id;
  PAWL_ASSIGN_OR_RETURN(const std::unique_ptr<LayerWalk> walk,
                        LayerWalk::Create(files.config, std::move(files.weights), ids, options));
  Imatrix imatrix;
  imatrix.chunk_size = static_cast<int32_t>(walk->context());
  imatrix.chunks = static_cast<int32_t>(walk->windows());
  for (const std::string& name : walk->weights()) {
    PAWL_ASSIGN_OR_RETURN(const LayerInputs* const inputs, walk->Inputs(name, context));
    ImatrixEntry entry;
    entry.name = GgufNameOf(name).value_or(name);
    entry.calls = imatrix.chunks;
    for (const float value : inputs->importance) {
      entry.sums.push_back(value * static_cast<float>(entry.calls));
    }
    imatrix.entries.push_back(std::move(entry));
  }
  return imatrix;
}

}  // namespace pawl
