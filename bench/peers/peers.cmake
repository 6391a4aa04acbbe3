# Copyright 2026 The Pawl Authors.
# SPDX-License-Identifier: Apache-2.0
#
# bench/peer_onednn and peer_onednn_conv: oneDNN's part in bench/peers/compare.py and compare_conv.py, where oneDNN is
# found: first the one that bench/peers/install.sh installed beside the other peers, then the system's (Debian:
# libdnnl-dev).

if(NOT CMAKE_CROSSCOMPILING)
  cmake_path(GET PAWL_PEERS_PYTHON PARENT_PATH peers_root) # <cache>/peers-<system>/bin
  cmake_path(GET peers_root PARENT_PATH peers_root)
  cmake_path(GET peers_root PARENT_PATH peers_root)
  set(peers_root "${peers_root}/bench-peers")
  foreach(root IN ITEMS "${peers_root}/" "")
    # Header and library must be of one installation: one root at a time.
    if(root)
      set(places PATHS "${root}" NO_DEFAULT_PATH)
    else()
      set(places "")
    endif()
    if(NOT PAWL_ONEDNN_LIBRARY)
      find_library(PAWL_ONEDNN_LIBRARY dnnl PATH_SUFFIXES lib ${places})
      find_path(PAWL_ONEDNN_INCLUDE_DIR oneapi/dnnl/dnnl.hpp PATH_SUFFIXES include ${places})
    endif()
  endforeach()
  mark_as_advanced(PAWL_ONEDNN_LIBRARY PAWL_ONEDNN_INCLUDE_DIR)
  if(PAWL_ONEDNN_LIBRARY AND PAWL_ONEDNN_INCLUDE_DIR)
    foreach(program IN ITEMS onednn onednn_conv)
      add_executable(pawl_peer_${program} bench/peers/${program}.cc)
      set_target_properties(pawl_peer_${program} PROPERTIES OUTPUT_NAME peer_${program} RUNTIME_OUTPUT_DIRECTORY
                                                                                  "${PROJECT_BINARY_DIR}/bench")
      target_include_directories(pawl_peer_${program} SYSTEM PRIVATE "${PAWL_ONEDNN_INCLUDE_DIR}")
      target_link_libraries(pawl_peer_${program} PRIVATE pawl_settings "${PAWL_ONEDNN_LIBRARY}")
    endforeach()
  endif()
endif()
