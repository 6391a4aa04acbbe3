# Copyright 2026 The Pawl Authors.
# SPDX-License-Identifier: Apache-2.0
"""Errors of GGUF's blocks by ggml's own quantizer and by Pawl's methods, on one layer with the same inputs.

    $(sh bench/peers/install.sh) bench/peers/compare_blocks.py build/release/bin/pawl [FORMAT ...]

Normal weights [256, 1024], 4096 samples with 16 common directions and columns of unlike size. Figures are
tr(E H E^T), H the inputs' mean of x x^T: ggml with these inputs' importance, `pawl quantize --method blocks` and
`--method gptq --range search`, both with --calibration.
"""

import ctypes
import pathlib
import subprocess
import sys
import tempfile

import numpy as np

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "examples/models/digits"))
import safetensors_io  # noqa: E402

FORMATS = {"q4_0": (2, "q4_0"), "q4_1": (3, "q4_1"), "q5_0": (6, "q5_0"), "q5_1": (7, "q5_1"), "q2_k": (10, "q2_K"),
           "q3_k": (11, "q3_K"), "q4_k": (12, "q4_K"), "q5_k": (13, "q5_K"), "q6_k": (14, "q6_K"),
           "iq4_nl": (20, "iq4_nl"), "iq4_xs": (23, "iq4_xs")}
ROWS, COLS, SAMPLES = 256, 1024, 4096
Pointer, Int64 = ctypes.c_void_p, ctypes.c_int64


def layer():
    rng = np.random.default_rng(7)
    mix = rng.standard_normal((16, COLS), np.float32)
    x = 0.7 * rng.standard_normal((SAMPLES, COLS), np.float32)
    x += 0.4 * (rng.standard_normal((SAMPLES, 16), np.float32) @ mix)
    x *= np.exp(0.8 * rng.standard_normal(COLS)).astype(np.float32)
    return 0.03 * rng.standard_normal((ROWS, COLS), np.float32), x


def by_ggml(base, name, w, importance):
    number, word = FORMATS[name]
    quantize = base.ggml_quantize_chunk
    quantize.restype, quantize.argtypes = ctypes.c_size_t, [ctypes.c_int, Pointer, Pointer, Int64, Int64, Int64, Pointer]
    decode = getattr(base, "dequantize_row_" + word)
    decode.argtypes = [Pointer, Pointer, Int64]
    codes, out = np.zeros(w.nbytes, np.uint8), np.zeros_like(w)
    quantize(number, w.ctypes.data, codes.ctypes.data, 0, ROWS, COLS, importance.ctypes.data)
    decode(codes.ctypes.data, out.ctypes.data, w.size)
    return out


def by_pawl(tool, folder, name, *words):
    out, plain = folder / "out.pawl", folder / "out.safetensors"
    for path in (out, plain):
        path.unlink(missing_ok=True)
    subprocess.run([tool, "quantize", folder / "w.safetensors", "-o", out, "--scheme", name, "--calibration",
                    folder / "x.safetensors", "-q", "--progress", "none", *words], check=True)
    subprocess.run([tool, "dequantize", out, "-o", plain, "--progress", "none"], check=True, stdout=subprocess.DEVNULL)
    return safetensors_io.load(plain)[0]["layer.weight"]


def main():
    tool, names = sys.argv[1], sys.argv[2:] or list(FORMATS)
    ggml = pathlib.Path(sys.executable).parents[1] / "ggml"
    found = sorted(ggml.rglob("libggml-base.so*"))
    if not found:
        sys.exit(f"no ggml in {ggml}: see bench/peers/install.sh")
    base = ctypes.CDLL(str(found[0]))
    w, x = layer()
    h = x.T.astype(np.float64) @ x / SAMPLES
    importance = np.ascontiguousarray(np.diag(h), np.float32)
    print("format    ggml imatrix   pawl blocks     pawl gptq")
    with tempfile.TemporaryDirectory() as text:
        folder = pathlib.Path(text)
        safetensors_io.save(folder / "w.safetensors", {"layer.weight": w}, {})
        safetensors_io.save(folder / "x.safetensors", {"layer.weight.input": x}, {})
        for name in names:
            made = [by_ggml(base, name, w, importance), by_pawl(tool, folder, name, "--method", "blocks"),
                    by_pawl(tool, folder, name, "--method", "gptq", "--range", "search")]
            errors = [float(np.sum(((m - w) @ h) * (m - w))) for m in made]
            print(f"{name:8}" + "".join(f"{e:14.6g}" for e in errors), flush=True)


main()
