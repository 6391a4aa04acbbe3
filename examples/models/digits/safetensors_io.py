# Copyright 2026 The Pawl Authors.
# SPDX-License-Identifier: Apache-2.0
"""The subset of the safetensors format that the digits model needs, with reproducible bytes.

Layout: u64 little-endian header length, JSON header padded with spaces to a multiple of 8, then the
tensors' data back to back. https://github.com/huggingface/safetensors#format
"""

import json
import struct

import numpy as np

_DTYPES = {"F32": np.dtype("<f4"), "U8": np.dtype("u1")}
_NAMES = {dtype: name for name, dtype in _DTYPES.items()}


def save(path, tensors, metadata):
    """Writes `tensors` (name -> array) in the given order; `metadata` maps strings to strings."""
    header = {"__metadata__": metadata}
    chunks = []
    offset = 0
    for name, array in tensors.items():
        data = np.ascontiguousarray(array).tobytes()
        header[name] = {
            "dtype": _NAMES[array.dtype],
            "shape": list(array.shape),
            "data_offsets": [offset, offset + len(data)],
        }
        offset += len(data)
        chunks.append(data)
    text = json.dumps(header, separators=(",", ":")).encode("ascii")
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text + b"".join(chunks))


def load(path):
    """Returns (tensors, metadata) of a file written by `save`."""
    with open(path, "rb") as file:
        content = file.read()
    (length,) = struct.unpack_from("<Q", content)
    header = json.loads(content[8 : 8 + length])
    metadata = header.pop("__metadata__", {})
    tensors = {}
    for name, entry in header.items():
        begin, end = (8 + length + at for at in entry["data_offsets"])
        flat = np.frombuffer(content[begin:end], dtype=_DTYPES[entry["dtype"]])
        tensors[name] = flat.reshape(entry["shape"])
    return tensors, metadata
