# Copyright 2026 The Pawl Authors.
# SPDX-License-Identifier: Apache-2.0
#
# The rooms of the library, each an object library whose sources are listed in <folder>/sources.cmake, with the third
# parties that it may include. Nothing here is exported; cmake/libraries.cmake merges the objects.

set(PAWL_ROOM_OBJECTS "")

# What runs once for a file, a model or a layer, inlined again and again at -O2: half of the code for size, and nothing
# that takes long; operators that few nets have. The limits of 1.5 MB (core) and 6 MB stand on it.
set(PAWL_COLD_SOURCES
    core/context.cc
    core/conv_setup.cc
    core/dlpack.cc
    core/embedding.cc
    core/group_layout.cc
    core/level_tables.cc
    core/linear.cc
    core/linear_pack.cc
    core/linear_setup.cc
    core/named_schemes.cc
    core/nearest.cc
    core/observer.cc
    core/observer_range.cc
    core/observer_search.cc
    core/observer_state.cc
    core/packed_form.cc
    core/packed_restore.cc
    core/params.cc
    core/progress.cc
    core/quantized_tensor.cc
    core/scheme.cc
    core/scheme_text.cc
    core/scheme_words.cc
    core/tensor.cc
    core/unset_tensor.cc
    formats/byte_sink.cc
    formats/codecs/bitsandbytes_state.cc
    formats/file_io.cc
    formats/imatrix.cc
    formats/imatrix_gguf.cc
    formats/job_files.cc
    formats/journal_file.cc
    formats/mapped_file.cc
    formats/npy.cc
    formats/packed_model.cc
    formats/partial_file.cc
    formats/sink_output.cc
    formats/staged_folder.cc
    formats/zip.cc
    formats/zip_writer.cc
    graph/model.cc
    graph/operator_list.cc
    graph/operators/arrange.cc
    graph/operators/deform_conv.cc
    graph/operators/detection.cc
    graph/operators/dynamic_lstm.cc
    graph/operators/einsum.cc
    graph/operators/generate.cc
    graph/operators/sampling.cc
    graph/operators/spectral.cc
    graph/operators/transposed_window.cc
    graph/operators/unique.cc
    graph/place_extents.cc
    graph/plan.cc
    graph/program.cc
    methods/codebook.cc
    methods/codebook_pieces.cc
    methods/compare.cc
    methods/group_source.cc
    methods/prepare.cc
    methods/quantizer.cc
    methods/rotated_moments.cc
    methods/super_scales.cc
    models/checkpoint_parts.cc
    models/checkpoint_settings.cc
    models/checkpoint_weights.cc
    models/collect_imatrix.cc
    models/companions.cc
    models/encoder_batch.cc
    models/eval_encoder.cc
    models/eval_parts.cc
    models/gguf_names.cc
    models/graph_builder.cc
    models/hadamard_transform.cc
    models/language_model.cc
    models/layer_walk.cc
    models/model_export.cc
    models/model_rotation.cc
    models/open_model.cc
    models/rotation_plan.cc
    models/scale_folding.cc
    models/scale_search.cc
    models/weights.cc)
list(TRANSFORM PAWL_COLD_SOURCES PREPEND "${PROJECT_SOURCE_DIR}/lib/")
file(
  GLOB cold_too CONFIGURE_DEPENDS
  "${PROJECT_SOURCE_DIR}/lib/formats/container_*.cc"
  "${PROJECT_SOURCE_DIR}/lib/formats/gguf_*.cc"
  "${PROJECT_SOURCE_DIR}/lib/formats/onnx_*.cc"
  "${PROJECT_SOURCE_DIR}/lib/formats/safetensors_*.cc"
  "${PROJECT_SOURCE_DIR}/lib/graph/fuse*.cc"
  "${PROJECT_SOURCE_DIR}/lib/graph/graph*.cc"
  "${PROJECT_SOURCE_DIR}/lib/graph/infer*.cc"
  "${PROJECT_SOURCE_DIR}/lib/graph/passes/*.cc"
  "${PROJECT_SOURCE_DIR}/lib/models/*_config.cc"
  "${PROJECT_SOURCE_DIR}/lib/models/*_graph.cc"
  "${PROJECT_SOURCE_DIR}/lib/pipeline/*.cc")
list(APPEND PAWL_COLD_SOURCES ${cold_too})

set(absl absl::base absl::flat_hash_map absl::inlined_vector absl::span absl::status absl::statusor absl::str_format
         absl::strings)

