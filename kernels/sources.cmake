# Copyright 2026 The Pawl Authors.
# SPDX-License-Identifier: Apache-2.0

# One line a family: dispatch and reference.
set(PAWL_KERNELS_SOURCES
    target.cc cpu_features.cc
    activations.cc activations_reference.cc
    convert.cc convert_reference.cc
    dequantize.cc dequantize_reference.cc
    dot_codes.cc dot_codes_reference.cc dot_codes_vbmi.cc
    error_stats.cc error_stats_reference.cc
    group_error.cc group_error_reference.cc
    hadamard.cc hadamard_reference.cc
    histogram.cc histogram_reference.cc
    matmul.cc matmul_reference.cc
    matmul_bf16.cc matmul_bf16_tiles.cc
    matmul_f32.cc matmul_f32_reference.cc
    min_max.cc min_max_reference.cc
    multiply_add.cc multiply_add_reference.cc
    pack.cc pack_reference.cc
    panel_matmul.cc panel_matmul_reference.cc panel_pack.cc panel_row_zen4.cc
    panel_matmul_amx.cc panel_groups_amx.cc panel_decode_amx.cc
    panel_arm_decode.cc panel_arm_neon.cc panel_arm_neon_dot.cc panel_arm_neon_i8mm.cc panel_arm_sve.cc
    panel_arm_sve_i8mm.cc
    quantize.cc quantize_reference.cc)
# What the core profile lacks: convolutions, and functions that graphs want.
if(PAWL_PROFILE STREQUAL full)
  list(
    APPEND
    PAWL_KERNELS_SOURCES
    chain_matmul_f32.cc chain_matmul_f32_reference.cc
    depthwise.cc depthwise_reference.cc
    depthwise_plane_f32.cc depthwise_plane_f32_reference.cc
    depthwise_quads.cc depthwise_quads_reference.cc
    elementary.cc elementary_reference.cc
    elementwise_f32.cc elementwise_f32_reference.cc
    image_rows.cc image_rows_reference.cc
    lookup.cc lookup_reference.cc
    outer_products.cc outer_products_reference.cc
    requantize.cc requantize_reference.cc
    window_matmul.cc window_matmul_reference.cc
    window_matmul_f32.cc window_matmul_f32_reference.cc)
endif()
