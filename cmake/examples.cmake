# Copyright 2026 The Pawl Authors.
# SPDX-License-Identifier: Apache-2.0

# The quickstart: the main job on the embedded models, C++ API only.
if(EXISTS "${PROJECT_SOURCE_DIR}/examples/quickstart/main.cc")
  add_executable(pawl_quickstart examples/quickstart/language_model.cc examples/quickstart/main.cc
                 examples/quickstart/net.cc examples/quickstart/onnx.cc)
  set_target_properties(pawl_quickstart PROPERTIES RUNTIME_OUTPUT_DIRECTORY
                                                   "${PROJECT_BINARY_DIR}/examples/quickstart")
  target_compile_definitions(pawl_quickstart PRIVATE PAWL_MODELS_DIR="${PROJECT_SOURCE_DIR}/examples/models")
  target_link_libraries(pawl_quickstart PRIVATE pawl_settings pawl::pawl)
endif()

# The same in C99 through the shared library.
if(TARGET pawl_c AND EXISTS "${PROJECT_SOURCE_DIR}/examples/c/main.c")
  add_executable(pawl_example_c examples/c/main.c)
  set_target_properties(pawl_example_c PROPERTIES C_STANDARD 99 C_EXTENSIONS OFF RUNTIME_OUTPUT_DIRECTORY
                                                                                 "${PROJECT_BINARY_DIR}/examples/c")
  target_compile_definitions(pawl_example_c PRIVATE PAWL_MODELS_DIR="${PROJECT_SOURCE_DIR}/examples/models")
  target_link_libraries(pawl_example_c PRIVATE pawl::c)
endif()

# In C99: a whole model, from ONNX; methods and a language model.
if(TARGET pawl_c AND PAWL_PROFILE STREQUAL full)
  foreach(name IN ITEMS model language_model)
    if(EXISTS "${PROJECT_SOURCE_DIR}/examples/c/${name}.c")
      add_executable(pawl_example_c_${name} examples/c/${name}.c)
      set_target_properties(
        pawl_example_c_${name} PROPERTIES C_STANDARD 99 C_EXTENSIONS OFF RUNTIME_OUTPUT_DIRECTORY
                                                                         "${PROJECT_BINARY_DIR}/examples/c")
      target_compile_definitions(pawl_example_c_${name}
                                 PRIVATE PAWL_MODELS_DIR="${PROJECT_SOURCE_DIR}/examples/models")
      target_link_libraries(pawl_example_c_${name} PRIVATE pawl::c)
    endif()
  endforeach()
endif()
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS examples)
