# Copyright 2026 The Pawl Authors.
# SPDX-License-Identifier: Apache-2.0

set(PAWL_FORMATS_SOURCES
    container_format.cc
    container_reader.cc
    container_schema.cc
    container_writer.cc
    file_io.cc
    hash.cc
    mapped_file.cc
    safetensors_header.cc
    safetensors_reader.cc
    safetensors_writer.cc)
