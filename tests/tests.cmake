# Copyright 2026 The Pawl Authors.
# SPDX-License-Identifier: Apache-2.0
#
# The tests, by room: pawl_test(NAME name ROOM room SOURCES file.cc ...), explained in CMakeLists.txt beside this.

set(tiny_decoder models/tiny_decoder.cc models/plain_model.cc)

# --- core ---
pawl_test(NAME version_test ROOM core SOURCES core/version_test.cc)
pawl_test(NAME tensor_test ROOM core SOURCES core/tensor_test.cc)
pawl_test(NAME scheme_test ROOM core SOURCES core/scheme_test.cc core/scheme_words_test.cc)
pawl_test(NAME quantized_tensor_test ROOM core SOURCES core/quantized_tensor_test.cc)
pawl_test(NAME context_test ROOM core SOURCES core/context_test.cc)
pawl_test(NAME fake_quantize_test ROOM core SOURCES core/fake_quantize_test.cc)
pawl_test(NAME observer_test ROOM core SOURCES core/observer_test.cc core/observer_range_test.cc)
pawl_test(NAME requantize_test ROOM core SOURCES core/requantize_test.cc)
pawl_test(NAME embedding_test ROOM core SOURCES core/embedding_test.cc)
pawl_test(
  NAME linear_test ROOM core
  SOURCES core/linear_bf16_test.cc core/linear_float_test.cc
          core/linear_fuzz_test.cc core/linear_group_test.cc core/linear_identity_test.cc
          core/linear_int8_test.cc
          core/linear_integer_only_test.cc core/linear_scheme_test.cc core/linear_weight_only_test.cc
          core/allocation_counter.cc)
if(PAWL_PROFILE STREQUAL full)
  pawl_test(NAME conv_test ROOM core SOURCES core/conv_test.cc core/conv_codes_test.cc core/conv_fuzz_test.cc
                  core/allocation_counter.cc)
endif()

# --- kernels ---
pawl_test(
  NAME kernels_test
  ROOM kernels
  SOURCES kernels/activations_test.cc
          kernels/convert_test.cc
          kernels/dequantize_test.cc
          kernels/dot_codes_test.cc
          kernels/error_stats_test.cc
          kernels/float_env_test.cc
          kernels/group_error_test.cc
          kernels/hadamard_test.cc
          kernels/histogram_test.cc
          kernels/matmul_bf16_tiles_test.cc
          kernels/matmul_f32_test.cc
          kernels/matmul_test.cc
          kernels/min_max_test.cc
          kernels/multiply_add_test.cc
          kernels/pack_test.cc
          kernels/panel_matmul_test.cc
          kernels/quantize_test.cc
          kernels/target_test.cc)

if(PAWL_PROFILE STREQUAL full)
  pawl_test(NAME conv_kernels_test ROOM kernels
            SOURCES kernels/chain_matmul_f32_test.cc kernels/depthwise_plane_f32_test.cc kernels/depthwise_quads_test.cc
                    kernels/depthwise_test.cc kernels/elementary_test.cc kernels/elementwise_f32_test.cc
                    kernels/image_rows_test.cc kernels/lookup_test.cc kernels/outer_products_test.cc
                    kernels/requantize_test.cc kernels/window_matmul_f32_test.cc kernels/window_matmul_test.cc)
endif()

# --- methods ---
pawl_test(NAME quantizer_test ROOM methods SOURCES methods/quantizer_test.cc
                                                   methods/quantizer_edge_test.cc)
pawl_test(NAME codebook_test ROOM methods SOURCES methods/codebook_test.cc)
if(PAWL_PROFILE STREQUAL full)
  pawl_test(NAME awq_test ROOM methods SOURCES methods/awq_test.cc)
  pawl_test(NAME block_search_test ROOM methods SOURCES methods/block_search_test.cc)
  pawl_test(NAME gptq_test ROOM methods
            SOURCES methods/gptq_test.cc methods/input_moments_test.cc methods/pruning_test.cc)
  pawl_test(NAME hqq_test ROOM methods SOURCES methods/hqq_test.cc)
endif()

