# Copyright 2026 The Pawl Authors.
# SPDX-License-Identifier: Apache-2.0
"""Makes tests/fixtures/awq.safetensors: AWQ GEMM layers packed and dequantized by AutoAWQ's torch code.

Tensor names are a checkpoint's (qweight, qzeros, scales) behind `<case>.`; `<case>.decoded` is the peer's
[in, out] result transposed to W[out, in].
"""

import importlib.util
import sys
import types

import numpy as np
import torch
from importlib.metadata import version

from make_fixtures_common import Fixture, weights

SEED = 20260401


def import_awq():
    """AutoAWQ without its package __init__, which wants an older transformers."""
    root = importlib.util.find_spec("awq").submodule_search_locations
    for name, tail in (("awq", ""), ("awq.utils", "/utils"), ("awq.modules", "/modules"),
                       ("awq.modules.linear", "/modules/linear")):
        package = types.ModuleType(name)
        package.__path__ = [root[0] + tail]
        sys.modules[name] = package
    from awq.modules.linear.gemm import WQLinear_GEMM
    from awq.utils.packing_utils import dequantize_gemm

    return WQLinear_GEMM, dequantize_gemm


def min_max(w, group_size):
    """Asymmetric 4-bit scales and zeros, [groups, out], as from_linear takes them."""
    parts = w.reshape(w.shape[0], -1, group_size)
    high, low = parts.amax(2), parts.amin(2)
    scales = ((high - low).clamp(min=1e-5) / 15).half()
    zeros = (-torch.round(low / scales.float())).clamp(0, 15)
    return scales.t().contiguous(), zeros.t().contiguous()


def add(fixture, dequantize, case, qweight, qzeros, scales, group_size):
    decoded = dequantize(qweight, qzeros, scales, 4, group_size).t().contiguous()
    for name, value in (("qweight", qweight), ("qzeros", qzeros), ("scales", scales), ("decoded", decoded)):
        fixture.add(f"{case}.{name}", value)
    fixture.case(case, bits=4, group_size=group_size, shape=list(decoded.shape))


def main():
    layer_class, dequantize = import_awq()
    fixture = Fixture("awq.safetensors", peer="autoawq " + version("autoawq"), torch=version("torch"),
                      function="WQLinear_GEMM.from_linear; awq.utils.packing_utils.dequantize_gemm",
                      licence="MIT", seed=SEED)
    for index, (case, shape, group) in enumerate((("g32", (32, 64), 32), ("g128", (32, 128), 128),
                                                  ("g32.three_words", (96, 32), 32))):
        w = torch.from_numpy(weights(shape, SEED + index))
        scales, zeros = min_max(w, group)
        linear = torch.nn.Linear(shape[1], shape[0], bias=False)
        linear.weight.data = w.half()
        layer = layer_class.from_linear(linear, 4, group, scales=scales, zeros=zeros)
        # from_linear does not clamp: a code beyond 15 would have spilled over its neighbour.
        codes = torch.round((w.half() + (zeros * scales).repeat_interleave(group, 0).t())
                            / scales.repeat_interleave(group, 0).t())
        print(case, "codes", int(codes.min()), int(codes.max()))
        add(fixture, dequantize, case, layer.qweight, layer.qzeros, layer.scales, group)
    rng = np.random.default_rng(SEED + 9)
    words = lambda *s: torch.from_numpy(rng.integers(-2**31, 2**31, s).astype(np.int32))
    scales = rng.standard_normal((2, 32)).astype(np.float16)
    scales[0, :12] = np.array([0, 0x8000, 1, 0x3FF, 0x400, 0x7BFF, 0x7C00, 0xFC00, 0x7E00, 0xFD01, 0x3C00, 0x83FF],
                              np.uint16).view(np.float16)
    add(fixture, dequantize, "random", words(64, 4), words(2, 4), torch.from_numpy(scales), 32)
    fixture.write()


main()
