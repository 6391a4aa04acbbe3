# Copyright 2026 The Pawl Authors.
# SPDX-License-Identifier: Apache-2.0
"""Small nets with what the real ones lack, quantized by Pawl and run in both engines.

    graph_forms_test.py

ConvTranspose (in groups too) in static files; layers in branches of If and in bodies of Loop and Scan, statically,
dynamically and weights alone; FusedConv, as ONNX Runtime's optimizer writes it. On Pawl's files both engines give the same: codes within
one step, which for outputs is STEP of the largest value. PAWL_TOOL is the command.
"""
import pathlib
import sys
import tempfile

import numpy as np
import onnx
import onnxruntime as ort
from onnx import TensorProto, helper, numpy_helper

from recurrent_quantize_test import farthest, operators, run_ort, run_pawl, sqnr, tool

FLOATS, STEP = 1e-5, 1.2e-2
FLOAT = TensorProto.FLOAT


def model(nodes, inputs, outputs, constants) -> onnx.ModelProto:
    graph = helper.make_graph(
        nodes, "net", [helper.make_tensor_value_info(n, FLOAT, v.shape) for n, v in inputs.items()],
        [helper.make_tensor_value_info(n, FLOAT, None) for n in outputs],
        [numpy_helper.from_array(np.asarray(v), n) for n, v in constants.items()])
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)


def weights(random, *shape) -> np.ndarray:
    return (random.normal(0, 1, shape) / np.sqrt(np.prod(shape[1:]))).astype(np.float32)


