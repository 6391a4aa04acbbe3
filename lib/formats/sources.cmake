# Copyright 2026 The Pawl Authors.
# SPDX-License-Identifier: Apache-2.0

# .pawl files, in both profiles.
set(PAWL_FORMATS_SOURCES
    byte_sink.cc
    container_format.cc
    container_reader.cc
    container_schema.cc
    container_writer.cc
    content_hash.cc
    file_io.cc
    hash.cc
    mapped_file.cc
    sink_output.cc)
# All other formats, and what jobs write with.
if(PAWL_PROFILE STREQUAL full)
  list(
    APPEND
    PAWL_FORMATS_SOURCES
    codecs/awq.cc
    codecs/bit_fields.cc
    codecs/bitsandbytes.cc
    codecs/bitsandbytes_state.cc
    codecs/block_formats.cc
    codecs/codec_util.cc
    codecs/compressed_tensors.cc
    codecs/gguf_blocks_fp4.cc
    codecs/gguf_blocks_iq.cc
    codecs/gguf_blocks_k.cc
    codecs/gguf_blocks_legacy.cc
    codecs/gptq.cc
    codecs/hqq.cc
    codecs/matmul_nbits.cc
    codecs/tflite.cc
    container_packed.cc
    container_writer_state.cc
    gguf_header.cc
    gguf_reader.cc
    gguf_value.cc
    gguf_writer.cc
    gguf_writer_state.cc
    imatrix.cc
    imatrix_gguf.cc
    job_files.cc
    journal_file.cc
    npy.cc
    npz.cc
    onnx_encode.cc
    onnx_graph.cc
    onnx_node.cc
    onnx_reader.cc
    onnx_source.cc
    onnx_tensor.cc
    onnx_types.cc
    onnx_writer.cc
    packed_model.cc
    partial_file.cc
    safetensors_header.cc
    safetensors_reader.cc
    safetensors_writer.cc
    staged_folder.cc
    zip.cc
    zip_writer.cc)
endif()
