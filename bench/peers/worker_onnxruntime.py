# Copyright 2026 The Pawl Authors.
# SPDX-License-Identifier: Apache-2.0
"""ONNX Runtime: worker_onnxruntime.py N K THREADS int8 | N K THREADS nbits BLOCK ACCURACY_LEVEL (see worker.py)."""

import sys

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper

from worker import random_f32, serve


def model(node, constants, n, k):
    graph = helper.make_graph(
        [node], "peer", [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["m", k])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, ["m", n])],
        [numpy_helper.from_array(value, name) for name, value in constants.items()])
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 21), helper.make_opsetid("com.microsoft", 1)],
                             ir_version=10)
    onnx.checker.check_model(made)
    return made.SerializeToString()


def int8(n, k):
    rng = np.random.default_rng(1)
    constants = {"w": rng.integers(-127, 128, (k, n), dtype=np.int8), "s": np.full(n, 0.01, np.float32)}
    node = helper.make_node("DynamicQuantizeMatMul", ["x", "w", "s"], ["y"], domain="com.microsoft")
    return model(node, constants, n, k)


def nbits(n, k, block, accuracy):
    rng = np.random.default_rng(1)
    blocks = -(-k // block)
    constants = {"w": rng.integers(0, 256, (n, blocks, block // 2), dtype=np.uint8),
                 "s": np.full(n * blocks, 0.01, np.float32)}
    node = helper.make_node("MatMulNBits", ["x", "w", "s"], ["y"], domain="com.microsoft", K=k, N=n, bits=4,
                            block_size=block, accuracy_level=accuracy)
    return model(node, constants, n, k)


def main():
    n, k, threads = (int(word) for word in sys.argv[1:4])
    kind = sys.argv[4]
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    data = int8(n, k) if kind == "int8" else nbits(n, k, int(sys.argv[5]), int(sys.argv[6]))
    session = onnxruntime.InferenceSession(data, options, providers=["CPUExecutionProvider"])

    def make(m):
        x = onnxruntime.OrtValue.ortvalue_from_numpy(random_f32((m, k), 2))
        y = onnxruntime.OrtValue.ortvalue_from_numpy(np.zeros((m, n), np.float32))
        binding = session.io_binding()
        binding.bind_ortvalue_input("x", x)
        binding.bind_ortvalue_output("y", y)
        return lambda: session.run_with_iobinding(binding), ""

    serve(f"ONNX Runtime {onnxruntime.__version__}", make)


main()
