# Copyright 2026 The Pawl Authors.
# SPDX-License-Identifier: Apache-2.0
"""What every make_fixtures_<family>.py shares: a deterministic safetensors writer and weights."""

import json
import os
import struct

import numpy as np

FIXTURES = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "fixtures")

_NUMPY_DTYPES = {
    "uint8": "U8", "int8": "I8", "int16": "I16", "uint16": "U16", "int32": "I32", "uint32": "U32",
    "int64": "I64", "float16": "F16", "float32": "F32", "float64": "F64", "bool": "BOOL",
}
_TORCH_DTYPES = {
    "torch.bfloat16": "BF16", "torch.float8_e4m3fn": "F8_E4M3", "torch.float8_e5m2": "F8_E5M2",
    "torch.float8_e8m0fnu": "F8_E8M0",
}
_ITEM_BYTES = {"F64": 8, "I64": 8, "F32": 4, "I32": 4, "U32": 4, "F16": 2, "BF16": 2, "I16": 2, "U16": 2}


def _encode(value):
    """(safetensors dtype, shape, bytes) of a numpy array or a torch tensor."""
    if hasattr(value, "detach"):
        import torch

        value = value.detach().cpu().contiguous()
        name = _TORCH_DTYPES.get(str(value.dtype))
        if name:
            raw = value.reshape(-1).view(torch.uint8).numpy().tobytes()
            return name, list(value.shape), raw
        value = value.numpy()
    shape = list(np.shape(value))  # ascontiguousarray would turn a scalar's shape [] into [1]
    value = np.ascontiguousarray(value)
    return _NUMPY_DTYPES[str(value.dtype)], shape, value.tobytes()


class Fixture:
    """Collects tensors and metadata, then writes one file whose bytes depend only on them.

    The safetensors package orders metadata by a hash; a fixture that is rebuilt must not change, so
    the header is written here, sorted.
    """

    def __init__(self, file_name, **origin):
        self.path = os.path.join(FIXTURES, file_name)
        self.metadata = {k: str(v) for k, v in origin.items()}
        self.tensors = {}

    def add(self, name, value):
        assert name not in self.tensors, name
        self.tensors[name] = _encode(value)

    def case(self, name, **facts):
        self.metadata["case." + name] = json.dumps(facts, sort_keys=True)

    def write(self):
        order = sorted(self.tensors, key=lambda n: (-_ITEM_BYTES.get(self.tensors[n][0], 1), n))
        header, offset = {"__metadata__": dict(sorted(self.metadata.items()))}, 0
        for name in order:
            dtype, shape, raw = self.tensors[name]
            header[name] = {"dtype": dtype, "shape": shape, "data_offsets": [offset, offset + len(raw)]}
            offset += len(raw)
        text = json.dumps(header, separators=(",", ":")).encode()
        text += b" " * (-len(text) % 8)
        os.makedirs(FIXTURES, exist_ok=True)
        with open(self.path, "wb") as out:
            out.write(struct.pack("<Q", len(text)) + text)
            for name in order:
                out.write(self.tensors[name][2])
        self._check()

    def _check(self):
        from safetensors import safe_open

        with safe_open(self.path, "numpy") as f:
            assert sorted(f.keys()) == sorted(self.tensors)
        print(f"{os.path.basename(self.path)}: {os.path.getsize(self.path)} bytes, {len(self.tensors)} tensors")


def weights(shape, seed, zero_row=False):
    """f32 values like a layer's: normal, rows of different size, a few outliers, one constant run."""
    rng = np.random.default_rng(seed)
    w = rng.standard_normal(shape).astype(np.float32)
    w *= (0.02 * 2.0 ** rng.integers(-3, 4, size=(shape[0],) + (1,) * (len(shape) - 1))).astype(np.float32)
    flat = w.reshape(-1)
    flat[rng.integers(0, flat.size, size=max(1, flat.size // 200))] *= 8
    flat[-5:-2] = flat[-5]
    if zero_row:
        w[0] = 0
    return w


def same_bits(a, b):
    """True where a and b have the same bits, or are both NaN (its payload is the machine's, not the format's)."""
    kind = {2: np.uint16, 4: np.uint32}[a.dtype.itemsize]
    return (a.view(kind) == b.view(kind)) | (np.isnan(a) & np.isnan(b))
