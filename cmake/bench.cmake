# Copyright 2026 The Pawl Authors.
# SPDX-License-Identifier: Apache-2.0
#
# One Google Benchmark executable for each source that bench/sources.cmake lists: bench/x.cc becomes bench/pawl_x.

include("${PROJECT_SOURCE_DIR}/bench/sources.cmake")
foreach(source IN LISTS PAWL_BENCH_SOURCES)
  cmake_path(GET source STEM stem)
  add_executable(pawl_${stem} "bench/${source}")
  set_target_properties(pawl_${stem} PROPERTIES RUNTIME_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}/bench")
  target_link_libraries(pawl_${stem} PRIVATE pawl_settings pawl::pawl ${PAWL_LINKED} benchmark::benchmark)
endforeach()
include("${PROJECT_SOURCE_DIR}/bench/peers/peers.cmake")
