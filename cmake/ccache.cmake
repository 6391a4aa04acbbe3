# Copyright 2026 The Pawl Authors.
# SPDX-License-Identifier: Apache-2.0

# Only for our own build: a host that adds Pawl chooses its launcher itself.
if(PROJECT_IS_TOP_LEVEL AND NOT DEFINED CMAKE_CXX_COMPILER_LAUNCHER)
  find_program(PAWL_CCACHE ccache)
  mark_as_advanced(PAWL_CCACHE)
  if(PAWL_CCACHE)
    # Without this it caches nothing that has a precompiled header.
    set(launcher "${CMAKE_COMMAND}" -E env CCACHE_SLOPPINESS=pch_defines,time_macros "${PAWL_CCACHE}")
    set(CMAKE_C_COMPILER_LAUNCHER "${launcher}")
    set(CMAKE_CXX_COMPILER_LAUNCHER "${launcher}")
  endif()
endif()
