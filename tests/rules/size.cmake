# Copyright 2026 The Pawl Authors.
# SPDX-License-Identifier: Apache-2.0
#
# cmake -DSTRIP=<strip> -DLIBRARY=<libpawl.so> -DLIMIT=<bytes> -DWORK=<folder> -P size.cmake
#
# The shared library, stripped, stays below a limit: 1.5 MB in the core profile, 6 MB in full.

file(MAKE_DIRECTORY "${WORK}")
get_filename_component(name "${LIBRARY}" NAME)
set(stripped "${WORK}/${name}.stripped")
execute_process(COMMAND "${STRIP}" -o "${stripped}" "${LIBRARY}" COMMAND_ERROR_IS_FATAL ANY)
file(SIZE "${stripped}" size)
file(REMOVE "${stripped}")
message(STATUS "${name}: ${size} bytes stripped, limit ${LIMIT}")
if(size LESS 100000 OR NOT size LESS LIMIT)
  message(FATAL_ERROR "${LIBRARY} has ${size} bytes stripped; it must stay below ${LIMIT}. `nm --size-sort -S` tells "
                      "what is large; what the core profile does not need belongs into the full one alone.")
endif()
