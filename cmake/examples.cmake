# Copyright 2026 The Pawl Authors.
# SPDX-License-Identifier: Apache-2.0

# The quickstart: the main job on the embedded model, C++ API only. It links the rooms that it uses instead of
# pawl::pawl, so that a first build on a fresh machine compiles neither jobs nor graphs: as an archive, out of which the
# linker takes what is needed, since readers of models refer to graphs.
if(EXISTS "${PROJECT_SOURCE_DIR}/examples/quickstart/main.cc")
  add_library(pawl_quickstart_rooms STATIC EXCLUDE_FROM_ALL ${PAWL_KERNELS_OBJECTS} ${PAWL_CORE_OBJECTS}
                                                           ${PAWL_METHODS_OBJECTS} ${PAWL_FORMATS_OBJECTS})
  set_target_properties(pawl_quickstart_rooms PROPERTIES LINKER_LANGUAGE CXX)
  add_executable(pawl_quickstart examples/quickstart/main.cc examples/quickstart/net.cc)
  set_target_properties(pawl_quickstart PROPERTIES RUNTIME_OUTPUT_DIRECTORY
                                                   "${PROJECT_BINARY_DIR}/examples/quickstart")
  target_compile_definitions(pawl_quickstart PRIVATE PAWL_MODELS_DIR="${PROJECT_SOURCE_DIR}/examples/models")
  target_link_libraries(pawl_quickstart PRIVATE pawl_settings pawl_quickstart_rooms ${PAWL_LINKED})
endif()

# The same in C99 through the shared library.
if(TARGET pawl_c AND EXISTS "${PROJECT_SOURCE_DIR}/examples/c/main.c")
  add_executable(pawl_example_c examples/c/main.c)
  set_target_properties(pawl_example_c PROPERTIES C_STANDARD 99 C_EXTENSIONS OFF RUNTIME_OUTPUT_DIRECTORY
                                                                                 "${PROJECT_BINARY_DIR}/examples/c")
  target_compile_definitions(pawl_example_c PRIVATE PAWL_MODELS_DIR="${PROJECT_SOURCE_DIR}/examples/models")
  target_link_libraries(pawl_example_c PRIVATE pawl::c)
endif()
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS examples)