# --- formats ---
pawl_test(NAME file_io_test ROOM formats SOURCES formats/file_io_test.cc)
pawl_test(NAME container_test ROOM formats SOURCES formats/container_test.cc formats/container_hostile_test.cc
                                                    formats/container_golden_test.cc)
if(PAWL_PROFILE STREQUAL full)
  pawl_test(NAME byte_sink_test ROOM formats SOURCES formats/byte_sink_test.cc)
  pawl_test(NAME imatrix_test ROOM formats SOURCES formats/imatrix_test.cc)
  pawl_test(NAME job_files_test ROOM formats SOURCES formats/job_files_test.cc)
  pawl_test(NAME packed_test ROOM formats
            SOURCES formats/packed_test.cc formats/packed_hostile_test.cc core/allocation_counter.cc)
  pawl_test(NAME npz_test ROOM formats SOURCES formats/npz_test.cc)
  pawl_test(NAME gguf_test ROOM formats SOURCES formats/gguf_test.cc formats/gguf_hostile_test.cc)
  pawl_test(NAME safetensors_test ROOM formats SOURCES formats/safetensors_test.cc)
  pawl_test(NAME block_formats_test ROOM formats SOURCES formats/codecs/block_formats_test.cc formats/codecs/fixture.cc)
  pawl_test(NAME checkpoint_formats_test ROOM formats
            SOURCES formats/codecs/fixture.cc formats/codecs/bitsandbytes_test.cc
                    formats/codecs/compressed_tensors_test.cc formats/codecs/gptq_awq_test.cc
                    formats/codecs/hqq_test.cc formats/codecs/matmul_nbits_test.cc formats/codecs/tflite_test.cc)
endif()

# --- graph ---
pawl_test(NAME graph_test ROOM graph LIBS pawl_protozero
          SOURCES graph/conv_transpose_test.cc graph/dynamic_lstm_test.cc graph/dynamic_test.cc
                  graph/executor_test.cc graph/fuse_codes_test.cc graph/fuse_test.cc graph/fused_conv_test.cc graph/onnx_test.cc
                  graph/plane_conv_test.cc graph/quantized_weights_test.cc graph/rare_operators_test.cc)

pawl_test(NAME graph_passes_test ROOM graph SOURCES graph/passes_test.cc graph/quant_passes_test.cc)

# --- pipeline ---
pawl_test(NAME calibrator_test ROOM pipeline SOURCES pipeline/calibrator_test.cc)
pawl_test(NAME job_test ROOM pipeline
          SOURCES pipeline/job_test.cc pipeline/job_calibration_test.cc pipeline/job_errors_test.cc
                  pipeline/job_method_test.cc pipeline/job_progress_test.cc)
pawl_test(NAME gguf_job_test ROOM pipeline SOURCES pipeline/gguf_job_test.cc)
pawl_test(NAME graph_job_test ROOM pipeline SOURCES pipeline/graph_job_test.cc pipeline/graph_names_test.cc
          pipeline/graph_recurrent_test.cc
          pipeline/graph_runnable_test.cc pipeline/graph_subgraph_test.cc pipeline/graph_subgraph_passes_test.cc
          pipeline/graph_upsample_test.cc)
pawl_test(NAME graph_rounding_test ROOM pipeline SOURCES pipeline/graph_rounding_test.cc)
pawl_test(NAME model_calibration_test ROOM pipeline SOURCES pipeline/model_calibration_test.cc ${tiny_decoder})
pawl_test(NAME encoder_calibration_test ROOM pipeline
          SOURCES pipeline/encoder_calibration_test.cc models/tiny_encoder.cc ${tiny_decoder})
pawl_test(NAME recipe_test ROOM pipeline SOURCES pipeline/recipe_test.cc)
pawl_test(NAME text_test ROOM pipeline SOURCES pipeline/text_test.cc)

# --- models ---
pawl_test(NAME language_model_test ROOM models
          SOURCES models/language_model_test.cc models/eval_test.cc ${tiny_decoder})
pawl_test(NAME encoder_test ROOM models LIBS nlohmann_json::nlohmann_json
          SOURCES models/encoder_test.cc models/encoder_eval_test.cc models/tiny_encoder.cc ${tiny_decoder})
