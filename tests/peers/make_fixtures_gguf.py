# Copyright 2026 The Pawl Authors.
# SPDX-License-Identifier: Apache-2.0
"""Makes tests/fixtures/gguf.safetensors: GGUF blocks, decoded by ggml's own C functions.

usage: make_fixtures_gguf.py LIBGGML_BASE_SO   (from the npm package @node-llama-cpp/linux-x64)

Every type gives a `real` case (ggml_quantize_chunk on weight-like values) and a `random` case
(random bytes, then every scale field set to special bit patterns in turn). The gguf package decodes
the same bytes; where it differs from ggml its values are stored too, and ggml's bind.
"""

import ctypes
import sys

import numpy as np
from gguf import GGML_QUANT_SIZES, GGMLQuantizationType
from gguf.quants import dequantize, quantize
from importlib.metadata import version

from make_fixtures_common import Fixture, same_bits, weights

# f16 scale fields of a block, as byte offsets.
F16_FIELDS = {
    "Q4_0": [0], "Q4_1": [0, 2], "Q5_0": [0], "Q5_1": [0, 2], "Q8_0": [0], "Q2_K": [80, 82],
    "Q3_K": [108], "Q4_K": [0, 2], "Q5_K": [0, 2], "Q6_K": [208], "IQ4_NL": [0], "IQ4_XS": [0],
    "MXFP4": [], "NVFP4": [],
}
# zero, minus zero, the smallest and the largest denormal, the smallest normal, the largest finite,
# infinities, quiet and signalling NaN, one, minus the largest denormal.
F16_SPECIAL = [0x0000, 0x8000, 0x0001, 0x03FF, 0x0400, 0x7BFF, 0x7C00, 0xFC00, 0x7E00, 0xFD01, 0x3C00, 0x83FF]
SEED = 20260101


class Ggml:
    def __init__(self, path):
        self.lib = ctypes.CDLL(path)
        self.lib.ggml_version.restype = ctypes.c_char_p
        self.lib.ggml_commit.restype = ctypes.c_char_p
        self.lib.ggml_quantize_chunk.restype = ctypes.c_size_t

    def name(self):
        return f"ggml {self.lib.ggml_version().decode()} commit {self.lib.ggml_commit().decode()}"

    def quantize(self, type_id, values, row_bytes):
        out = np.zeros(values.shape[0] * row_bytes, np.uint8)
        i64 = ctypes.c_int64
        done = self.lib.ggml_quantize_chunk(
            ctypes.c_int(type_id), values.ctypes.data_as(ctypes.c_void_p), out.ctypes.data_as(ctypes.c_void_p),
            i64(0), i64(values.shape[0]), i64(values.shape[1]), None)
        assert done == out.size, (done, out.size)
        return out.reshape(values.shape[0], row_bytes)

    def dequantize(self, name, packed, count):
        function = "dequantize_row_" + (name if name.endswith("_K") else name.lower()).replace("Q", "q")
        out = np.empty(count, np.float32)
        getattr(self.lib, function)(
            packed.ctypes.data_as(ctypes.c_void_p), out.ctypes.data_as(ctypes.c_void_p), ctypes.c_int64(count))
        return out


def random_blocks(name, block_bytes, rng):
    """Blocks of random bytes; the scale bytes of NVFP4 run through all 256, those of MXFP4 through 64."""
    if name == "MXFP4":
        blocks = rng.integers(0, 256, (64, block_bytes), np.uint8)
        blocks[:, 0] = [*range(16), *range(16, 240, 7), *range(240, 256)]
        return blocks
    if name == "NVFP4":
        blocks = rng.integers(0, 256, (64, block_bytes), np.uint8)
        blocks[:, :4] = np.arange(256).reshape(64, 4)
        return blocks
    blocks = rng.integers(0, 256, (16, block_bytes), np.uint8)
    for f, at in enumerate(F16_FIELDS[name]):
        for i, bits in enumerate(F16_SPECIAL):
            # The second field starts four blocks later: specials also meet random partners.
            blocks[4 * f + i, at:at + 2] = (bits & 255, bits >> 8)
    return blocks


def add_case(fixture, ggml, name, kind, packed, shape):
    qtype = GGMLQuantizationType[name]
    decoded = ggml.dequantize(name, packed, int(np.prod(shape))).reshape(shape)
    with np.errstate(all="ignore"):
        by_gguf = dequantize(packed.reshape(shape[0], -1), qtype).reshape(shape)
    case = f"{name}.{kind}"
    fixture.add(case + ".packed", packed.reshape(shape[0], -1))
    fixture.add(case + ".decoded", decoded)
    differ = int((~same_bits(decoded, by_gguf)).sum())
    if differ:
        fixture.add(case + ".decoded_by_gguf_py", by_gguf.astype(np.float32))
    fixture.case(case, type_id=int(qtype), shape=list(shape), gguf_py_differs_in=differ,
                 nan=int(np.isnan(decoded).sum()))
    print(f"{case}: {shape}, gguf package differs in {differ}")


def main():
    ggml = Ggml(sys.argv[1])
    fixture = Fixture(
        "gguf.safetensors", peer=ggml.name() + " in npm @node-llama-cpp/linux-x64 3.22.1 (llama.cpp v0.5.0)",
        second_peer="gguf " + version("gguf"), function="ggml_quantize_chunk, dequantize_row_<type> of libggml-base.so",
        second_function="gguf.quants.dequantize", licence="MIT (ggml, gguf, node-llama-cpp)", seed=SEED)
    for index, name in enumerate(F16_FIELDS):
        qtype = GGMLQuantizationType[name]
        block, block_bytes = GGML_QUANT_SIZES[qtype]
        shape = (2, 512) if block == 256 else (3, 192)
        values = weights(shape, SEED + index, zero_row=True)
        packed = ggml.quantize(int(qtype), values, shape[1] // block * block_bytes)
        add_case(fixture, ggml, name, "real", packed, shape)
        try:
            same = np.array_equal(quantize(values, qtype).reshape(-1), packed.reshape(-1))
            print(f"  gguf package quantizes to the same bytes: {same}")
        except NotImplementedError:
            pass
        blocks = random_blocks(name, block_bytes, np.random.default_rng(SEED + 100 + index))
        add_case(fixture, ggml, name, "random", blocks, (len(blocks), block))
    fixture.write()


main()
