# Copyright 2026 The Pawl Authors.
# SPDX-License-Identifier: Apache-2.0

set(PAWL_PIPELINE_SOURCES
    calibrator.cc
    calibrator_json.cc
    calibrator_tensorrt.cc
    file_format.cc
    gguf_job.cc
    gguf_source.cc
    graph_analysis.cc
    graph_analysis_text.cc
    graph_calibration.cc
    graph_convert.cc
    graph_data.cc
    graph_job.cc
    graph_prepare.cc
    graph_report.cc
    graph_rules.cc
    graph_search.cc
    graph_sensitivity.cc
    graph_static.cc
    graph_static_job.cc
    job.cc
    job_calibration.cc
    job_identity.cc
    job_method.cc
    job_output.cc
    job_plan.cc
    patterns.cc
    recipe.cc
    recipe_json.cc
    report.cc
    scheme_fit.cc
    strict_json.cc
    text_table.cc)
