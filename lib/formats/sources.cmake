# Copyright 2026 The Pawl Authors.
# SPDX-License-Identifier: Apache-2.0

set(PAWL_FORMATS_SOURCES
    file_io.cc
    mapped_file.cc
    safetensors_header.cc
    safetensors_reader.cc
    safetensors_writer.cc)