pawl_test(NAME scale_folding_test ROOM models
          SOURCES models/scale_folding_test.cc pipeline/model_folding_test.cc ${tiny_decoder})
pawl_test(NAME model_rotation_test ROOM models SOURCES models/model_rotation_test.cc ${tiny_decoder})
pawl_test(NAME model_export_test ROOM models LIBS nlohmann_json::nlohmann_json
          SOURCES models/model_export_test.cc ${tiny_decoder})

# --- C ABI ---
if(PAWL_SANITIZE AND CMAKE_CXX_COMPILER_ID STREQUAL GNU)
  # Instrumented, std::regex looks uninitialized to GCC 12.
  set_source_files_properties(capi/context_test.cc PROPERTIES COMPILE_OPTIONS -Wno-error=maybe-uninitialized)
endif()
pawl_test(NAME capi_test ROOM capi SOURCES capi/context_test.cc capi/layers_test.cc capi/observers_test.cc
                                              capi/pawl_file_test.cc capi/tensors_test.cc)
if(TARGET pawl_c)
  add_library(capi_headers OBJECT capi/header_c99.c capi/header_cxx11.cc)
  target_include_directories(capi_headers PRIVATE "${PROJECT_SOURCE_DIR}/capi")
  target_compile_options(capi_headers PRIVATE -Wall -Wextra -Werror -pedantic-errors)
  set_target_properties(capi_headers PROPERTIES C_STANDARD 99 C_EXTENSIONS OFF CXX_STANDARD 11 CXX_EXTENSIONS OFF)
endif()
if(TARGET pawl_c AND PAWL_PROFILE STREQUAL full)
  pawl_test(NAME capi_conv_test ROOM capi SOURCES capi/conv_test.cc)
endif()
if(TARGET pawl_c AND PAWL_PROFILE STREQUAL full)
  pawl_test(NAME capi_files_test ROOM capi SOURCES capi/files_test.cc capi/job_test.cc capi/memory_test.cc
                                                    capi/packed_test.cc)
  pawl_test(NAME capi_methods_test ROOM capi SOURCES capi/encoder_test.cc capi/language_model_test.cc
                                                      capi/methods_test.cc)
  pawl_test(NAME capi_graph_test ROOM capi
            SOURCES capi/executor_test.cc capi/graph_job_samples_test.cc capi/graph_job_test.cc capi/graph_test.cc)
  # nlohmann/json reads what the fixtures say of themselves.
  pawl_test(NAME capi_formats_test ROOM capi SOURCES capi/block_formats_test.cc capi/checkpoint_formats_test.cc
            LIBS nlohmann_json::nlohmann_json)
endif()
# Not with sanitizers: a C program does not load their runtime before the library.
if(TARGET pawl_example_c AND NOT PAWL_SANITIZE)
  if(TARGET pawl_example_c_model)
    add_test(NAME capi_example_model COMMAND pawl_example_c_model "${PROJECT_SOURCE_DIR}/examples/models/digits"
                                             "${CMAKE_CURRENT_BINARY_DIR}")
    set_tests_properties(capi_example_model PROPERTIES LABELS capi)
  endif()
  if(TARGET pawl_example_c_language_model)
    add_test(NAME capi_example_language_model COMMAND pawl_example_c_language_model
                                                      "${PROJECT_SOURCE_DIR}/examples/models/kjv")
    set_tests_properties(capi_example_language_model PROPERTIES LABELS capi)
  endif()
  add_test(NAME capi_example COMMAND pawl_example_c "${PROJECT_SOURCE_DIR}/examples/models/digits")
  set_tests_properties(capi_example PROPERTIES LABELS capi WORKING_DIRECTORY "${CMAKE_CURRENT_BINARY_DIR}")
  if(PAWL_INSTALL AND pawl_static_installed AND NOT CMAKE_CROSSCOMPILING AND NOT PAWL_SANITIZE)
    set(prefix "${PROJECT_BINARY_DIR}/consumers/prefix") # of the fixture in consumers.cmake
    add_test(NAME capi_example_installed
             COMMAND sh "${CMAKE_CURRENT_SOURCE_DIR}/capi/example_installed.sh" "${CMAKE_C_COMPILER}" "${prefix}"
                     "${prefix}/${CMAKE_INSTALL_LIBDIR}" "${PROJECT_SOURCE_DIR}/examples/c/main.c"
                     "${PROJECT_SOURCE_DIR}/examples/models/digits")
    set_tests_properties(capi_example_installed PROPERTIES LABELS consumers FIXTURES_REQUIRED pawl_installed)
  endif()
