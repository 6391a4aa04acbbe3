# Copyright 2026 The Pawl Authors.
# SPDX-License-Identifier: Apache-2.0
"""Makes tests/fixtures/hqq.safetensors: HQQ weights, 8 to 1 bits, both axes, packed and dequantized by hqq."""

import os

os.environ["TORCHDYNAMO_DISABLE"] = "1"  # eager: what is computed must not depend on a local compiler

import torch
from hqq.core.quantize import Quantizer
from importlib.metadata import version

from make_fixtures_common import Fixture, weights

SEED = 20260501
DTYPES = {"f32": torch.float32, "f16": torch.float16, "bf16": torch.bfloat16}


def make_case(fixture, nbits, axis, dtype, shape, group, seed, label="", optimize=True):
    w = torch.from_numpy(weights(shape, seed))
    w_q, meta = Quantizer.quantize(w, nbits=nbits, group_size=group, axis=axis, optimize=optimize,
                                   compute_dtype=DTYPES[dtype], device="cpu")
    meta["compute_dtype"] = DTYPES[dtype]
    w_q, meta = Quantizer.to_inplace(w_q, meta, device="cpu")  # scale and zero to the compute dtype, as a layer does
    decoded = Quantizer.dequantize(w_q, meta)
    assert decoded.dtype == DTYPES[dtype]
    case = f"b{str(nbits).replace('.', '_')}.axis{axis}.{label}{dtype}"
    for name, value in (("W_q", w_q), ("scale", meta["scale"]), ("zero", meta["zero"]), ("decoded", decoded)):
        fixture.add(f"{case}.{name}", value)
    fixture.case(case, nbits=nbits, axis=axis, group_size=group, shape=list(shape), packing=meta["packing"],
                 compute_dtype=dtype)


def main():
    fixture = Fixture("hqq.safetensors", peer="hqq " + version("hqq"), torch=version("torch"), licence="Apache-2.0",
                      function="core.quantize.Quantizer.quantize, to_inplace, dequantize", seed=SEED)
    seed = SEED
    for nbits in (8, 4, 3, 2, 1):
        for axis in (0, 1):
            for dtype in ("f32", "f16"):
                seed += 1
                make_case(fixture, nbits, axis, dtype, (4, 64), 32, seed)
    make_case(fixture, 4, 1, "bf16", (8, 64), 64, SEED + 80)
    # Groups that span rows, and the 3-bit packing's padding rows (10 codes a word).
    make_case(fixture, 4, 1, "f16", (6, 48), 36, SEED + 81, "ragged.")
    make_case(fixture, 3, 0, "f16", (9, 32), 36, SEED + 82, "ragged.")
    make_case(fixture, 3, 1, "f32", (9, 40), 20, SEED + 83, "ragged.", optimize=False)
    make_case(fixture, 1.58, 1, "f16", (8, 32), 32, SEED + 84)
    fixture.write()


main()