# The headers of others that nearly every file of lib/ and capi/ has, read once (lib/precompiled.h): a third of a build's
# time. Two of them, since what is compiled for size has other flags. A host compiles Pawl without.
function(pawl_objects target)
  cmake_parse_arguments(PARSE_ARGV 1 arg "COLD;EVERY_TARGET" "" "SOURCES;DEPENDS")
  add_library(${target} OBJECT ${arg_SOURCES})
  target_link_libraries(${target} PRIVATE pawl_settings ${arg_DEPENDS})
  set(headers pawl_headers)
  if(arg_COLD)
    target_compile_options(${target} PRIVATE ${PAWL_SIZE_OPTIONS})
    set(headers pawl_cold_headers)
  endif()
  if(PAWL_PRECOMPILE AND NOT arg_EVERY_TARGET) # Highway compiles a kernel's file once for each target, from its first line
    if(target STREQUAL headers)
      target_precompile_headers(${target} PRIVATE "${PROJECT_SOURCE_DIR}/lib/precompiled.h")
    else()
      target_precompile_headers(${target} REUSE_FROM ${headers})
    endif()
  endif()
endfunction()

if(PAWL_PRECOMPILE)
  pawl_objects(pawl_headers SOURCES lib/precompiled.cc DEPENDS ${absl})
  pawl_objects(pawl_cold_headers COLD SOURCES lib/precompiled.cc DEPENDS ${absl})
endif()

function(pawl_room name folder)
  cmake_parse_arguments(PARSE_ARGV 2 arg "EVERY_TARGET" "" "DEPENDS")
  string(TOUPPER ${name} upper)
  include("${PROJECT_SOURCE_DIR}/${folder}/sources.cmake")
  set(sources ${PAWL_${upper}_SOURCES})
  if(NOT sources)
    return()
  endif()
  list(TRANSFORM sources PREPEND "${PROJECT_SOURCE_DIR}/${folder}/")
  set(cold "")
  foreach(source IN LISTS sources)
    if(source IN_LIST PAWL_COLD_SOURCES)
      list(APPEND cold "${source}")
    endif()
  endforeach()
  set(options DEPENDS ${arg_DEPENDS})
  if(arg_EVERY_TARGET)
    list(APPEND options EVERY_TARGET)
  endif()
  set(objects $<TARGET_OBJECTS:pawl_${name}>)
  if("${cold}" STREQUAL "${sources}")
    pawl_objects(pawl_${name} COLD SOURCES ${cold} ${options})
  else()
    if(cold)
      pawl_objects(pawl_${name}_cold COLD SOURCES ${cold} ${options})
      list(REMOVE_ITEM sources ${cold})
      list(APPEND objects $<TARGET_OBJECTS:pawl_${name}_cold>)
    endif()
    pawl_objects(pawl_${name} SOURCES ${sources} ${options})
  endif()
  set(PAWL_ROOM_OBJECTS ${PAWL_ROOM_OBJECTS} ${objects} PARENT_SCOPE)
  set(PAWL_${upper}_OBJECTS ${objects} PARENT_SCOPE)
endfunction()

pawl_room(kernels kernels EVERY_TARGET DEPENDS hwy::hwy)
if(PAWL_DISABLED_TARGETS) # Highway asks for this name; contexts of such a build do not know those targets
  list(JOIN PAWL_DISABLED_TARGETS "|" disabled)
  target_compile_definitions(pawl_kernels PRIVATE "HWY_BROKEN_TARGETS=(${disabled})")
endif()
pawl_room(core lib/core DEPENDS hwy::hwy ${absl})
pawl_room(methods lib/methods DEPENDS ${absl})
set(depends pawl_flatbuffers ${absl})
if(PAWL_PROFILE STREQUAL full)
  list(APPEND depends pawl_protozero ZLIB::ZLIB nlohmann_json::nlohmann_json)
endif()
pawl_room(formats lib/formats DEPENDS ${depends})
if(PAWL_PROFILE STREQUAL full)
  pawl_room(graph lib/graph DEPENDS ${absl})
  # Plain loops over rows, of which GCC makes vectors only then.
  set(rows operators/batch_norm.cc operators/normalization.cc operators/pool_rows.cc operators/resize.cc
           operators/softmax.cc)
  list(TRANSFORM rows PREPEND "${PROJECT_SOURCE_DIR}/lib/graph/")
  if(NOT PAWL_SANITIZE) # GCC 12 crashes on them with headers that were precompiled at -O1
    set_source_files_properties(${rows} PROPERTIES COMPILE_OPTIONS "$<$<CONFIG:Release>:-O3>")
  endif()
  pawl_room(pipeline lib/pipeline DEPENDS nlohmann_json::nlohmann_json re2::re2 ${absl})
  pawl_room(models lib/models DEPENDS nlohmann_json::nlohmann_json ${absl})
endif()

# What internals tests, the command and libpawl.a link beside the objects.
set(PAWL_LINKED ${absl} hwy::hwy Threads::Threads)
if(PAWL_PROFILE STREQUAL full)
  list(APPEND PAWL_LINKED re2::re2 ZLIB::ZLIB)
endif()
