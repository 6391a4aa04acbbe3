# Copyright 2026 The Pawl Authors.
# SPDX-License-Identifier: Apache-2.0
#
# Rules of the tree that a compiler does not hold.

add_test(NAME rule_includes COMMAND "${CMAKE_COMMAND}" "-DROOT=${PROJECT_SOURCE_DIR}" -P
                                    "${CMAKE_CURRENT_SOURCE_DIR}/rules/includes.cmake")
set_tests_properties(rule_includes PROPERTIES LABELS rules)

# Sanitizers and Highway's debug checks put calls of their own into every object.
if(PAWL_PROFILE STREQUAL full AND NOT PAWL_SANITIZE AND CMAKE_BUILD_TYPE STREQUAL Release)
  set(shared "")
  if(TARGET pawl_c)
    set(shared "-DSHARED=$<TARGET_FILE:pawl_c>")
  endif()
  add_test(NAME rule_symbols COMMAND "${CMAKE_COMMAND}" "-DNM=${CMAKE_NM}" "-DSTATIC=$<TARGET_FILE:pawl>" ${shared} -P
                                     "${CMAKE_CURRENT_SOURCE_DIR}/rules/symbols.cmake")
  set_tests_properties(rule_symbols PROPERTIES LABELS rules)
endif()
