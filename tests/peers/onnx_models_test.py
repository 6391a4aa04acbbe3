# Copyright 2026 The Pawl Authors.
# SPDX-License-Identifier: Apache-2.0
"""Runs real ONNX models in Pawl and in ONNX Runtime on the same inputs.

    onnx_models_test.py REWRITE [MODEL-PATTERN]

The models are those of cmake/fetch_models.sh. For each: max|difference| <= 1e-4 max|y| of each output and of each inner
value, what a node inherits from those before it included; and <= 1e-5 max|y| of each node's results where it is given what
ONNX Runtime computed before it. Then the file that Pawl writes of it must load in ONNX Runtime
and give the same bits there as the original. PAWL_TOOL is the command.
"""
import fnmatch
import os
import pathlib
import subprocess
import sys
import tempfile

import numpy as np
import onnx
import onnxruntime as ort

ROOT = pathlib.Path(__file__).resolve().parents[2]


def speech(random: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
    """A swept tone with noise: what the speech models make of it is not all zero."""
    t = np.arange(shape[-1]) / 16000.0
    tone = 0.3 * np.sin(2 * np.pi * (200 + 400 * t) * t) + 0.05 * random.standard_normal(shape[-1])
    return np.broadcast_to(tone, shape).astype(np.float32)


def page(random: np.random.Generator, batch: int, height: int, width: int) -> np.ndarray:
    """Lines of dark strokes on a light page, so that a detector of text has something to find."""
    images = np.full((batch, 3, height, width), 0.9) + 0.02 * random.standard_normal((batch, 3, height, width))
    for top in range(8, height - 16, 24):
        for left in range(8, width - 12, 9):
            bar, column = random.integers(0, 10), random.integers(0, 5)
            images[:, :, top + bar:top + bar + 3, left:left + 7] = -0.8
            images[:, :, top:top + 14, left + column:left + column + 2] = -0.8
    return images.astype(np.float32)


def inputs_of(name: str, random: np.random.Generator) -> list[dict[str, np.ndarray]]:
    def image(*shape):
        return random.uniform(-1, 1, shape).astype(np.float32)

    def tokens(batch, length):
        return {"input_ids": random.integers(1000, 20000, (batch, length)),
                "attention_mask": (np.arange(length) < random.integers(length // 2, length + 1, (batch, 1))).astype(np.int64)}

    def heads(frames):
        return [{"": image(1, frames, 96)}]

    return {
        "ch_PP-OCRv4_det_infer": lambda: [{"x": page(random, 1, 96, 160)}, {"x": page(random, 2, 64, 64)}],
        "ch_PP-OCRv4_rec_infer": lambda: [{"x": image(1, 3, 48, 160)}, {"x": image(2, 3, 48, 100)}],
        "ch_ppocr_mobile_v2.0_cls_infer": lambda: [{"x": image(2, 3, 48, 192)}],
        "embedding_model": lambda: [{"input_1": image(2, 76, 32, 1) * 4}],
        "melspectrogram": lambda: [{"input": speech(random, (1, 16000)) * 32767}],
        "silero_vad": lambda: [{"input": speech(random, (1, length)), "sr": np.array(rate),
                                "h": image(2, 1, 64) * 0.1, "c": image(2, 1, 64) * 0.1}
                               for rate, length in ((16000, 1536), (16000, 512), (8000, 768))],
        "paraphrase-MiniLM-L3-v2": lambda: [tokens(1, 12), tokens(3, 40)],
    }.get(name, lambda: heads(16))()


def with_inner_values(path: pathlib.Path) -> tuple[bytes, list[str]]:
    """The model with each value of its main graph as an output, and their names in order."""
    model = onnx.load(path)
    known = {o.name for o in model.graph.output}
    names = [o for n in model.graph.node if n.op_type != "Constant" for o in n.output if o]
    for name in names:
        if name not in known:
            model.graph.output.append(onnx.ValueInfoProto(name=name))
    return model.SerializeToString(), names


def taken_apart(path: pathlib.Path, values: dict[str, np.ndarray]) -> tuple[bytes, dict[str, np.ndarray], list[str]]:
    """The model with each node by itself: what it reads from other nodes comes in as an input of its own, and all that nodes
    of the main graph compute is an output. With the inputs' values and the outputs' names."""
    model = onnx.load(path)
    graph = model.graph
    feeds: dict[str, np.ndarray] = {}
    results = []
    for node in graph.node:
        for i, name in enumerate(node.input):
            if name in values:
                node.input[i] = f"given/{name}"
                feeds[f"given/{name}"] = values[name]
        results += [o for o in node.output if isinstance(values.get(o), np.ndarray)]
    for name, value in feeds.items():
        kind = onnx.helper.np_dtype_to_tensor_dtype(value.dtype)
        graph.input.append(onnx.helper.make_tensor_value_info(name, kind, value.shape))
    del graph.output[:]
    for name in results:
        graph.output.append(onnx.ValueInfoProto(name=name))
    return model.SerializeToString(), feeds, results


def node_error(path: pathlib.Path, feed: dict[str, np.ndarray], values: dict[str, np.ndarray],
               work: pathlib.Path) -> tuple[float, str]:
    """The largest error of a node by itself, and what it computes."""
    spelled, feeds, names = taken_apart(path, values)
    (work / "apart.onnx").write_bytes(spelled)
    np.savez(work / "apart_in.npz", **feed, **feeds)
    subprocess.run([os.environ["PAWL_TOOL"], "run", str(work / "apart.onnx"), "--inputs", str(work / "apart_in.npz"), "-o",
                    str(work / "apart_out.npz")], capture_output=True, text=True, check=True)
    got = np.load(work / "apart_out.npz")
    return max(((relative(got[name], values[name]), name) for name in names), default=(0.0, ""))


def session(model) -> ort.InferenceSession:
    options = ort.SessionOptions()
    options.graph_optimization_level = ort.GraphOptimizationLevel.ORT_DISABLE_ALL
    options.intra_op_num_threads = 2
    options.log_severity_level = 3
    return ort.InferenceSession(model, options, providers=["CPUExecutionProvider"])


def relative(got: np.ndarray, want: np.ndarray) -> float:
    if got.shape != want.shape or got.dtype != want.dtype:
        return float("inf")
    if want.size == 0:
        return 0.0
    if not np.issubdtype(want.dtype, np.floating):
        return 0.0 if np.array_equal(got, want) else float("inf")
    if not np.array_equal(np.isfinite(got), np.isfinite(want)):
        return float("inf")
    finite = np.isfinite(want)
    difference = np.abs(got[finite] - want[finite]).max(initial=0)
    return float(difference / np.abs(want[finite]).max()) if difference > 0 else 0.0


def check(path: pathlib.Path, rewrite: str, work: pathlib.Path) -> list[str]:
    failures = []
    original = session(str(path))
    spelled, names = with_inner_values(path)
    inner = session(spelled)
    again = work / "again.onnx"
    run = subprocess.run([rewrite, str(path), str(again)], capture_output=True, text=True)
    if run.returncode != 0:
        failures.append(f"rewriting: {run.stderr.strip()}")
    random = np.random.default_rng(1)
    worst_output = worst_inner = 0.0
    worst_name = ""
    worst_node = (0.0, "")
    for feed in inputs_of(path.stem, random):
        feed = {k or original.get_inputs()[0].name: v for k, v in feed.items()}
        np.savez(work / "in.npz", **feed)
        arguments = [os.environ["PAWL_TOOL"], "run", str(path), "--inputs", str(work / "in.npz"), "-o",
                     str(work / "out.npz")]
        (work / "names").write_text("")
        run = subprocess.run(arguments + [w for n in names for w in ("--value", n)], capture_output=True, text=True)
        if run.returncode != 0:
            return failures + [run.stderr.strip()]
        got = np.load(work / "out.npz")
        # The outputs as they come without observers: where nodes are merged.
        subprocess.run(arguments[:-1] + [str(work / "merged.npz")], capture_output=True, check=True)
        merged = np.load(work / "merged.npz")
        wanted = [o.name for o in original.get_outputs()]
        results = dict(zip(wanted, original.run(wanted, feed)))
        for name in wanted:
            worst_output = max(worst_output, relative(got[name], results[name]), relative(merged[name], results[name]))
        values = dict(zip([o.name for o in inner.get_outputs()], inner.run(None, feed)))
        worst_node = max(worst_node, node_error(path, feed, {n: values[n] for n in names if n in values}, work))
        for name, value in values.items():
            if isinstance(value, np.ndarray):
                error = relative(got[name], value)
                if error > worst_inner:
                    worst_inner, worst_name = error, name
        if again.exists():
            for name, value in zip(wanted, session(str(again)).run(wanted, feed)):
                if not np.array_equal(value, results[name], equal_nan=True):
                    failures.append(f"the rewritten file gives another '{name}' in ONNX Runtime")
    again.unlink(missing_ok=True)
    print(f"{path.stem:<32} outputs {worst_output:.1e}  inner values {worst_inner:.1e} ({worst_name}) of {len(names)}"
          f"  nodes {worst_node[0]:.1e} ({worst_node[1]})", flush=True)
    if worst_output > 1e-4:
        failures.append(f"outputs differ by {worst_output:.2e}")
    if worst_inner > 1e-4:
        failures.append(f"'{worst_name}' differs by {worst_inner:.2e}")
    if worst_node[0] > 1e-5:
        failures.append(f"the node of '{worst_node[1]}' differs by {worst_node[0]:.2e}")
    return failures


def main() -> int:
    fetched = subprocess.run(["sh", str(ROOT / "cmake/fetch_models.sh")], capture_output=True, text=True, check=True)
    paths = sorted(p for folder in fetched.stdout.split() for p in pathlib.Path(folder).glob("*.onnx"))
    pattern = sys.argv[2] if len(sys.argv) > 2 else "*"
    passed = failed = 0
    with tempfile.TemporaryDirectory() as work:
        for path in paths:
            if not fnmatch.fnmatch(path.stem, pattern):
                continue
            failures = check(path, sys.argv[1], pathlib.Path(work))
            for failure in failures:
                print("FAILED", path.stem, failure)
            passed, failed = (passed, failed + 1) if failures else (passed + 1, failed)
    print(f"{passed} passed, {failed} failed")
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main())
