# Copyright 2026 The Pawl Authors.
# SPDX-License-Identifier: Apache-2.0
"""Models of unusual form, as exporters write them, through inspect, analyze, run and every way to quantize.

    odd_models_test.py [WORD]

Old opsets with what were attributes then, initialisers that are inputs, captured and shared ones, absent optional
inputs, arithmetic of float64 and int64, sizes that only data tell, outputs that are inputs, operators of ONNX Runtime's
own that Pawl lacks. In float both engines give the same; every quantized file loads in ONNX Runtime, is near the float
model there and, within STEP of the largest value, the same in Pawl. PAWL_TOOL is the command; WORD picks nets by name.
"""
import dataclasses
import pathlib
import sys
import tempfile

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from recurrent_quantize_test import farthest, operators, run_ort, run_pawl, sqnr, tool

FLOATS, STEP = 1e-5, 2e-2
FLOAT, INT64, DOUBLE, BOOL = TensorProto.FLOAT, TensorProto.INT64, TensorProto.DOUBLE, TensorProto.BOOL
node = helper.make_node
WAYS = {
    "static": ("static", ()), "qoperator": ("static", ("--format", "qoperator")),
    "tensorrt": ("static", ("--target", "tensorrt")), "dynamic": ("dynamic", ()),
    "weight-only": ("weight-only", ("--scheme", "int8")), "float16": ("float16", ()),
}


@dataclasses.dataclass
class Net:
    model: onnx.ModelProto
    data: list[dict[str, np.ndarray]]
    layers: int  # that a static job quantizes
    unknown: bool = False  # has an operator that Pawl lacks
    bound: float = FLOATS  # between the engines' float runs


def info(name, kind=FLOAT, shape=None):
    return helper.make_tensor_value_info(name, kind, shape)


def net(nodes, inputs, outputs, constants, opset=17, as_inputs=(), microsoft=False, ir_version=8) -> onnx.ModelProto:
    """`as_inputs`: initialisers that are listed as inputs, too."""
    made = [numpy_helper.from_array(np.asarray(v), n) for n, v in constants.items()]
    listed = [info(t.name, t.data_type, list(t.dims)) for t in made if t.name in as_inputs]
    graph = helper.make_graph(nodes, "net", inputs + listed, outputs, made)
    opsets = [helper.make_opsetid("", opset)] + ([helper.make_opsetid("com.microsoft", 1)] if microsoft else [])
    return helper.make_model(graph, opset_imports=opsets, ir_version=ir_version)


def weights(random, *shape) -> np.ndarray:
    return (random.normal(0, 1, shape) / np.sqrt(np.prod(shape[1:]))).astype(np.float32)


def noise(random, *shape) -> np.ndarray:
    return random.normal(0.1, 1, shape).astype(np.float32)


def opset_9(random) -> Net:
    """Convolutions of one dimension, in groups and depthwise, batch norms and clips, as of 2019."""
    c = {"w1": weights(random, 12, 2, 5), "b1": weights(random, 12, 1)[:, 0], "w2": weights(random, 12, 1, 3),
         "w3": weights(random, 7, 12, 1), "scale": random.uniform(0.5, 2, 12).astype(np.float32),
         "shift": weights(random, 12, 1)[:, 0], "mean": weights(random, 12, 1)[:, 0],
         "var": random.uniform(0.5, 2, 12).astype(np.float32), "up": np.array([1, 1, 2], np.float32)}
    nodes = [
        node("Conv", ["x", "w1", "b1"], ["a"], "grouped", group=3, dilations=[2], pads=[3, 2], strides=[2]),
        node("BatchNormalization", ["a", "scale", "shift", "mean", "var"], ["b"]), node("Clip", ["b"], ["c"], min=0.0, max=6.0),
        node("Conv", ["c", "w2"], ["d"], "depthwise", group=12, auto_pad="SAME_UPPER"), node("Add", ["d", "c"], ["e"]),
        node("MaxPool", ["e"], ["f"], kernel_shape=[3], strides=[2], auto_pad="SAME_LOWER"), node("Upsample", ["f", "up"], ["g"]),
        node("Conv", ["g", "w3"], ["h"], "pointwise"), node("Slice", ["h"], ["i"], axes=[2], starts=[1], ends=[-2]),
        node("ReduceMean", ["i"], ["j"], axes=[2], keepdims=1), node("Squeeze", ["j"], ["k"], axes=[2]),
        node("Softmax", ["k"], ["p"])]
    data = [{"x": noise(random, 1, 6, 37)} for _ in range(8)]
    model = net(nodes, [info("x", FLOAT, [1, 6, 37])], [info("i"), info("p")], c, 9, as_inputs=list(c), ir_version=3)
    return Net(model, data, 3)


