# Copyright 2026 The Pawl Authors.
# SPDX-License-Identifier: Apache-2.0
"""Makes tests/fixtures/bitsandbytes.safetensors: nf4, fp4, LLM.int8 on the CPU.

Tensor names are those of a checkpoint, behind `<case>.`: weight, weight.absmax, weight.quant_map, ...
The native CPU kernel decodes (for an odd last dimension the package itself falls back on its generic torch
code). The generic code decodes too; it may differ in the sign of zeros of fp4 only, which is checked.
"""

import os

os.environ["TORCHDYNAMO_DISABLE"] = "1"  # eager: what is computed must not depend on a local compiler

import torch
from bitsandbytes import functional as bnb
from bitsandbytes.backends.default.ops import _dequantize_4bit_compute
from bitsandbytes.backends.utils import _get_4bit_code
from importlib.metadata import version

from make_fixtures_common import Fixture, weights

SEED = 20260201
DTYPES = {"f32": torch.float32, "f16": torch.float16, "bf16": torch.bfloat16}


def differing(a, b):
    kind = torch.int32 if a.dtype == torch.float32 else torch.int16
    return (a.contiguous().view(kind) != b.contiguous().view(kind)) & ~(a.isnan() & b.isnan())


def same(a, b):
    return not differing(a, b).any()


def generic_4bit(packed, state):
    absmax = state.absmax
    if state.nested:
        absmax = bnb.dequantize_blockwise(state.absmax, state.state2) + state.offset
    code = _get_4bit_code(state.quant_type, packed.device)
    return _dequantize_4bit_compute(packed.reshape(-1), absmax, code, state.blocksize, state.shape, state.dtype)


def add_4bit(fixture, case, packed, state, shape):
    facts = {}
    decoded = bnb.dequantize_4bit(packed, state).reshape(shape)
    fixture.add(case + ".weight", packed)
    for key, value in state.as_dict(packed=True).items():
        fixture.add(f"{case}.weight.{key}", value)
    if state.nested:
        fixture.add(case + ".check.absmax", bnb.dequantize_blockwise(state.absmax, state.state2) + state.offset)
    fixture.add(case + ".decoded", decoded)
    generic = generic_4bit(packed, state).reshape(shape)
    bad = differing(decoded, generic)
    # The native fp4 kernel makes -0 of code 8 where the stored quant_map and the generic code have +0.
    assert (decoded[bad] == 0).all() and (generic[bad] == 0).all(), case
    if bad.any() and case in ("fp4.f32", "fp4.random"):
        fixture.add(case + ".decoded_by_generic", generic)
    facts["zeros_of_other_sign_in_generic"] = int(bad.sum())
    fixture.case(case, quant_type=state.quant_type, blocksize=state.blocksize, shape=list(shape),
                 dtype=str(state.dtype), nested=state.nested, **facts)


def main():
    fixture = Fixture(
        "bitsandbytes.safetensors", peer="bitsandbytes " + version("bitsandbytes") + ", native CPU library",
        torch=version("torch"), function="functional.quantize_4bit, QuantState.as_dict(packed=True), "
        "dequantize_4bit; int8_vectorwise_quant, int8_vectorwise_dequant", licence="MIT", seed=SEED)
    seed = SEED
    for quant_type in ("nf4", "fp4"):
        plans = [("", (4, 96), 64, d, n) for d, n in (("f32", False), ("f16", True), ("bf16", False), ("bf16", True))]
        plans += [("ragged.", (7, 50), 64, "f32", False), ("ragged.", (7, 50), 64, "f16", True),
                  ("odd.", (5, 13), 64, "f32", False), ("block128.", (3, 160), 128, "bf16", False)]
        if quant_type == "nf4":
            plans += [("long.", (35, 236), 32, "f16", True)]  # 259 absmax: a second nested block, ragged
        for label, shape, block, dtype, nested in plans:
            seed += 1
            w = torch.from_numpy(weights(shape, seed, zero_row=shape[1] == 96)).to(DTYPES[dtype])
            packed, state = bnb.quantize_4bit(w, blocksize=block, quant_type=quant_type, compress_statistics=nested)
            case = f"{quant_type}.{label}{dtype}" + (".nested" if nested else "")
            add_4bit(fixture, case, packed, state, shape)
        # Every code with scales over f32's whole range, random bytes.
        torch.manual_seed(seed)
        absmax = torch.tensor([0.0, 1e-45, 1.1754942e-38, 3.4e38, float("inf"), float("nan"), 0.1, 7.0])
        state = bnb.QuantState(absmax=absmax, shape=torch.Size((8, 64)), dtype=torch.float32, blocksize=64,
                               quant_type=quant_type, code=bnb.get_4bit_type(quant_type, device="cpu"))
        packed = torch.randint(0, 256, (256, 1), dtype=torch.uint8)
        add_4bit(fixture, quant_type + ".random", packed, state, (8, 64))
    add_int8(fixture)
    fixture.write()


def add_int8(fixture):
    w = torch.from_numpy(weights((16, 70), SEED + 90)).half()
    codes, scb, _ = bnb.int8_vectorwise_quant(w)
    random_codes = torch.arange(-128, 128, dtype=torch.int16).to(torch.int8).repeat(4, 1)
    random_scb = torch.tensor([0.0, 1e-42, 3.4e38, 1.0 / 3.0])
    for case, q, s in (("int8.real", codes, scb), ("int8.random", random_codes, random_scb)):
        fixture.add(case + ".weight", q)
        fixture.add(case + ".SCB", s)
        fixture.add(case + ".weight_format", torch.zeros((), dtype=torch.uint8))
        decoded = bnb.int8_vectorwise_dequant(q, s)
        fixture.add(case + ".decoded", decoded)
        fixture.case(case, shape=list(q.shape))
        same_as = {"q*SCB*(1/127)": q.float() * s[:, None] * (1 / 127), "q*SCB/127": q.float() * s[:, None] / 127,
                   "q*(SCB/127)": q.float() * (s[:, None] / 127)}
        print(case, {k: same(decoded, v) for k, v in same_as.items()})


main()
