# Copyright 2026 The Pawl Authors.
# SPDX-License-Identifier: Apache-2.0
"""Quantizes real ONNX models with Pawl and with ONNX Runtime, and compares what is left of their outputs.

    PAWL_TOOL=build/release/bin/pawl ~/.cache/pawl/peers-*/bin/python bench/peers/compare_quantize.py [MODEL-PATTERN]

It needs what `sh cmake/bootstrap.sh --peers` installs. The models are those of cmake/fetch_models.sh, the data those
of quantize_data.py: calibration and test samples are different ones. Every file, Pawl's too, runs in ONNX Runtime;
figures are the SQNR of the outputs against the float model's, in dB, mean over outputs. Pawl must be at least as good
as quantize_static (as it comes, and with per_channel) and quantize_dynamic, within 0.1 dB; how far Pawl's own run of
its file is from ONNX Runtime's stands beside.
"""
import fnmatch
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import warnings

import numpy as np
import onnx
import onnxruntime as ort
import quantize_data as data
from onnxruntime.quantization import CalibrationDataReader, quantize_dynamic, quantize_static

ROOT = pathlib.Path(__file__).resolve().parents[2]
TOLERANCE_DB = 0.1
CALIBRATION, TEST = 24, 16
Feeds = list[dict[str, np.ndarray]]


def session(path, optimize=True) -> ort.InferenceSession:
    options = ort.SessionOptions()
    if not optimize:
        options.graph_optimization_level = ort.GraphOptimizationLevel.ORT_DISABLE_ALL
    options.intra_op_num_threads = 2
    options.log_severity_level = 4
    return ort.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])


