# Copyright 2026 The Pawl Authors.
# SPDX-License-Identifier: Apache-2.0

set(PAWL_MODELS_SOURCES
    decoder_config.cc
    decoder_graph.cc
    eval.cc
    gguf_config.cc
    gguf_names.cc
    language_model.cc
    weights.cc)
