# Copyright 2026 The Pawl Authors.
# SPDX-License-Identifier: Apache-2.0
"""Quantizes real ONNX models with Pawl and with ONNX Runtime, and compares what is left of their outputs.

    PAWL_TOOL=build/release/bin/pawl ~/.cache/pawl/peers-*/bin/python bench/peers/compare_quantize.py [MODEL-PATTERN]

It needs what `sh cmake/bootstrap.sh --peers` installs. Models, data and the measures of tasks are in quantize_cases.py.
Every file, Pawl's too, runs in ONNX Runtime; figures are the SQNR of the outputs against the float model's, in dB, mean
over outputs, and below them the task's measure. Pawl must be at least as good as quantize_static (as it comes, and with
per_channel) and quantize_dynamic (as it comes, and with u8 weights, which its ConvInteger wants), within 0.1 dB; how
far Pawl's own run of its file is from ONNX Runtime's stands beside.
"""
import dataclasses
import fnmatch
import json
import logging
import os
import pathlib
import subprocess
import sys
import tempfile
import warnings

import numpy as np
import onnx
from onnxruntime.quantization import CalibrationDataReader, QuantType, quantize_dynamic, quantize_static
from quantize_cases import Case, Feeds, Outputs, case_of, fetch, outputs, session, sqnr

TOLERANCE_DB = 0.1
THEIRS = ("ort static", "ort static per channel", "ort dynamic", "ort dynamic u8 weights")
OURS = {"static": ("static", ()), "qoperator": ("static", ("--format", "qoperator")), "dynamic": ("dynamic", ()),
        "weights int8": ("weight-only", ("--scheme", "int8"))}
NONE = float("-inf")


@dataclasses.dataclass
class Figure:
    sqnr_db: float = NONE
    task: float | None = None
    failure: str = ""
    own_run_db: float | None = None  # Pawl's own run against ONNX Runtime's of the same file


class Reader(CalibrationDataReader):
    def __init__(self, feeds: Feeds):
        self.feeds = iter(feeds)

    def get_next(self):
        return next(self.feeds, None)


def ort_float_model(path: pathlib.Path, work: pathlib.Path) -> pathlib.Path:
    """In an opset that quantize_static can say per-channel codes in."""
    model = onnx.load(path)
    opset = max(o.version for o in model.opset_import if o.domain in ("", "ai.onnx"))
    if opset >= 13:
        return path
    converted = work / "converted.onnx"
    onnx.save(onnx.version_converter.convert_version(model, 13), converted)
    return converted


def quantizes(graph: onnx.GraphProto) -> bool:
    """Whether anything in the graph or its subgraphs works on codes."""
    return any("Quantize" in node.op_type or "Integer" in node.op_type or
               any(a.HasField("g") and quantizes(a.g) for a in node.attribute) for node in graph.node)


def figure(case: Case, wanted: Outputs, got: Outputs) -> Figure:
    return Figure(sqnr(wanted, got), case.measure(wanted, got) if case.measure else None)


def peers(case: Case, wanted: Outputs, work: pathlib.Path, labels=THEIRS) -> dict[str, Figure]:
    source, out = str(ort_float_model(case.model, work)), work / "ort.onnx"
    ways = {
        "ort static": lambda: quantize_static(source, str(out), Reader(case.calibration)),
        "ort static per channel": lambda: quantize_static(source, str(out), Reader(case.calibration), per_channel=True),
        "ort dynamic": lambda: quantize_dynamic(source, str(out)),
        "ort dynamic u8 weights": lambda: quantize_dynamic(source, str(out), weight_type=QuantType.QUInt8),
    }
    figures = {}
    for label in labels:
        try:
            ways[label]()
            if not quantizes(onnx.load(out).graph):
                figures[label] = Figure(failure="it left all in float")
                continue
            figures[label] = figure(case, wanted, outputs(out, case.test))
        except Exception as error:  # it cannot do every model: said in the table
            figures[label] = Figure(failure=f"{type(error).__name__}: {str(error).splitlines()[0][:100]}")
    return figures


