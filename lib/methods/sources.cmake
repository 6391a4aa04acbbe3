# Copyright 2026 The Pawl Authors.
# SPDX-License-Identifier: Apache-2.0

set(PAWL_METHODS_SOURCES
    codebook.cc
    codebook_pieces.cc
    compare.cc
    group_fit.cc
    group_source.cc
    prepare.cc
    quantizer.cc
    row_encoder.cc
    source.cc
    super_scales.cc)
