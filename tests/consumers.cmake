# Copyright 2026 The Pawl Authors.
# SPDX-License-Identifier: Apache-2.0
#
# Every way of using Pawl, tried as a host would: the projects of examples/consumers, built and run against an install
# of this build or against the sources.

if(NOT PAWL_INSTALL OR NOT pawl_static_installed OR CMAKE_CROSSCOMPILING OR PAWL_SANITIZE)
  return()
endif()

set(consumers "${PROJECT_SOURCE_DIR}/examples/consumers")
set(work "${PROJECT_BINARY_DIR}/consumers")
set(prefix "${work}/prefix")

add_test(NAME consumer_install COMMAND "${CMAKE_COMMAND}" --install "${PROJECT_BINARY_DIR}" --prefix "${prefix}")
set_tests_properties(consumer_install PROPERTIES LABELS consumers FIXTURES_SETUP pawl_installed)

set(folders "${PROJECT_BINARY_DIR}" ${pawl_cache})
add_test(NAME consumer_paths
         COMMAND "${CMAKE_COMMAND}" "-DPREFIX=${prefix}" "-DFOLDERS=${folders}" -P
                 "${CMAKE_CURRENT_SOURCE_DIR}/rules/installed_paths.cmake")
set_tests_properties(consumer_paths PROPERTIES LABELS consumers FIXTURES_REQUIRED pawl_installed)

# A project with a CMakeLists.txt: configured, built, and what it makes is run. Each of SETTINGS is NAME=value.
function(pawl_consumer name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "INSTALLED" "" "SETTINGS")
  set(settings CMAKE_C_COMPILER CMAKE_CXX_COMPILER)
  if(arg_INSTALLED)
    list(APPEND settings CMAKE_BUILD_TYPE)
    list(APPEND arg_SETTINGS "CMAKE_PREFIX_PATH=${prefix}")
  else()
    # All of the library again, for what a host's project does with it, not for its speed: no optimization, no debug
    # information, and kernels for the oldest CPU and a middling one, in a third of the time.
    list(APPEND settings PAWL_WERROR CMAKE_C_COMPILER_LAUNCHER CMAKE_CXX_COMPILER_LAUNCHER)
    list(APPEND arg_SETTINGS CMAKE_BUILD_TYPE=Debug CMAKE_C_FLAGS_DEBUG= CMAKE_CXX_FLAGS_DEBUG=
         "PAWL_DISABLED_TARGETS=HWY_SSSE3\\;HWY_SSE4\\;HWY_AVX3\\;HWY_AVX3_DL\\;HWY_AVX3_ZEN4\\;HWY_AVX3_SPR")
  endif()
  set(options "")
  foreach(setting IN LISTS settings)
    string(APPEND options "set(${setting} [[${${setting}}]] CACHE STRING \"\")\n")
  endforeach()
  foreach(setting IN LISTS arg_SETTINGS)
    string(REGEX REPLACE "^([^=]*)=(.*)$" "set(\\1 [[\\2]] CACHE STRING \"\")\n" setting "${setting}")
    string(APPEND options "${setting}")
  endforeach()
  file(WRITE "${work}/${name}.cmake" "${options}")

  add_test(NAME consumer_${name}
           COMMAND "${CMAKE_COMMAND}" "-DPROJECT=${consumers}/${name}" "-DBUILD=${work}/${name}"
                   "-DGENERATOR=${CMAKE_GENERATOR}" "-DOPTIONS=${work}/${name}.cmake" -P
                   "${CMAKE_CURRENT_SOURCE_DIR}/consumer_test.cmake")
  set_tests_properties(consumer_${name} PROPERTIES LABELS consumers TIMEOUT 1200 RESOURCE_LOCK consumers)
  if(arg_INSTALLED)
    set_property(TEST consumer_${name} PROPERTY FIXTURES_REQUIRED pawl_installed)
  endif()
endfunction()

pawl_consumer(find_package INSTALLED)
pawl_consumer(add_subdirectory SETTINGS "PAWL_PRECOMPILE=${PAWL_PRECOMPILE}") # all of it again: sooner so

# The core profile, where nothing can be fetched and what it does without is not there: packages are not found, an
# include of one of their headers is an error, and flatc fails.
set(absent "${work}/absent")
foreach(header IN ITEMS CLI/CLI.hpp nlohmann/json.hpp protozero/pbf_reader.hpp protozero/pbf_writer.hpp re2/re2.h zlib.h)
  file(WRITE "${absent}/${header}" "#error the core profile does without ${header}\n")
endforeach()
file(WRITE "${absent}/flatc" "#!/bin/sh\necho 'the core profile does without flatc' >&2\nexit 1\n")
file(CHMOD "${absent}/flatc" PERMISSIONS OWNER_READ OWNER_WRITE OWNER_EXECUTE)
set(settings "FETCHCONTENT_SOURCE_DIR_PAWL=${PROJECT_SOURCE_DIR}" PAWL_FETCH_DEPENDENCIES=OFF
             "CMAKE_CXX_FLAGS=-I${absent}")
foreach(package IN ITEMS CLI11 flatbuffers FlatBuffers nlohmann_json PawlRe2 re2 ZLIB)
  list(APPEND settings CMAKE_DISABLE_FIND_PACKAGE_${package}=ON)
endforeach()
pawl_consumer(fetchcontent SETTINGS ${settings})
set_property(TEST consumer_fetchcontent PROPERTY ENVIRONMENT_MODIFICATION "PATH=path_list_prepend:${absent}")
if(TARGET pawl_c)
  pawl_consumer(find_package_c INSTALLED)
endif()

find_program(PAWL_MAKE make)
find_program(PAWL_PKG_CONFIG pkg-config)
mark_as_advanced(PAWL_MAKE PAWL_PKG_CONFIG)
if(PAWL_MAKE AND PAWL_PKG_CONFIG)
  set(goals run)
  if(TARGET pawl_c)
    list(APPEND goals run_c)
  endif()
  add_test(NAME consumer_pkgconfig
           COMMAND "${PAWL_MAKE}" --always-make -C "${consumers}/pkgconfig" "OUT=${work}/pkgconfig"
                   "CXX=${CMAKE_CXX_COMPILER}" "CC=${CMAKE_C_COMPILER}" ${goals})
  set_tests_properties(
    consumer_pkgconfig
    PROPERTIES LABELS consumers FIXTURES_REQUIRED pawl_installed ENVIRONMENT
               "PKG_CONFIG_PATH=${prefix}/${CMAKE_INSTALL_LIBDIR}/pkgconfig")
endif()
