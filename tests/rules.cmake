# Copyright 2026 The Pawl Authors.
# SPDX-License-Identifier: Apache-2.0
#
# Rules of the tree that a compiler does not hold.

add_test(NAME rule_includes COMMAND "${CMAKE_COMMAND}" "-DROOT=${PROJECT_SOURCE_DIR}" -P
                                    "${CMAKE_CURRENT_SOURCE_DIR}/rules/includes.cmake")
set_tests_properties(rule_includes PROPERTIES LABELS rules)

# What flatc made of the schema of .pawl files is in the tree; only this needs the program.
find_program(PAWL_FLATC flatc)
mark_as_advanced(PAWL_FLATC)
if(PAWL_FLATC)
  add_test(NAME rule_schema COMMAND "${CMAKE_COMMAND}" "-DFLATC=${PAWL_FLATC}" "-DWORK=${CMAKE_CURRENT_BINARY_DIR}" -P
                                    "${PROJECT_SOURCE_DIR}/cmake/schema.cmake")
  set_tests_properties(rule_schema PROPERTIES LABELS rules SKIP_REGULAR_EXPRESSION "^skipped: ")
else()
  message(STATUS "flatc was not found: the code in the tree is not compared with what it makes of the schema")
endif()

# In both profiles (the arm64 preset is core). Sanitizers and Highway's debug checks put calls of their own into every object.
if(NOT PAWL_SANITIZE AND CMAKE_BUILD_TYPE STREQUAL Release)
  set(shared "")
  if(TARGET pawl_c)
    set(shared "-DSHARED=$<TARGET_FILE:pawl_c>")
  endif()
  add_test(NAME rule_symbols COMMAND "${CMAKE_COMMAND}" "-DNM=${CMAKE_NM}" "-DSTATIC=$<TARGET_FILE:pawl>" ${shared} -P
                                     "${CMAKE_CURRENT_SOURCE_DIR}/rules/symbols.cmake")
  set_tests_properties(rule_symbols PROPERTIES LABELS rules)
endif()

# Sizes. The core profile's library is linked from this build's objects: no source looks at the profile, so that only
# what says that it lacks an entry is compiled, and the linker takes from the archive what the core's build has.
if(TARGET pawl_c AND PAWL_PROFILE STREQUAL full AND NOT PAWL_SANITIZE AND CMAKE_BUILD_TYPE STREQUAL Release
   AND NOT CMAKE_CROSSCOMPILING)
  function(pawl_core_probe)
    set(PAWL_PROFILE core)
    include("${PROJECT_SOURCE_DIR}/capi/sources.cmake")
    list(TRANSFORM PAWL_CAPI_PROFILE_SOURCES PREPEND "${PROJECT_SOURCE_DIR}/capi/")
    pawl_objects(pawl_capi_core_profile COLD SOURCES ${PAWL_CAPI_PROFILE_SOURCES} DEPENDS ${PAWL_LINKED})
    add_library(pawl_core_probe SHARED $<TARGET_OBJECTS:pawl_capi> $<TARGET_OBJECTS:pawl_capi_core_profile>)
    set_target_properties(pawl_core_probe PROPERTIES LINKER_LANGUAGE CXX)
    target_link_libraries(pawl_core_probe PRIVATE pawl_settings pawl ${PAWL_LINKED})
    get_target_property(options pawl_c LINK_OPTIONS)
    target_link_options(pawl_core_probe PRIVATE ${options})
  endfunction()
  pawl_core_probe()
  # It has the entries of the full one, and passes the tests of what it has of them.
  add_test(NAME rule_core_entries COMMAND "${CMAKE_COMMAND}" "-DNM=${CMAKE_NM}" "-DSHARED=$<TARGET_FILE:pawl_c>"
                                          "-DOTHER=$<TARGET_FILE:pawl_core_probe>" -P
                                          "${CMAKE_CURRENT_SOURCE_DIR}/rules/same_entries.cmake")
  set_tests_properties(rule_core_entries PROPERTIES LABELS rules)
  add_executable(capi_core_test $<TARGET_OBJECTS:capi_test>)
  target_link_libraries(capi_core_test PRIVATE pawl_settings pawl_core_probe Catch2::Catch2WithMain)
  add_test(NAME capi_core_test COMMAND capi_core_test WORKING_DIRECTORY "${CMAKE_CURRENT_SOURCE_DIR}")
  set_tests_properties(capi_core_test PROPERTIES LABELS capi TIMEOUT 600)
  foreach(case pawl_c:6000000 pawl_core_probe:1500000)
    string(REPLACE ":" ";" case "${case}")
    list(GET case 0 target)
    list(GET case 1 limit)
    add_test(NAME rule_size_${target}
             COMMAND "${CMAKE_COMMAND}" "-DSTRIP=${CMAKE_STRIP}" "-DLIBRARY=$<TARGET_FILE:${target}>" -DLIMIT=${limit}
                     "-DWORK=${CMAKE_CURRENT_BINARY_DIR}" -P "${CMAKE_CURRENT_SOURCE_DIR}/rules/size.cmake")
    set_tests_properties(rule_size_${target} PROPERTIES LABELS rules)
  endforeach()
endif()
