# Copyright 2026 The Pawl Authors.
# SPDX-License-Identifier: Apache-2.0
"""Runs real models that ONNX Runtime's quantization tools quantized, in Pawl and in ONNX Runtime.

    onnx_quantized_test.py [MODEL-PATTERN [KIND-PATTERN]]

The models are those of cmake/fetch_models.sh, quantized statically (QDQ and QOperator, one weight scale for a tensor
and for each channel, u8 and i8 activations), dynamically, and to MatMulNBits. ONNX Runtime runs with its optimizations
off, so that QDQ files are computed as they are written.

Layer by layer, given the same inputs: the model is cut at every tensor of codes, so that each piece from codes to codes
is computed from ONNX Runtime's codes; the codes that come out differ by at most one step. Whole runs, where a code that
differs goes on into all layers behind it, are reported: share of codes and largest difference in steps, and for outputs
the signal to noise ratio in dB. For dynamic and weight-only files each node is computed from ONNX Runtime's inputs:
codes differ by at most one step, floats by 1e-5 of the largest, but for one value (PEER_IS_OFF). PAWL_TOOL is the command.
"""
import fnmatch
import logging
import os
import pathlib
import subprocess
import sys
import tempfile

import numpy as np
import onnx
import onnx.version_converter
import onnxruntime as ort
from onnxruntime import quantization as q
from onnxruntime.capi._pybind_state import quantize_matmul_4bits

from onnx_models_test import ROOT, inputs_of, page, session

# The largest share of codes of a model that may differ when layers have the same inputs: products are rounded once from
# exact sums in Pawl, and from float sums in ONNX Runtime. Its own element-wise operators on codes round otherwise than
# the float operators between DequantizeLinear and QuantizeLinear do.
MOST, MOST_QOPERATOR = 1e-4, 2e-2
# Floats: of the largest; and one value that is farther off, by ONNX Runtime: a sigmoid that has one result, near 0. At
# -8.2 ONNX Runtime's is 8.7e-5 of the f64 value off, Pawl's 5.2e-8; at -7.1 3.9e-5 and 1.9e-8.
# An If ("53") hands it on.
FLOATS, PEER_IS_OFF = 1e-5, {("hey_jarvis_v0.1", "dynamic", name): 1e-4 for name in ("p1.1", "53")}


def feeds(name: str, random: np.random.Generator) -> list[dict[str, np.ndarray]]:
    if name == "ch_PP-OCRv4_rec_infer":
        return [{"x": page(random, 1, 48, width)} for width in (160, 320)]
    return inputs_of(name, random)


class Reader(q.CalibrationDataReader):
    def __init__(self, data):
        self.data = iter(data)

    def get_next(self):
        return next(self.data, None)