def captured(random) -> Net:
    """Nested Ifs that capture initialisers, one of them an input, too; names used again in each branch."""
    c = {"w": weights(random, 16, 16), "v": weights(random, 16, 16), "zero": np.float32(0), "many": np.float32(3)}

    def branch(nodes, result, initializers=()):
        return helper.make_graph(nodes, "b", [], [info(result)], initializers)

    deep = branch([node("MatMul", ["h", "v"], ["p"], "product"), node("Relu", ["p"], ["q"])], "q")
    shallow = branch([node("Gemm", ["h", "own"], ["p"], "product", transB=1)], "p",
                     [numpy_helper.from_array(weights(random, 16, 16), "own")])
    yes = branch([node("Greater", ["s", "many"], ["large"]),
                  node("If", ["large"], ["z"], "inner", then_branch=deep, else_branch=shallow)], "z")
    no = branch([node("MatMul", ["h", "w"], ["p"], "product"), node("MatMul", ["p", "v"], ["z2"], "product_2")], "z2")
    nodes = [node("MatMul", ["x", "w"], ["h"], "product"), node("ReduceSum", ["x"], ["s"], keepdims=0),
             node("Greater", ["s", "zero"], ["positive"]), node("If", ["positive"], ["y"], "outer", then_branch=yes, else_branch=no)]
    values = [np.abs(noise(random, 1 + i % 3, 16)) * (0.15 if i % 3 == 0 else 1) for i in range(12)]
    data = [{"x": v if i % 2 else -v} for i, v in enumerate(values)]
    return Net(net(nodes, [info("x", FLOAT, ["n", 16])], [info("y")], c, 13, as_inputs=["w", "zero"]), data, 5)


def loop(random) -> Net:
    """A trip count that is an input, rows that are collected, a condition that ends it early."""
    c = {"w": weights(random, 18, 18), "go": np.bool_(True), "limit": np.float32(1e6), "u": weights(random, 18, 5)}
    body = helper.make_graph(
        [node("MatMul", ["h", "w"], ["m"], "step"), node("Tanh", ["m"], ["next"]), node("ReduceSum", ["m"], ["s"], keepdims=0),
         node("Less", ["s", "limit"], ["again"]), node("Identity", ["next"], ["row"])], "body",
        [info("i", INT64, []), info("c", BOOL, []), info("h", FLOAT, [2, 18])],
        [info("again", BOOL, []), info("next", FLOAT, [2, 18]), info("row", FLOAT, [2, 18])])
    nodes = [node("Loop", ["trips", "go", "x"], ["last", "rows"], "loop", body=body), node("MatMul", ["rows", "u"], ["y"], "out")]
    data = [{"x": noise(random, 2, 18), "trips": np.array(1 + i % 4)} for i in range(8)]
    return Net(net(nodes, [info("x", FLOAT, [2, 18]), info("trips", INT64, [])], [info("y"), info("last")], c, 16), data, 2)


def shared(random) -> Net:
    """One table for the embedding, a product with it turned, and a Gemm; one kernel for two convolutions."""
    c = {"table": weights(random, 40, 12), "k": weights(random, 4, 4, 3),
         "shape": np.array([0, 4, -1], np.int64), "back": np.array([0, -1], np.int64)}
    nodes = [
        node("Gather", ["table", "ids"], ["e"], "embedding"), node("Reshape", ["e", "shape"], ["r"]),
        node("Conv", ["r", "k"], ["a"], "first", pads=[1, 1]), node("Relu", ["a"], ["b"]),
        node("Conv", ["b", "k"], ["d"], "second", pads=[1, 1]), node("Reshape", ["d", "back"], ["f"]),
        node("Transpose", ["table"], ["turned"], perm=[1, 0]), node("MatMul", ["f", "turned"], ["y"], "logits"),
        node("Gemm", ["f", "table"], ["z"], "gemm", transB=1)]
    data = [{"ids": random.integers(0, 40, (1 + i % 3,))} for i in range(8)]
    return Net(net(nodes, [info("ids", INT64, ["n"])], [info("y"), info("z")], c), data, 4)


