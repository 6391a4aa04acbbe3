# Copyright 2026 The Pawl Authors.
# SPDX-License-Identifier: Apache-2.0
#
# RE2 as the target re2::re2, whether its install brings a CMake config (newer) or a pkg-config file only (Debian 12).
# Installed beside PawlConfig.cmake, which needs it too.

if(NOT TARGET re2::re2)
  find_package(re2 CONFIG QUIET)
endif()
if(NOT TARGET re2::re2)
  find_package(PkgConfig QUIET)
  if(PkgConfig_FOUND)
    pkg_check_modules(PAWL_RE2 QUIET IMPORTED_TARGET re2)
  endif()
  if(TARGET PkgConfig::PAWL_RE2)
    add_library(re2::re2 INTERFACE IMPORTED)
    set_target_properties(re2::re2 PROPERTIES INTERFACE_LINK_LIBRARIES PkgConfig::PAWL_RE2)
  endif()
endif()
if(TARGET re2::re2)
  set(PawlRe2_FOUND TRUE)
else()
  set(PawlRe2_FOUND FALSE)
endif()