def upsampler(random, groups: int):
    constants = {"w1": weights(random, 16, 3, 3, 3), "w2": weights(random, 16, 12 // groups, 4, 4),
                 "b2": weights(random, 12, 1)[:, 0], "w3": weights(random, 3, 12, 3, 3)}
    nodes = [
        helper.make_node("Conv", ["x", "w1"], ["a"], pads=[1] * 4), helper.make_node("Relu", ["a"], ["b"]),
        helper.make_node("ConvTranspose", ["b", "w2", "b2"], ["c"], "up", strides=[2, 2], pads=[1] * 4, group=groups),
        helper.make_node("LeakyRelu", ["c"], ["d"], alpha=0.1),
        helper.make_node("Conv", ["d", "w3"], ["y"], pads=[1] * 4)]
    data = [{"x": random.normal(0, 1, (1, 3, 14, 18)).astype(np.float32)} for _ in range(6)]
    return model(nodes, data[0], ["y"], constants), data


def branches(random):
    constants = {"w": weights(random, 24, 24), "zero": np.float32(0)}
    inner = numpy_helper.from_array(weights(random, 24, 24), "inner")

    def branch(nodes, result, initializers=()):
        return helper.make_graph(nodes, result, [], [helper.make_tensor_value_info(result, FLOAT, None)], initializers)

    yes = branch([helper.make_node("MatMul", ["h", "w"], ["p"])], "p")
    no = branch([helper.make_node("Gemm", ["h", "inner"], ["q"], transB=1)], "q", [inner])
    nodes = [
        helper.make_node("MatMul", ["x", "w"], ["h"]),
        helper.make_node("ReduceSum", ["x"], ["s"], keepdims=0), helper.make_node("Greater", ["s", "zero"], ["positive"]),
        helper.make_node("If", ["positive"], ["y"], then_branch=yes, else_branch=no)]
    values = [np.abs(random.normal(0, 1, (5, 24))).astype(np.float32) for _ in range(4)]
    data = [{"x": v if i % 2 else -v} for i, v in enumerate(values)]
    return model(nodes, data[0], ["y"], constants), data


def conv_branches(random):
    constants = {"w1": weights(random, 8, 3, 3, 3), "w4": weights(random, 4, 8, 1, 1), "zero": np.float32(0)}
    inner = [numpy_helper.from_array(weights(random, 8, 8, 3, 3), n) for n in ("w2", "w3")]

    def branch(nodes, result, initializers):
        return helper.make_graph(nodes, result, [], [helper.make_tensor_value_info(result, FLOAT, None)], initializers)

    yes = branch([helper.make_node("Conv", ["h", "w2"], ["p"], pads=[1] * 4), helper.make_node("Relu", ["p"], ["q"]),
                  helper.make_node("Conv", ["q", "w3"], ["r"], pads=[1] * 4)], "r", inner)
    no = branch([helper.make_node("Conv", ["h", "w2"], ["p"], pads=[1] * 4)], "p", inner[:1])
    nodes = [
        helper.make_node("Conv", ["x", "w1"], ["g"], pads=[1] * 4), helper.make_node("Relu", ["g"], ["h"]),
        helper.make_node("ReduceSum", ["x"], ["s"], keepdims=0), helper.make_node("Greater", ["s", "zero"], ["positive"]),
        helper.make_node("If", ["positive"], ["y"], then_branch=yes, else_branch=no),
        helper.make_node("Conv", ["y", "w4"], ["z"])]
    values = [random.normal(0.2, 1, (1, 3, 9, 10)).astype(np.float32) for _ in range(6)]
    data = [{"x": np.abs(v) if i % 2 else -np.abs(v)} for i, v in enumerate(values)]
    return model(nodes, data[0], ["z"], constants), data


def loops(random):
    constants = {"w": weights(random, 20, 20), "trips": np.int64(3), "go": np.bool_(True)}
    info = helper.make_tensor_value_info
    body = helper.make_graph(
        [helper.make_node("MatMul", ["h", "w"], ["m"]), helper.make_node("Tanh", ["m"], ["next"]),
         helper.make_node("Identity", ["c"], ["again"])], "body",
        [info("i", TensorProto.INT64, []), info("c", TensorProto.BOOL, []), info("h", FLOAT, None)],
        [info("again", TensorProto.BOOL, []), info("next", FLOAT, None)])
    scan = helper.make_graph(
        [helper.make_node("MatMul", ["row", "v"], ["m"]), helper.make_node("Add", ["m", "state"], ["t"]),
         helper.make_node("Tanh", ["t"], ["new"]),
         helper.make_node("Identity", ["new"], ["out"])], "scan",
        [info("state", FLOAT, [1, 20]), info("row", FLOAT, [1, 20])], [info("new", FLOAT, [1, 20]), info("out", FLOAT, [1, 20])],
        [numpy_helper.from_array(weights(random, 20, 20), "v")])
    constants["start"] = np.zeros((1, 20), np.float32)
    nodes = [
        helper.make_node("Loop", ["trips", "go", "x"], ["l"], body=body),
        helper.make_node("Unsqueeze", ["l", "axis"], ["rows"]),
        helper.make_node("Scan", ["start", "rows"], ["last", "y"], body=scan, num_scan_inputs=1)]
    constants["axis"] = np.array([1], np.int64)
    data = [{"x": random.normal(0, 1, (6, 20)).astype(np.float32)} for _ in range(4)]
    return model(nodes, data[0], ["y"], constants), data


def compare(name, path, float_path, data, work, bound, least) -> list[str]:
    difference = worst = 0.0
    worst = float("inf")
    for feed in data:
        peer, own = run_ort(path, feed), run_pawl(path, feed, work)
        difference = max(difference, farthest(own, peer))
        worst = min(worst, sqnr(own, run_ort(float_path, feed)))
    print(f"{name:<36} engines differ by {difference:.1e} of the largest; {worst:.1f} dB", flush=True)
    failures = [] if difference <= bound else [f"the engines differ by {difference:.2e}"]
    return failures + ([] if worst >= least else [f"{worst:.1f} dB"])


def job(name, net, data, work, mode, least, bound=STEP, wanted=(), extra=()) -> list[str]:
    float_path, path = work / "float.onnx", work / "out.onnx"
    if isinstance(net, onnx.ModelProto):
        onnx.save(net, float_path)
    else:
        float_path = net
    np.savez(work / "data.npz", **{n: np.stack([feed[n] for feed in data]) for n in data[0]})
    calibration = ["--calibration", work / "data.npz"] if mode == "static" else []
    tool("quantize", float_path, "-o", path, "--mode", mode, "--scheme", "int8", *calibration, *extra)
    failures = compare(f"{name}, {mode}", path, float_path, data, work, bound, least)
    missing = set(wanted) - inner_operators(onnx.load(path).graph)
    return failures + ([f"has no {sorted(missing)}"] if missing else [])


def inner_operators(graph) -> set[str]:
    found = set()
    for node in graph.node:
        found.add(node.op_type)
        for attribute in node.attribute:
            if attribute.HasField("g"):
                found |= {f"{node.op_type}/{op}" for op in inner_operators(attribute.g)}
    return found


def optimized(random, work):
    """A net as ONNX Runtime's optimizer leaves it."""
    constants = {"w1": weights(random, 8, 3, 3, 3), "b1": weights(random, 8, 1)[:, 0], "w2": weights(random, 8, 8, 3, 3),
                 "w3": weights(random, 8, 8, 1, 1), "low": np.float32(-0.2), "high": np.float32(1.5)}
    nodes = [
        helper.make_node("Conv", ["x", "w1", "b1"], ["a"], pads=[1] * 4), helper.make_node("Relu", ["a"], ["b"]),
        helper.make_node("Conv", ["b", "w2"], ["c"], pads=[1] * 4), helper.make_node("Clip", ["c", "low", "high"], ["d"]),
        helper.make_node("Conv", ["d", "w3"], ["e"]), helper.make_node("Sigmoid", ["e"], ["y"])]
    data = [{"x": random.normal(0, 1, (1, 3, 12, 10)).astype(np.float32)} for _ in range(6)]
    onnx.save(model(nodes, data[0], ["y"], constants), work / "plain.onnx")
    options = ort.SessionOptions()
    options.graph_optimization_level = ort.GraphOptimizationLevel.ORT_ENABLE_EXTENDED
    options.optimized_model_filepath = str(work / "optimized.onnx")
    options.log_severity_level = 3
    ort.InferenceSession(str(work / "plain.onnx"), options, providers=["CPUExecutionProvider"])
    return work / "optimized.onnx", data


def main() -> int:
    random = np.random.default_rng(11)
    failures = []
    with tempfile.TemporaryDirectory() as folder:
        work = pathlib.Path(folder)
        for groups in (1, 2):
            net, data = upsampler(random, groups)
            failures += job(f"ConvTranspose, {groups} groups", net, data, work, "static", 28,
                            wanted=["ConvTranspose", "QuantizeLinear"])
            failures += job(f"ConvTranspose, {groups} groups", net, data, work, "weight-only", 35, FLOATS)
        net, data = conv_branches(random)
        for form, found in (("qdq", "QuantizeLinear"), ("qoperator", "QLinearConv")):
            failures += job(f"If of convolutions, {form}", net, data, work, "static", 25, wanted=[f"If/{found}"],
                            extra=["--format", form])
        for name, (net, data), parents in (("If", branches(random), ("If", )), ("Loop, Scan", loops(random), ("Loop", "Scan"))):
            failures += job(name, net, data, work, "static", 25, wanted=[f"{p}/QuantizeLinear" for p in parents])
            failures += job(name, net, data, work, "dynamic", 30, wanted=[f"{p}/MatMulInteger" for p in parents])
            failures += job(name, net, data, work, "weight-only", 35, FLOATS,
                            wanted=[f"{p}/DequantizeLinear" for p in parents])
        path, data = optimized(random, work)
        if "FusedConv" not in operators(path):
            failures.append(f"ONNX Runtime wrote {sorted(operators(path))}")
        failures += compare("FusedConv, float", path, path, data, work, FLOATS, 90)
        failures += job("FusedConv", path, data, work, "static", 28, wanted=["Conv", "QuantizeLinear"])
    for failure in failures:
        print("FAILED", failure)
    print(f"{len(failures)} failures")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
