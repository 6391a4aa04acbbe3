# Copyright 2026 The Pawl Authors.
# SPDX-License-Identifier: Apache-2.0
#
# The installed packages: the C++ API (libpawl.a, find_package's pawl::pawl, pawl.pc) and the C ABI (libpawl.so, pawl::c,
# pawl-c.pc). They are apart: who uses the C ABI needs none of the C++ API's dependencies. Components: runtime, the shared
# library; dev, what the C ABI is compiled with; cxx, the C++ API; tool, the command.

include(CMakePackageConfigHelpers)
set(pawl_config_dir "${CMAKE_INSTALL_LIBDIR}/cmake/Pawl")
set(pawl_work_dir "${PROJECT_BINARY_DIR}/package")

# A static library installed without the sources it was fetched with could not be linked.
set(pawl_static_installed ON)
foreach(linked absl hwy re2 zlib)
  if(linked IN_LIST PAWL_FETCHED)
    message(STATUS "libpawl.a will not be installed: ${linked} came from source and not from an installed package")
    set(pawl_static_installed OFF)
  endif()
endforeach()

# As `-I${prefix}/...`, so that an installed tree may be moved.
function(pawl_under_prefix out directory)
  if(IS_ABSOLUTE "${directory}")
    set(${out} "${directory}" PARENT_SCOPE)
  else()
    set(${out} "\${prefix}/${directory}" PARENT_SCOPE)
  endif()
endfunction()
if(IS_ABSOLUTE "${CMAKE_INSTALL_LIBDIR}")
  set(pawl_pc_prefix "${CMAKE_INSTALL_PREFIX}")
else()
  file(RELATIVE_PATH pawl_pc_prefix "/${CMAKE_INSTALL_LIBDIR}/pkgconfig" "/") # one step more where libdir is lib/<triplet>
  string(REGEX REPLACE "/$" "" pawl_pc_prefix "\${pcfiledir}/${pawl_pc_prefix}")
endif()
pawl_under_prefix(pawl_pc_libdir "${CMAKE_INSTALL_LIBDIR}")
pawl_under_prefix(pawl_pc_includedir "${CMAKE_INSTALL_INCLUDEDIR}")

if(pawl_static_installed)
  install(TARGETS pawl EXPORT PawlTargets ARCHIVE DESTINATION "${CMAKE_INSTALL_LIBDIR}" COMPONENT cxx)
  install(EXPORT PawlTargets NAMESPACE pawl:: DESTINATION "${pawl_config_dir}" COMPONENT cxx)
  install(DIRECTORY include/pawl DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}" COMPONENT cxx FILES_MATCHING
          PATTERN "*.h")
  # Highway has a package of its own only where it is installed for the system. What bootstrap.sh built is in its cache,
  # which a host need not have and nobody need keep: that goes beside libpawl.a, under a name that no other has.
  get_target_property(pawl_hwy_type hwy::hwy TYPE)
  if(pawl_hwy_type STREQUAL STATIC_LIBRARY)
    install(FILES "$<TARGET_FILE:hwy::hwy>" DESTINATION "${CMAKE_INSTALL_LIBDIR}" RENAME libpawl_hwy.a COMPONENT cxx)
    set(pawl_hwy_word "set(_pawl_hwy_beside TRUE)")
  else()
    set(pawl_hwy_word "set(_pawl_hwy_beside FALSE)\nset(_pawl_hwy_dir \"${hwy_DIR}\")")
  endif()
  file(WRITE "${pawl_work_dir}/PawlHighway.cmake" "${pawl_hwy_word}\n")
  install(FILES cmake/FindPawlRe2.cmake "${pawl_work_dir}/PawlHighway.cmake" DESTINATION "${pawl_config_dir}"
          COMPONENT cxx)

  set(pawl_pc_requires absl_status absl_statusor absl_span absl_strings absl_str_format absl_flat_hash_map
                       absl_inlined_vector)
  set(pawl_pc_libs "")
  if(pawl_hwy_type STREQUAL STATIC_LIBRARY)
    set(pawl_pc_libs "-l:libpawl_hwy.a")
  else()
    list(APPEND pawl_pc_requires libhwy)
  endif()
  if(PAWL_PROFILE STREQUAL full)
    list(APPEND pawl_pc_requires re2 zlib)
  endif()
  list(JOIN pawl_pc_requires " " pawl_pc_requires)
  configure_file(cmake/pawl.pc.in "${pawl_work_dir}/pawl.pc" @ONLY)
  install(FILES "${pawl_work_dir}/pawl.pc" DESTINATION "${CMAKE_INSTALL_LIBDIR}/pkgconfig" COMPONENT cxx)
endif()

if(TARGET pawl_c)
  install(TARGETS pawl_c LIBRARY DESTINATION "${CMAKE_INSTALL_LIBDIR}" COMPONENT runtime NAMELINK_COMPONENT dev)
  install(FILES capi/pawl.h DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}" COMPONENT dev)
  configure_file(cmake/pawl-c.pc.in "${pawl_work_dir}/pawl-c.pc" @ONLY)
  install(FILES "${pawl_work_dir}/pawl-c.pc" DESTINATION "${CMAKE_INSTALL_LIBDIR}/pkgconfig" COMPONENT dev)
endif()
if(TARGET pawl_tool)
  install(TARGETS pawl_tool RUNTIME DESTINATION "${CMAKE_INSTALL_BINDIR}" COMPONENT tool)
endif()
install(FILES LICENSE DESTINATION "${CMAKE_INSTALL_DOCDIR}" COMPONENT doc)

configure_package_config_file(
  cmake/PawlConfig.cmake.in "${pawl_work_dir}/PawlConfig.cmake"
  INSTALL_DESTINATION "${pawl_config_dir}"
  PATH_VARS CMAKE_INSTALL_INCLUDEDIR CMAKE_INSTALL_LIBDIR)
# Until 1.0 a minor release may break the C++ API.
write_basic_package_version_file("${pawl_work_dir}/PawlConfigVersion.cmake" COMPATIBILITY SameMinorVersion)
install(FILES "${pawl_work_dir}/PawlConfig.cmake" "${pawl_work_dir}/PawlConfigVersion.cmake"
        DESTINATION "${pawl_config_dir}" COMPONENT dev)

include(cmake/package.cmake)
