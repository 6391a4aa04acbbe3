# Copyright 2026 The Pawl Authors.
# SPDX-License-Identifier: Apache-2.0
#
# cmake -DPREFIX=<installed tree> -DFOLDERS=<list> -P installed_paths.cmake
#
# What is installed names no folder of the build, nor the cache that dependencies were built into: both may be gone.

file(GLOB_RECURSE files "${PREFIX}/*.pc" "${PREFIX}/*.cmake")
list(LENGTH files count)
if(count LESS 4)
  message(FATAL_ERROR "only ${count} package files are under ${PREFIX}: is Pawl installed there?")
endif()
set(faults "")
foreach(file IN LISTS files)
  file(READ "${file}" text)
  foreach(folder IN LISTS FOLDERS)
    string(FIND "${text}" "${folder}" at)
    if(at GREATER_EQUAL 0)
      string(APPEND faults "\n  ${file} names ${folder}")
    endif()
  endforeach()
endforeach()
if(faults)
  message(FATAL_ERROR "These paths will not be on a host's machine:${faults}")
endif()
message(STATUS "${count} package files name no folder of this build")