endif()
if(TARGET pawl_c AND NOT PAWL_SANITIZE AND CMAKE_BUILD_TYPE STREQUAL Release)
  add_test(NAME rule_initializers
           COMMAND "${CMAKE_COMMAND}" "-DOBJDUMP=${CMAKE_OBJDUMP}" "-DNM=${CMAKE_NM}" "-DSTATIC=$<TARGET_FILE:pawl>"
                   "-DSHIM=$<JOIN:$<TARGET_OBJECTS:pawl_capi>;$<TARGET_OBJECTS:pawl_capi_profile>,$<COMMA>>" -P
                   "${CMAKE_CURRENT_SOURCE_DIR}/rules/initializers.cmake")
  set_tests_properties(rule_initializers PROPERTIES LABELS rules)
endif()

# --- command ---
pawl_test(NAME command_test ROOM tool SOURCES command/command_test.cc command/quantize_onnx_test.cc command/run_tool.cc)
if(TARGET command_test)
  target_compile_definitions(command_test PRIVATE PAWL_TOOL="$<TARGET_FILE:pawl_tool>")
  add_dependencies(command_test pawl_tool)
endif()

pawl_test(NAME progress_test ROOM tool SOURCES command/progress_test.cc ../examples/pawl/progress.cc)
pawl_test(NAME options_test ROOM tool SOURCES command/list_test.cc command/options_test.cc command/run_tool.cc)
pawl_test(NAME results_test ROOM tool SOURCES command/results_test.cc command/run_tool.cc)
pawl_test(NAME overwrite_test ROOM tool SOURCES command/overwrite_test.cc command/run_tool.cc ${tiny_decoder})
pawl_test(NAME models_command_test ROOM tool SOURCES command/encoder_command_test.cc command/models_calibration_test.cc
                                                        command/models_test.cc command/run_tool.cc
                                                        models/tiny_encoder.cc ${tiny_decoder})

# --- trust: kills, full disks, hostile surroundings ---
pawl_test(NAME faults_test ROOM pipeline SOURCES trust/faults_test.cc trust/faults.cc)
pawl_test(NAME onnx_faults_test ROOM pipeline SOURCES trust/onnx_faults_test.cc trust/faults.cc)
pawl_test(NAME export_faults_test ROOM models
          SOURCES trust/export_faults_test.cc trust/faults.cc ${tiny_decoder})
pawl_test(NAME failures_test ROOM tool SOURCES trust/failures_test.cc command/run_tool.cc ${tiny_decoder})
if(NOT PAWL_SANITIZE) # whose own memory would count
  pawl_test(NAME memory_test ROOM tool SOURCES trust/memory_test.cc command/run_tool.cc)
  pawl_test(NAME graph_memory_test ROOM pipeline SOURCES pipeline/graph_memory_test.cc)
endif()
pawl_test(NAME threads_test ROOM pipeline SOURCES threads/threads_test.cc)
pawl_test(NAME resume_test ROOM tool SOURCES trust/resume_test.cc trust/kill_loop.cc command/run_tool.cc)
pawl_test(NAME gguf_resume_test ROOM tool SOURCES trust/gguf_resume_test.cc trust/kill_loop.cc command/run_tool.cc)
pawl_test(NAME model_resume_test ROOM tool SOURCES trust/model_resume_test.cc trust/kill_loop.cc command/run_tool.cc
          ${tiny_decoder})

# --- rules of the tree ---

