# Copyright 2026 The Pawl Authors.
# SPDX-License-Identifier: Apache-2.0
#
# The packages of other languages in examples/, each tested as its users have it: against an installed Pawl.

option(PAWL_REQUIRE_HOSTS "A host's test fails instead of being skipped where its toolchain is missing" OFF)

find_program(PAWL_PYTHON3 NAMES python3)
mark_as_advanced(PAWL_PYTHON3)
if(PAWL_PYTHON3)
  add_test(NAME host_bindings COMMAND "${PAWL_PYTHON3}" -B "${CMAKE_CURRENT_SOURCE_DIR}/hosts/bindings.py" "${PROJECT_SOURCE_DIR}")
  set_tests_properties(host_bindings PROPERTIES LABELS hosts)
elseif(PAWL_REQUIRE_HOSTS)
  message(FATAL_ERROR "python3 was not found; sh cmake/bootstrap.sh installs it")
endif()

if(NOT TARGET pawl_c OR NOT PAWL_PROFILE STREQUAL full OR NOT TEST consumer_install)
  return()
endif()

# tests/hosts/NAME.sh with the source tree, the library's folder and one to work in; 77 is a test that was skipped.
function(pawl_host_test name)
  add_test(NAME host_${name}
           COMMAND sh "${CMAKE_CURRENT_SOURCE_DIR}/hosts/${name}.sh" "${PROJECT_SOURCE_DIR}"
                   "${prefix}/${CMAKE_INSTALL_LIBDIR}" "${PROJECT_BINARY_DIR}/hosts/${name}" ${ARGN})
  set_tests_properties(
    host_${name}
    PROPERTIES LABELS hosts FIXTURES_REQUIRED pawl_installed SKIP_RETURN_CODE 77 TIMEOUT 1200 ENVIRONMENT
               "PAWL_REQUIRE_HOSTS=${PAWL_REQUIRE_HOSTS}")
endfunction()

pawl_host_test(rust)
pawl_host_test(go)
pawl_host_test(python)
pawl_host_test(cpp "${CMAKE_COMMAND}" "${CMAKE_CXX_COMPILER}")
pawl_host_test(deb "${PROJECT_BINARY_DIR}" "${CMAKE_COMMAND}" "${CMAKE_CPACK_COMMAND}")
