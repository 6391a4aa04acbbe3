# Copyright 2026 The Pawl Authors.
# SPDX-License-Identifier: Apache-2.0
#
# cmake -DROOT=<source tree> -P includes.cmake
#
# The rule of the rooms: includes run examples -> capi -> lib -> kernels -> include/pawl. For each folder, the project's
# folders and the third parties that its files may include; standard and system headers are free everywhere.

set(system_header "^([a-z0-9_]+(\\.h)?|(sys|linux|asm|arpa|netinet)/.*)$")
set(intrinsics "^(imm|xmm|emm|pmm|tmm|smm|nmm|avx[0-9a-z_]*|arm_[a-z0-9]+|x86)intrin\\.h$")
set(third_party "absl|flatbuffers|nlohmann|re2|protozero|dlpack|hwy")

set(folders include/pawl kernels lib capi bench examples)
set(allowed_include/pawl "^(pawl|absl)/")
set(allowed_kernels "^(pawl|absl|kernels|hwy)/")
set(allowed_lib "^(pawl|kernels|lib|${third_party})/|^xxhash\\.h$")
set(allowed_capi "^(pawl|lib|capi|absl|dlpack)/|^pawl\\.h$")
# Kernels are timed one by one, as tests try them one by one; oneapi is oneDNN, which bench/peers times beside Pawl.
set(allowed_bench "^(pawl|bench|absl|benchmark|kernels|oneapi)/")
set(allowed_examples "^(pawl|absl|examples|CLI|nlohmann|re2|dlpack)/|^pawl\\.h$")

set(faults "")
set(seen 0)
foreach(folder IN LISTS folders)
  file(GLOB_RECURSE files RELATIVE "${ROOT}" "${ROOT}/${folder}/*.h" "${ROOT}/${folder}/*.cc" "${ROOT}/${folder}/*.c")
  foreach(file IN LISTS files)
    file(STRINGS "${ROOT}/${file}" lines REGEX "^[ \t]*#[ \t]*include[ \t]*[\"<]")
    foreach(line IN LISTS lines)
      string(REGEX REPLACE "^[^\"<]*[\"<]([^\">]*)[\">].*$" "\\1" header "${line}")
      math(EXPR seen "${seen} + 1")
      if(NOT header MATCHES "${allowed_${folder}}" AND NOT header MATCHES "${intrinsics}"
         AND (NOT header MATCHES "${system_header}" OR header MATCHES "^xxhash\\.h$"))
        string(APPEND faults "\n  ${file} includes ${header}")
      endif()
    endforeach()
  endforeach()
endforeach()

if(seen LESS 100)
  message(FATAL_ERROR "only ${seen} includes were found under ${ROOT}: is that the source tree?")
endif()
if(faults)
  message(FATAL_ERROR "Includes run examples -> capi -> lib -> kernels -> include/pawl; these do not:${faults}\n"
                      "Move the code to the room that may include it, or hand the value in from the caller.")
endif()
message(STATUS "${seen} includes keep to the rule")
