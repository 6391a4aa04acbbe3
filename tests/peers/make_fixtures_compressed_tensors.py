# Copyright 2026 The Pawl Authors.
# SPDX-License-Identifier: Apache-2.0
"""Makes tests/fixtures/compressed_tensors.safetensors: every weight format, compressed and decompressed by the peer.

Tensor names are a checkpoint's (weight_packed, weight_scale, ...) behind `<case>.`.
"""

import os

os.environ["TORCHDYNAMO_DISABLE"] = "1"  # eager: what is computed must not depend on a local compiler

import torch
from compressed_tensors.compressors import BaseCompressor
from compressed_tensors.quantization import QuantizationArgs, QuantizationScheme
from compressed_tensors.quantization.utils import calculate_qparams, generate_gparam
from importlib.metadata import version

from make_fixtures_common import Fixture, weights

SEED = 20260601
DTYPES = {"f32": torch.float32, "f16": torch.float16, "bf16": torch.bfloat16}


def ranges(w, args):
    """min and max of what shares a scale, shaped as the peer keeps weight_scale."""
    if args.strategy == "tensor":
        parts = w.reshape(1, -1)
    elif args.strategy == "channel":
        parts = w
    elif args.strategy == "block":
        rows, columns = args.block_structure
        padded = torch.nn.functional.pad(w, (0, -w.shape[1] % columns, 0, -w.shape[0] % rows))
        parts = padded.unflatten(1, (-1, columns)).unflatten(0, (-1, rows)).transpose(1, 2).flatten(2)
    else:
        parts = w.unflatten(1, (-1, args.group_size))
    keep = args.strategy == "channel"
    low, high = parts.amin(-1, keepdim=keep), parts.amax(-1, keepdim=keep)
    return low, high


def decompress_and_add(fixture, case, compressor, stored, scheme, **facts):
    decoded = compressor.decompress(stored, scheme)["weight"]
    for name, value in stored.items():
        fixture.add(f"{case}.{name}", value)
    fixture.add(case + ".decoded", decoded)
    fixture.case(case, shape=list(decoded.shape), weights=scheme.weights.model_dump(mode="json", exclude_defaults=True), **facts)
    print(case, {k: (str(v.dtype)[6:], list(v.shape)) for k, v in stored.items()}, str(decoded.dtype)[6:])


def make_case(fixture, case, form, dtype, shape, seed, **args):
    w = torch.from_numpy(weights(shape, seed)).to(DTYPES[dtype])
    args = QuantizationArgs(**args)
    scheme = QuantizationScheme(targets=["Linear"], weights=args, format=form)
    low, high = ranges(w, args)
    state = {"weight": w}
    if args.strategy == "tensor_group":
        state["weight_global_scale"] = generate_gparam(w.amin(), w.amax())
    scale, zero = calculate_qparams(low, high, args, state.get("weight_global_scale"))
    state["weight_scale"] = scale
    if not args.symmetric:
        state["weight_zero_point"] = zero
    compressor = BaseCompressor.get_value_from_registry(form)
    stored = compressor.compress(state, scheme)
    decompress_and_add(fixture, case, compressor, stored, scheme, format=form)


def make_random(fixture):
    """Random codes under every E4M3 scale byte and 64 E8M0 ones; every E4M3 code for fp8."""
    generator = torch.Generator().manual_seed(SEED + 99)
    every = torch.arange(256, dtype=torch.int16).to(torch.uint8)
    exponents = torch.tensor([*range(16), *range(16, 240, 7), *range(240, 256)], dtype=torch.uint8)
    codes = lambda n: torch.randint(0, 256, (16, n), dtype=torch.uint8, generator=generator)
    for case, form, args, stored in (
            ("nvfp4.random", "nvfp4-pack-quantized",
             dict(num_bits=4, type="float", strategy="tensor_group", group_size=16),
             {"weight_packed": codes(128), "weight_scale": every.view(torch.float8_e4m3fn).reshape(16, 16),
              "weight_global_scale": torch.tensor([37.25])}),
            ("mxfp4.random", "mxfp4-pack-quantized", dict(num_bits=4, type="float", strategy="group", group_size=32),
             {"weight_packed": codes(64), "weight_scale": exponents.reshape(16, 4)}),
            ("fp8.random", "float-quantized", dict(num_bits=8, type="float", strategy="channel"),
             {"weight": every.view(torch.float8_e4m3fn).repeat(4, 1),
              "weight_scale": torch.tensor([[0.0], [1e-42], [3.4e38], [0.1]])})):
        scheme = QuantizationScheme(targets=["Linear"], weights=QuantizationArgs(**args), format=form)
        decompress_and_add(fixture, case, BaseCompressor.get_value_from_registry(form), stored, scheme, format=form)


