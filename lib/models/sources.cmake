# Copyright 2026 The Pawl Authors.
# SPDX-License-Identifier: Apache-2.0

set(PAWL_MODELS_SOURCES
    activation_rows.cc
    checkpoint_parts.cc
    checkpoint_settings.cc
    checkpoint_weights.cc
    collect_imatrix.cc
    companions.cc
    decoder_graph.cc
    encoder_batch.cc
    encoder_graph.cc
    eval.cc
    eval_encoder.cc
    eval_parts.cc
    gguf_config.cc
    gguf_names.cc
    graph_builder.cc
    hadamard_transform.cc
    language_model.cc
    layer_walk.cc
    model_config.cc
    model_export.cc
    model_graph.cc
    model_rotation.cc
    open_model.cc
    rotation_plan.cc
    scale_folding.cc
    scale_search.cc
    weights.cc)
