# Copyright 2026 The Pawl Authors.
# SPDX-License-Identifier: Apache-2.0
#
# Every dependency: an installed one first (the system's, the host's CMAKE_PREFIX_PATH, or what cmake/bootstrap.sh built
# into its cache), else a source build pinned by commit. A fetched dependency keeps its own target names, so what
# follows does not care which way it came.

include(FetchContent)

# The cache of cmake/bootstrap.sh; its key is written down there.
function(pawl_find_cache out peers_python)
  set(root "$ENV{PAWL_CACHE}")
  if(NOT root)
    set(root "$ENV{XDG_CACHE_HOME}")
    if(NOT root)
      set(root "$ENV{HOME}/.cache")
    endif()
    string(APPEND root "/pawl")
  endif()
  cmake_host_system_information(RESULT system QUERY DISTRIB_VERSION_ID)
  if(CMAKE_CROSSCOMPILING)
    set(compiler "${CMAKE_SYSTEM_PROCESSOR}-linux-gnu-g++")
  else()
    set(compiler "g++")
  endif()
  file(GLOB found LIST_DIRECTORIES true "${root}/deps-${system}-${compiler}-*")
  set(${out} "${found}" PARENT_SCOPE)
  set(${peers_python} "${root}/peers-${system}/bin/python" PARENT_SCOPE)
endfunction()

pawl_find_cache(pawl_cache PAWL_PEERS_PYTHON)
list(APPEND CMAKE_PREFIX_PATH ${pawl_cache})
list(APPEND CMAKE_FIND_ROOT_PATH ${pawl_cache})

set(PAWL_FETCHED "")

# A macro: find_package must set its variables in our scope.
macro(pawl_dependency name target version url commit)
  if(NOT TARGET ${target})
    find_package(${name} ${version} CONFIG QUIET ${ARGN})
  endif()
  if(NOT TARGET ${target})
    if(NOT PAWL_FETCH_DEPENDENCIES)
      message(FATAL_ERROR "${name} ${version} was not found. On Debian 12 or 13 run `sh cmake/bootstrap.sh`; elsewhere "
                          "install it, name its place in CMAKE_PREFIX_PATH, or set PAWL_FETCH_DEPENDENCIES=ON.")
    endif()
    message(STATUS "${name}: not installed, taking ${url} at ${commit}")
    FetchContent_Declare(${name} GIT_REPOSITORY ${url} GIT_TAG ${commit} SYSTEM)
    FetchContent_MakeAvailable(${name})
    list(APPEND PAWL_FETCHED ${name})
    string(REGEX REPLACE "^.*::" "" plain ${target})
    if(NOT TARGET ${target} AND TARGET ${plain})
      add_library(${target} ALIAS ${plain}) # not every source build names its targets as its installed package does
    endif()
  endif()
endmacro()

function(pawl_fetch_headers name url commit out)
  if(NOT PAWL_FETCH_DEPENDENCIES)
    message(FATAL_ERROR "${name} was not found. On Debian 12 or 13 run `sh cmake/bootstrap.sh`; elsewhere install it or "
                        "set PAWL_FETCH_DEPENDENCIES=ON.")
  endif()
  message(STATUS "${name}: not installed, taking ${url} at ${commit}")
  # SOURCE_SUBDIR names no folder with a CMakeLists.txt: only the headers are used.
  FetchContent_Declare(${name} GIT_REPOSITORY ${url} GIT_TAG ${commit} SOURCE_SUBDIR headers-only)
  FetchContent_MakeAvailable(${name})
  FetchContent_GetProperties(${name} SOURCE_DIR source_dir)
  set(${out} "${source_dir}" PARENT_SCOPE)
endfunction()

# Options of the source builds; without effect on installed packages.
set(ABSL_PROPAGATE_CXX_STD ON)
set(ABSL_ENABLE_INSTALL ON) # RE2 always makes install rules, and they name Abseil
set(HWY_ENABLE_TESTS OFF)
set(HWY_ENABLE_EXAMPLES OFF)
set(HWY_ENABLE_CONTRIB OFF)
set(HWY_ENABLE_INSTALL OFF)
set(RE2_BUILD_TESTING OFF)
set(JSON_BuildTests OFF)
set(JSON_Install OFF)
set(BENCHMARK_ENABLE_TESTING OFF)
set(BENCHMARK_ENABLE_INSTALL OFF)
set(CMAKE_POLICY_DEFAULT_CMP0077 NEW) # the plain variables above override their option()s
set(CMAKE_POLICY_DEFAULT_CMP0126 NEW) # and their cache entries