def main():
    fixture = Fixture("compressed_tensors.safetensors", peer="compressed-tensors " + version("compressed-tensors"),
                      torch=version("torch"), licence="Apache-2.0", seed=SEED,
                      function="quantization.utils.calculate_qparams; compressors.<format>.compress, decompress")
    group = dict(strategy="group", group_size=32)
    channel = dict(strategy="channel")
    plans = []
    for bits in (4, 8, 3):
        plans += [(f"packed.b{bits}.group.sym.bf16", "pack-quantized", "bf16", (8, 64), dict(num_bits=bits, **group)),
                  (f"packed.b{bits}.group.asym.f16", "pack-quantized", "f16", (12, 64),
                   dict(num_bits=bits, symmetric=False, **group))]
    for bits in (4, 8):
        # 50 columns do not fill the last word, nor 12 rows of zero points theirs.
        plans += [(f"packed.b{bits}.channel.sym.f32", "pack-quantized", "f32", (8, 50), dict(num_bits=bits, **channel)),
                  (f"packed.b{bits}.channel.asym.bf16", "pack-quantized", "bf16", (12, 50),
                   dict(num_bits=bits, symmetric=False, **channel))]
    int8, fp8 = dict(num_bits=8), dict(num_bits=8, type="float")
    plans += [("int8.channel.sym.bf16", "int-quantized", "bf16", (8, 50), {**int8, **channel}),
              ("int8.channel.asym.f32", "int-quantized", "f32", (8, 50), {**int8, **channel, "symmetric": False}),
              ("int8.tensor.sym.f16", "int-quantized", "f16", (8, 50), {**int8, "strategy": "tensor"}),
              ("int8.group.sym.f16", "int-quantized", "f16", (8, 64), {**int8, **group}),
              ("fp8.channel.bf16", "float-quantized", "bf16", (8, 50), {**fp8, **channel}),
              ("fp8.tensor.f32", "float-quantized", "f32", (8, 50), {**fp8, "strategy": "tensor"}),
              ("fp8.block.bf16", "float-quantized", "bf16", (12, 40),
               {**fp8, "strategy": "block", "block_structure": [8, 16]}),
              ("nvfp4.f32", "nvfp4-pack-quantized", "f32", (8, 64),
               dict(num_bits=4, type="float", strategy="tensor_group", group_size=16,
                    scale_dtype=torch.float8_e4m3fn)),
              ("nvfp4.bf16", "nvfp4-pack-quantized", "bf16", (8, 64),
               dict(num_bits=4, type="float", strategy="tensor_group", group_size=16,
                    scale_dtype=torch.float8_e4m3fn)),
              ("mxfp4.bf16", "mxfp4-pack-quantized", "bf16", (8, 64),
               dict(num_bits=4, type="float", scale_dtype=torch.uint8, **group)),
              ("mxfp8.bf16", "mxfp8-quantized", "bf16", (8, 64), dict(scale_dtype=torch.uint8, **fp8, **group))]
    for index, (case, form, dtype, shape, args) in enumerate(plans):
        make_case(fixture, case, form, dtype, shape, SEED + index, **args)
    make_random(fixture)
    fixture.write()


main()