def pawl_quantize(case: Case, out: pathlib.Path, calibration: pathlib.Path, mode: str, extra=()) -> dict:
    calibration.mkdir(exist_ok=True)
    for i, feed in enumerate(case.calibration):
        np.savez(calibration / f"{i:04}.npz", **feed)
    command = [os.environ["PAWL_TOOL"], "quantize", str(case.model), "-o", str(out), "--mode", mode, "--calibration",
               str(calibration), "--json", "--progress", "none", *extra]
    run = subprocess.run(command, capture_output=True, text=True)
    if run.returncode != 0:
        raise RuntimeError(run.stderr.strip())
    return json.loads(run.stdout)


def agreement(path: pathlib.Path, test: Feeds, work: pathlib.Path) -> float:
    """Pawl's own run of the file against ONNX Runtime's: SQNR."""
    s, got = session(path), []
    names = [o.name for o in s.get_outputs()]
    wanted = [s.run(None, feed) for feed in test]
    for feed in test:
        np.savez(work / "in.npz", **feed)
        run = subprocess.run([os.environ["PAWL_TOOL"], "run", str(path), "--inputs", str(work / "in.npz"), "-o",
                              str(work / "out.npz")], capture_output=True, text=True)
        if run.returncode != 0:
            raise RuntimeError(run.stderr.strip())
        result = np.load(work / "out.npz")
        got.append([result[n] for n in names])
    return sqnr(wanted, got)


def ours(case: Case, wanted: Outputs, work: pathlib.Path, own_run=True) -> dict[str, Figure]:
    figures = {}
    for label, (mode, extra) in OURS.items():
        out = work / f"{case.name}.{label.replace(' ', '_')}.onnx"
        try:
            report = pawl_quantize(case, out, work / f"{case.name}.calibration", mode, extra)
            figures[label] = figure(case, wanted, outputs(out, case.test))
            if own_run:
                figures[label].own_run_db = agreement(out, case.test[:16], work)
            if "-v" in sys.argv:
                print(f"    {label}, {report['seconds']:.1f} s: {'; '.join(report['passes'])}", flush=True)
        except Exception as error:
            figures[label] = Figure(failure=str(error)[:300])
    return figures


def complaints(theirs: dict[str, Figure], own: dict[str, Figure]) -> list[str]:
    found = [f"{label}: {f.failure}" for label, f in own.items() if f.failure]
    for mode in ("static", "dynamic"):
        best = max(f.sqnr_db for label, f in theirs.items() if mode in label)
        if own[mode].sqnr_db < best - TOLERANCE_DB:
            found.append(f"{mode}: {own[mode].sqnr_db:.2f} dB, ONNX Runtime {best:.2f} dB")
    return found


def show(case: Case, wanted: Outputs, theirs: dict[str, Figure], own: dict[str, Figure]) -> None:
    both = list(theirs.values()) + list(own.values())
    print(f"{case.name:<32}" + " ".join("  fails" if f.failure else f"{f.sqnr_db:7.1f}" for f in both) + "   " +
          " ".join(f"{label}:{f.own_run_db:.1f}" for label, f in own.items() if f.own_run_db is not None), flush=True)
    if case.measure is not None:
        float_task = case.measure(wanted, wanted)
        print(f"    {case.task + f' (float {float_task:.4g})':<28}" + " ".join(
            "  fails" if f.task is None else f"{f.task:7.5g}" for f in both), flush=True)
    for label, f in theirs.items():
        if f.failure:
            print(f"    {label}: {f.failure}")


def check(case: Case, work: pathlib.Path) -> list[str]:
    wanted = outputs(case.model, case.test)
    theirs = peers(case, wanted, work)
    own = ours(case, wanted, work)
    show(case, wanted, theirs, own)
    return complaints(theirs, own)


def main() -> int:
    logging.disable(logging.WARNING)
    warnings.filterwarnings("ignore")
    models, images = fetch()
    arguments = [a for a in sys.argv[1:] if a != "-v"]
    pattern = arguments[0] if arguments else "*"
    print(f"SQNR of outputs, dB: {', '.join(THEIRS)}; pawl {', '.join(OURS)}; its own runs beside ONNX Runtime's")
    failed = 0
    with tempfile.TemporaryDirectory() as work:
        for name in models:
            if not fnmatch.fnmatch(name, pattern):
                continue
            case = case_of(name, models, images, pathlib.Path(work))
            for failure in check(case, pathlib.Path(work)):
                failed += 1
                print("FAILED", name, failure, flush=True)
    print(f"{failed} failures")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
