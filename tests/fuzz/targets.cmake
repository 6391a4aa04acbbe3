# Copyright 2026 The Pawl Authors.
# SPDX-License-Identifier: Apache-2.0
#
# The fuzz targets, a line each: pawl_fuzz_target(<name> [ROOM room] [CAPI] [SEEDS path...]), explained in CMakeLists.txt
# beside this. <name>_fuzz.cc is the source, corpus/<name>/ the committed inputs, <name>.dict (optional) words for libFuzzer.

# --- files ---
pawl_fuzz_target(safetensors ROOM pipeline SEEDS data/bad/safetensors fixtures/tflite.safetensors)
pawl_fuzz_target(safetensors_index ROOM pipeline)
pawl_fuzz_target(container ROOM formats SEEDS data/golden)
pawl_fuzz_target(container_fields ROOM formats)
pawl_fuzz_target(packed ROOM pipeline)
pawl_fuzz_target(journal ROOM pipeline)
pawl_fuzz_target(onnx ROOM graph)
pawl_fuzz_target(gguf ROOM pipeline)
pawl_fuzz_target(imatrix ROOM pipeline)
pawl_fuzz_target(npz ROOM pipeline SEEDS data/npz)
pawl_fuzz_target(recipe ROOM pipeline)
pawl_fuzz_target(calibration_cache ROOM pipeline)
pawl_fuzz_target(tensorrt_cache ROOM pipeline)
pawl_fuzz_target(job_calibration ROOM pipeline)
pawl_fuzz_target(job_model ROOM pipeline)
pawl_fuzz_target(graph_job ROOM pipeline)
pawl_fuzz_target(model_export ROOM models)
pawl_fuzz_target(language_model ROOM models)
pawl_fuzz_target(capi_memory ROOM pipeline CAPI)

# --- blocks and checkpoints ---
pawl_fuzz_target(block_formats ROOM pipeline)
pawl_fuzz_target(gptq ROOM pipeline)
pawl_fuzz_target(awq ROOM pipeline)
pawl_fuzz_target(bitsandbytes ROOM pipeline)
pawl_fuzz_target(compressed_tensors ROOM pipeline)
pawl_fuzz_target(hqq ROOM pipeline)
pawl_fuzz_target(matmul_nbits ROOM pipeline)
pawl_fuzz_target(tflite ROOM pipeline)

# --- texts and tensors ---
pawl_fuzz_target(scheme_text ROOM core)
pawl_fuzz_target(dlpack ROOM core)

# --- kernels against their references, and every target and number of threads against one another ---
pawl_fuzz_target(kernels ROOM kernels)
pawl_fuzz_target(linear ROOM methods)
pawl_fuzz_target(quantize ROOM methods)
