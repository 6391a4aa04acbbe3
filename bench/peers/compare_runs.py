# Copyright 2026 The Pawl Authors.
# SPDX-License-Identifier: Apache-2.0
"""How far two runs of one quantized file are apart, and whether that is the engine or the net.

    PAWL_TOOL=build/release/bin/pawl ~/.cache/pawl/peers-*/bin/python bench/peers/compare_runs.py [MODEL-PATTERN [FILE]]

A static QDQ file of Pawl's (FILE, or made here) is run by ONNX Runtime with its optimizations off, which computes it as
it is written, and compared with four other runs: Pawl's; Pawl's of each piece between codes, given ONNX Runtime's codes (what the engine
itself does otherwise); ONNX Runtime's own with optimizations; and the first again after one value in a thousand of the
input was changed by 1e-6 of the largest. Figures: the share of codes that differ, the most steps, and outputs in dB;
with -v also the share tensor by tensor. Where the last two runs are as far from the first as Pawl's, no engine can
be nearer.
"""
import fnmatch
import logging
import os
import pathlib
import sys
import tempfile
import warnings

import numpy as np
import onnx

sys.path.append(str(pathlib.Path(__file__).resolve().parents[2] / "tests/peers"))

from compare_quantize import pawl_quantize  # noqa: E402
from onnx_quantized_test import Differences, cut, is_code, pawl, with_outputs  # noqa: E402
from quantize_cases import case_of, fetch, session  # noqa: E402


def nudged(feed, random):
    result = {}
    for name, x in feed.items():
        if np.issubdtype(x.dtype, np.floating):
            chosen = random.random(x.shape) < 1e-3
            x = np.where(chosen, x + np.abs(x).max() * np.float32(1e-6), x).astype(x.dtype)
        result[name] = x
    return result


class Run:
    def __init__(self, label: str):
        self.label, self.total, self.signal, self.noise, self.by_name = label, Differences(), 0.0, 0.0, {}

    def add(self, codes, wanted, outputs):
        for name, got in codes.items():
            self.total.add(name, got, wanted[name])
            one = self.by_name.setdefault(name, Differences())
            one.add(name, got, wanted[name])
        for name, got in outputs.items():
            w = wanted[name].astype(np.float64)
            self.signal += float((w**2).sum())
            self.noise += float(((w - got)**2).sum())

    def text(self) -> str:
        db = ""
        if self.signal:
            db = ", outputs identical" if self.noise == 0 else f", outputs {10 * np.log10(self.signal / self.noise):.1f} dB"
        return f"{self.label}: {self.total.share():.1e} of codes, {self.total.steps} steps{db}"


def compare(path: pathlib.Path, test, work: pathlib.Path) -> list[Run]:
    model = onnx.load(path)
    names = [o for n in model.graph.node for o in n.output if o]
    outputs = [o.name for o in model.graph.output]
    observed = with_outputs(model, names)
    plain = session_of(observed, optimize=False)
    order = [o.name for o in plain.get_outputs()]
    random = np.random.default_rng(3)
    runs = [Run("pawl"), Run("pawl, piece by piece"), Run("ONNX Runtime optimized"), Run("input nudged")]
    merged = session(path)
    for feed in test:
        wanted = dict(zip(order, plain.run(order, feed)))
        codes = {n: v for n, v in wanted.items() if is_code(v)}
        results = {n: wanted[n] for n in outputs}
        got = pawl(with_outputs(model, codes), feed, work)
        runs[0].add({n: got[n] for n in codes}, wanted, {n: got[n] for n in results})
        got = pawl(cut(model, codes), {**feed, **{n + "/given": v for n, v in codes.items()}}, work)
        runs[1].add({n: got[n] for n in codes}, wanted, {})
        runs[2].add({}, wanted, dict(zip(outputs, merged.run(outputs, feed))))
        got = dict(zip(order, plain.run(order, nudged(feed, random))))
        runs[3].add({n: got[n] for n in codes}, wanted, {n: got[n] for n in results})
    return runs


def session_of(model: onnx.ModelProto, optimize: bool):
    with tempfile.NamedTemporaryFile(suffix=".onnx") as file:
        onnx.save(model, file.name)
        return session(file.name, optimize)


def main() -> int:
    logging.disable(logging.WARNING)
    warnings.filterwarnings("ignore")
    assert os.environ["PAWL_TOOL"]
    models, images = fetch()
    arguments = [a for a in sys.argv[1:] if a != "-v"]
    for name in models:
        if not fnmatch.fnmatch(name, arguments[0] if arguments else "*") or name == "silero_vad":  # all in subgraphs
            continue
        with tempfile.TemporaryDirectory() as folder:
            work = pathlib.Path(folder)
            case = case_of(name, models, images, work)
            file = pathlib.Path(arguments[1]) if len(arguments) > 1 else work / "static.onnx"
            if len(arguments) < 2:
                pawl_quantize(case, file, work / "calibration", "static")
            runs = compare(file, case.test[:8], work)
        print(name, *(f"\n    {run.text()}" for run in runs), flush=True)
        if "-v" in sys.argv:
            for tensor in runs[0].by_name:
                print(f"        {tensor:<40}" + " ".join(f"{run.by_name[tensor].share():.1e}" for run in runs if run.by_name))
    return 0


if __name__ == "__main__":
    sys.exit(main())