def absent(random) -> Net:
    """Optional inputs left out in the middle, optional outputs nobody asked for."""
    c = {"w": weights(random, 8, 3, 3, 3), "sizes": np.array([1, 8, 9, 11], np.int64), "high": np.float32(2),
         "pads": np.array([0, 0, 1, 0, 0, 0, 0, 1], np.int64), "starts": np.array([1], np.int64), "ends": np.array([9], np.int64),
         "axes": np.array([-1], np.int64), "steps": np.array([2], np.int64), "W": weights(random, 1, 20, 8),
         "R": weights(random, 1, 20, 5), "gain": random.uniform(0.5, 1.5, 8).astype(np.float32), "v": weights(random, 5, 6),
         "state": np.zeros((1, 1, 5), np.float32)}
    nodes = [
        node("Conv", ["x", "w", ""], ["a"], "conv"), node("Clip", ["a", "", "high"], ["b"]),
        node("Resize", ["b", "", "", "sizes"], ["d"], mode="nearest"), node("Pad", ["d", "pads"], ["e"]),
        node("Slice", ["e", "starts", "ends", "axes", "steps"], ["f"]), node("ReduceMean", ["f"], ["g"], axes=[2], keepdims=0),
        node("Transpose", ["g"], ["h"], perm=[2, 0, 1]),
        node("LayerNormalization", ["h", "gain"], ["i", "", "inverse"], axis=-1), node("Dropout", ["i"], ["j"]),
        node("LSTM", ["j", "W", "R", "", "", "state"], ["", "last"], "lstm", hidden_size=5),
        node("MatMul", ["last", "v"], ["y"], "out")]
    data = [{"x": noise(random, 1, 3, 9, 10)} for _ in range(8)]
    return Net(net(nodes, [info("x", FLOAT, [1, 3, 9, 10])], [info("y"), info("inverse")], c), data, 2)


def arithmetic(random) -> Net:
    """float64 and int64 between layers; shapes computed from shapes; sizes that only data tell."""
    c = {"w": weights(random, 12, 10), "u": weights(random, 10, 4), "two": np.int64(2), "half": np.float64(0.5),
         "three": np.int64(3), "last": np.array([-1], np.int64), "zero": np.float32(0),
         "first": np.int64(0)}
    nodes = [
        node("MatMul", ["x", "w"], ["a"], "first"), node("Cast", ["a"], ["b"], to=DOUBLE), node("Mul", ["b", "half"], ["d"]),
        node("ReduceMean", ["d"], ["e"], axes=[1], keepdims=1), node("Sub", ["d", "e"], ["f"]), node("Cast", ["f"], ["g"], to=FLOAT),
        node("Shape", ["x"], ["s"]), node("Gather", ["s", "first"], ["n"]), node("Mul", ["n", "two"], ["m"]),
        node("Div", ["m", "two"], ["k"]), node("Mod", ["k", "three"], ["r"]), node("Add", ["r", "k"], ["t"]),
        node("Sub", ["t", "r"], ["rows"]), node("Unsqueeze", ["rows", "z"], ["rows1"]), node("Concat", ["rows1", "last"], ["to"], axis=0),
        node("Reshape", ["g", "to"], ["h"]), node("MatMul", ["h", "u"], ["y"], "second"), node("Greater", ["y", "zero"], ["p"]),
        node("NonZero", ["p"], ["where"]), node("Where", ["p", "y", "zero"], ["kept"])]
    c["z"] = np.array([0], np.int64)
    data = [{"x": noise(random, 1 + i % 4, 12)} for i in range(8)]
    outputs = [info("y"), info("kept"), info("d", DOUBLE), info("t", INT64)]
    return Net(net(nodes, [info("x", FLOAT, ["n", 12])], outputs, c), data, 2)


