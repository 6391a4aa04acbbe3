# Copyright 2026 The Pawl Authors.
# SPDX-License-Identifier: Apache-2.0

set(PAWL_FORMATS_SOURCES
    byte_sink.cc
    codecs/awq.cc
    codecs/bit_fields.cc
    codecs/bitsandbytes.cc
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
    container_format.cc
    container_reader.cc
    container_schema.cc
    container_writer.cc
    file_io.cc
    hash.cc
    mapped_file.cc
    onnx_graph.cc
    onnx_node.cc
    onnx_reader.cc
    onnx_source.cc
    onnx_tensor.cc
    onnx_types.cc
    safetensors_header.cc
    safetensors_reader.cc
    safetensors_writer.cc
    sink_output.cc)
