# Copyright 2026 The Pawl Authors.
# SPDX-License-Identifier: Apache-2.0
"""A small language model quantized by Pawl and by others, at about the same bits a weight: one table.

    $(sh bench/peers/install.sh --lm) bench/peers/compare_lm.py build/release/bin/pawl [MODEL_FOLDER] [--only WORD...] [--ids N]

MODEL_FOLDER (examples/models/kjv) has config.json, model.safetensors, calibration.txt and held_out.txt. Only the linear
layers are quantized; the embedding, which is the head as well, stays. Everybody calibrates on calibration.txt. Each peer's
weights are decoded by the peer's own code to f32, so that `pawl eval` runs all models in the same arithmetic against the
float model on held_out.txt: mean KL divergence in nats, bits per byte, share of the same first choice. Bits a weight are
those that the format stores for the linear layers, scales and zero points with them.
"""

import argparse
import contextlib
import ctypes
import functools
import json
import pathlib
import shutil
import struct
import subprocess
import sys
import tempfile

import numpy as np
import torch
from compare_lm_torch import by_autoawq, by_gptqmodel
from safetensors.torch import load_file, save_file

ROOT = pathlib.Path(__file__).resolve().parents[2]
Pointer, Int64 = ctypes.c_void_p, ctypes.c_int64
K_QUANTS = {"q4_k": (12, "q4_K", 4.5), "q3_k": (11, "q3_K", 3.4375), "q2_k": (10, "q2_K", 2.625)}


class Bench:
    def __init__(self, tool, model, folder, ids):
        self.tool, self.model, self.folder, self.ids = tool, pathlib.Path(model), pathlib.Path(folder), ids
        self.weights = {k: v.float() for k, v in load_file(self.model / "model.safetensors").items()}
        self.linear = [k for k, v in self.weights.items() if v.ndim == 2 and k.startswith("model.layers.")]

    def run(self, *words):
        return subprocess.run([self.tool, *words, "--threads", "1", "--progress", "none"], check=True, capture_output=True, text=True).stdout

    @functools.cached_property
    def importance(self):
        path = self.folder / "imatrix.dat"
        self.run("imatrix", self.model, "--text", self.model / "calibration.txt", "-o", path)
        data, at, result = path.read_bytes(), 4, {}
        for _ in range(struct.unpack_from("<i", data)[0]):
            size, = struct.unpack_from("<i", data, at)
            name = data[at + 4:at + 4 + size].decode()
            calls, count = struct.unpack_from("<ii", data, at + 4 + size)
            result[name] = np.frombuffer(data, np.float32, count, at + 12 + size) / calls
            at += 12 + size + 4 * count
        return result

    def importance_of(self, name):
        words = {"self_attn.q_proj": "attn_q", "self_attn.k_proj": "attn_k", "self_attn.v_proj": "attn_v",
                 "self_attn.o_proj": "attn_output", "mlp.gate_proj": "ffn_gate", "mlp.up_proj": "ffn_up",
                 "mlp.down_proj": "ffn_down"}
        layer, part = name.split(".")[2], ".".join(name.split(".")[3:5])
        return np.ascontiguousarray(self.importance[f"blk.{layer}.{words[part]}.weight"])

    def eval(self, path):
        words = ["--reference", self.model, "--text", self.model / "held_out.txt", "--max-tokens", self.ids]
        return json.loads(self.run("eval", path, *words, "--json"))

    def eval_weights(self, decoded):
        """A folder with the decoded linear weights in place of the model's."""
        folder = self.folder / "peer"
        folder.mkdir(exist_ok=True)
        shutil.copy(self.model / "config.json", folder)
        save_file({k: decoded.get(k, v).contiguous() for k, v in self.weights.items()}, folder / "model.safetensors")
        return self.eval(folder)

    def by_pawl(self, scheme, **method):
        rules = [{"pattern": "embed_tokens|lm_head", "skip": True}, {"scheme": scheme, "method": method}]
        recipe, out, report = self.folder / "recipe.json", self.folder / "pawl", self.folder / "report.json"
        recipe.write_text(json.dumps({"pawl_recipe": "1.0", "rules": rules[:]}))
        shutil.rmtree(out, ignore_errors=True)
        self.run("quantize", self.model, "-o", out, "--recipe", recipe, "--report", report, "-q", "--calibration",
                 self.model / "calibration.txt")
        tensors = [t for t in json.loads(report.read_text())["tensors"] if t["quantized"]]
        size = sum(8 * t["bytes_after"] for t in tensors) / sum(np.prod(t["shape"]) for t in tensors)
        return self.eval(out), size


def by_ggml(bench, name):
    number, word, bits = K_QUANTS[name]
    ggml = pathlib.Path(sys.executable).parents[1] / "ggml"
    base = ctypes.CDLL(str(sorted(ggml.rglob("libggml-base.so*"))[0]))
    quantize, decode = base.ggml_quantize_chunk, getattr(base, "dequantize_row_" + word)
    quantize.restype, quantize.argtypes = ctypes.c_size_t, [ctypes.c_int, Pointer, Pointer, Int64, Int64, Int64, Pointer]
    decode.argtypes = [Pointer, Pointer, Int64]
    decoded = {}
    for k in bench.linear:
        w, importance = np.ascontiguousarray(bench.weights[k].numpy()), bench.importance_of(k)
        codes, out = np.zeros(w.nbytes, np.uint8), np.zeros_like(w)
        quantize(number, w.ctypes.data, codes.ctypes.data, 0, *w.shape, importance.ctypes.data)
        decode(codes.ctypes.data, out.ctypes.data, w.size)
        decoded[k] = torch.from_numpy(out)
    return bench.eval_weights(decoded), bits


