#!/usr/bin/env python3
# Copyright 2026 The Pawl Authors.
# SPDX-License-Identifier: Apache-2.0
"""A copy of a decoder whose layers' inputs have outlier channels, as large language models have and small ones do not.

  python3 inject_outliers.py MODEL_FOLDER OUTPUT_FOLDER [--factor 32] [--every 41]

Every so-many-th weight of the norms in front of layers, and row of up_proj, is multiplied by a power of two, and the columns
that meet it are divided by it: in float the model computes what it did, bit for bit but for the smallest numbers. Needs
NumPy; reads one safetensors file of f32 or bf16.
"""

import argparse
import json
import pathlib
import shutil

import numpy as np


def read(path):
    data = path.read_bytes()
    size = int.from_bytes(data[:8], "little")
    header = json.loads(data[8:8 + size])
    header.pop("__metadata__", None)
    tensors = {}
    for name, entry in header.items():
        begin, end = entry["data_offsets"]
        raw = data[8 + size + begin:8 + size + end]
        if entry["dtype"] == "BF16":
            values = (np.frombuffer(raw, np.uint16).astype(np.uint32) << 16).view(np.float32)
        else:
            assert entry["dtype"] == "F32", f"{name} is {entry['dtype']}"
            values = np.frombuffer(raw, np.float32)
        tensors[name] = (entry["dtype"], values.reshape(entry["shape"]).copy())
    return tensors


def write(path, tensors):
    header, parts, at = {}, [], 0
    for name, (dtype, values) in tensors.items():
        raw = (values.view(np.uint32) >> 16).astype(np.uint16).tobytes() if dtype == "BF16" else values.tobytes()
        header[name] = {"dtype": dtype, "shape": list(values.shape), "data_offsets": [at, at + len(raw)]}
        parts.append(raw)
        at += len(raw)
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    path.write_bytes(len(text).to_bytes(8, "little") + text + b"".join(parts))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", type=pathlib.Path)
    parser.add_argument("output", type=pathlib.Path)
    parser.add_argument("--factor", type=int, default=32)
    parser.add_argument("--every", type=int, default=41)
    args = parser.parse_args()
    factor = np.float32(args.factor)
    assert args.factor > 0 and args.factor & (args.factor - 1) == 0, "the factor must be a power of two"
    tensors = read(args.model / "model.safetensors")
    layers = sorted({int(name.split(".")[2]) for name in tensors if name.startswith("model.layers.")})
    for layer in layers:
        prefix = f"model.layers.{layer}."
        for source, behind in (("input_layernorm", ["self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj"]),
                               ("post_attention_layernorm", ["mlp.gate_proj", "mlp.up_proj"]),
                               ("mlp.up_proj", ["mlp.down_proj"])):
            tensors[f"{prefix}{source}.weight"][1][7 + layer::args.every] *= factor
            for name in behind:
                tensors[f"{prefix}{name}.weight"][1][:, 7 + layer::args.every] /= factor
    args.output.mkdir(parents=True, exist_ok=True)
    write(args.output / "model.safetensors", tensors)
    for name in ("config.json", "tokenizer.json", "tokenizer_config.json"):
        if (args.model / name).exists():
            shutil.copy(args.model / name, args.output)


if __name__ == "__main__":
    main()
