#!/usr/bin/env python3
# Copyright 2026 The Pawl Authors.
# SPDX-License-Identifier: Apache-2.0
"""Runs `pawl bench linear` beside other engines on the same work and prints one table with the ratios of the times.

Pawl and its peers take turns, some tenths of a second each, so that whatever else the machine does hits all of them;
each figure is the median over the turns. A peer that is not installed is left out with a word. bench/README.md says
how to install the peers and what each of them computes.
"""

import argparse
import json
import os
import pathlib
import platform
import statistics
import subprocess
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
COLUMNS = ["pawl", "M", "threads", "pawl us", "share", "peer", "peer us", "pawl/peer", "min/min"]


class Peer:
    """One engine's way of doing it; `command` makes a worker's command line from (options, threads)."""

    def __init__(self, name, command, environment=None):
        self.name, self.command, self.environment = name, command, environment or {}


def onnxruntime(name, *kind):
    return Peer(f"ONNX Runtime {name}", lambda o, threads: [
        sys.executable, HERE / "worker_onnxruntime.py", o.n, o.k, threads, *kind])


def ggml(kind):
    def command(o, threads):
        if not pathlib.Path(o.ggml).is_dir():
            raise FileNotFoundError(f"no folder {o.ggml}")
        return [sys.executable, HERE / "worker_ggml.py", o.n, o.k, threads, o.ggml, kind]

    return Peer(f"ggml {kind}", command)


def onednn(isa=None):
    def command(o, threads):
        if not pathlib.Path(o.onednn).is_file():
            raise FileNotFoundError(f"no program {o.onednn}: CMake builds it where it finds oneDNN")
        return [o.onednn, o.n, o.k]

    return Peer(f"oneDNN int8{f' held to {isa}' if isa else ''}", command, {"ONEDNN_MAX_CPU_ISA": isa} if isa else {})


def groups(options):
    """(Pawl's scheme, its mode, the peers that do that work)."""
    int8_peers = [onednn(), *[onednn(isa) for isa in options.onednn_isa], onnxruntime("dynamic int8", "int8")]
    return [
        ("int8", "dynamic_int8", int8_peers),
        ("q8_0", "dynamic_int8", [ggml("q8_0")]),
        ("int4:g32", "dynamic_int8", [onnxruntime("4 bits b32 accuracy 4", "nbits", 32, 4), ggml("q4_0")]),
        ("int4:g128", "dynamic_int8", [onnxruntime("4 bits b128 accuracy 4", "nbits", 128, 4), ggml("q4_K")]),
        ("q4_0", "dynamic_int8", [ggml("q4_0")]),
        ("q4_K", "dynamic_int8", [ggml("q4_K")]),
        ("int4:g32", "weight_only", [onnxruntime("4 bits b32 accuracy 0", "nbits", 32, 0)]),
        ("int4:g32", "weight_only_bf16", [onnxruntime("4 bits b32 accuracy 0", "nbits", 32, 0)]),
        ("int4:g128", "weight_only", [onnxruntime("4 bits b128 accuracy 0", "nbits", 128, 0)]),
    ]


class Worker:
    """A peer's process (worker.py says how it is talked to)."""

    def __init__(self, peer, options, threads):
        environment = {**os.environ, "OMP_NUM_THREADS": str(threads), **peer.environment}
        command = [str(word) for word in peer.command(options, threads)]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        stderr=subprocess.PIPE if not options.verbose else None, text=True,
                                        env=environment)
        self.peer, self.name = peer, self.answer()["name"]

    def answer(self):
        line = self.process.stdout.readline()
        while line and not line.startswith("{"):  # engines print to stdout too
            line = self.process.stdout.readline()
        if line:
            return json.loads(line)
        said = (self.process.stderr.read() if self.process.stderr else "").strip().splitlines()
        raise RuntimeError(said[-1] if said else f"it ended with code {self.process.wait()}")

    def measure(self, m, seconds):
        self.process.stdin.write(f"{m} {seconds}\n")
        self.process.stdin.flush()
        return self.answer()

    def close(self):
        self.process.stdin.close()
        self.process.wait()


class Pawl:
    def __init__(self, options, scheme, mode, threads):
        self.command = [options.pawl, "bench", "linear", "--scheme", scheme, "--mode", mode, "--n", str(options.n),
                        "--k", str(options.k), "--threads", str(threads), "--json"]
        if options.target:
            self.command += ["--target", options.target]

    def measure(self, m, seconds):
        run = subprocess.run([*self.command, "--m", str(m), "--seconds", str(seconds)], check=True,
                             stdout=subprocess.PIPE, text=True)
        return json.loads(run.stdout)[0]


def start(peers, options, threads, said):
    workers = []
    for peer in peers:
        try:
            workers.append(Worker(peer, options, threads))
        except (OSError, RuntimeError) as error:
            if peer.name not in said:
                print(f"compare: {peer.name} is left out: {error}", file=sys.stderr)
            said[peer.name] = str(error)
    return workers


def summary(results):
    shares = [r["share"] for r in results if r.get("share") is not None]
    return {"median": statistics.median(r["median_us"] for r in results), "min": min(r["min_us"] for r in results),
            "share": statistics.median(shares) if shares else None, "last": results[-1]}


def take_turns(contestants, m, options):
    results = [[] for _ in contestants]
    for _ in range(options.rounds):
        for contestant, result in zip(contestants, results):
            result.append(contestant.measure(m, options.seconds))
            time.sleep(0.02)  # threads that spin after their last call come to rest
    return [summary(result) for result in results]


