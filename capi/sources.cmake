# Copyright 2026 The Pawl Authors.
# SPDX-License-Identifier: Apache-2.0

# Of both profiles.
set(PAWL_CAPI_SOURCES
    constants.cc
    context.cc
    fake_quantize.cc
    files.cc
    linear.cc
    lists.cc
    observer.cc
    options.cc
    pawl_file.cc
    pawl_file_writer.cc
    quantized_tensor.cc
    requantize.cc
    scheme.cc
    shim.cc
    sinks.cc
    tensor.cc)
# Other files than .pawl, jobs, graphs and convolutions. The core profile has the same entries, which say that it lacks
# them.
if(PAWL_PROFILE STREQUAL full)
  set(PAWL_CAPI_PROFILE_SOURCES
    block_formats.cc
    calibrator.cc
    checkpoint_codecs.cc
    checkpoint_formats.cc
    checkpoint_weight.cc
    conv.cc
    executor.cc
    formats.cc
    graph.cc
    graph_job.cc
    graph_lists.cc
    graph_report.cc
    graph_save.cc
    job.cc
    language_model.cc
    method_searches.cc
    methods.cc
    model_file.cc
    packed.cc
    report.cc)
else()
  set(PAWL_CAPI_PROFILE_SOURCES core_profile.cc core_profile_conv.cc core_profile_formats.cc core_profile_graph.cc
      core_profile_methods.cc)
endif()
