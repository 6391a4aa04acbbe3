# Copyright 2026 The Pawl Authors.
# SPDX-License-Identifier: Apache-2.0
#
# libpawl.a (pawl::pawl), the C++ API, and libpawl.so (pawl::c), the C ABI, which exports nothing else.

add_library(pawl STATIC ${PAWL_ROOM_OBJECTS})
add_library(pawl::pawl ALIAS pawl)
set_target_properties(pawl PROPERTIES LINKER_LANGUAGE CXX EXPORT_NAME pawl)
target_compile_features(pawl INTERFACE cxx_std_20)
target_include_directories(pawl INTERFACE $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/include>
                                          $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
# Abseil is part of the API; the rest is only linked. Highway has another name where Pawl is installed (install.cmake).
set(pawl_linked ${PAWL_LINKED})
list(REMOVE_ITEM pawl_linked hwy::hwy)
target_link_libraries(
  pawl PUBLIC absl::span absl::status absl::statusor absl::strings
  PRIVATE ${pawl_linked} $<BUILD_INTERFACE:hwy::hwy> $<INSTALL_INTERFACE:pawl::hwy>)
if(PAWL_SANITIZE)
  target_link_options(pawl INTERFACE -fsanitize=${PAWL_SANITIZE})
endif()

include("${PROJECT_SOURCE_DIR}/capi/sources.cmake")
if(PAWL_BUILD_SHARED AND PAWL_CAPI_SOURCES)
  # What both profiles have in common is an object library: the test of the core profile's size links it again.
  foreach(list PAWL_CAPI_SOURCES PAWL_CAPI_PROFILE_SOURCES)
    list(TRANSFORM ${list} PREPEND "${PROJECT_SOURCE_DIR}/capi/")
  endforeach()
  pawl_objects(pawl_capi COLD SOURCES ${PAWL_CAPI_SOURCES} DEPENDS ${PAWL_LINKED})
  pawl_objects(pawl_capi_profile COLD SOURCES ${PAWL_CAPI_PROFILE_SOURCES} DEPENDS ${PAWL_LINKED})
  add_library(pawl_c SHARED $<TARGET_OBJECTS:pawl_capi> $<TARGET_OBJECTS:pawl_capi_profile>)
  set_target_properties(pawl_c PROPERTIES LINKER_LANGUAGE CXX)
  add_library(pawl::c ALIAS pawl_c)
  # The SONAME counts ABI breaks and is apart from the release's version.
  set_target_properties(pawl_c PROPERTIES OUTPUT_NAME pawl EXPORT_NAME c VERSION 0.${PROJECT_VERSION} SOVERSION 0)
  target_include_directories(pawl_c INTERFACE $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/capi>
                                              $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
  target_link_libraries(pawl_c PRIVATE pawl_settings pawl ${PAWL_LINKED})
  target_link_options(pawl_c PRIVATE -Wl,--exclude-libs,ALL -Wl,--gc-sections)
  if(NOT PAWL_SANITIZE)
    target_link_options(pawl_c PRIVATE -Wl,--no-undefined)
  endif()
  set(map "${PROJECT_SOURCE_DIR}/capi/pawl.map")
  if(EXISTS "${map}")
    target_link_options(pawl_c PRIVATE -Wl,--version-script=${map})
    set_property(TARGET pawl_c APPEND PROPERTY LINK_DEPENDS "${map}")
  endif()
endif()
