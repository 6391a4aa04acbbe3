// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// The list of operators: one line a family, each family a file of operators/.
//
// To add an operator to a family: an entry {name, domain, first opset, last opset, shape rule,
// kernel, kind, flags} in its file's table. To add a family:
//   1. operators/<family>.cc with one function `absl::Span<const Operator> <Family>Operators()`
//      that returns a constexpr table, and a line in sources.cmake;
//   2. one line below.
// operators/common.h has what rules and kernels share (broadcasting, axes, attributes). A rule
// returns InvalidArgument with what does not fit, without the node's name, which callers put in
// front. A kernel takes types from its inputs and refuses those it lacks by TypeError; float
// arithmetic is f32, in a fixed order for each output. tests/peers/onnx_node_test.py then runs
// ONNX's own node tests for it: every case must pass, or stand in the script's list of exclusions
// with a reason. tests/graph/ is for what those cases lack.

#ifndef PAWL_LIB_GRAPH_OPERATOR_LIST_H_
#define PAWL_LIB_GRAPH_OPERATOR_LIST_H_

#define PAWL_OPERATOR_FAMILIES(FAMILY) \
  FAMILY(Activation)                   \
  FAMILY(Arithmetic)                   \
  FAMILY(Arrange)                      \
  FAMILY(Attention)                    \
  FAMILY(BatchNorm)                    \
  FAMILY(Cast)                         \
  FAMILY(Constant)                     \
  FAMILY(Control)                      \
  FAMILY(Conv)                         \
  FAMILY(ConvTranspose)                \
  FAMILY(DeformConv)                   \
  FAMILY(Detection)                    \
  FAMILY(DynamicLstm)                  \
  FAMILY(Einsum)                       \
  FAMILY(Gather)                       \
  FAMILY(Generate)                     \
  FAMILY(Gru)                          \
  FAMILY(IntegerConv)                  \
  FAMILY(IntegerConvTranspose)         \
  FAMILY(IntegerMatMul)                \
  FAMILY(Linear)                       \
  FAMILY(Logic)                        \
  FAMILY(Lookup)                       \
  FAMILY(Lstm)                         \
  FAMILY(Math)                         \
  FAMILY(MatMul)                       \
  FAMILY(MatMulNBits)                  \
  FAMILY(Normalization)                \
  FAMILY(Pad)                          \
  FAMILY(Pooling)                      \
  FAMILY(QuantizeLinear)               \
  FAMILY(QuantizedElementwise)         \
  FAMILY(QuantizedGemm)                \
  FAMILY(QuantizedPooling)             \
  FAMILY(Reduce)                       \
  FAMILY(Reshape)                      \
  FAMILY(Resize)                       \
  FAMILY(Rotary)                       \
  FAMILY(Sampling)                     \
  FAMILY(Scatter)                      \
  FAMILY(Select)                       \
  FAMILY(Slice)                        \
  FAMILY(Softmax)                      \
  FAMILY(Spectral)                     \
  FAMILY(Transpose)                    \
  FAMILY(Unique)

#endif  // PAWL_LIB_GRAPH_OPERATOR_LIST_H_
