# Copyright 2026 The Pawl Authors.
# SPDX-License-Identifier: Apache-2.0

set(PAWL_MODELS_SOURCES
    activation_rows.cc
    checkpoint_parts.cc
    checkpoint_settings.cc
    checkpoint_weights.cc
    collect_imatrix.cc
    decoder_config.cc
    decoder_graph.cc
    eval.cc
    gguf_config.cc
    gguf_names.cc
    language_model.cc
    layer_walk.cc
    model_export.cc
    open_model.cc
    scale_folding.cc
    weights.cc)
