# Copyright 2026 The Pawl Authors.
# SPDX-License-Identifier: Apache-2.0
#
# pawl_settings: how all Pawl code is compiled. Linked PRIVATE, never exported: a host's own code is not touched.

add_library(pawl_settings INTERFACE)
target_compile_features(pawl_settings INTERFACE cxx_std_20 c_std_99)
target_include_directories(pawl_settings INTERFACE "${PROJECT_SOURCE_DIR}/include" "${PROJECT_SOURCE_DIR}")
target_include_directories(pawl_settings SYSTEM INTERFACE "${PAWL_XXHASH_INCLUDE_DIR}" "${PAWL_DLPACK_INCLUDE_DIR}")
target_compile_definitions(
  pawl_settings
  INTERFACE
    XXH_INLINE_ALL # xxHash is used by its header only: nothing to link, nothing exported
    HWY_WANT_AVX3_DL) # Highway compiles its VNNI level on request only
target_compile_options(
  pawl_settings
  INTERFACE
    -pthread # RE2 asks for it: everywhere, so that one precompiled header fits all
    -ffp-contract=off # the same bits on every target: a fused multiply-add only where it is written
    -fno-math-errno
    -Wall
    -Wextra
    $<$<BOOL:${PAWL_WERROR}>:-Werror>
    # From 13 on GCC finds these in copies of vectors that it inlined itself, and references dangle that do not (bug
    # 107532): warnings, never errors.
    $<$<AND:$<CXX_COMPILER_ID:GNU>,$<VERSION_GREATER_EQUAL:$<CXX_COMPILER_VERSION>,13>,$<BOOL:${PAWL_WERROR}>>:-Wno-error=array-bounds
    -Wno-error=stringop-overflow
    -Wno-error=stringop-overread
    -Wno-error=maybe-uninitialized
    -Wno-error=dangling-reference>
    # libstdc++ 12's stable_sort calls what it deprecates, and clang says so of whoever sorts.
    $<$<CXX_COMPILER_ID:Clang>:-Wno-deprecated-declarations>
    $<$<CXX_COMPILER_ID:GNU>:-Wno-psabi>) # vector arguments change the ABI with -m flags; those functions are inlined
target_link_libraries(pawl_settings INTERFACE Threads::Threads)

# Code that runs once for a file or a model; sanitizers add more than this saves.
set(PAWL_SIZE_OPTIONS $<$<CONFIG:Release>:-Os>)
if(PAWL_SANITIZE)
  set(PAWL_SIZE_OPTIONS "")
endif()

# Tests are code that runs once, most of it expanded from Catch2's macros: what they test keeps its own -O2. A third less
# to compile than at -O1, where GCC 12 also takes strings joined by + for copies out of bounds. An emulated CPU spends more
# on the tests' own loops than that saves.
set(PAWL_TEST_OPTIONS -O0)
if(CMAKE_CROSSCOMPILING)
  set(PAWL_TEST_OPTIONS $<$<CONFIG:Release>:-O1>)
endif()
if(CMAKE_CXX_COMPILER_ID STREQUAL GNU AND PAWL_WERROR)
  list(APPEND PAWL_TEST_OPTIONS -Wno-error=array-bounds -Wno-error=restrict -Wno-error=stringop-overflow)
endif()

if(PAWL_FUZZ)
  target_compile_definitions(pawl_settings INTERFACE PAWL_FEW_TARGETS)
endif()
if(PAWL_SANITIZE)
  target_compile_options(pawl_settings INTERFACE -fsanitize=${PAWL_SANITIZE} -fno-sanitize-recover=all
                                                 -fno-omit-frame-pointer)
  target_link_options(pawl_settings INTERFACE -fsanitize=${PAWL_SANITIZE})
  # What GCC defines, for tests that must know; clang 19 does not.
  foreach(sanitizer address thread)
    if(CMAKE_CXX_COMPILER_ID MATCHES Clang AND PAWL_SANITIZE MATCHES ${sanitizer})
      string(TOUPPER ${sanitizer} upper)
      target_compile_definitions(pawl_settings INTERFACE __SANITIZE_${upper}__=1)
    endif()
  endforeach()
endif()

set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_C_VISIBILITY_PRESET hidden)
set(CMAKE_CXX_VISIBILITY_PRESET hidden)
set(CMAKE_VISIBILITY_INLINES_HIDDEN ON)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_EXPORT_COMPILE_COMMANDS ${PROJECT_IS_TOP_LEVEL})