def by_hqq(bench, bits, group):
    from hqq.core.quantize import Quantizer
    decoded = {}
    for k in bench.linear:
        q, meta = Quantizer.quantize(bench.weights[k], nbits=bits, group_size=group, axis=1, device="cpu",
                                     compute_dtype=torch.float32, optimize=True, round_zero=False)
        decoded[k] = Quantizer.dequantize(q, meta).float()
    return bench.eval_weights(decoded), bits + 32 / group


def by_bitsandbytes(bench, quant_type, nested=False, group=64):
    """Largest magnitudes are f32, or codes of 8 bits with an f32 for each 256 of them."""
    from bitsandbytes import functional
    decoded = {}
    for k in bench.linear:
        q, state = functional.quantize_4bit(bench.weights[k], blocksize=group, quant_type=quant_type, compress_statistics=nested)
        decoded[k] = functional.dequantize_4bit(q, state).float()
    return bench.eval_weights(decoded), 4 + (8 + 32 / 256 if nested else 32) / group


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("pawl")
    parser.add_argument("model", nargs="?", default=ROOT / "examples/models/kjv")
    parser.add_argument("--only", nargs="*", default=[""], help="rows that have one of these in them")
    parser.add_argument("--ids", default="65536", help="of held_out.txt")
    options = parser.parse_args()
    torch.set_num_threads(1)  # the layers are small; more threads mostly wait for one another where others run beside
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(options.pawl, options.model, folder, options.ids)
        plain = bench.eval(bench.model)
        print(f"float: {plain['bits_per_byte']:.4f} bits per byte\n")
        print("| bits | by | bits a weight | mean KL | bits per byte | same first choice |\n|---|---|---|---|---|---|")
        for size, who, make in rows(bench):
            if not any(word in f"{size} {who}" for word in options.only):
                continue
            with contextlib.redirect_stdout(sys.stderr):  # some peers have much to say
                result, bits = make()
            print(f"| {size} | {who} | {bits:.3f} | {result['mean_kl']:.5f} | {result['bits_per_byte']:.4f} "
                  f"| {100 * result['same_top']:.2f} % |", flush=True)


def rows(bench):
    result = []
    for size, scheme in ((4, "q4_k"), (3, "q3_k"), (2, "q2_k")):
        result += [
            (size, f"ggml {scheme}, imatrix", lambda s=scheme: by_ggml(bench, s)),
            (size, f"Pawl {scheme}, blocks", lambda s=scheme: bench.by_pawl(s, name="blocks")),
            *gptq_rows(bench, size, scheme),
            (size, "HQQ g64", lambda b=size: by_hqq(bench, b, 64)),
            (size, f"Pawl uint{size}:g64:hqq, hqq", lambda b=size: bench.by_pawl(f"uint{b}:g64:hqq", name="hqq")),
        ]
        for group in (128, 32) if size == 4 else (128,):
            result += group_rows(bench, size, group)
    for name, nested in (("nf4", False), ("nf4", True), ("fp4", False)):
        scheme = name + ":dq" * nested
        result += [(4, f"bitsandbytes {scheme}", lambda n=name, d=nested: by_bitsandbytes(bench, n, d)),
                   (4, f"Pawl {scheme}, rtn", lambda s=scheme: bench.by_pawl(s, name="rtn")),
                   *gptq_rows(bench, 4, scheme)]
    return result


def gptq_rows(bench, size, scheme):
    return [(size, f"Pawl {scheme}, gptq", lambda: bench.by_pawl(scheme, name="gptq", range="search")),
            (size, f"Pawl {scheme}, gptq, correction 1",
             lambda: bench.by_pawl(scheme, name="gptq", range="search", correction=1.0))]


def group_rows(bench, size, group):
    """Integers with zero points in groups along the rows; without them where GPTQModel has none as it comes."""
    ordered = {"sym": False, "desc_act": True, "act_group_aware": False, "static_groups": True}
    return [
        (size, f"GPTQModel g{group}, as it comes (symmetric)", lambda: by_gptqmodel(bench, size, group)),
        (size, f"GPTQModel g{group}, asymmetric", lambda: by_gptqmodel(bench, size, group, sym=False)),
        (size, f"GPTQModel g{group}, asymmetric, act-order", lambda: by_gptqmodel(bench, size, group, **ordered)),
        (size, f"GPTQModel g{group}, asymmetric, GPTAQ", lambda: by_gptqmodel(bench, size, group, gptaq=True, sym=False)),
        *gptq_rows(bench, size, f"int{size}:g{group}"),
        *gptq_rows(bench, size, f"uint{size}:g{group}"),
        (size, f"AutoAWQ g{group}", lambda: by_autoawq(bench, size, group)),
        (size, f"Pawl uint{size}:g{group}, awq", lambda: bench.by_pawl(f"uint{size}:g{group}", name="awq")),
    ]


if __name__ == "__main__":
    main()
