#!/usr/bin/env python3
# Copyright 2026 The Pawl Authors.
# SPDX-License-Identifier: Apache-2.0
#
# The pawl command (its path in PAWL_TOOL) and Python's gguf package read each other's files: keys of every kind, plain
# tensors, and blocks, whose values must be the same bit for bit.

import json
import os
import pathlib
import subprocess
import sys
import tempfile

import gguf
import numpy as np
import safetensors.numpy

TOOL = os.environ["PAWL_TOOL"]
SCHEMES = "q4_0 q4_1 q5_0 q5_1 q8_0 q2_k q3_k q4_k q5_k q6_k iq4_nl iq4_xs mxfp4".split()
ROWS, COLUMNS = 6, 512


def pawl(*arguments):
    return subprocess.run([TOOL, *map(str, arguments)], check=True, stdout=subprocess.PIPE, text=True).stdout


def weights():
    rng = np.random.default_rng(5)
    values = rng.standard_normal((ROWS, COLUMNS)).astype(np.float32) * rng.uniform(0.01, 3, (ROWS, 1))
    return {"layer.weight": values.astype(np.float32), "layer.bias": rng.standard_normal(ROWS).astype(np.float32)}


def check(condition, what):
    if not condition:
        sys.exit(f"gguf_peer_test: {what}")


def pawl_writes(folder):
    source = folder / "model.safetensors"
    safetensors.numpy.save_file(weights(), source)
    for scheme in SCHEMES:
        path, decoded = folder / f"{scheme}.gguf", folder / f"{scheme}.safetensors"
        pawl("quantize", source, "-o", path, "--scheme", scheme, "-q", "--progress", "none")
        pawl("dequantize", path, "-o", decoded, "--progress", "none")
        ours = safetensors.numpy.load_file(decoded)
        reader = gguf.GGUFReader(path)
        check(reader.fields["general.quantization_version"].contents() == 2, "quantization_version")
        names = [tensor.name for tensor in reader.tensors]
        check(sorted(names) == ["layer.bias", "layer.weight"], f"{scheme}: tensors {names}")
        for tensor in reader.tensors:
            theirs = gguf.quants.dequantize(tensor.data, tensor.tensor_type)
            same = np.array_equal(theirs.reshape(ours[tensor.name].shape).view(np.uint32), ours[tensor.name].view(np.uint32))
            check(same, f"{scheme}: {tensor.name} decodes to other values")
        check(reader.tensors[names.index("layer.weight")].tensor_type.name.lower() == scheme, f"{scheme}: another type")


def pawl_reads(folder):
    path = folder / "theirs.gguf"
    writer = gguf.GGUFWriter(path, "llama")
    keys = {"u8": 200, "i8": -5, "u16": 65000, "i16": -32000, "u32": 4000000000, "i32": -7, "u64": 1 << 63, "i64": -(1 << 40)}
    for (name, value), add in zip(keys.items(), (writer.add_uint8, writer.add_int8, writer.add_uint16, writer.add_int16,
                                                 writer.add_uint32, writer.add_int32, writer.add_uint64, writer.add_int64)):
        add(f"k.{name}", value)
    writer.add_float32("k.f32", 0.25)
    writer.add_bool("k.bool", True)
    writer.add_string("k.text", "a – b")
    writer.add_array("k.list", [1, 2, 3])
    writer.add_array("k.texts", ["x", "", "y"])
    writer.add_custom_alignment(64)
    values = weights()["layer.weight"]
    plain = {"f32": values, "f16": values.astype(np.float16), "i8": np.arange(24, dtype=np.int8).reshape(2, 3, 4)}
    for name, value in plain.items():
        writer.add_tensor(name, value)
    kinds = (gguf.GGMLQuantizationType.Q4_0, gguf.GGMLQuantizationType.Q8_0, gguf.GGMLQuantizationType.BF16)
    for kind in kinds:
        writer.add_tensor(kind.name, gguf.quants.quantize(values, kind), raw_dtype=kind)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()

    seen = json.loads(pawl("inspect", path, "--json"))
    expected = {f"k.{name}": str(value) for name, value in keys.items()}
    expected |= {"k.f32": "0.25", "k.bool": "true", "k.text": "a – b", "k.list": "[1, 2, 3]", "k.texts": '["x", "", "y"]'}
    for key, value in expected.items():
        check(seen["metadata"][key] == value, f"{key} is {seen['metadata'].get(key)!r}")
    check(seen["alignment"] == 64, "alignment")
    pawl("verify", path)
    decoded = folder / "theirs.safetensors"
    pawl("dequantize", path, "-o", decoded, "--progress", "none")
    ours = load(decoded)
    for name, value in plain.items():
        check(np.array_equal(ours[name], value), f"{name} has other values")
    for kind in kinds:
        theirs = gguf.quants.dequantize(gguf.quants.quantize(values, kind), kind)
        check(np.array_equal(ours[kind.name], theirs), f"{kind.name} decodes to other values")


def load(path):
    """safetensors with bf16 widened, which numpy lacks."""
    data = path.read_bytes()
    size = int.from_bytes(data[:8], "little")
    result = {}
    for name, entry in json.loads(data[8 : 8 + size]).items():
        if name == "__metadata__":
            continue
        begin, end = entry["data_offsets"]
        raw = data[8 + size + begin : 8 + size + end]
        if entry["dtype"] == "BF16":
            value = (np.frombuffer(raw, np.uint16).astype(np.uint32) << 16).view(np.float32)
        else:
            value = np.frombuffer(raw, {"F32": np.float32, "F16": np.float16, "I8": np.int8}[entry["dtype"]])
        result[name] = value.reshape(entry["shape"])
    return result


def main():
    with tempfile.TemporaryDirectory() as folder:
        pawl_writes(pathlib.Path(folder))
        pawl_reads(pathlib.Path(folder))
    print(f"{len(SCHEMES)} kinds of blocks and every kind of key agree with Python's gguf")


if __name__ == "__main__":
    main()