def attention(random) -> Net:
    """Products of activations with sizes of batch and sequence that are open, a mask of int64, a rank-0 scale as input."""
    c = {f"w{n}": weights(random, 16, 16) for n in "qkvo"} | {
        "heads": np.array([0, 0, 4, 4], np.int64), "flat": np.array([0, 0, 16], np.int64), "one": np.float32(1),
        "low": np.float32(-1e4), "axes": np.array([1, 2], np.int64)}
    nodes = []
    for n, perm in (("q", [0, 2, 1, 3]), ("k", [0, 2, 3, 1]), ("v", [0, 2, 1, 3])):
        nodes += [node("MatMul", ["x", f"w{n}"], [f"{n}0"], n), node("Reshape", [f"{n}0", "heads"], [f"{n}1"]),
                  node("Transpose", [f"{n}1"], [n], perm=perm)]
    nodes += [
        node("MatMul", ["q", "k"], ["s0"], "scores"), node("Mul", ["s0", "scale"], ["s1"]), node("Unsqueeze", ["mask", "axes"], ["m0"]),
        node("Cast", ["m0"], ["m1"], to=FLOAT), node("Sub", ["one", "m1"], ["m2"]), node("Mul", ["m2", "low"], ["m3"]),
        node("Add", ["s1", "m3"], ["s2"]), node("Softmax", ["s2"], ["p"], axis=-1), node("MatMul", ["p", "v"], ["o0"], "mix"),
        node("Transpose", ["o0"], ["o1"], perm=[0, 2, 1, 3]), node("Reshape", ["o1", "flat"], ["o2"]),
        node("MatMul", ["o2", "wo"], ["o3"], "o"), node("Add", ["o3", "x"], ["y"])]
    data = []
    for i in range(8):
        batch, length = 1 + i % 2, 3 + i
        mask = np.ones((batch, length), np.int64)
        mask[:, length - i % 3:] = 0
        data.append({"x": noise(random, batch, length, 16), "mask": mask, "scale": np.array(0.5, np.float32)})
    inputs = [info("x", FLOAT, ["b", "t", 16]), info("mask", INT64, ["b", "t"]), info("scale", FLOAT, [])]
    return Net(net(nodes, inputs, [info("y"), info("p")], c), data, 6)


def passed(random) -> Net:
    """Outputs that are an input, an initialiser, a constant, and one value read further on; a node without a name twice."""
    c = {"w": weights(random, 9, 9), "given": np.arange(4, dtype=np.float32) + 1}
    constant = numpy_helper.from_array(np.array([1.5, 2.5], np.float32), "value")
    nodes = [node("MatMul", ["x", "w"], ["h"]), node("Relu", ["h"], ["r"]), node("MatMul", ["r", "w"], ["y"]),
             node("Constant", [], ["fixed"], value=constant)]
    outputs = [info("y"), info("h"), info("x", FLOAT, [3, 9]), info("given"), info("fixed")]
    data = [{"x": noise(random, 3, 9)} for _ in range(6)]
    return Net(net(nodes, [info("x", FLOAT, [3, 9])], outputs, c), data, 2)


def unknown(random) -> Net:
    """ONNX Runtime's own operators between layers and in a branch."""
    c = {"w": weights(random, 14, 14), "v": weights(random, 14, 14), "u": weights(random, 14, 6)}
    nodes = [node("MatMul", ["x", "w"], ["a"], "before"), node("Relu", ["a"], ["b"]), node("MatMul", ["b", "v"], ["d"], "too"),
             node("QuickGelu", ["d"], ["e"], "strange", domain="com.microsoft"), node("MatMul", ["e", "w"], ["f"], "after"),
             node("MatMul", ["b", "u"], ["z"], "beside"), node("Add", ["f", "b"], ["y"])]
    data = [{"x": noise(random, 5, 14)} for _ in range(8)]
    model = net(nodes, [info("x", FLOAT, [5, 14])], [info("y"), info("z")], c, microsoft=True)
    return Net(model, data, 3, unknown=True)


def vectors(random) -> Net:
    """Products of vectors, constants on the left, Gemm turned and scaled, convolutions of three dimensions and of computed weights."""
    c = {"w": weights(random, 8, 8), "left": weights(random, 6, 8), "k3": weights(random, 4, 2, 2, 3, 3), "bias": weights(random, 8, 1)[:, 0],
         "cube": np.array([1, 2, 2, 4, 4], np.int64), "seed": weights(random, 4, 1, 1), "row": np.array([64], np.int64),
         "image": np.array([1, 1, 64], np.int64), "axes": np.array([0], np.int64)}
    nodes = [
        node("MatMul", ["v", "w"], ["a"], "vector"), node("MatMul", ["left", "a"], ["b"], "constant_left"),
        node("Gemm", ["x", "w", "bias"], ["d"], "turned", transA=1, alpha=0.5, beta=2.0), node("Reshape", ["d", "cube"], ["e"]),
        node("Conv", ["e", "k3"], ["f"], "three", pads=[0, 1, 1, 0, 1, 1]), node("Reshape", ["d", "image"], ["g"]),
        node("Mul", ["seed", "v"], ["h"]), node("Conv", ["g", "h"], ["i"], "computed"), node("MatMul", ["x", "d"], ["j"], "both")]
    data = [{"x": noise(random, 8, 8), "v": noise(random, 8)} for _ in range(8)]
    inputs = [info("x", FLOAT, [8, 8]), info("v", FLOAT, [8])]
    return Net(net(nodes, inputs, [info("b"), info("f"), info("i"), info("j")], c), data, 3)


