# Copyright 2026 The Pawl Authors.
# SPDX-License-Identifier: Apache-2.0
"""torch's tensors; skipped where there is no torch, unless $PAWL_REQUIRE_TORCH says that there is."""

import os

import numpy as np
import pytest

import pawl

if not os.environ.get("PAWL_REQUIRE_TORCH"):
    pytest.importorskip("torch")
import torch


def test_tensors_go_both_ways_without_copies():
    values = torch.randn(4, 64, dtype=torch.bfloat16)
    tensor = pawl.tensor(values)
    assert tensor.dtype is pawl.DType.BF16 and tensor.shape == (4, 64)
    back = torch.from_dlpack(tensor)
    assert back.data_ptr() == values.data_ptr() and torch.equal(back, values)
    del values
    assert torch.equal(torch.from_numpy(tensor.float32().numpy().copy()), back.float())
    with pytest.raises(TypeError, match="float32"):
        tensor.numpy()


@pytest.mark.parametrize("dtype", [torch.float32, torch.float16, torch.bfloat16])
def test_layers_take_and_give_torch(dtype):
    weights = torch.randn(16, 64)
    layer = pawl.Linear(pawl.quantize(weights, "int8"), bias=torch.ones(16))
    x = torch.randn(3, 5, 64).to(dtype)
    y = layer(x)
    assert isinstance(y, torch.Tensor) and y.dtype == dtype and y.shape == (3, 5, 16)
    assert torch.allclose(y.float(), x.float() @ weights.T + 1, atol=0.3)
    out = torch.empty(3, 5, 16, dtype=torch.float32)
    assert layer(x, out=out) is out and torch.allclose(out, y.float(), atol=0.1)
    assert torch.equal(torch.from_numpy(layer(x.float().numpy())), layer(x.float()))


def test_weights_of_a_module_are_quantized():
    module = torch.nn.Linear(64, 32)
    quantized = pawl.quantize(module.weight.detach(), "int4:g32")
    assert np.isclose(quantized.bits_per_weight, 4.5) and quantized.compare(module.weight.detach()).sqnr_db > 18
