# Copyright 2026 The Pawl Authors.
# SPDX-License-Identifier: Apache-2.0
#
# cmake -DNM=<nm> -DSHARED=<libpawl.so> -DOTHER=<libpawl.so of the other profile> -P same_entries.cmake
#
# Both profiles export the same, so that hosts and bindings link against either.

foreach(library IN ITEMS SHARED OTHER)
  execute_process(COMMAND "${NM}" --dynamic --defined-only --format=posix "${${library}}" OUTPUT_VARIABLE text
                  COMMAND_ERROR_IS_FATAL ANY)
  string(REGEX MATCHALL "pawl_[a-z0-9_]+" names "${text}") # with its version, if it has one, comes the node's in capitals
  list(SORT names)
  set(${library}_names ${names})
endforeach()
list(LENGTH SHARED_names count)
if(count LESS 10)
  message(FATAL_ERROR "${SHARED} exports only ${count} functions")
endif()
if(NOT SHARED_names STREQUAL OTHER_names)
  set(missing ${SHARED_names})
  list(REMOVE_ITEM missing ${OTHER_names})
  set(more ${OTHER_names})
  list(REMOVE_ITEM more ${SHARED_names})
  message(FATAL_ERROR "${OTHER} lacks '${missing}' and has '${more}' that ${SHARED} has not")
endif()
message(STATUS "both export the same ${count} functions")