pawl_dependency(absl absl::status "" https://github.com/abseil/abseil-cpp.git 4447c7562e3bc702ade25105912dce503f0c4010)
pawl_dependency(hwy hwy::hwy 1.2 https://github.com/google/highway.git 457c891775a7397bdb0376bb1031e6e027af1c48)

find_path(PAWL_XXHASH_INCLUDE_DIR xxhash.h)
if(NOT PAWL_XXHASH_INCLUDE_DIR)
  pawl_fetch_headers(xxhash https://github.com/Cyan4973/xxHash.git bbb27a5efb85b92a0486cf361a8635715a53f6ba xxhash_dir)
  set(PAWL_XXHASH_INCLUDE_DIR "${xxhash_dir}")
endif()
find_path(PAWL_DLPACK_INCLUDE_DIR dlpack/dlpack.h)
if(NOT PAWL_DLPACK_INCLUDE_DIR)
  pawl_fetch_headers(dlpack https://github.com/dmlc/dlpack.git bbd2f4d32427e548797929af08cfe2a9cbb3cf12 dlpack_dir)
  set(PAWL_DLPACK_INCLUDE_DIR "${dlpack_dir}/include")
endif()

# Of .pawl files' headers. FlatBuffers' own headers only: what flatc makes of the schema is in the tree (schema.cmake).
# Where the host has FlatBuffers as a target it is the host's, never two of them in a program.
add_library(pawl_flatbuffers INTERFACE)
if(TARGET flatbuffers::flatbuffers)
  set(PAWL_FLATBUFFERS_INCLUDE_DIR $<TARGET_PROPERTY:flatbuffers::flatbuffers,INTERFACE_INCLUDE_DIRECTORIES>)
else()
  find_path(PAWL_FLATBUFFERS_INCLUDE_DIR flatbuffers/flatbuffers.h)
  if(NOT PAWL_FLATBUFFERS_INCLUDE_DIR)
    pawl_fetch_headers(flatbuffers https://github.com/google/flatbuffers.git 595bf0007ab1929570c7671f091313c8fc20644e
                       flatbuffers_dir)
    set(PAWL_FLATBUFFERS_INCLUDE_DIR "${flatbuffers_dir}/include")
  endif()
endif()
target_include_directories(pawl_flatbuffers SYSTEM INTERFACE "${PAWL_FLATBUFFERS_INCLUDE_DIR}")

if(PAWL_PROFILE STREQUAL full)
  pawl_dependency(nlohmann_json nlohmann_json::nlohmann_json 3.11 https://github.com/nlohmann/json.git
                  9cca280a4d0ccf0c08f47a99aa71d1b0e52f8d03)
  if("absl" IN_LIST PAWL_FETCHED)
    set(CMAKE_DISABLE_FIND_PACKAGE_re2 ON) # newer RE2 installs use the system's Abseil: never two of them in a program
  else()
    find_package(PawlRe2 QUIET) # older RE2 installs have a pkg-config file only
  endif()
  pawl_dependency(re2 re2::re2 "" https://github.com/google/re2.git 6dcd83d60f7944926bfd308cc13979fc53dd69ca)
  # ONNX on the wire, headers only; 1.7 is Debian 12's.
  find_path(PAWL_PROTOZERO_INCLUDE_DIR protozero/pbf_reader.hpp)
  if(NOT PAWL_PROTOZERO_INCLUDE_DIR)
    pawl_fetch_headers(protozero https://github.com/mapbox/protozero.git f379578a3f7c8162aac0ac31c2696de09a5b5f93
                       protozero_dir)
    set(PAWL_PROTOZERO_INCLUDE_DIR "${protozero_dir}/include")
  endif()
  add_library(pawl_protozero INTERFACE)
  target_include_directories(pawl_protozero SYSTEM INTERFACE "${PAWL_PROTOZERO_INCLUDE_DIR}")
  # Its assertions see what a hostile file says, and nothing of Pawl may end the process, in no build. Without them a
  # field of the wrong type is read as what it is not, within the message's bounds, which are always checked.
  target_compile_options(pawl_protozero INTERFACE "-Dprotozero_assert(x)=static_cast<void>(0)")
  # Deflated members of npz files.
  find_package(ZLIB QUIET)
  if(NOT TARGET ZLIB::ZLIB)
    set(ZLIB_BUILD_EXAMPLES OFF)
    pawl_dependency(zlib ZLIB::ZLIB "" https://github.com/madler/zlib.git 51b7f2abdade71cd9bb0e7a373ef2610ec6f9daf)
    if(NOT TARGET ZLIB::ZLIB)
      add_library(pawl_zlib INTERFACE)
      target_link_libraries(pawl_zlib INTERFACE zlibstatic)
      target_include_directories(pawl_zlib SYSTEM INTERFACE "${zlib_SOURCE_DIR}" "${zlib_BINARY_DIR}")
      add_library(ZLIB::ZLIB ALIAS pawl_zlib)
    endif()
  endif()
  if(PAWL_BUILD_TOOLS)
    pawl_dependency(CLI11 CLI11::CLI11 2.1 https://github.com/CLIUtils/CLI11.git
                    6c7b07a878ad834957b98d0f9ce1dbe0cb204fc9)
  endif()
endif()

if(PAWL_BUILD_TESTS)
  pawl_dependency(Catch2 Catch2::Catch2WithMain 3 https://github.com/catchorg/Catch2.git
                  fa43b77429ba76c462b1898d6cd2f2d7a9416b14)
  find_path(PAWL_EIGEN_INCLUDE_DIR Eigen/Core PATH_SUFFIXES eigen3)
endif()
if(PAWL_BUILD_BENCH)
  pawl_dependency(benchmark benchmark::benchmark "" https://github.com/google/benchmark.git
                  12235e24652fc7f809373e7c11a5f73c5763fc4c)
endif()
mark_as_advanced(PAWL_XXHASH_INCLUDE_DIR PAWL_DLPACK_INCLUDE_DIR PAWL_EIGEN_INCLUDE_DIR PAWL_FLATBUFFERS_INCLUDE_DIR
                 PAWL_PROTOZERO_INCLUDE_DIR)
find_package(Threads REQUIRED)
