// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// Handles of layers.

#ifndef PAWL_CAPI_LAYERS_H_
#define PAWL_CAPI_LAYERS_H_

#include "capi/pawl.h"
#include "pawl/embedding.h"
#include "pawl/linear.h"

struct pawl_linear {
  pawl::QuantizedLinear linear;
};

struct pawl_embedding {
  pawl::QuantizedEmbedding embedding;
};

#endif  // PAWL_CAPI_LAYERS_H_
