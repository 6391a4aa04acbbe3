# Copyright 2026 The Pawl Authors.
# SPDX-License-Identifier: Apache-2.0
from typing import Any, Optional, Union

import numpy as np

from ._context import Context, default_context
from ._enums import DType, Status
from ._library import Error, Handle, encode, lib
from ._quantize import QuantizedTensor
from ._tensor import Rows, empty_like


class Embedding(Handle):
    """Looks up rows of a table [rows, cols] of any scheme. Immutable: any number of threads may call it, each with a context
    of its own."""

    _destroy = lib.pawl_embedding_destroy

    def __init__(self, table: QuantizedTensor, *, name: Optional[str] = None, context: Optional[Context] = None) -> None:
        text = None if name is None else encode(name)
        super().__init__((context or default_context())._make(lib.pawl_embedding_create, table, text))

    @property
    def rows(self) -> int:
        return int(lib.pawl_embedding_rows(self))

    @property
    def cols(self) -> int:
        return int(lib.pawl_embedding_cols(self))

    def __call__(
        self, indices: Any, *, out: Any = None, dtype: Union[DType, str] = DType.F32, context: Optional[Context] = None
    ) -> Any:
        """indices [..], integers of any kind, to rows [.., cols] in `out` or a new array of their kind (NumPy's or torch's)."""
        numbers = np.asarray(indices)
        if numbers.dtype.kind not in "iu":
            raise TypeError(f"indices are {numbers.dtype}, not integers")
        wide = numbers.dtype != np.int32
        numbers = np.ascontiguousarray(numbers, np.int64 if wide else np.int32)
        shape = (*numbers.shape, self.cols)
        if out is None:
            out = empty_like(indices, shape, dtype)
        results = Rows(out, self.cols, "out", writable=True)
        if results.shape != shape:
            raise Error(Status.INVALID_ARGUMENT, f"out has shape {list(results.shape)} instead of {list(shape)}")
        (context or default_context())._call(
            lib.pawl_embedding_lookup_i64 if wide else lib.pawl_embedding_lookup_i32, self, numbers.ctypes.data,
            numbers.size, results.pointer, results.dtype, results.stride,
        )  # fmt: skip
        return out

    def __repr__(self) -> str:
        return f"pawl.Embedding({self.rows}, {self.cols})"
