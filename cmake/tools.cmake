# Copyright 2026 The Pawl Authors.
# SPDX-License-Identifier: Apache-2.0
#
# The pawl command.

include("${PROJECT_SOURCE_DIR}/examples/pawl/sources.cmake")
if(PAWL_TOOL_SOURCES)
  list(TRANSFORM PAWL_TOOL_SOURCES PREPEND "${PROJECT_SOURCE_DIR}/examples/pawl/")
  add_executable(pawl_tool ${PAWL_TOOL_SOURCES})
  if(PAWL_SANITIZE) # half a minute otherwise for a file that has CLI11 inline
    target_compile_options(pawl_tool PRIVATE -O0)
  else() # for size, as what runs once; but not the benchmarks' own loops
    target_compile_options(pawl_tool PRIVATE ${PAWL_SIZE_OPTIONS})
    list(FILTER PAWL_TOOL_SOURCES INCLUDE REGEX "/bench")
    set_source_files_properties(${PAWL_TOOL_SOURCES} PROPERTIES COMPILE_OPTIONS "$<$<CONFIG:Release>:-O2>"
                                                                SKIP_PRECOMPILE_HEADERS ON)
  endif()
  if(PAWL_PRECOMPILE)
    target_precompile_headers(pawl_tool PRIVATE lib/precompiled.h <nlohmann/json.hpp>)
  endif()
  set_target_properties(pawl_tool PROPERTIES OUTPUT_NAME pawl RUNTIME_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}/bin")
  target_link_libraries(pawl_tool PRIVATE pawl_settings pawl::pawl CLI11::CLI11 nlohmann_json::nlohmann_json re2::re2)
endif()