def half(random) -> Net:
    """A model in f16 between casts, as converters write it."""
    h = lambda *shape: weights(random, *shape).astype(np.float16)
    c = {"w": h(6, 3, 3, 3), "b": h(6, 1)[:, 0], "v": h(6, 5), "axes": np.array([2, 3], np.int64), "W": h(1, 16, 6), "R": h(1, 16, 4)}
    nodes = [
        node("Cast", ["x"], ["x16"], to=TensorProto.FLOAT16), node("Conv", ["x16", "w", "b"], ["a"], "conv"), node("Relu", ["a"], ["r"]),
        node("ReduceMax", ["r"], ["m"], axes=[2], keepdims=0), node("Transpose", ["m"], ["t"], perm=[2, 0, 1]),
        node("LSTM", ["t", "W", "R"], ["s"], "lstm", hidden_size=4), node("GlobalAveragePool", ["r"], ["p"]), node("Flatten", ["p"], ["q"]),
        node("MatMul", ["q", "v"], ["y16"], "out"), node("Cast", ["y16"], ["y"], to=FLOAT), node("Cast", ["s"], ["z"], to=FLOAT)]
    data = [{"x": noise(random, 1, 3, 8, 9)} for _ in range(6)]
    return Net(net(nodes, [info("x", FLOAT, [1, 3, 8, 9])], [info("y"), info("z")], c), data, 2, bound=STEP)


def already(random) -> Net:
    """A model that is quantized in part: its codes stay, the rest is quantized."""
    c = {"w": random.integers(-127, 128, (8, 3, 3, 3)).astype(np.int8), "ws": np.float32(0.003), "wz": np.int8(0), "s": np.float32(0.03),
         "z": np.uint8(120), "v": weights(random, 5, 8, 1, 1), "u": weights(random, 5, 5, 1, 1)}
    nodes = [
        node("QuantizeLinear", ["x", "s", "z"], ["xq"]), node("DequantizeLinear", ["xq", "s", "z"], ["xd"]),
        node("DequantizeLinear", ["w", "ws", "wz"], ["wd"]), node("Conv", ["xd", "wd"], ["a"], "codes"), node("Relu", ["a"], ["b"]),
        node("Conv", ["b", "v"], ["d"], "first"), node("HardSwish", ["d"], ["e"]), node("Conv", ["e", "u"], ["y"], "second")]
    data = [{"x": noise(random, 1, 3, 8, 8)} for _ in range(6)]
    return Net(net(nodes, [info("x", FLOAT, [1, 3, 8, 8])], [info("y")], c), data, 2)


def nested(random) -> Net:
    """An If in a Loop in an If; a Scan with two inputs, one of them backwards."""
    c = {"w": weights(random, 10, 10), "v": weights(random, 10, 10), "zero": np.float32(0), "trips": np.int64(3), "go": np.bool_(True),
         "start": np.zeros((10,), np.float32)}
    branch = lambda nodes, result: helper.make_graph(nodes, "b", [], [info(result)])
    inner = node("If", ["up"], ["next"], "inner", then_branch=branch([node("MatMul", ["t", "v"], ["p"], "p")], "p"),
                 else_branch=branch([node("MatMul", ["t", "w"], ["p2"], "p")], "p2"))
    body = helper.make_graph(
        [node("Tanh", ["h"], ["t"]), node("ReduceSum", ["t"], ["s"], keepdims=0), node("Greater", ["s", "zero"], ["up"]), inner,
         node("Identity", ["c"], ["again"])], "body",
        [info("i", INT64, []), info("c", BOOL, []), info("h", FLOAT, [4, 10])], [info("again", BOOL, []), info("next", FLOAT, [4, 10])])
    yes = branch([node("Loop", ["trips", "go", "x"], ["l"], "loop", body=body)], "l")
    no = branch([node("Gemm", ["x", "w"], ["g"], "g")], "g")
    scan = helper.make_graph(
        [node("MatMul", ["a", "w"], ["m"], "rows"), node("Add", ["m", "state"], ["n"]), node("Mul", ["n", "b"], ["o"]),
         node("Tanh", ["o"], ["new"]), node("Identity", ["new"], ["out"])], "scan",
        [info("state", FLOAT, [10]), info("a", FLOAT, [10]), info("b", FLOAT, [10])], [info("new", FLOAT, [10]), info("out", FLOAT, [10])])
    nodes = [node("ReduceSum", ["x"], ["sum"], keepdims=0), node("Greater", ["sum", "zero"], ["positive"]),
             node("If", ["positive"], ["y"], "outer", then_branch=yes, else_branch=no),
             node("Scan", ["start", "y", "x"], ["last", "z"], "scan", body=scan, num_scan_inputs=2, scan_input_directions=[0, 1])]
    data = [{"x": noise(random, 4, 10) * (1 if i % 2 else -1) + (0.5 if i % 4 > 1 else 0)} for i in range(12)]
    return Net(net(nodes, [info("x", FLOAT, [4, 10])], [info("y"), info("z")], c), data, 4)


