#!/usr/bin/env python3
# Copyright 2026 The Pawl Authors.
# SPDX-License-Identifier: Apache-2.0
"""Runs whole models in Pawl (`pawl bench graph`) and in ONNX Runtime on the same inputs, in turns, and prints one table with
the ratios of the times and each one's peak of memory.

    compare_graph.py [MODEL.onnx ...] [--pair PAWL.onnx:ORT.onnx ...]

Without models: those of cmake/fetch_models.sh. --pair: a file for each, say a model that each of them has quantized. Inputs
have one sample and are random, of the sizes in SHAPES; other models get their symbols from --dim NAME=SIZE."""

import argparse
import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

import numpy as np
import onnxruntime

ROOT = pathlib.Path(__file__).resolve().parents[2]
TYPES = {"tensor(float)": np.float32, "tensor(int64)": np.int64, "tensor(int32)": np.int32, "tensor(double)": np.float64}
# By the beginning of the file's name: the sizes of inputs that the file leaves open.
SHAPES = {
    "ch_PP-OCRv4_det": {"x": (1, 3, 320, 320)},
    "ch_PP-OCRv4_rec": {"x": (1, 3, 48, 320)},
    "ch_ppocr_mobile_v2.0_cls": {"x": (1, 3, 48, 192)},
    "embedding_model": {"input_1": (1, 76, 32, 1)},
    "melspectrogram": {"input": (1, 17280)},
    "paraphrase-MiniLM-L3-v2": {"input_ids": (1, 64), "attention_mask": (1, 64)},
    "silero_vad": {"input": (1, 1536), "sr": (), "h": (2, 1, 64), "c": (2, 1, 64)},
}
VALUES = {"attention_mask": lambda shape: np.ones(shape, np.int64), "sr": lambda shape: np.array(16000)}


def session(path):
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])


def inputs_of(path, made, dims):
    random = np.random.default_rng(7)
    shapes = next((s for name, s in SHAPES.items() if path.name.startswith(name)), {})
    feeds = {}
    for given in made.get_inputs():
        shape = shapes.get(given.name)
        if shape is None:
            shape = [d if isinstance(d, int) else dims.get(d, 1) for d in given.shape]
        kind = TYPES[given.type]
        if given.name in VALUES:
            feeds[given.name] = VALUES[given.name](shape)
        elif np.issubdtype(kind, np.integer):
            feeds[given.name] = random.integers(1000, 20000, shape).astype(kind)
        else:
            feeds[given.name] = random.uniform(-1, 1, shape).astype(kind)
    return feeds


def time_theirs(made, feeds, seconds):
    times, end = [], time.perf_counter() + seconds
    made.run(None, feeds)
    while not times or time.perf_counter() < end:
        start = time.perf_counter()
        made.run(None, feeds)
        times.append(time.perf_counter() - start)
    return {"median_us": 1e6 * statistics.median(times), "min_us": 1e6 * min(times)}


def time_ours(options, path, npz):
    command = [options.pawl, "bench", "graph", path, "--inputs", npz, "--threads", "1", "--seconds", options.seconds, "--json"]
    if options.target:
        command += ["--target", options.target]
    done = subprocess.run([str(c) for c in command], stdout=subprocess.PIPE, text=True, check=True)
    return json.loads(done.stdout)[0]


# A process counts what its parent took when it was forked, so the parent is a small one.
WATCH = """
import os, sys
out = os.open(os.devnull, os.O_WRONLY)
pid = os.posix_spawnp(sys.argv[1], sys.argv[1:], os.environ, file_actions=[(os.POSIX_SPAWN_DUP2, out, 1)])
_, status, usage = os.wait4(pid, 0)
print(usage.ru_maxrss / 1024 if status == 0 else "nan")
"""


def peak(command):
    """MB of a process that loads the model and runs it once."""
    done = subprocess.run([sys.executable, "-S", "-E", "-c", WATCH, *map(str, command)], stdout=subprocess.PIPE, text=True,
                          check=True)
    return float(done.stdout)


ONE_RUN = """
import sys
import numpy as np, onnxruntime
sys.path.insert(0, {here!r})
from compare_graph import session
if len(sys.argv) > 1:
    session(sys.argv[1]).run(None, dict(np.load(sys.argv[2])))
"""


def peaks(options, ours, theirs, npz):
    script = ONE_RUN.format(here=str(ROOT / "bench/peers"))
    alone = peak([sys.executable, "-c", script])
    return peak([options.pawl, "run", ours, "--inputs", npz, "--threads", "1"]), \
        peak([sys.executable, "-c", script, theirs, npz]) - alone


def compare(options, ours, theirs):
    made = session(theirs)
    feeds = inputs_of(theirs, made, dict(d.split("=") for d in options.dim))
    with tempfile.TemporaryDirectory() as work:
        npz = pathlib.Path(work) / "in.npz"
        np.savez(npz, **feeds)
        turns = [(time_ours(options, ours, npz), time_theirs(made, feeds, options.seconds)) for _ in range(options.rounds)]
        memory = peaks(options, ours, theirs, npz) if options.memory else (float("nan"), float("nan"))
    mine, other = (statistics.median(turn[i]["median_us"] for turn in turns) for i in (0, 1))
    least = [min(turn[i]["min_us"] for turn in turns) for i in (0, 1)]
    name = ours.stem if ours == theirs else f"{ours.stem} : {theirs.stem}"
    print(f"| {name} | {mine:.0f} | {other:.0f} | {other / mine:.2f} | {least[1] / least[0]:.2f} | {memory[0]:.0f} |"
          f" {memory[1]:.0f} |", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("models", nargs="*", type=pathlib.Path)
    parser.add_argument("--pair", action="append", default=[], help="Pawl's file : ONNX Runtime's")
    parser.add_argument("--pawl", default=os.environ.get("PAWL_TOOL", "build/release/bin/pawl"), help="the pawl command")
    parser.add_argument("--only", default="", help="of the fetched models those whose name has this")
    parser.add_argument("--dim", action="append", default=[], help="NAME=SIZE of a symbolic dimension, else 1")
    parser.add_argument("--target", help="Pawl's instruction set")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=0.2)
    parser.add_argument("--memory", action="store_true", help="also the peak of memory, in runs of their own")
    options = parser.parse_args()
    pairs = [(m, m) for m in options.models]
    pairs += [tuple(pathlib.Path(p) for p in pair.split(":")) for pair in options.pair]
    if not pairs:
        fetched = subprocess.run(["sh", str(ROOT / "cmake/fetch_models.sh")], capture_output=True, text=True, check=True)
        paths = sorted(p for folder in fetched.stdout.split() for p in pathlib.Path(folder).glob("*.onnx"))
        pairs = [(p, p) for p in paths if options.only in p.name]
    print(f"ONNX Runtime {onnxruntime.__version__}, one thread\n")
    print("| model | Pawl us | ONNX Runtime us | speed | by the fastest | Pawl MB | ONNX Runtime MB |\n|---|---|---|---|---|---|---|")
    for ours, theirs in pairs:
        compare(options, ours, theirs)
    print("\nspeed: its time by Pawl's, of medians; above 1 Pawl is faster. MB: the peak of a process that loads the model and"
          " runs it once; ONNX Runtime's without what Python takes after importing it")


if __name__ == "__main__":
    main()
