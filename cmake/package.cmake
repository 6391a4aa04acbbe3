# Copyright 2026 The Pawl Authors.
# SPDX-License-Identifier: Apache-2.0
#
# Debian packages, after a build: cpack -G DEB. libpawl0 is the shared library, libpawl-dev the C ABI's header and what
# CMake and pkg-config find it by, pawl the command; libpawl-cxx-dev is the C++ API where Highway is the system's.
# Configured with CMAKE_INSTALL_PREFIX=/usr the libraries are in Debian's lib/<triplet>, else in lib.

if(NOT PROJECT_IS_TOP_LEVEL OR NOT TARGET pawl_c)
  return()
endif()

set(PAWL_PACKAGE_CONTACT "The Pawl Authors" CACHE STRING "Maintainer of the Debian packages")
set(CPACK_PACKAGE_NAME pawl)
set(CPACK_PACKAGE_CONTACT "${PAWL_PACKAGE_CONTACT}")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "${PROJECT_DESCRIPTION}")
set(CPACK_RESOURCE_FILE_LICENSE "${PROJECT_SOURCE_DIR}/LICENSE")
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_VERBATIM_VARIABLES ON)

set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_COMPONENTS_ALL runtime dev)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_COMPRESSION_TYPE xz)
set(CPACK_DEBIAN_PACKAGE_RELEASE 1)
set(CPACK_DEBIAN_PACKAGE_PRIORITY optional)
set(version "${PROJECT_VERSION}-${CPACK_DEBIAN_PACKAGE_RELEASE}")
get_target_property(abi pawl_c SOVERSION)

set(about "Pawl quantizes neural-network models and runs the quantized layers, exactly and fast, on a CPU.")
set(CPACK_DEBIAN_RUNTIME_PACKAGE_NAME libpawl${abi})
set(CPACK_DEBIAN_RUNTIME_PACKAGE_SECTION libs)
set(CPACK_DEBIAN_RUNTIME_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_RUNTIME_DESCRIPTION "${about} This is the shared library.")
# shlibs: packages whose programs link the library depend on this one. With it come calls of ldconfig.
set(CPACK_DEBIAN_PACKAGE_GENERATE_SHLIBS ON)
set(CPACK_DEBIAN_PACKAGE_GENERATE_SHLIBS_POLICY ">=")

set(CPACK_DEBIAN_DEV_PACKAGE_NAME libpawl-dev)
set(CPACK_DEBIAN_DEV_PACKAGE_SECTION libdevel)
set(CPACK_DEBIAN_DEV_PACKAGE_DEPENDS "libpawl${abi} (= ${version})")
set(CPACK_DEBIAN_DEV_DESCRIPTION "${about} The header of the C ABI, and what pkg-config and CMake find it by.")

if(TARGET pawl_tool)
  list(APPEND CPACK_COMPONENTS_ALL tool)
  set(CPACK_DEBIAN_TOOL_PACKAGE_NAME pawl)
  set(CPACK_DEBIAN_TOOL_PACKAGE_SECTION utils)
  set(CPACK_DEBIAN_TOOL_PACKAGE_SHLIBDEPS ON)
  set(CPACK_DEBIAN_TOOL_DESCRIPTION "${about} This is the command.")
endif()

# Elsewhere libpawl.a needs a Highway that no package of this Debian has.
if(pawl_static_installed AND hwy_DIR MATCHES "^/usr/(lib|share)/")
  list(APPEND CPACK_COMPONENTS_ALL cxx)
  set(CPACK_DEBIAN_CXX_PACKAGE_NAME libpawl-cxx-dev)
  set(CPACK_DEBIAN_CXX_PACKAGE_SECTION libdevel)
  set(CPACK_DEBIAN_CXX_PACKAGE_DEPENDS "libpawl-dev (= ${version}), libabsl-dev, libhwy-dev (>= 1.2), libre2-dev, zlib1g-dev")
  set(CPACK_DEBIAN_CXX_DESCRIPTION "${about} The static library of the C++ API and its headers.")
endif()

# Debian wants to know the copyright in each package; a plain install has LICENSE.
foreach(component IN LISTS CPACK_COMPONENTS_ALL)
  string(TOUPPER "${component}" upper)
  install(FILES cmake/debian-copyright DESTINATION "${CMAKE_INSTALL_DATADIR}/doc/${CPACK_DEBIAN_${upper}_PACKAGE_NAME}"
          RENAME copyright COMPONENT "${component}" EXCLUDE_FROM_ALL)
endforeach()
include(CPack)
