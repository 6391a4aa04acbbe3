# Copyright 2026 The Pawl Authors.
# SPDX-License-Identifier: Apache-2.0

set(PAWL_CORE_SOURCES
    code_packing.cc
    context.cc
    dequantize.cc
    dlpack.cc
    group_layout.cc
    hadamard.cc
    level_tables.cc
    named_schemes.cc
    nearest.cc
    packed_names.cc
    params.cc
    progress.cc
    quantized_tensor.cc
    row_decoder.cc
    row_pieces.cc
    scheme.cc
    scheme_text.cc
    scheme_words.cc
    tensor.cc
    thread_pool.cc
    unset_tensor.cc
    version.cc
    fake_quantize.cc
    observer.cc
    observer_range.cc
    observer_search.cc
    observer_state.cc
    embedding.cc
    linear.cc
    linear_activation.cc
    linear_bf16.cc
    linear_bf16_tiles.cc
    linear_float.cc
    linear_levels.cc
    linear_pack.cc
    linear_panel_input.cc
    linear_panel_params.cc
    linear_panels.cc
    linear_prepare.cc
    linear_run.cc
    linear_setup.cc
    linear_tile.cc
    requantize.cc)
# Convolutions and packed layers of files, which the core profile lacks.
if(PAWL_PROFILE STREQUAL full)
  list(APPEND PAWL_CORE_SOURCES conv.cc conv_depthwise.cc conv_finish.cc conv_prepare.cc conv_setup.cc conv_tile.cc conv_windows.cc)
  list(APPEND PAWL_CORE_SOURCES packed_form.cc packed_restore.cc)
endif()
