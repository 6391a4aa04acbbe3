#!/usr/bin/env python3
# Copyright 2026 The Pawl Authors.
# SPDX-License-Identifier: Apache-2.0
#
# Quantizes the 90 MB of all-MiniLM-L6-v2 with the pawl command (its path in PAWL_TOOL): time, peak memory, identical
# bytes for every number of threads, and errors in bounds.

import json
import os
import pathlib
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
TOOL = os.environ["PAWL_TOOL"]
SECONDS = 1.5  # best of three with two threads
SPARE_BYTES = 40_000_000


def model():
    fetched = subprocess.run(["sh", str(ROOT / "cmake/fetch_models.sh")], check=True, stdout=subprocess.PIPE, text=True)
    return pathlib.Path(fetched.stdout.split()[0]) / "model.safetensors"


def run(arguments):
    """Seconds and peak resident bytes of one command."""
    start = time.monotonic()
    process = subprocess.Popen([TOOL, *arguments], stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.monotonic() - start
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        sys.exit(f"pawl {' '.join(arguments)}: exit code {process.returncode}")
    return seconds, usage.ru_maxrss * 1024


def largest_tensor(path):
    with open(path, "rb") as file:
        header = json.loads(file.read(int.from_bytes(file.read(8), "little")))
    return max(t["data_offsets"][1] - t["data_offsets"][0] for k, t in header.items() if k != "__metadata__")


def main():
    source = model()
    limit = 2 * largest_tensor(source) + SPARE_BYTES
    failures = []
    with tempfile.TemporaryDirectory() as folder:
        for scheme in ("int8", "int4"):
            outputs = []
            for threads in (1, 2, 3):
                output = pathlib.Path(folder) / f"{scheme}-{threads}.pawl"
                arguments = ["quantize", str(source), "-o", str(output), "--scheme", scheme]
                arguments += ["--threads", str(threads), "--progress", "none", "-q"]
                results = [run(arguments) for _ in range(3)]
                seconds = min(s for s, _ in results)
                peak = max(p for _, p in results)
                print(f"{scheme} {threads} threads: {seconds:.2f} s, {peak / 1e6:.0f} MB peak, limit {limit / 1e6:.0f}")
                if peak > limit:
                    failures.append(f"{scheme}, {threads} threads: {peak} bytes of memory, limit {limit}")
                if threads == 2 and seconds > SECONDS:
                    failures.append(f"{scheme}: {seconds:.2f} s with two threads, limit {SECONDS}")
                outputs.append(output.read_bytes())
            if any(o != outputs[0] for o in outputs):
                failures.append(f"{scheme}: the bytes depend on the number of threads")
            run(["verify", str(output)])
            floor = {"int8": "29", "int4": "15"}[scheme]
            run(["compare", str(source), str(output), "--min-sqnr", floor, "--progress", "none"])
    for failure in failures:
        print("FAILED:", failure)
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()