NETS = {"opset 9": opset_9, "captured": captured, "loop": loop, "shared": shared, "absent": absent, "arithmetic": arithmetic,
        "attention": attention, "passed through": passed, "operator Pawl lacks": unknown,
        "vectors": vectors, "half": half, "already quantized": already, "nested": nested}


def differences(label, path, reference, data, work, bound, least, run_ours) -> list[str]:
    difference, all_got, all_wanted = 0.0, {}, {}
    for i, feed in enumerate(data):
        peer, wanted = run_ort(path, feed), run_ort(reference, feed)
        floats = {n for n in wanted if np.issubdtype(wanted[n].dtype, np.floating) and np.abs(wanted[n]).max() > 0}
        all_got |= {(n, i): peer[n] for n in floats}
        all_wanted |= {(n, i): wanted[n] for n in floats}
        if run_ours:
            own = run_pawl(path, feed, work)
            difference = max(difference, farthest(own, {n: peer[n] for n in floats}))
            if any(own[n].dtype != peer[n].dtype or own[n].shape != peer[n].shape for n in peer):
                return [f"{label}: outputs of another type or shape"]
    found_db = sqnr(all_got, all_wanted)
    print(f"{label:<34} engines differ by {difference:.1e} of the largest; {found_db:.1f} dB", flush=True)
    found = [f"{label}: the engines differ by {difference:.2e}"] if not difference <= bound else []
    return found + ([f"{label}: {found_db:.1f} dB"] if not found_db >= least else [])


def check(name: str, made: Net, work: pathlib.Path) -> list[str]:
    path, folder = work / "float.onnx", work / "data"
    onnx.save(made.model, path)
    folder.mkdir()
    for i, feed in enumerate(made.data):
        np.savez(folder / f"{i:02}.npz", **feed)
    tool("inspect", path)
    failures = differences(f"{name}, float", path, path, made.data, work, made.bound, 100, not made.unknown)
    tool("analyze", path, "--calibration", folder, "--max-drop", "0.01", "--write-recipe", work / "recipe.json")
    for label, (mode, extra) in WAYS.items():
        out = work / f"{label}.onnx"
        try:
            tool("quantize", path, "-o", out, "--mode", mode, "--calibration", folder, "--report", work / "report.json", *extra)
            exact = mode in ("weight-only", "float16")
            bound = made.bound if mode == "weight-only" else STEP
            failures += differences(f"{name}, {label}", out, path, made.data, work, bound, 30 if exact else 20, not made.unknown)
            quantized = (work / "report.json").read_text().count('"quantized": true')
            if label == "static" and quantized != made.layers:
                failures.append(f"{name}: {quantized} layers are quantized, not {made.layers}")
            if made.unknown and "QuickGelu" not in operators(out):
                failures.append(f"{name}, {label}: has the operators {sorted(operators(out))}")
        except Exception as error:
            failures.append(f"{name}, {label}: {str(error).splitlines()[-1][:400]}")
    return failures


def main() -> int:
    random, failures = np.random.default_rng(5), []
    for name, make in NETS.items():
        made = make(random)
        if len(sys.argv) > 1 and sys.argv[1] not in name:
            continue
        with tempfile.TemporaryDirectory() as folder:
            try:
                failures += check(name, made, pathlib.Path(folder))
            except Exception as error:
                failures.append(f"{name}: {str(error).splitlines()[-1][:400]}")
    for failure in failures:
        print("FAILED", failure)
    print(f"{len(NETS)} nets, {len(failures)} failures")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
