# Copyright 2026 The Pawl Authors.
# SPDX-License-Identifier: Apache-2.0
"""Pawl and the safetensors package read each other's files, and agree on which files are valid.

    safetensors_peer_test.py PROGRAM    (built from safetensors_peer.cc)
"""

import json
import os
import random
import struct
import subprocess
import sys
import tempfile

import numpy as np
import safetensors
import safetensors.numpy

TOOL = sys.argv[1]
BAD = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "data", "bad", "safetensors")
# The package's names for the types that Pawl has, with their sizes.
DTYPES = {
    "bool": 1, "uint8": 1, "int8": 1, "uint16": 2, "int16": 2, "uint32": 4, "int32": 4, "uint64": 8, "int64": 8,
    "float16": 2, "bfloat16": 2, "float32": 4, "float64": 8, "float8_e4m3fn": 1, "float8_e5m2": 1, "float8_e8m0fnu": 1,
}
# Where Pawl refuses more than the package, on purpose: the format's text forbids duplicate keys and wants the brace
# first; shapes beyond 64 dimensions and sizes beyond int64 have no tensor type to go to.
STRICTER = {
    "duplicate_tensor", "duplicate_tensor_escaped", "duplicate_metadata_key", "leading_space", "shape_65_dimensions",
    "shape_over_int64",
}


def run(*args):
    return subprocess.run([TOOL, *args], check=True, capture_output=True, text=True).stdout.splitlines()


def reference_accepts(content):
    try:
        safetensors.deserialize(content)
        return True
    except safetensors.SafetensorError:
        return False


def check_round_trip(folder):
    rng = np.random.default_rng(7)
    tensors, specs, buffers = {}, {}, []
    for i, (dtype, size) in enumerate(DTYPES.items()):
        for name, shape in ((f"{dtype}.a", [3, i + 1]), (f'ü"\\{dtype}', []), (f"{dtype}.empty", [0, 4])):
            count = int(np.prod(shape, dtype=np.int64))
            buffer = np.frombuffer(rng.bytes(count * size), dtype=np.uint8)
            buffers.append(buffer)  # a spec holds an address only
            tensors[name] = (shape, buffer.tobytes())
            specs[name] = safetensors.TensorSpec(
                dtype=dtype, shape=shape, data_ptr=buffer.ctypes.data, data_len=buffer.nbytes)
    content = bytes(safetensors.serialize(specs, {"format": 'n\tp"ü'}))
    source, copy = os.path.join(folder, "source.safetensors"), os.path.join(folder, "copy.safetensors")
    with open(source, "wb") as file:
        file.write(content)
    run("copy", source, copy)
    with open(copy, "rb") as file:
        copied = file.read()
    read = dict(safetensors.deserialize(copied))
    assert set(read) == set(tensors), set(read) ^ set(tensors)
    for name, (shape, data) in tensors.items():
        assert bytes(read[name]["data"]) == data, name
        assert list(read[name]["shape"]) == shape, name
    assert copied == content, "the layout is not the package's own"

    arrays = {"weight": rng.standard_normal((5, 7), dtype=np.float32), "ids": np.arange(9, dtype=np.int64)}
    safetensors.numpy.save_file(arrays, source)
    run("copy", source, copy)
    loaded = safetensors.numpy.load_file(copy)
    for name, array in arrays.items():
        assert loaded[name].dtype == array.dtype and np.array_equal(loaded[name], array), name
    with safetensors.safe_open(copy, framework="np") as file:
        assert set(file.keys()) == set(arrays)


def check_bad_files():
    names = sorted(name for name in os.listdir(BAD) if name.endswith(".safetensors"))
    verdicts = run("check", *(os.path.join(BAD, name) for name in names))
    assert len(names) == len(verdicts) > 50
    for name, verdict in zip(names, verdicts):
        assert verdict.startswith("refused"), name
        with open(os.path.join(BAD, name), "rb") as file:
            accepted = reference_accepts(file.read())
        stem = name.removesuffix(".safetensors")
        assert accepted == (stem in STRICTER), f"{name}: the package {'reads' if accepted else 'refuses'} it"


def mutate(rng, header):
    """A header with one thing changed: a number, a character, or a piece moved."""
    text = bytearray(header)
    for _ in range(rng.randint(1, 2)):
        at = rng.randrange(len(text))
        kind = rng.randrange(4)
        if kind == 0:
            text[at] = rng.choice(b'0123456789{}[],:"\\ -.eE\x7f\n')
        elif kind == 1:
            del text[at]
        elif kind == 2:
            text.insert(at, rng.choice(b'0123456789{}[],:" '))
        else:
            digits = [i for i, c in enumerate(text) if chr(c).isdigit()]
            if digits:
                text[rng.choice(digits)] = rng.choice(b"0123456789")
    return bytes(text)


def is_strictly_valid(header):
    """False for what Pawl refuses on purpose though the package reads it."""
    if not header.startswith(b"{"):
        return False

    def pairs(items):
        keys = [key for key, _ in items]
        if len(set(keys)) != len(keys):
            raise ValueError("duplicate")
        return dict(items)

    try:
        parsed = json.loads(header, object_pairs_hook=pairs)
    except ValueError:
        return False
    return all(max(info["shape"], default=0) < 2**63 for key, info in parsed.items() if key != "__metadata__")


def check_mutations(folder, count):
    rng = random.Random(11)
    data = b"\0" * 24
    header = (b'{"__metadata__":{"k":"v"},"a":{"dtype":"F32","shape":[2,2],"data_offsets":[0,16]},'
              b'"b":{"dtype":"U8","shape":[5],"data_offsets":[16,21]},"c":{"dtype":"I8","shape":[3],"data_offsets":[21,24]}}')
    contents, headers, paths = [], [], []
    for i in range(count):
        changed = mutate(rng, header)
        path = os.path.join(folder, f"m{i}")
        contents.append(struct.pack("<Q", len(changed)) + changed + data)
        headers.append(changed)
        paths.append(path)
        with open(path, "wb") as file:
            file.write(contents[-1])
    verdicts = []
    for i in range(0, count, 500):
        verdicts += run("check", *paths[i:i + 500])
    accepted = 0
    for changed, content, verdict in zip(headers, contents, verdicts):
        expected = reference_accepts(content)
        accepted += expected
        if verdict == "ok" and not expected:
            # Types that no version of the package knows are listed by Pawl and refused when they are read.
            known = {"F32", "U8", "I8"}
            assert any(info["dtype"] not in known for key, info in json.loads(changed).items()
                       if key != "__metadata__"), f"only Pawl reads {changed!r}"
        if verdict != "ok" and expected:
            assert not is_strictly_valid(changed), f"only the package reads {changed!r}: {verdict}"
    assert accepted > count // 50, accepted


def main():
    with tempfile.TemporaryDirectory() as folder:
        check_round_trip(folder)
        check_bad_files()
        check_mutations(folder, 6000)
    print(f"safetensors {safetensors.__version__}: all agree")


if __name__ == "__main__":
    sys.exit(main())
