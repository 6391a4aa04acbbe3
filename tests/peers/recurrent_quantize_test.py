# Copyright 2026 The Pawl Authors.
# SPDX-License-Identifier: Apache-2.0
"""Recurrent layers and embeddings quantized by Pawl and by ONNX Runtime's quantize_dynamic, run in both engines.

    recurrent_quantize_test.py

Nets of an LSTM (one and two directions, peepholes, sequence lengths, initial states), of a GRU, and of an embedding
before an LSTM, with random weights. For each: Pawl's dynamic and weight-only files and ONNX Runtime's own file give the
same in Pawl and in ONNX Runtime (one thread); Pawl's file is at least as near to the float net as ONNX Runtime's.

A state that becomes another code in one engine changes what follows by a step of that state times a weight; STEP bounds
it. PAWL_TOOL is the command.
"""
import logging
import os
import pathlib
import subprocess
import sys
import tempfile

import numpy as np
import onnx
import onnxruntime as ort
from onnx import TensorProto, helper, numpy_helper
from onnxruntime import quantization as q

# Largest difference of two engines on one file, of the largest value: floats (no codes of states) and, where states are
# quantized while running, one code of 255 in a sum of many.
FLOATS, STEP = 1e-5, 5e-3
STEPS, BATCH, INPUTS, HIDDEN, WORDS = 12, 3, 24, 40, 50


def net(op: str, random: np.random.Generator, directions: int = 1, batch: int = BATCH, embedding: bool = False,
        extras: bool = False) -> tuple[onnx.ModelProto, dict[str, np.ndarray]]:
    gates = {"LSTM": 4, "GRU": 3}[op]
    rows = gates * HIDDEN
    constants = {
        "W": random.normal(0, 0.3, (directions, rows, INPUTS)) * random.uniform(0.2, 2, (directions, rows, 1)),
        "R": random.normal(0, 0.15, (directions, rows, HIDDEN)) * random.uniform(0.5, 2, (directions, rows, 1)),
        "B": random.normal(0, 0.1, (directions, 2 * rows)),
    }
    feed, inputs, nodes = {}, ["x", "W", "R", "B", "", "", "", ""], []
    if embedding:
        constants["table"] = random.normal(0, 1, (WORDS, INPUTS)) * random.uniform(0.1, 1, (WORDS, 1))
        feed["words"] = random.integers(0, WORDS, (STEPS, batch))
        nodes.append(helper.make_node("Gather", ["table", "words"], ["x"], "embedding"))
    else:
        feed["x"] = random.normal(0, 1, (STEPS, batch, INPUTS)).astype(np.float32)
    if extras:
        feed["lengths"] = random.integers(1, STEPS + 1, batch).astype(np.int32)
        feed["h"] = random.normal(0, 0.5, (directions, batch, HIDDEN)).astype(np.float32)
        inputs[4], inputs[5] = "lengths", "h"
        if op == "LSTM":
            feed["c"] = random.normal(0, 0.5, (directions, batch, HIDDEN)).astype(np.float32)
            constants["P"] = random.normal(0, 0.2, (directions, 3 * HIDDEN))
            inputs[6], inputs[7] = "c", "P"
    if op == "GRU":
        del inputs[6:]
    outputs = ["y", "y_h"] + (["y_c"] if op == "LSTM" else [])
    direction = "bidirectional" if directions == 2 else "forward"
    more = {"linear_before_reset": 1} if op == "GRU" else {}
    nodes.append(helper.make_node(op, inputs, outputs, "layer", hidden_size=HIDDEN, direction=direction, **more))
    graph = helper.make_graph(
        nodes, "net",
        [helper.make_tensor_value_info(n, helper.np_dtype_to_tensor_dtype(v.dtype), v.shape) for n, v in feed.items()],
        [helper.make_tensor_value_info(n, TensorProto.FLOAT, None) for n in outputs],
        [numpy_helper.from_array(v.astype(np.float32), n) for n, v in constants.items()])
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 14)], ir_version=8), feed


def run_ort(path: pathlib.Path, feed) -> dict[str, np.ndarray]:
    options = ort.SessionOptions()
    options.intra_op_num_threads = 1
    # Else it computes products with dequantized weights on codes.
    options.graph_optimization_level = ort.GraphOptimizationLevel.ORT_DISABLE_ALL
    session = ort.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    names = [o.name for o in session.get_outputs()]
    return dict(zip(names, session.run(names, feed)))


