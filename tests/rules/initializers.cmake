# Copyright 2026 The Pawl Authors.
# SPDX-License-Identifier: Apache-2.0
#
# cmake -DOBJDUMP=<objdump> -DNM=<nm> -DSTATIC=<libpawl.a> [-DSHIM=<object>,<object>...] -P initializers.cmake
#
# No object of Pawl's own runs code when the library is loaded: none fills .init_array or .ctors. One thing is let through:
# Abseil's older headers include <iostream>, and libstdc++ before 13 then makes every object call std::ios_base::Init,
# which only counts. The objects of the C ABI, which are in no archive, also refer to nothing that ends the process or
# prints.

string(REPLACE "," ";" shim "${SHIM}")
execute_process(COMMAND "${OBJDUMP}" -r -j .text.startup -j .init_array -j .ctors "${STATIC}" ${shim}
                OUTPUT_VARIABLE text ERROR_QUIET)
string(REPLACE ";" "" text "${text}")
string(REPLACE "\n" ";" lines "${text}")

set(iostream "_ZNSt8ios_base4InitC1Ev _ZNSt8ios_base4InitD1Ev __cxa_atexit __dso_handle") # sorted
set(faults "")
macro(finish_object)
  list(REMOVE_DUPLICATES calls) # arm64 takes an address in two steps
  list(SORT calls)
  list(JOIN calls " " calls)
  if(entries GREATER 0 AND NOT (entries EQUAL 1 AND calls STREQUAL iostream AND places LESS 3))
    string(APPEND faults "\n  ${object}: ${entries} initializers, of: ${calls}")
  endif()
  set(calls "")
  set(entries 0)
  set(places 0)
endmacro()

set(object "")
set(objects 0)
set(calls "")
set(entries 0)
set(places 0)
set(section "")
foreach(line IN LISTS lines)
  if(line MATCHES "^(.*\\.o):  +file format")
    set(next "${CMAKE_MATCH_1}")
    finish_object()
    set(object "${next}")
    math(EXPR objects "${objects} + 1")
  elseif(line MATCHES "^RELOCATION RECORDS FOR \\[(.*)\\]:")
    set(section "${CMAKE_MATCH_1}")
  elseif(line MATCHES "^[0-9a-f]+ +R_[^ ]+ +([^ ]+)")
    string(REGEX REPLACE "[-+]0x[0-9a-f]+$" "" symbol "${CMAKE_MATCH_1}")
    if(NOT section MATCHES "^\\.text")
      math(EXPR entries "${entries} + 1")
    elseif(symbol MATCHES "^(\\.bss.*|_ZStL8__ioinit)$") # where the counter is
      math(EXPR places "${places} + 1")
    else()
      list(APPEND calls "${symbol}")
    endif()
  endif()
endforeach()
finish_object()

list(LENGTH shim shim_count)
math(EXPR least "20 + ${shim_count}")
if(objects LESS least)
  message(FATAL_ERROR "only ${objects} objects were found in ${STATIC} and the C ABI")
endif()
if(faults)
  message(FATAL_ERROR "Make these constants constexpr, or a function's own; nothing may run at load:${faults}")
endif()

if(shim)
  execute_process(COMMAND "${NM}" --undefined-only --format=posix ${shim} OUTPUT_VARIABLE text COMMAND_ERROR_IS_FATAL ANY)
  string(REGEX MATCHALL
         "\n(abort|_?exit|_Exit|quick_exit|__assert_fail|v?f?printf|__v?f?printf_chk|f?puts|f?putc|putchar|perror|fopen(64)?|fwrite|fread|fclose|fflush|std(in|out|err)|_ZSt4(cout|cerr|clog)) U"
         found "${text}")
  if(found)
    message(FATAL_ERROR "The C ABI must return its errors, not end or print:${found}")
  endif()
endif()
message(STATUS "${objects} objects, ${shim_count} of them the C ABI's, run nothing at load")
