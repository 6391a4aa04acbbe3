#!/usr/bin/env python3
# Copyright 2026 The Pawl Authors.
# SPDX-License-Identifier: Apache-2.0
"""Runs `pawl bench conv` beside ONNX Runtime and oneDNN on the same convolutions, in turns, and prints one table with the
ratios of the times. bench/README.md says how to install them; worker_conv.py and onednn_conv.cc what they compute."""

import argparse
import json
import os
import pathlib
import statistics
import subprocess
import sys

from conv_shape import parse

HERE = pathlib.Path(__file__).resolve().parent
SHAPES = "64x56x56:64:3x3:p1,256x28x28:64:1x1,3x224x224:64:7x7:p3:s2,256x14x14:256:3x3:p1,128x56x56:128:3x3:p1:g128," \
         "128x56x56:128:3x3:p1:g4"
# (Pawl's mode, its layout, the worker's kind)
KINDS = [("integer_only", "nhwc", "exact-nhwc"), ("integer_only", "nhwc", "qlinear-nhwc"),
         ("integer_only", "nchw", "qlinear"),
         ("integer_only", "nhwc", "onednn-codes"),
         ("dynamic_int8", "nchw", "integer"), ("float", "nchw", "float"), ("float", "nhwc", "onednn-float")]


def onednn_arguments(shape, kind):
    (channels, height, width), (out, _, _), (_, _, kernel_h, kernel_w), attributes = parse(shape)
    return [*map(str, (channels, height, width, out, kernel_h, kernel_w, *attributes["pads"][:2], *attributes["strides"],
                       attributes["dilations"][0], attributes["group"])), kind.removeprefix("onednn-")]


def peer(options, shape, threads, kind):
    """A process that measures when told to; None where it is missing."""
    command = [sys.executable, HERE / "worker_conv.py", shape, str(threads), kind]
    if kind.startswith("onednn-"):
        if not os.access(options.onednn, os.X_OK):
            return None
        command = [options.onednn, *onednn_arguments(shape, kind)]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
                            env={**os.environ, "OMP_NUM_THREADS": str(threads)})


def ask(worker, seconds):
    worker.stdin.write(f"1 {seconds}\n")
    worker.stdin.flush()
    return json.loads(worker.stdout.readline())


def pawl(options, shape, mode, layout, threads):
    command = [options.pawl, "bench", "conv", "--shape", shape, "--mode", mode, "--layout", layout, "--threads", str(threads),
               "--seconds", str(options.seconds), "--json"]
    if options.target:
        command += ["--target", options.target]
    return json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout)[0]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pawl", default=os.environ.get("PAWL_TOOL", "build/release/bin/pawl"), help="the pawl command")
    parser.add_argument("--onednn", default="build/release/bench/peer_onednn_conv", help="oneDNN's program")
    parser.add_argument("--shapes", default=SHAPES, help="as `pawl bench conv --shape` takes them")
    parser.add_argument("--threads", default="1")
    parser.add_argument("--kinds", default=",".join(kind for _, _, kind in KINDS))
    parser.add_argument("--target", help="Pawl's instruction set")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=0.2)
    options = parser.parse_args()
    print("| shape | Pawl | peer | threads | pawl us | share | peer us | pawl/peer | min/min |")
    print("|---|---|---|---|---|---|---|---|---|")
    for shape in options.shapes.split(","):
        for mode, layout, kind in KINDS:
            for threads in options.threads.split(",") if kind in options.kinds.split(",") else []:
                worker = peer(options, shape, threads, kind)
                if worker is None:
                    print(f"{kind} is left out: there is no {options.onednn}", file=sys.stderr)
                    continue
                name = json.loads(worker.stdout.readline() or '{"name": ""}')["name"]
                if not name:
                    sys.exit(f"compare_conv: the worker for {kind} did not start; run bench/peers/install.sh")
                turns = [(pawl(options, shape, mode, layout, threads), ask(worker, options.seconds))
                         for _ in range(options.rounds)]
                worker.stdin.close()
                worker.wait()
                ours, theirs = (statistics.median(turn[i]["median_us"] for turn in turns) for i in (0, 1))
                least = [min(turn[i]["min_us"] for turn in turns) for i in (0, 1)]
                share = max(turn[0]["min_share"] or 0 for turn in turns)
                print(f"| {shape} | {mode} {layout} | {name} {kind} | {threads} | {ours:.0f} | {share:.2f} | {theirs:.0f} |"
                      f" {ours / theirs:.2f} | {least[0] / least[1]:.2f} |", flush=True)
    print("\npawl/peer: medians; below 1 Pawl is faster. min/min: the fastest calls. share: of the ceiling that binds, by "
          "the fastest calls")


main()
