# Copyright 2026 The Pawl Authors.
# SPDX-License-Identifier: Apache-2.0

set(PAWL_GRAPH_SOURCES
    executor.cc
    graph.cc
    graph_check.cc
    infer.cc
    infer_types.cc
    instance.cc
    model.cc
    operator.cc
    operator_list.cc
    place_extents.cc
    plan.cc
    product.cc
    program.cc
    operators/batch_norm.cc
    operators/common.cc
    operators/constant.cc
    operators/control.cc
    operators/conv.cc
    operators/conv_transpose.cc
    operators/matmul.cc
    operators/normalization.cc
    operators/pooling.cc
    operators/softmax.cc
    operators/window.cc)
