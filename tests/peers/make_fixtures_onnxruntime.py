# Copyright 2026 The Pawl Authors.
# SPDX-License-Identifier: Apache-2.0
"""Makes tests/fixtures/onnxruntime.safetensors: MatMulNBits and DequantizeLinear weights as onnxruntime decodes them.

MatMulNBits runs on the identity: every output sums one weight and exact zeros, so Y transposed is W[out, in].
Scales are positive and finite, because those sums would turn -0 into +0 and Inf into NaN.
"""

import numpy as np
import onnxruntime
from onnx import TensorProto, helper
from importlib.metadata import version

from make_fixtures_common import Fixture, same_bits

SEED = 20260701
TYPES = {np.dtype("float32"): TensorProto.FLOAT, np.dtype("float16"): TensorProto.FLOAT16,
         np.dtype("uint8"): TensorProto.UINT8, np.dtype("int8"): TensorProto.INT8,
         np.dtype("int32"): TensorProto.INT32, np.dtype("int16"): TensorProto.INT16}


def constant(name, value, onnx_type=None, shape=None):
    return helper.make_tensor(name, onnx_type or TYPES[value.dtype], shape or value.shape, value.tobytes(), True)


def run(node, constants, feed, out_type):
    inputs = [helper.make_tensor_value_info(k, TYPES[v.dtype], list(v.shape)) for k, v in feed.items()]
    graph = helper.make_graph([node], "g", inputs, [helper.make_tensor_value_info("Y", out_type, None)], constants)
    model = helper.make_model(graph, ir_version=11, opset_imports=[
        helper.make_opsetid("", 21), helper.make_opsetid("com.microsoft", 1)])
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    session = onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
    return session.run(None, feed)[0]


def unpack(values, bits, count):
    """Codes of `bits` bits, low bits of each byte first."""
    shifts = np.arange(0, 8, bits, dtype=np.uint8)
    return ((values[..., None] >> shifts) & (2 ** bits - 1)).reshape(values.shape[0], -1)[:, :count]


def formula(tensors, bits, block, k):
    """What the decoded values are found to be; asserted, so that the page beside the fixtures can state it."""
    scales, group = tensors["scales"].astype(np.float32), np.arange(k) // block
    q = unpack(tensors["B"].reshape(len(scales), -1), bits, k).astype(np.float32)
    zero = tensors.get("zero_points")
    if zero is not None and zero.dtype != np.uint8:
        return q * scales[:, group] - (zero.astype(np.float32) * scales)[:, group]
    z = np.float32(2 ** (bits - 1)) if zero is None else unpack(zero, bits, scales.shape[1]).astype(np.float32)[:, group]
    return (q - z) * scales[:, group]


def matmul_n_bits(fixture, bits, n, k, block, zero, dtype, rng):
    blocks = -(-k // block)
    tensors = {"B": rng.integers(0, 256, (n, blocks, block * bits // 8), np.uint8),
               "scales": (0.01 + rng.random((n, blocks))).astype(dtype)}
    if zero == "packed":
        tensors["zero_points"] = rng.integers(0, 256, (n, -(-blocks * bits // 8)), np.uint8)
    if zero == "float":
        tensors["zero_points"] = (rng.random((n, blocks)) * 2 ** bits).astype(dtype)
    node = helper.make_node("MatMulNBits", ["A", *tensors], ["Y"], domain="com.microsoft", K=k, N=n, bits=bits,
                            block_size=block, accuracy_level=0)
    y = run(node, [constant(name, t) for name, t in tensors.items()], {"A": np.eye(k, dtype=dtype)},
            TYPES[np.dtype(dtype)])
    decoded = np.ascontiguousarray(y.T)
    assert same_bits(decoded, formula(tensors, bits, block, k).astype(dtype)).all()
    label = {"none": "symmetric", "packed": "packed_zero", "float": "float_zero"}[zero]
    case = f"matmulnbits.b{bits}.{label}.k{k}.block{block}.{'f32' if dtype == np.float32 else 'f16'}"
    for name, value in (*tensors.items(), ("decoded", decoded)):
        fixture.add(f"{case}.{name}", value)
    fixture.case(case, bits=bits, N=n, K=k, block_size=block, shape=[n, k])


def dequantize_linear(fixture, case, codes, scale, zero, axis, block=0, onnx_type=None, shape=None):
    shape = list(shape or codes.shape)
    constants = [constant("x", codes, onnx_type, shape), constant("scale", scale)]
    names = ["x", "scale"]
    if zero is not None:
        packed_shape = list(scale.shape) if onnx_type else None
        constants.append(constant("zero_point", zero, onnx_type, packed_shape))
        names.append("zero_point")
    attributes = {"axis": axis} if scale.ndim else {}
    if block:
        attributes["block_size"] = block
    node = helper.make_node("DequantizeLinear", names, ["Y"], **attributes)
    decoded = run(node, constants, {}, TYPES[scale.dtype])
    fixture.add(f"{case}.x", codes)
    fixture.add(f"{case}.scale", scale)
    if zero is not None:
        fixture.add(f"{case}.zero_point", zero)
    fixture.add(f"{case}.decoded", decoded)
    fixture.case(case, shape=shape, axis=axis, block_size=block, type=TensorProto.DataType.Name(
        onnx_type or TYPES[codes.dtype]))


def main():
    fixture = Fixture("onnxruntime.safetensors", peer="onnxruntime " + version("onnxruntime"), licence="MIT",
                      function="MatMulNBits (com.microsoft 1, accuracy_level 0) on the identity; DequantizeLinear "
                      "(opset 21); CPU provider", seed=SEED)
    rng = np.random.default_rng(SEED)
    for bits in (2, 4, 8):
        for zero in ("none", "packed", "float"):
            if zero == "float" and bits == 8:
                continue  # onnxruntime refuses it
            matmul_n_bits(fixture, bits, 3, 64, 32, zero, np.float32, rng)
            matmul_n_bits(fixture, bits, 3, 50, 16, zero, np.float32, rng)
    matmul_n_bits(fixture, 4, 3, 64, 32, "packed", np.float16, rng)
    scales = lambda *s: (0.01 + rng.random(s)).astype(np.float32)
    int8, uint8 = (lambda *s: rng.integers(-128, 128, s, np.int8)), (lambda *s: rng.integers(0, 256, s, np.uint8))
    dequantize_linear(fixture, "dequantize.int8.tensor", int8(4, 20), np.array(0.0371, np.float32), None, 1)
    dequantize_linear(fixture, "dequantize.uint8.tensor.zero", uint8(4, 20), np.array(0.0371, np.float32),
                      np.array(131, np.uint8), 1)
    dequantize_linear(fixture, "dequantize.int8.axis0", int8(4, 20), scales(4), int8(4), 0)
    dequantize_linear(fixture, "dequantize.uint8.axis1.f16", uint8(4, 20), scales(20).astype(np.float16), uint8(20), 1)
    dequantize_linear(fixture, "dequantize.int32.axis0", rng.integers(-2**31, 2**31, (4, 6)).astype(np.int32),
                      scales(4), None, 0)
    dequantize_linear(fixture, "dequantize.int8.blocked", int8(4, 40), scales(4, 3), int8(4, 3), 1, block=16)
    for name, kind in (("int4", TensorProto.INT4), ("uint4", TensorProto.UINT4)):
        # 4 x 7 codes, two a byte, low nibble first, no padding between rows.
        dequantize_linear(fixture, f"dequantize.{name}.axis0", uint8(14), scales(4), uint8(2), 0, onnx_type=kind,
                          shape=(4, 7))
    fixture.write()


main()
