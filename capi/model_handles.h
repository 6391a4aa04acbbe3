// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// Handles of what the full profile alone has.

#ifndef PAWL_CAPI_MODEL_HANDLES_H_
#define PAWL_CAPI_MODEL_HANDLES_H_

#include <memory>
#include <string>

#include "capi/pawl.h"
#include "pawl/recipe.h"
#include "pawl/safetensors.h"

struct pawl_text {
  std::string text;
};

struct pawl_model_reader {
  std::unique_ptr<pawl::SafetensorsReader> reader;
};

struct pawl_recipe {
  pawl::Recipe recipe;
  std::string json;
};

#endif  // PAWL_CAPI_MODEL_HANDLES_H_
