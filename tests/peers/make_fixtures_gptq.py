# Copyright 2026 The Pawl Authors.
# SPDX-License-Identifier: Apache-2.0
"""Makes tests/fixtures/gptq.safetensors: GPTQ v1 and v2 layers packed and dequantized by gptqmodel.

Tensor names are a checkpoint's (qweight, qzeros, scales, g_idx) behind `<case>.`; `<case>.decoded` is the
peer's [in, out] result transposed to W[out, in]. Two of auto-gptq's CPU paths decode every v1 case as well.
"""

import importlib.util
import os

os.environ["TORCHDYNAMO_DISABLE"] = "1"  # eager: what is computed must not depend on a local compiler

import numpy as np
import torch
from gptqmodel.nn_modules.qlinear.torch import TorchLinear
from gptqmodel.quantization import FORMAT
from gptqmodel.utils.model import convert_gptq_v1_to_v2_format_module, convert_gptq_v2_to_v1_format_module
from importlib.metadata import version

from make_fixtures_common import Fixture, same_bits, weights

SEED = 20260301


def auto_gptq_layer(file_name):
    """auto-gptq's QuantLinear from one of its files; the package itself wants an older transformers."""
    site = importlib.util.find_spec("gptqmodel").submodule_search_locations[0]
    path = os.path.join(site, "..", "auto_gptq", "nn_modules", "qlinear", file_name)
    spec = importlib.util.spec_from_file_location(file_name[:-3], path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.QuantLinear


CUDA, CUDA_OLD = auto_gptq_layer("qlinear_cuda.py"), auto_gptq_layer("qlinear_cuda_old.py")


def by_auto_gptq(layer_class, bits, group_size, tensors):
    """The weight is what the layer's CPU path multiplies by: run it on the identity, exact in f16."""
    n_in, n_out = tensors["g_idx"].numel(), tensors["scales"].shape[1]
    layer = layer_class(bits, group_size, n_in, n_out, False)
    for name, value in tensors.items():
        setattr(layer, name, value.clone())
    return layer(torch.eye(n_in, dtype=torch.float16)).t().contiguous()


def round_to_nearest(w, bits, group_size, sym, g_idx, zero_zero):
    """Plain min-max codes: scales and zeros [out, groups]; gptqmodel packs them."""
    groups = int(g_idx.max()) + 1
    scales = torch.empty(w.shape[0], groups)
    zeros = torch.empty(w.shape[0], groups)
    top = 2 ** bits - 1
    for g in range(groups):
        part = w[:, g_idx == g]
        low, high = part.amin(1).clamp(max=0), part.amax(1).clamp(min=0)
        if sym:
            high = torch.maximum(-low, high)
            low = -high
        scales[:, g] = ((high - low) / top).clamp(min=1e-5).half().float()
        zeros[:, g] = 2 ** (bits - 1) if sym else torch.round(-low / scales[:, g]).clamp(1, top)
        if zero_zero:
            zeros[::3, g] = 0
    return scales, zeros


def new_layer(bits, group_size, sym, desc_act, n_in, n_out, version_number):
    layer = TorchLinear(bits=bits, group_size=group_size, sym=sym, desc_act=desc_act, in_features=n_in,
                        out_features=n_out, bias=False,
                        format=FORMAT.GPTQ if version_number == 1 else FORMAT.GPTQ_V2)
    layer.eval()
    layer.optimized = True  # no torch.compile
    return layer


def tensors_of(layer):
    return {k: getattr(layer, k).detach().clone() for k in ("qweight", "qzeros", "scales", "g_idx")}


def decode(layer):
    return layer.dequantize_weight().detach().t().contiguous()


def add(fixture, case, stored, decoded, others=None, **facts):
    for name, value in stored.items():
        fixture.add(f"{case}.{name}", value)
    fixture.add(case + ".decoded", decoded)
    for peer, other in (others or {}).items():
        bad = int((~same_bits(decoded.numpy(), other.numpy())).sum())
        facts["differs_by_" + peer] = bad
        if bad:
            print(f"{case}: {peer} differs in {bad} of {decoded.numel()}")
    fixture.case(case, shape=list(decoded.shape), **facts)


def make_case(fixture, case, bits, group_size, sym, version_number, shape, seed, act_order=False, wrap=False):
    n_out, n_in = shape
    group = n_in if group_size == -1 else group_size
    g_idx = torch.arange(n_in, dtype=torch.int32) // group
    if act_order:
        g_idx = g_idx[torch.from_numpy(np.random.default_rng(seed).permutation(n_in))]
    w = torch.from_numpy(weights(shape, seed))
    scales, zeros = round_to_nearest(w, bits, group_size, sym, g_idx, wrap)
    linear = torch.nn.Linear(n_in, n_out, bias=False)
    linear.weight.data = w
    layer = new_layer(bits, group_size, sym, act_order, n_in, n_out, version_number)
    layer.pack_original(linear, scales, zeros, g_idx)
    layer._init_wf_unsqueeze_buffers()
    intended = decode(layer)
    others = {}
    if version_number == 1:
        convert_gptq_v2_to_v1_format_module(layer, quantize_config=_Config(bits))
        stored = tensors_of(layer)
        for name, layer_class in (("auto_gptq_cuda", CUDA), ("auto_gptq_cuda_old", CUDA_OLD)):
            if not (layer_class is CUDA_OLD and act_order):  # that one ignores g_idx
                others[name] = by_auto_gptq(layer_class, bits, group_size, stored)
        convert_gptq_v1_to_v2_format_module(layer, bits=bits, pack_dtype=torch.int32)
        layer.clear_weight_cache()
        others["gptqmodel_from_v1"] = decode(layer)
    else:
        stored = tensors_of(layer)
    add(fixture, case, stored, intended, others, bits=bits, group_size=group_size, sym=sym, desc_act=act_order,
        checkpoint_format="gptq" if version_number == 1 else "gptq_v2")


class _Config:
    """The two fields that gptqmodel's v2 -> v1 conversion reads."""

    def __init__(self, bits):
        self.bits, self.pack_dtype = bits, torch.int32


def make_random(fixture, bits, seed):
    """Random words and scales, f16 specials among them, as v2."""
    rng = np.random.default_rng(seed)
    layer = new_layer(bits, 32, False, False, 64, 32, 2)
    words = lambda shape: torch.from_numpy(rng.integers(-2**31, 2**31, tuple(shape)).astype(np.int32))
    layer.qweight, layer.qzeros = words(layer.qweight.shape), words(layer.qzeros.shape)
    scales = rng.standard_normal(tuple(layer.scales.shape)).astype(np.float16)
    scales[0, :12] = np.array([0, 0x8000, 1, 0x3FF, 0x400, 0x7BFF, 0x7C00, 0xFC00, 0x7E00, 0xFD01, 0x3C00, 0x83FF],
                              np.uint16).view(np.float16)
    layer.scales = torch.from_numpy(scales)
    layer._init_wf_unsqueeze_buffers()
    add(fixture, f"b{bits}.random.v2", tensors_of(layer), decode(layer), bits=bits, group_size=32, sym=False,
        desc_act=False, checkpoint_format="gptq_v2")


def main():
    fixture = Fixture(
        "gptq.safetensors", peer="gptqmodel " + version("gptqmodel"), second_peer="auto-gptq " + version("auto-gptq"),
        function="TorchLinear.pack_original, dequantize_weight, convert_gptq_v1_to_v2_format_module, "
        "convert_gptq_v2_to_v1_format_module", second_function="qlinear_cuda(_old).QuantLinear.forward(identity)",
        torch=version("torch"), licence="Apache-2.0 (gptqmodel), MIT (auto-gptq)", seed=SEED)
    seed = SEED
    for bits in (2, 3, 4, 8):
        for label, group, sym, v, shape, act, wrap in (
                ("g32.asym.v1", 32, False, 1, (32, 64), False, False),
                ("channel.sym.v1", -1, True, 1, (32, 32), False, False),
                ("g32.asym.actorder.v2", 32, False, 2, (32, 64), True, False),
                ("g32.asym.zerozero.v1", 32, False, 1, (32, 32), False, True)):
            seed += 1
            make_case(fixture, f"b{bits}.{label}", bits, group, sym, v, shape, seed, act, wrap)
        make_random(fixture, bits, seed + 50)
    make_case(fixture, "b4.g32.asym.v2", 4, 32, False, 2, (32, 64), SEED + 79)
    make_case(fixture, "b4.g128.sym.v1", 4, 128, True, 1, (8, 256), SEED + 80)
    make_case(fixture, "b4.g32.asym.actorder.v1", 4, 32, False, 1, (8, 96), SEED + 81, act_order=True)
    make_case(fixture, "b4.g32.ragged.v2", 4, 32, False, 2, (8, 72), SEED + 82)
    fixture.write()


main()