def chain(models: dict[str, pathlib.Path], seed: int, count: int) -> dict[str, list[np.ndarray]]:
    """What the speech models are fed: melspectrograms of speech, and embeddings of those."""
    mel, embed = session(models["melspectrogram"]), session(models["embedding_model"])
    images, heads = [], []
    for audio in data.speech_samples(count, seed, 16000 * 2):
        features = mel.run(None, {"input": audio[None]})[0].reshape(-1, 32) / 10 + 2
        windows = [features[i:i + 76, :, None] for i in range(0, len(features) - 76 + 1, 8)][:16]
        images.append(windows[len(windows) // 2][None])
        vectors = embed.run(None, {"input_1": np.stack(windows)})[0].reshape(-1, 96)
        heads.append(np.resize(vectors, (1, 16, 96)).astype(np.float32))
    return {"images": images, "heads": heads}


def feeds_of(name: str, models, images: pathlib.Path, seed: int, count: int) -> Feeds:
    random = np.random.default_rng(seed)

    def tokens():
        length = int(random.integers(8, 40))
        ids = random.integers(1000, 20000, (1, length))
        ids[0, 0], ids[0, -1] = 101, 102
        return {"input_ids": ids, "attention_mask": np.ones((1, length), np.int64)}

    if name == "ch_PP-OCRv4_det_infer":
        return [{"x": x} for x in data.photo_samples(images, count, seed)]
    if name == "ch_PP-OCRv4_rec_infer":
        return [{"x": x} for x in data.line_samples(images, count, seed, None)]
    if name == "ch_ppocr_mobile_v2.0_cls_infer":
        return [{"x": x} for x in data.line_samples(images, count, seed, 192)]
    if name == "melspectrogram":
        return [{"input": x[None]} for x in data.speech_samples(count, seed, 16000)]
    if name == "embedding_model":
        return [{"input_1": x} for x in chain(models, seed, count)["images"]]
    if name == "paraphrase-MiniLM-L3-v2":
        return [tokens() for _ in range(count)]
    if name == "silero_vad":
        return []  # its layers are in the branches of an If: neither quantizes them
    head = session(models[name]).get_inputs()[0].name
    return [{head: x} for x in chain(models, seed, count)["heads"]]


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


def outputs(path: pathlib.Path, feeds: Feeds) -> list[list[np.ndarray]]:
    s = session(path)
    return [s.run(None, feed) for feed in feeds]


def sqnr(wanted, got) -> float:
    values = []
    for o in range(len(wanted[0])):
        if not np.issubdtype(wanted[0][o].dtype, np.floating):
            continue
        signal = sum(float((w[o].astype(np.float64) ** 2).sum()) for w in wanted)
        noise = sum(float(((w[o].astype(np.float64) - g[o]) ** 2).sum()) for w, g in zip(wanted, got))
        values.append(200.0 if noise == 0 else 10 * np.log10(max(signal, 1e-300) / noise))
    return float(np.mean(values))


def peers(path, feeds: Feeds, test: Feeds, wanted, work: pathlib.Path) -> dict[str, float]:
    results = {}
    source = ort_float_model(path, work)
    for label, options in (("ort static", {}), ("ort static per channel", {"per_channel": True})):
        out = work / "ort.onnx"
        try:
            quantize_static(str(source), str(out), Reader(feeds), **options)
            results[label] = sqnr(wanted, outputs(out, test))
        except Exception as error:  # it cannot do every model: said in the table
            print(f"    {label}: {type(error).__name__}: {str(error).splitlines()[0][:120]}")
            results[label] = float("-inf")
    out = work / "ort_dynamic.onnx"
    try:
        quantize_dynamic(str(source), str(out))
        results["ort dynamic"] = sqnr(wanted, outputs(out, test))
    except Exception as error:
        print(f"    ort dynamic: {type(error).__name__}: {str(error).splitlines()[0][:120]}")
        results["ort dynamic"] = float("-inf")
    return results


def write_calibration(folder: pathlib.Path, feeds: Feeds) -> None:
    folder.mkdir(exist_ok=True)
    for i, feed in enumerate(feeds):
        np.savez(folder / f"{i:04}.npz", **feed)


def pawl_quantize(path, out, calibration, mode: str, extra=()) -> dict:
    command = [os.environ["PAWL_TOOL"], "quantize", str(path), "-o", str(out), "--mode", mode, "--calibration",
               str(calibration), "--json", "--progress", "none", *extra]
    run = subprocess.run(command, capture_output=True, text=True)
    if run.returncode != 0:
        raise RuntimeError(run.stderr.strip())
    return json.loads(run.stdout)


def agreement(path: pathlib.Path, test: Feeds, work: pathlib.Path) -> tuple[float, float]:
    """Pawl's own run of the file against ONNX Runtime's: SQNR, and largest difference in shares of the largest value."""
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
    worst = max(float(np.abs(w.astype(np.float64) - g).max() / max(np.abs(w).max(), 1e-30))
                for ws, gs in zip(wanted, got) for w, g in zip(ws, gs) if np.issubdtype(w.dtype, np.floating))
    return sqnr(wanted, got), worst


def check(path: pathlib.Path, models, images, work: pathlib.Path) -> list[str]:
    name = path.stem
    feeds = feeds_of(name, models, images, 1, CALIBRATION)
    test = feeds_of(name, models, images, 1001, TEST)
    if not feeds:
        print(f"{name:<32} no layer in the main graph", flush=True)
        return []
    failures = []
    calibration = work / f"{name}.calibration"
    write_calibration(calibration, feeds)
    wanted = outputs(path, test)
    theirs = peers(path, feeds, test, wanted, work)
    ours, own_run = {}, {}
    for label, mode, extra in (("static", "static", ()), ("qoperator", "static", ("--format", "qoperator")),
                               ("dynamic", "dynamic", ()), ("weights int8", "weight-only", ("--scheme", "int8"))):
        out = work / f"{name}.{label.replace(' ', '_')}.onnx"
        try:
            pawl_quantize(path, out, calibration, mode, extra)
            ours[label] = sqnr(wanted, outputs(out, test))
            own_run[label] = agreement(out, test, work)
        except Exception as error:
            failures.append(f"{label}: {str(error)[:300]}")
            ours[label] = float("-inf")
    best_static = max(theirs["ort static"], theirs["ort static per channel"])
    row = [f"{theirs[k]:6.1f}" for k in theirs] + [f"{ours[k]:6.1f}" for k in ours]
    runs = " ".join(f"{k}:{s:.1f}dB/{w:.1e}" for k, (s, w) in own_run.items())
    print(f"{name:<32} {' '.join(row)}   own run {runs}", flush=True)
    if ours["static"] < best_static - TOLERANCE_DB:
        failures.append(f"static: {ours['static']:.2f} dB, ONNX Runtime {best_static:.2f} dB")
    if ours["dynamic"] < theirs["ort dynamic"] - TOLERANCE_DB:
        failures.append(f"dynamic: {ours['dynamic']:.2f} dB, ONNX Runtime {theirs['ort dynamic']:.2f} dB")
    return failures


def main() -> int:
    warnings.filterwarnings("ignore")
    fetched = subprocess.run(["sh", str(ROOT / "cmake/fetch_models.sh")], capture_output=True, text=True, check=True)
    folders = [pathlib.Path(f) for f in fetched.stdout.split()]
    models = {p.stem: p for folder in folders for p in sorted(folder.glob("*.onnx"))}
    images = next(f for f in folders if f.name == "images")
    pattern = sys.argv[1] if len(sys.argv) > 1 else "*"
    print(f"{'SQNR of outputs, dB':<32} ort: static, per channel, dynamic; pawl: static, qoperator, dynamic, weights int8")
    failed = 0
    with tempfile.TemporaryDirectory() as work:
        for name, path in models.items():
            if not fnmatch.fnmatch(name, pattern):
                continue
            for failure in check(path, models, images, pathlib.Path(work)):
                failed += 1
                print("FAILED", name, failure, flush=True)
    print(f"{failed} failures")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