# --- peers ---
pawl_peer_test(NAME minilm_quantize_test SCRIPT peers/minilm_quantize_test.py)
pawl_peer_test(NAME gguf_peer_test SCRIPT peers/gguf_peer_test.py)
pawl_peer_test(NAME recurrent_quantize_test SCRIPT peers/recurrent_quantize_test.py)
pawl_peer_test(NAME graph_forms_test SCRIPT peers/graph_forms_test.py)
pawl_peer_test(NAME odd_models_test SCRIPT peers/odd_models_test.py)
pawl_peer_test(NAME onnx_operators_test SCRIPT peers/onnx_operators_test.py)
if(PAWL_PEERS AND TARGET pawl_models)
  add_executable(model_logits peers/model_logits.cc)
  target_link_libraries(model_logits PRIVATE pawl_test_settings)
  add_test(NAME llama_cpp_test COMMAND "${PAWL_PEERS_PYTHON}" "${CMAKE_CURRENT_SOURCE_DIR}/peers/llama_cpp_test.py"
                                       $<TARGET_FILE:model_logits>)
  set_tests_properties(llama_cpp_test PROPERTIES LABELS peers TIMEOUT 1200 SKIP_RETURN_CODE 77 ENVIRONMENT
                                                 "PAWL_TOOL=$<TARGET_FILE:pawl_tool>")
  add_test(NAME llama_cpp_encoder_test
           COMMAND "${PAWL_PEERS_PYTHON}" "${CMAKE_CURRENT_SOURCE_DIR}/peers/llama_cpp_encoder_test.py"
                   $<TARGET_FILE:model_logits>)
  set_tests_properties(llama_cpp_encoder_test PROPERTIES LABELS peers TIMEOUT 1200 SKIP_RETURN_CODE 77 ENVIRONMENT
                                                         "PAWL_TOOL=$<TARGET_FILE:pawl_tool>")
  add_test(NAME encoder_peer_test COMMAND "${PAWL_PEERS_PYTHON}" "${CMAKE_CURRENT_SOURCE_DIR}/peers/encoder_test.py"
                                          $<TARGET_FILE:model_logits>)
  set_tests_properties(encoder_peer_test PROPERTIES LABELS peers TIMEOUT 1200)
endif()
if(PAWL_PEERS AND TARGET pawl_pipeline)
  add_executable(safetensors_peer peers/safetensors_peer.cc)
  target_link_libraries(safetensors_peer PRIVATE pawl_test_settings)
  add_test(NAME safetensors_peer_test
           COMMAND "${PAWL_PEERS_PYTHON}" "${CMAKE_CURRENT_SOURCE_DIR}/peers/safetensors_peer_test.py"
                   $<TARGET_FILE:safetensors_peer>)
  set_tests_properties(safetensors_peer_test PROPERTIES LABELS peers TIMEOUT 600)
endif()
if(PAWL_PEERS AND TARGET pawl_graph)
  add_executable(onnx_node_runner graph/onnx_node_runner.cc)
  target_link_libraries(onnx_node_runner PRIVATE pawl_test_settings pawl_protozero)
  add_test(NAME onnx_node_test
           COMMAND "${PAWL_PEERS_PYTHON}" "${CMAKE_CURRENT_SOURCE_DIR}/peers/onnx_node_test.py"
                   $<TARGET_FILE:onnx_node_runner>)
  set_tests_properties(onnx_node_test PROPERTIES LABELS peers TIMEOUT 1200)
  add_executable(onnx_rewrite graph/onnx_rewrite.cc)
  target_link_libraries(onnx_rewrite PRIVATE pawl_test_settings)
  add_test(NAME onnx_models_test
           COMMAND "${PAWL_PEERS_PYTHON}" "${CMAKE_CURRENT_SOURCE_DIR}/peers/onnx_models_test.py"
                   $<TARGET_FILE:onnx_rewrite>)
  set_tests_properties(onnx_models_test PROPERTIES LABELS peers TIMEOUT 1200 ENVIRONMENT
                                                   "PAWL_TOOL=$<TARGET_FILE:pawl_tool>")
  pawl_peer_test(NAME onnx_quantized_test SCRIPT peers/onnx_quantized_test.py)
  set_tests_properties(onnx_quantized_test PROPERTIES TIMEOUT 2400)
  pawl_peer_test(NAME quantize_quality_test SCRIPT peers/quantize_quality_test.py)
endif()
