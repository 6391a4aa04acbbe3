# Copyright 2026 The Pawl Authors.
# SPDX-License-Identifier: Apache-2.0
"""ONNX Runtime's convolutions: worker_conv.py SHAPE THREADS exact-nhwc | qlinear-nhwc | qlinear | integer | float (see
worker.py).

SHAPE as `pawl bench conv --shape` takes it. qlinear: u8 codes in and out, int8 weights with a scale for each channel, in
NHWC by com.microsoft.QLinearConv or in NCHW by ONNX's operator; below VNNI its sums of pairs saturate. exact: the same with
u8 weights, which it multiplies in 16 bits. integer: DynamicQuantizeLinear, ConvInteger, Cast and Mul, f32 in
and out. float: Conv.
"""

import sys

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper

from conv_shape import parse
from worker import random_f32, serve


def nodes_of(kind, weights, attributes):
    """(nodes, constants, element type)"""
    rng = np.random.default_rng(1)
    if kind == "float":
        return [helper.make_node("Conv", ["x", "w"], ["y"], **attributes)], {"w": random_f32(weights, 1)}, np.float32
    exact = kind == "exact-nhwc"
    w = rng.integers(1, 256, weights, dtype=np.uint8) if exact else rng.integers(-127, 128, weights, dtype=np.int8)
    if kind == "integer":
        return [helper.make_node("DynamicQuantizeLinear", ["x"], ["q", "qs", "qz"]),
                helper.make_node("ConvInteger", ["q", "w", "qz"], ["i"], **attributes),
                helper.make_node("Cast", ["i"], ["f"], to=TensorProto.FLOAT), helper.make_node("Mul", ["f", "qs"], ["g"]),
                helper.make_node("Mul", ["g", "s"], ["y"])], \
            {"w": w, "s": np.full((weights[0], 1, 1), 0.01, np.float32)}, np.float32
    more = {"domain": "com.microsoft", "channels_last": 1} if kind.endswith("-nhwc") else {}
    constants = {"xs": np.float32(1 / 127), "xz": np.uint8(128), "w": w, "ws": np.full(weights[0], 0.01, np.float32),
                 "wz": np.uint8(128) if exact else np.zeros(weights[0], np.int8), "ys": np.float32(0.1), "yz": np.uint8(128),
                 "b": np.zeros(weights[0], np.int32)}
    node = helper.make_node("QLinearConv", ["x", *constants], ["y"], **attributes, **more)
    return [node], constants, np.uint8


def main():
    x_shape, y_shape, weights, attributes = parse(sys.argv[1])
    kind = sys.argv[3]
    nodes, constants, dtype = nodes_of(kind, weights, attributes)
    if kind.endswith("-nhwc"):
        x_shape, y_shape = (*x_shape[1:], x_shape[0]), (*y_shape[1:], y_shape[0])
    element = helper.np_dtype_to_tensor_dtype(np.dtype(dtype))
    graph = helper.make_graph(nodes, "peer", [helper.make_tensor_value_info("x", element, [1, *x_shape])],
                              [helper.make_tensor_value_info("y", element, [1, *y_shape])],
                              [numpy_helper.from_array(np.asarray(value), name) for name, value in constants.items()])
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 21), helper.make_opsetid("com.microsoft", 1)],
                             ir_version=10)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = int(sys.argv[2])
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(made.SerializeToString(), options, providers=["CPUExecutionProvider"])

    def make(_):
        values = random_f32((1, *x_shape), 2)
        x = onnxruntime.OrtValue.ortvalue_from_numpy(
            values if dtype == np.float32 else (values * 127 + 128).astype(np.uint8))
        y = onnxruntime.OrtValue.ortvalue_from_numpy(np.zeros((1, *y_shape), dtype))
        binding = session.io_binding()
        binding.bind_ortvalue_input("x", x)
        binding.bind_ortvalue_output("y", y)
        return lambda: session.run_with_iobinding(binding), ""

    serve(f"ONNX Runtime {onnxruntime.__version__}", make)


main()
