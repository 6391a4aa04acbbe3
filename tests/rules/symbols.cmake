# Copyright 2026 The Pawl Authors.
# SPDX-License-Identifier: Apache-2.0
#
# cmake -DNM=<nm> -DSTATIC=<libpawl.a> [-DSHARED=<libpawl.so>] -P symbols.cmake
#
# No object of the library can end the host's process or print: none refers to abort, exit or stdio's streams (snprintf
# writes to memory and is none of those). The shared library exports the C ABI and nothing else.

set(forbidden
    "(abort|exit|_exit|_Exit|quick_exit|__assert_fail|__assert|v?f?printf|__v?f?printf_chk|f?puts|f?putc|putchar|perror"
    "|fopen(64)?|fdopen|freopen(64)?|fread|fwrite|fclose|fflush|std(in|out|err)|_ZSt4(cout|cerr|clog)"
    "|_ZN3hwy5Abort.*)")
string(JOIN "" forbidden ${forbidden})

execute_process(COMMAND "${NM}" --undefined-only "${STATIC}" OUTPUT_VARIABLE symbols ERROR_QUIET COMMAND_ERROR_IS_FATAL ANY)
string(REPLACE ";" "" symbols "${symbols}")
string(REPLACE "\n" ";" symbols "${symbols}")
set(object "")
set(objects 0)
set(faults "")
foreach(line IN LISTS symbols)
  if(line MATCHES "^(.*\\.o):$")
    set(object "${CMAKE_MATCH_1}")
    math(EXPR objects "${objects} + 1")
  elseif(line MATCHES "^ +U ${forbidden}(@.*)?$")
    string(APPEND faults "\n  ${object} refers to ${CMAKE_MATCH_1}")
  endif()
endforeach()
if(objects LESS 20)
  message(FATAL_ERROR "only ${objects} objects were found in ${STATIC}")
endif()
if(faults)
  message(FATAL_ERROR "A library must return its errors, not end or print:${faults}")
endif()
message(STATUS "${objects} objects refer to nothing that ends or prints")

if(SHARED)
  execute_process(COMMAND "${NM}" --dynamic --defined-only --format=posix "${SHARED}" OUTPUT_VARIABLE symbols
                  COMMAND_ERROR_IS_FATAL ANY)
  string(REPLACE "\n" ";" symbols "${symbols}")
  set(exported 0)
  foreach(line IN LISTS symbols)
    if(line MATCHES "^pawl_[a-z0-9_]+(@.*)? T ")
      math(EXPR exported "${exported} + 1")
    elseif(NOT line MATCHES "^PAWL_[0-9._]+(@.*)? A |^$") # the version node itself
      string(APPEND faults "\n  ${line}")
    endif()
  endforeach()
  if(faults)
    message(FATAL_ERROR "${SHARED} exports what is not in the C ABI:${faults}")
  endif()
  if(exported LESS 10)
    message(FATAL_ERROR "${SHARED} exports only ${exported} functions")
  endif()
  message(STATUS "${exported} functions are exported, all of them pawl_*")
endif()