def tool(*arguments) -> None:
    run = subprocess.run([os.environ["PAWL_TOOL"], *map(str, arguments)], capture_output=True, text=True)
    if run.returncode != 0:
        raise RuntimeError(f"{arguments}: {run.stderr.strip()}")


def run_pawl(path: pathlib.Path, feed, work: pathlib.Path) -> dict[str, np.ndarray]:
    np.savez(work / "in.npz", **feed)
    tool("run", path, "--inputs", work / "in.npz", "-o", work / "out.npz")
    return dict(np.load(work / "out.npz"))


def farthest(got, want) -> float:
    return max(float(np.abs(got[n] - want[n]).max() / np.abs(want[n]).max()) for n in want)


def sqnr(got, want) -> float:
    noise = sum(float(((got[n] - want[n]).astype(np.float64)**2).sum()) for n in want)
    signal = sum(float((want[n].astype(np.float64)**2).sum()) for n in want)
    return float("inf") if noise == 0 else 10 * np.log10(signal / noise)


def operators(path: pathlib.Path) -> set[str]:
    return {node.op_type for node in onnx.load(path).graph.node}


def check(name: str, model: onnx.ModelProto, feed, work: pathlib.Path) -> list[str]:
    failures = []
    float_path, theirs = work / "float.onnx", work / "theirs.onnx"
    onnx.save(model, float_path)
    wanted = run_ort(float_path, feed)
    q.quantize_dynamic(str(float_path), str(theirs), weight_type=q.QuantType.QInt8, per_channel=True)
    files = {"theirs": theirs}
    for mode, scheme in (("dynamic", "int8"), ("weight-only", "int8")):
        files[mode] = work / f"{mode}.onnx"
        tool("quantize", float_path, "-o", files[mode], "--mode", mode, "--scheme", scheme)
    lstm, found = "LSTM" in name, {}
    for kind, path in files.items():
        peer, own = run_ort(path, feed), run_pawl(path, feed, work)
        codes = lstm and kind != "weight-only"
        if codes != ("DynamicQuantizeLSTM" in operators(path)):
            failures.append(f"{kind} has the operators {sorted(operators(path))}")
        difference = farthest(own, peer)
        found[kind] = sqnr(peer, wanted)
        print(f"{name:<32}{kind:<13} engines differ by {difference:.1e} of the largest; {found[kind]:.1f} dB, "
              f"in Pawl {sqnr(own, wanted):.1f} dB; {path.stat().st_size} of {float_path.stat().st_size} bytes", flush=True)
        if not difference <= (STEP if codes else FLOATS):
            failures.append(f"{kind}: the engines differ by {difference:.2e}")
        # ONNX Runtime's tool leaves the table and the GRU in float.
        if kind != "theirs" and path.stat().st_size > 0.4 * float_path.stat().st_size:
            failures.append(f"{kind} takes {path.stat().st_size} bytes")
    if lstm and "embedding" not in name and found["dynamic"] < found["theirs"] - 0.1:
        failures.append(f"{found['dynamic']:.2f} dB, ONNX Runtime's {found['theirs']:.2f} dB")
    if min(found.values()) < 25:
        failures.append(f"{min(found.values()):.1f} dB")
    return failures


def main() -> int:
    logging.disable(logging.WARNING)
    random = np.random.default_rng(7)
    cases = {
        "LSTM": net("LSTM", random),
        "LSTM, one sequence": net("LSTM", random, batch=1),
        "LSTM, two directions": net("LSTM", random, directions=2),
        "LSTM, all inputs": net("LSTM", random, directions=2, extras=True),
        "LSTM, embedding": net("LSTM", random, embedding=True),
        "GRU": net("GRU", random),
        "GRU, two directions": net("GRU", random, directions=2, extras=True),
    }
    failed = 0
    for name, (model, feed) in cases.items():
        with tempfile.TemporaryDirectory() as folder:
            for failure in check(name, model, feed, pathlib.Path(folder)):
                failed += 1
                print("FAILED", name, failure, flush=True)
    print(f"{len(cases)} nets, {failed} failures")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
