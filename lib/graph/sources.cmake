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
    operators/common.cc
    operators/constant.cc
    operators/control.cc
    operators/matmul.cc)
