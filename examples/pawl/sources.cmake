# Copyright 2026 The Pawl Authors.
# SPDX-License-Identifier: Apache-2.0

set(PAWL_TOOL_SOURCES
    analyze.cc
    arguments.cc
    bench.cc
    bench_cases.cc
    bench_conv.cc
    bench_gptq.cc
    bench_ceiling.cc
    bench_graph.cc
    bench_loops_arm.cc
    bench_loops_x86.cc
    command.cc
    compare.cc
    dequantize.cc
    eval.cc
    imatrix.cc
    inspect.cc
    inspect_onnx.cc
    list.cc
    main.cc
    model_file.cc
    model_folder.cc
    option_rules.cc
    pack.cc
    progress.cc
    quantize.cc
    quantize_onnx.cc
    quantize_options.cc
    rotate.cc
    run.cc
    token_ids.cc
    verify.cc)
