# Copyright 2026 The Pawl Authors.
# SPDX-License-Identifier: Apache-2.0
#
# The rooms of the library, each an object library whose sources are listed in <folder>/sources.cmake, with the third
# parties that it may include. Nothing here is exported; cmake/libraries.cmake merges the objects.

set(PAWL_ROOM_OBJECTS "")

function(pawl_room name folder)
  cmake_parse_arguments(PARSE_ARGV 2 arg "" "" "DEPENDS")
  string(TOUPPER ${name} upper)
  include("${PROJECT_SOURCE_DIR}/${folder}/sources.cmake")
  set(sources ${PAWL_${upper}_SOURCES})
  if(NOT sources)
    return()
  endif()
  list(TRANSFORM sources PREPEND "${PROJECT_SOURCE_DIR}/${folder}/")
  add_library(pawl_${name} OBJECT ${sources})
  target_link_libraries(pawl_${name} PRIVATE pawl_settings ${arg_DEPENDS})
  set(PAWL_ROOM_OBJECTS ${PAWL_ROOM_OBJECTS} $<TARGET_OBJECTS:pawl_${name}> PARENT_SCOPE)
endfunction()

# The header that flatc makes from the schema of .pawl files, for the rooms and tests that read it.
add_library(pawl_schema INTERFACE)
set(pawl_schema_file "${PROJECT_SOURCE_DIR}/lib/formats/pawl.fbs")
if(PAWL_PROFILE STREQUAL full AND EXISTS "${pawl_schema_file}")
  set(generated "${PROJECT_BINARY_DIR}/generated")
  add_custom_command(
    OUTPUT "${generated}/pawl_generated.h"
    COMMAND ${PAWL_FLATC} --cpp --scoped-enums -o "${generated}" "${pawl_schema_file}"
    DEPENDS "${pawl_schema_file}"
    VERBATIM)
  add_custom_target(pawl_schema_header DEPENDS "${generated}/pawl_generated.h")
  add_dependencies(pawl_schema pawl_schema_header)
  target_include_directories(pawl_schema SYSTEM INTERFACE "${generated}")
  target_link_libraries(pawl_schema INTERFACE flatbuffers::flatbuffers)
endif()
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS lib/formats)

set(absl absl::base absl::flat_hash_map absl::inlined_vector absl::span absl::status absl::statusor absl::str_format
         absl::strings)

pawl_room(kernels kernels DEPENDS hwy::hwy)
if(PAWL_DISABLED_TARGETS) # Highway asks for this name; contexts of such a build do not know those targets
  list(JOIN PAWL_DISABLED_TARGETS "|" disabled)
  target_compile_definitions(pawl_kernels PRIVATE "HWY_BROKEN_TARGETS=(${disabled})")
endif()
pawl_room(core lib/core DEPENDS hwy::hwy ${absl})
pawl_room(methods lib/methods DEPENDS ${absl})
# What runs once for a file, a model or a layer, inlined again and again at -O2: half of the code for size, and nothing
# that takes long. The limits of 1.5 MB (core) and 6 MB stand on it.
set(cold
    core/context.cc
    core/conv_setup.cc
    core/dlpack.cc
    core/embedding.cc
    core/level_tables.cc
    core/linear_setup.cc
    core/packed_form.cc
    core/packed_restore.cc
    core/quantized_tensor.cc
    core/scheme.cc
    core/scheme_text.cc
    core/tensor.cc
    methods/codebook.cc
    methods/codebook_pieces.cc
    methods/compare.cc)
list(TRANSFORM cold PREPEND "${PROJECT_SOURCE_DIR}/lib/")
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
set_source_files_properties(${cold} ${cold_too} PROPERTIES COMPILE_OPTIONS "$<$<CONFIG:Release>:-Os>")
if(PAWL_PROFILE STREQUAL full)
  pawl_room(formats lib/formats DEPENDS pawl_schema pawl_protozero ZLIB::ZLIB nlohmann_json::nlohmann_json ${absl})
  pawl_room(graph lib/graph DEPENDS ${absl})
  # Plain loops over rows, of which GCC makes vectors only then.
  set(rows operators/batch_norm.cc operators/normalization.cc operators/pool_rows.cc operators/resize.cc
           operators/softmax.cc)
  list(TRANSFORM rows PREPEND "${PROJECT_SOURCE_DIR}/lib/graph/")
  set_source_files_properties(
    ${rows}
    PROPERTIES COMPILE_OPTIONS "$<$<CONFIG:Release>:-O3>")
  pawl_room(pipeline lib/pipeline DEPENDS nlohmann_json::nlohmann_json re2::re2 ${absl})
  pawl_room(models lib/models DEPENDS nlohmann_json::nlohmann_json ${absl})
endif()

# What internals tests, the command and libpawl.a link beside the objects.
set(PAWL_LINKED ${absl} hwy::hwy Threads::Threads)
if(PAWL_PROFILE STREQUAL full)
  list(APPEND PAWL_LINKED re2::re2 ZLIB::ZLIB)
endif()
