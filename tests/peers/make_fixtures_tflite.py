# Copyright 2026 The Pawl Authors.
# SPDX-License-Identifier: Apache-2.0
"""Makes tests/fixtures/tflite.safetensors: TFLite quantized constants as the LiteRT interpreter dequantizes them.

Each case is a flatbuffer of one DEQUANTIZE node on a constant tensor, run with the reference kernels and with the
optimized builtin ones. The reference computes scale * (q - zero_point), as documented, and binds; the optimized
per-tensor kernel computes scale * q - scale * zero_point, and is stored too where that gives other bits.
"""

import flatbuffers
import numpy as np
from ai_edge_litert import schema_py_generated as schema
from ai_edge_litert.interpreter import Interpreter, OpResolverType
from importlib.metadata import version

from make_fixtures_common import Fixture, same_bits, weights

SEED = 20260801
RESOLVERS = {"reference": OpResolverType.BUILTIN_REF, "builtin": OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES}


def tensor(name, shape, kind, buffer):
    t = schema.TensorT()
    t.name, t.shape, t.type, t.buffer = name, list(shape), kind, buffer
    return t


def buffer_of(raw):
    b = schema.BufferT()
    b.data = np.frombuffer(raw, np.uint8) if raw else None
    return b


def model_bytes(raw, shape, kind, scales, zeros, axis):
    source, target = tensor("weight", shape, kind, 1), tensor("decoded", shape, schema.TensorType.FLOAT32, 0)
    q = schema.QuantizationParametersT()
    q.scale, q.zeroPoint = scales.tolist(), zeros.tolist()
    q.quantizedDimension = axis or 0
    source.quantization = q
    op = schema.OperatorT()
    op.opcodeIndex, op.inputs, op.outputs = 0, [0], [1]
    graph = schema.SubGraphT()
    graph.tensors, graph.operators, graph.inputs, graph.outputs = [source, target], [op], [], [1]
    code = schema.OperatorCodeT()
    code.builtinCode = code.deprecatedBuiltinCode = schema.BuiltinOperator.DEQUANTIZE
    code.version = 6
    model = schema.ModelT()
    model.version, model.description = 3, "one DEQUANTIZE"
    model.operatorCodes, model.subgraphs = [code], [graph]
    model.buffers = [buffer_of(b""), buffer_of(raw)]
    builder = flatbuffers.Builder(1024)
    builder.Finish(model.Pack(builder), b"TFL3")
    return bytes(builder.Output())


def run(model, resolver):
    interpreter = Interpreter(model_content=model, experimental_op_resolver_type=resolver, num_threads=1)
    interpreter.allocate_tensors()
    interpreter.invoke()
    return interpreter.get_tensor(interpreter.get_output_details()[0]["index"]).copy()


def add(fixture, case, stored, shape, kind, scales, zeros, axis):
    """axis None: one scale for the tensor."""
    scales, zeros = np.asarray(scales, np.float32), np.asarray(zeros, np.int64)
    model = model_bytes(stored.tobytes(), shape, getattr(schema.TensorType, kind), scales, zeros, axis)
    results = {name: run(model, resolver) for name, resolver in RESOLVERS.items()}
    decoded = results["reference"]
    differ = int((~same_bits(decoded, results["builtin"])).sum())
    if differ:
        assert axis is None and zeros.any(), case
        fixture.add(case + ".decoded_by_builtin", results["builtin"])
        print(f"{case}: the optimized kernel differs in {differ} of {decoded.size}")
    for name, value in (("weight", stored), ("scale", scales), ("zero_point", zeros), ("decoded", decoded)):
        fixture.add(f"{case}.{name}", value)
    fixture.case(case, shape=list(shape), type=kind, quantized_dimension=axis, per_axis=axis is not None,
                 builtin_differs_in=differ)


def per_axis(w, axis, top):
    """Symmetric codes and scales along one axis, as TFLite's converter makes weights."""
    others = tuple(d for d in range(w.ndim) if d != axis)
    scales = (np.abs(w).max(axis=others) / top).astype(np.float32)
    shape = [1] * w.ndim
    shape[axis] = -1
    return np.clip(np.round(w / scales.reshape(shape)), -top, top).astype(np.int8), scales


def pack(codes, bits):
    """Codes of 4 or 2 bits, low bits of a byte first, over the flat tensor; the last byte is padded with zeros."""
    per_byte = 8 // bits
    flat = np.zeros(-(-codes.size // per_byte) * per_byte, np.uint8)
    flat[:codes.size] = codes.reshape(-1).view(np.uint8) & (2 ** bits - 1)
    return (flat.reshape(-1, per_byte) << np.arange(0, 8, bits)).sum(1).astype(np.uint8)


def main():
    fixture = Fixture("tflite.safetensors", peer="ai-edge-litert " + version("ai-edge-litert"), licence="Apache-2.0",
                      function="DEQUANTIZE run by interpreter.Interpreter", seed=SEED)
    for index, (case, shape, axis) in enumerate((("int8.fully_connected.axis0", (6, 20), 0),
                                                 ("int8.conv.axis0", (4, 3, 3, 5), 0),
                                                 ("int8.depthwise.axis3", (1, 3, 3, 6), 3))):
        codes, scales = per_axis(weights(shape, SEED + index), axis, 127)
        add(fixture, case, codes, shape, "INT8", scales, np.zeros(len(scales)), axis)
    rng = np.random.default_rng(SEED + 20)
    every8 = np.arange(-128, 128).astype(np.int8)
    add(fixture, "int8.tensor", every8, (256,), "INT8", [0.0371], [-17], None)
    add(fixture, "uint8.tensor", every8.view(np.uint8), (256,), "UINT8", [0.0371], [131], None)
    every16 = np.concatenate([np.arange(-32768, 32768, 511), [-1, 0, 1, 32767]]).astype(np.int16)
    add(fixture, "int16.tensor", every16, every16.shape, "INT16", [3.1e-5], [0], None)
    add(fixture, "int8.axis0.zero_points", rng.integers(-128, 128, (4, 20), np.int8), (4, 20), "INT8",
        [0.1, 1e-6, 3.0e36, 1 / 3], [-128, 0, 5, 127], 0)
    for bits, kind, label in ((4, "INT4", "int4"), (2, "INT2", "int2")):
        codes, scales = per_axis(weights((3, 7), SEED + 30 + bits), 0, 2 ** (bits - 1) - 1)
        for case, s, axis in ((f"{label}.axis0", scales, 0), (f"{label}.tensor", scales[:1], None)):
            add(fixture, case, pack(codes, bits), (3, 7), kind, s, np.zeros(len(s)), axis)
    fixture.write()


main()