def rows_of(label, m, threads, workers, summaries):
    pawl, peers = summaries[0], summaries[1:]
    share = pawl["share"]
    for worker, peer in zip(workers, peers):
        yield [label, m, threads, f"{pawl['median']:.0f}", "-" if share is None else f"{share:.2f}", worker.peer.name,
               f"{peer['median']:.0f}", f"{pawl['median'] / peer['median']:.2f}", f"{pawl['min'] / peer['min']:.2f}"]


def compare(options):
    rows, said, facts = [], {}, {}
    for scheme, mode, peers in groups(options):
        label = scheme if mode == "dynamic_int8" else f"{scheme} {mode}"
        if options.only and label not in options.only:
            continue
        for threads in options.threads:
            workers = start(peers, options, threads, said)
            pawl = Pawl(options, scheme, mode, threads)
            for m in options.m if workers else []:
                summaries = take_turns([pawl, *workers], m, options)
                facts["pawl's target"] = summaries[0]["last"]["target"]
                for worker, peer in zip(workers, summaries[1:]):
                    facts[worker.peer.name] = ", ".join(filter(None, [worker.name, peer["last"].get("info")]))
                for row in rows_of(label, m, threads, workers, summaries):
                    rows.append(row)
                    print("  ".join(str(cell) for cell in row), file=sys.stderr)
            for worker in workers:
                worker.close()
    return rows, facts, said


def machine():
    model, flags = platform.processor() or platform.machine(), []
    if os.path.exists("/proc/cpuinfo"):
        for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines():
            key, _, value = line.partition(":")
            if key.strip() == "model name":
                model = value.strip()
            if key.strip() in ("flags", "Features"):
                flags = value.split()
    wanted = ("ssse3", "avx2", "fma", "avx_vnni", "avx512f", "avx512_vnni", "amx_int8", "amx_bf16", "asimd", "asimddp",
              "i8mm", "sve", "sve2")
    load = ", ".join(f"{value:.1f}" for value in os.getloadavg())
    return f"{model} ({' '.join(f for f in wanted if f in flags)}), {os.cpu_count()} cores, load {load}"


def text_table(rows):
    cells = [COLUMNS, *[[str(cell) for cell in row] for row in rows]]
    widths = [max(len(row[i]) for row in cells) for i in range(len(COLUMNS))]
    return "\n".join("  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip() for row in cells)


def markdown(options, rows, facts, said, machines):
    lines = [f"Weights {options.n} x {options.k}; {options.rounds} turns of {options.seconds} s each.", "",
             f"- before: {machines[0]}", f"- after: {machines[1]}"]
    lines += [f"- {name}: {fact}" for name, fact in facts.items()]
    lines += [f"- {name}: left out ({reason})" for name, reason in said.items()]
    lines += ["", "| " + " | ".join(COLUMNS) + " |", "|" + "---|" * len(COLUMNS)]
    lines += ["| " + " | ".join(str(cell) for cell in row) + " |" for row in rows]
    return "\n".join(lines) + "\n"


def parse():
    numbers = lambda text: [int(word) for word in text.split(",")]
    words = lambda text: [word for word in text.split(",") if word]
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pawl", default=os.environ.get("PAWL_TOOL", "build/release/bin/pawl"), help="the pawl command")
    parser.add_argument("--onednn", help="the program peer_onednn (default: beside pawl, in ../bench)")
    parser.add_argument("--ggml", default=str(pathlib.Path(sys.prefix) / "ggml/bins/linux-x64"),
                        help="folder of libggml*.so (default: where install.sh puts it)")
    parser.add_argument("--onednn-isa", type=words, default=[], help="also oneDNN held to these levels, such as AVX2")
    parser.add_argument("--m", type=numbers, default=[1, 16, 128])
    parser.add_argument("--n", type=int, default=4096)
    parser.add_argument("--k", type=int, default=4096)
    parser.add_argument("--threads", type=numbers, default=[1, 2])
    parser.add_argument("--target", help="Pawl's instruction set")
    parser.add_argument("--only", type=words, default=[], help="rows of these schemes, as the first column names them")
    parser.add_argument("--rounds", type=int, default=3, help="turns of each")
    parser.add_argument("--seconds", type=float, default=0.2, help="of each turn")
    parser.add_argument("--markdown", help="also write the table to this file")
    parser.add_argument("--verbose", action="store_true", help="show what the peers print")
    options = parser.parse_args()
    options.pawl = str(pathlib.Path(options.pawl).resolve())
    if not pathlib.Path(options.pawl).is_file():
        parser.error(f"there is no {options.pawl}; name the pawl command with --pawl")
    if options.onednn is None:
        options.onednn = str(pathlib.Path(options.pawl).parent.parent / "bench/peer_onednn")
    return options


def main():
    options = parse()
    before = machine()
    rows, facts, said = compare(options)
    if not rows:
        sys.exit("compare: no peer is installed; run bench/peers/install.sh")
    machines = (before, machine())
    print("\n".join(["before: " + machines[0], "after:  " + machines[1]]))
    print("\n".join(f"{name}: {fact}" for name, fact in facts.items()))
    print("\n" + text_table(rows))
    print("\npawl/peer: medians; below 1 Pawl is faster. share: of the ceiling that binds. min/min: the fastest calls")
    if options.markdown:
        pathlib.Path(options.markdown).write_text(markdown(options, rows, facts, said, machines))


main()