def in_blocks(model: onnx.ModelProto, symmetric: bool, block: int = 32) -> onnx.ModelProto:
    """MatMulNBits of 4 bits in place of products with constant matrices, by ONNX Runtime's own quantizer of weights."""
    constants = {c.name: c for c in model.graph.initializer}
    for i, node in enumerate(list(model.graph.node)):
        b = constants.get(node.input[1]) if node.op_type == "MatMul" else None
        if b is None or len(b.dims) != 2:
            continue
        k, n = b.dims
        blocks = -(-k // block)
        codes = np.zeros((n, blocks, block // 2), np.uint8)
        scales, zeros = np.zeros(n * blocks, np.float32), np.zeros(n * ((blocks + 1) // 2), np.uint8)
        quantize_matmul_4bits(codes, np.ascontiguousarray(onnx.numpy_helper.to_array(b)), scales, zeros, block, n, k,
                              symmetric)
        parts = {"codes": codes, "scales": scales} | ({} if symmetric else {"zeros": zeros})
        names = [f"{b.name}/{i}/{part}" for part in parts]
        model.graph.initializer.extend(map(onnx.numpy_helper.from_array, parts.values(), names))
        model.graph.node[i].CopyFrom(
            onnx.helper.make_node("MatMulNBits", [node.input[0], *names], node.output, node.name, domain="com.microsoft",
                                  K=k, N=n, bits=4, block_size=block))
    if all(o.domain != "com.microsoft" for o in model.opset_import):
        model.opset_import.append(onnx.helper.make_opsetid("com.microsoft", 1))
    return model


def quantized(path: pathlib.Path, work: pathlib.Path, data) -> dict:
    """Functions that write a file, by kind."""
    ready = work / "ready.onnx"
    # Scales for each channel need opset 13.
    model = onnx.load(path)
    if max(o.version for o in model.opset_import if o.domain in ("", "ai.onnx")) < 13:
        model = onnx.version_converter.convert_version(model, 13)
    onnx.save(model, ready)
    q.quant_pre_process(str(ready), str(ready), skip_symbolic_shape=True)

    def static(form, per_channel, activation):
        def write(to):
            q.quantize_static(str(ready), str(to), Reader(data), quant_format=form, per_channel=per_channel,
                              activation_type=activation, weight_type=q.QuantType.QInt8)
        return write

    def dynamic(to):
        q.quantize_dynamic(str(ready), str(to), weight_type=q.QuantType.QInt8)

    def blocks(symmetric):
        return lambda to: onnx.save(in_blocks(onnx.load(ready), symmetric), to)

    qdq, qop = q.QuantFormat.QDQ, q.QuantFormat.QOperator
    u8, i8 = q.QuantType.QUInt8, q.QuantType.QInt8
    return {"qdq-u8": static(qdq, False, u8), "qdq-u8-channel": static(qdq, True, u8),
            "qdq-i8-channel": static(qdq, True, i8), "qoperator-u8": static(qop, False, u8),
            "qoperator-u8-channel": static(qop, True, u8), "dynamic": dynamic, "nbits": blocks(True),
            "nbits-zero-points": blocks(False)}


def with_outputs(model: onnx.ModelProto, names) -> onnx.ModelProto:
    again = onnx.ModelProto()
    again.CopyFrom(model)
    known = {o.name for o in model.graph.output}
    again.graph.output.extend(onnx.ValueInfoProto(name=n) for n in names if n not in known)
    return again


def cut(model: onnx.ModelProto, values: dict[str, np.ndarray]) -> onnx.ModelProto:
    """The model with `values` given as inputs to all who use them, and computed as outputs."""
    again = onnx.ModelProto()
    again.CopyFrom(model)
    graph = again.graph
    for node in graph.node:
        for i, name in enumerate(node.input):
            if name in values:
                node.input[i] = name + "/given"
    del graph.output[:], graph.value_info[:]
    for name, value in values.items():
        dtype = onnx.helper.np_dtype_to_tensor_dtype(value.dtype)
        graph.input.append(onnx.helper.make_tensor_value_info(name + "/given", dtype, value.shape))
        graph.output.append(onnx.ValueInfoProto(name=name))
    return again


def pawl(model, feed, work: pathlib.Path) -> dict[str, np.ndarray]:
    onnx.save(model, work / "run.onnx")
    np.savez(work / "in.npz", **feed)
    run = subprocess.run([os.environ["PAWL_TOOL"], "run", str(work / "run.onnx"), "--inputs", str(work / "in.npz"), "-o",
                          str(work / "out.npz")], capture_output=True, text=True)
    if run.returncode != 0:
        raise RuntimeError(run.stderr.strip())
    return dict(np.load(work / "out.npz"))


def is_code(value) -> bool:
    return isinstance(value, np.ndarray) and value.dtype in (np.uint8, np.int8)


class Differences:
    def __init__(self):
        self.steps, self.differ, self.codes, self.where, self.floats = 0, 0, 0, "", {}

    def add(self, name, got, want):
        if got.shape != want.shape or got.dtype != want.dtype:
            self.steps, self.where = 999, f"{name}: {got.dtype}{got.shape}, not {want.dtype}{want.shape}"
        elif is_code(want):
            steps = np.abs(got.astype(np.int32) - want.astype(np.int32))
            self.codes += steps.size
            self.differ += int(np.count_nonzero(steps))
            if steps.size and steps.max() > self.steps:
                self.steps, self.where = int(steps.max()), name
        elif np.issubdtype(want.dtype, np.floating) and want.size:
            error = float(np.abs(got - want).max() / max(np.abs(want).max(), 1e-30))
            self.floats[name] = max(self.floats.get(name, 0.0), float("inf") if np.isnan(error) else error)

    def share(self):
        return self.differ / max(1, self.codes)


def snr(got, want) -> float:
    noise = float(((got - want).astype(np.float64)**2).sum())
    return float("inf") if noise == 0 else 10 * np.log10(float((want.astype(np.float64)**2).sum()) / noise)


def check(kind: str, path: pathlib.Path, data, work: pathlib.Path) -> list[str]:
    model = onnx.load(path)
    names = [o for n in model.graph.node if n.op_type != "Constant" for o in n.output if o]
    inner = session(with_outputs(model, names).SerializeToString())
    wanted = [o.name for o in inner.get_outputs()]
    static = not kind.startswith(("dynamic", "nbits"))
    layers, whole, worst = Differences(), Differences(), float("inf")
    for feed in data:
        results = dict(zip(wanted, inner.run(wanted, feed)))
        values = {n: v for n, v in results.items() if n in names and isinstance(v, np.ndarray)}
        given = {n: v for n, v in values.items() if is_code(v) or not static}
        got = pawl(cut(model, given), {**feed, **{n + "/given": v for n, v in given.items()}}, work)
        for name in given:
            layers.add(name, got[name], given[name])
        codes = [n for n, v in values.items() if is_code(v)]
        outputs = [o.name for o in model.graph.output]
        got = pawl(with_outputs(model, codes), feed, work)
        for name in codes:
            whole.add(name, got[name], values[name])
        merged = pawl(model, feed, work)
        for name in outputs:
            if not np.array_equal(merged[name], got[name]):
                return [f"output '{name}' differs with codes observed and without"]
            if np.issubdtype(results[name].dtype, np.floating):
                worst = min(worst, snr(got[name], results[name]))
    print(f"{path.parent.name:<31} {kind:<21} layers: {layers.steps} steps, {layers.share():.1e} of {layers.codes} codes, "
          f"floats {max(layers.floats.values(), default=0.0):.0e} | whole: {whole.steps} steps, {whole.share():.1e}; outputs {worst:.0f} dB",
          flush=True)
    failures = []
    if layers.steps > 1:
        failures.append(f"'{layers.where}' differs by {layers.steps} steps")
    if layers.share() > (MOST_QOPERATOR if kind.startswith("qoperator") else MOST):
        failures.append(f"{layers.share():.2e} of the codes differ")
    for name, error in layers.floats.items():
        if not error <= PEER_IS_OFF.get((path.parent.name, kind, name), FLOATS):
            failures.append(f"'{name}' differs by {error:.2e}")
    return failures


def main() -> int:
    logging.disable(logging.WARNING)
    fetched = subprocess.run(["sh", str(ROOT / "cmake/fetch_models.sh")], capture_output=True, text=True, check=True)
    paths = sorted(p for folder in fetched.stdout.split() for p in pathlib.Path(folder).glob("*.onnx"))
    pattern = sys.argv[1] if len(sys.argv) > 1 else "*"
    kinds = sys.argv[2] if len(sys.argv) > 2 else "*"
    passed = failed = 0
    for path in paths:
        # Melspectrograms are not quantized, and Silero's nets are in branches of an If, which the tools leave alone.
        if not fnmatch.fnmatch(path.stem, pattern) or path.stem in ("melspectrogram", "silero_vad"):
            continue
        with tempfile.TemporaryDirectory() as folder:
            work = pathlib.Path(folder) / path.stem
            work.mkdir()
            first = session(str(path)).get_inputs()[0].name
            data = [{k or first: v for k, v in f.items()} for f in feeds(path.stem, np.random.default_rng(1))]
            for kind, write in quantized(path, work, data).items():
                if not fnmatch.fnmatch(kind, kinds):
                    continue
                write(work / "quantized.onnx")
                failures = check(kind, work / "quantized.onnx", data, work)
                for failure in failures:
                    print("FAILED", path.stem, kind, failure)
                passed, failed = (passed, failed + 1) if failures else (passed + 1, failed)
    print(f"{passed} passed, {failed} failed")
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main())
