# Copyright 2026 The Pawl Authors.
# SPDX-License-Identifier: Apache-2.0

set(PAWL_METHODS_SOURCES
    codebook.cc
    codebook_pieces.cc
    codebook_sort.cc
    compare.cc
    group_fit.cc
    group_source.cc
    prepare.cc
    quantizer.cc
    rotated_moments.cc
    row_encoder.cc
    source.cc
    super_scales.cc)
# Searches that take a layer's inputs or long, which the core profile lacks.
if(PAWL_PROFILE STREQUAL full)
  list(
    APPEND
    PAWL_METHODS_SOURCES
    awq.cc
    awq_clip.cc
    block_search.cc
    column_scales.cc
    error_feedback.cc
    gptq.cc
    group_polish.cc
    hqq.cc
    input_correction.cc
    input_factor.cc
    input_moments.cc
    output_error.cc
    pruning.cc
    scheme_rounder.cc
    super_search.cc
    triangular.cc)
endif()
