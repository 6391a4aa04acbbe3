# Copyright 2026 The Pawl Authors.
# SPDX-License-Identifier: Apache-2.0
import ctypes
import sys
import threading
from types import MappingProxyType
from typing import Any, Dict, Mapping, Optional, Sequence, Tuple

import numpy as np

from . import _dlpack
from ._context import Context, default_context
from ._enums import DType, Status
from ._library import Error, Handle, lib
from ._options import enum_value
from ._types import ReleaseFn

_NUMPY: Dict[DType, str] = {
    DType.F32: "<f4", DType.F16: "<f2", DType.F64: "<f8", DType.I8: "|i1", DType.U8: "|u1", DType.I16: "<i2",
    DType.U16: "<u2", DType.I32: "<i4", DType.U32: "<u4", DType.I64: "<i8", DType.U64: "<u8", DType.BOOL: "|b1",
}  # fmt: skip
_BY_NAME = {np.dtype(text).name: dtype for dtype, text in _NUMPY.items()}
# As packages beside NumPy call them.
_BY_NAME.update(bfloat16=DType.BF16, float8_e4m3fn=DType.E4M3, float8_e5m2=DType.E5M2, float8_e8m0fnu=DType.E8M0)

_owners: Dict[int, Any] = {}
_owners_lock = threading.Lock()
_next_owner = 1


def _drop(user: Optional[int]) -> None:
    with _owners_lock:
        owner = _owners.pop(user or 0, None)
    del owner  # not while the lock is held


_release = ReleaseFn(_drop)


def _keep(owner: Any) -> int:
    global _next_owner
    with _owners_lock:
        key, _next_owner = _next_owner, _next_owner + 1
        _owners[key] = owner
    return key


def dtype_of(array: "np.ndarray[Any, Any]") -> DType:
    dtype = _BY_NAME.get(array.dtype.name)
    if dtype is None or not array.dtype.isnative:
        raise TypeError(f"Pawl has no type for NumPy's {array.dtype!r}")
    return dtype


def c_shape(shape: Sequence[int]) -> Any:
    return (ctypes.c_int64 * len(shape))(*shape)


class Tensor(Handle):
    """A dense row-major array in memory of Pawl's, of a file, or of whatever object it was made from.

    numpy.asarray(tensor) and anything that takes DLPack look at the memory without a copy. It must not be written to.
    """

    _destroy = lib.pawl_tensor_destroy
    figures: Mapping[str, float] = MappingProxyType({})  # what the method that made it tells of its work

    @property
    def dtype(self) -> DType:
        return DType(lib.pawl_tensor_dtype(self))

    @property
    def shape(self) -> Tuple[int, ...]:
        return tuple(lib.pawl_tensor_shape(self)[: lib.pawl_tensor_rank(self)])

    @property
    def nbytes(self) -> int:
        return int(lib.pawl_tensor_size_bytes(self))

    @property
    def __array_interface__(self) -> Dict[str, Any]:
        if self.dtype not in _NUMPY:
            raise AttributeError(f"NumPy has no type for {self.dtype.name}; float32() makes a copy that it has one for")
        data = lib.pawl_tensor_data(self) or 0
        return {"shape": self.shape, "typestr": _NUMPY[self.dtype], "data": (data, True), "version": 3}

    def numpy(self) -> "np.ndarray[Any, Any]":
        """The same memory as an array, which keeps it alive."""
        if self.dtype not in _NUMPY:
            raise TypeError(f"NumPy has no type for {self.dtype.name}; float32() makes a copy that it has one for")
        return np.empty(self.shape, _NUMPY[self.dtype]) if self.nbytes == 0 else np.asarray(self)

    def __dlpack__(
        self, *, stream: Any = None, max_version: Optional[Tuple[int, int]] = None, **_newer: Any
    ) -> Any:
        versioned = max_version is not None and max_version[0] >= 1  # flagged read-only where it is
        lend = lib.pawl_tensor_to_dlpack_versioned if versioned else lib.pawl_tensor_to_dlpack
        return _dlpack.capsule(default_context()._make(lend, self).value or 0, versioned)

    def __dlpack_device__(self) -> Tuple[int, int]:
        return 1, 0

    def float32(self, *, context: Optional[Context] = None) -> "Tensor":
        """A copy as float32."""
        return Tensor((context or default_context())._make(lib.pawl_tensor_to_f32, self))

    def __repr__(self) -> str:
        return f"pawl.Tensor({self.dtype.name.lower()}, {list(self.shape)})"


def tensor(array: Any, *, context: Optional[Context] = None) -> Tensor:
    """An object with DLPack (torch ...) or of NumPy's as a Tensor, without a copy; it is kept alive. An array of NumPy's
    that is not contiguous is copied; lists and numbers are, too."""
    context = context or default_context()
    if isinstance(array, Tensor):
        return array
    if hasattr(array, "__dlpack__") and not isinstance(array, np.ndarray):
        capsule, pointer, versioned = _dlpack.take(array)
        make = lib.pawl_tensor_from_dlpack_versioned if versioned else lib.pawl_tensor_from_dlpack
        made = Tensor(context._make(make, pointer))
        _dlpack.taken(capsule, versioned)
        return made
    array = np.asanyarray(array)
    if not array.flags.c_contiguous:
        array = np.ascontiguousarray(array)
    key = _keep(array)
    try:
        shape = c_shape(array.shape)
        return Tensor(
            context._make(
                lib.pawl_tensor_view, dtype_of(array), shape, array.ndim, array.ctypes.data, array.nbytes, _release, key
            )
        )
    except BaseException:
        _drop(key)
        raise


def token_ids(ids: Any) -> "np.ndarray[Any, Any]":
    """Ids of a text as int32: a sequence or an array of integers, or bytes that are ids."""
    array = np.frombuffer(ids, np.uint8) if isinstance(ids, (bytes, bytearray, memoryview)) else np.asarray(ids)
    if array.size and array.dtype.kind not in "iu":
        raise TypeError(f"ids are integers, not {array.dtype}")
    if array.size and not (-(2**31) <= array.min() and array.max() < 2**31):  # NumPy would cut them off
        raise ValueError(f"ids from {array.min()} to {array.max()} are more than 32 bits hold")
    return np.ascontiguousarray(array, np.int32)


class Rows:
    """Rows of activations in somebody's memory, for the time of a call: [.., width], a stride between rows."""

    def __init__(self, array: Any, width: int, what: str, writable: bool = False) -> None:
        self.pointer, self.dtype, self.shape, strides = self._look(array, what, writable)
        if not self.shape or self.shape[-1] != width:
            raise Error(Status.INVALID_ARGUMENT, f"{what} has shape {list(self.shape)}; its rows must have {width} elements")
        self.count = 1
        for length in self.shape[:-1]:
            self.count *= length
        self.stride = strides[-2] if len(self.shape) > 1 else width
        dense = True
        for i in range(len(self.shape) - 2):  # one stride for all rows
            dense = dense and (self.shape[i] == 1 or strides[i] == strides[i + 1] * self.shape[i + 1])
        if self.count and (not dense or strides[-1] != 1 and width > 1 or self.stride < width and self.count > 1):
            raise Error(Status.INVALID_ARGUMENT, f"{what}'s rows must be contiguous and at one distance; strides are {strides}")
        self.stride = max(self.stride, width)

    def _look(self, array: Any, what: str, writable: bool) -> Tuple[int, DType, Tuple[int, ...], Tuple[int, ...]]:
        self.keep: Any = array
        if isinstance(array, np.ndarray):
            if writable and not array.flags.writeable:
                raise ValueError(f"{what} is read-only")
            strides = tuple(stride // array.itemsize for stride in array.strides)
            return array.ctypes.data, dtype_of(array), array.shape, strides
        made = tensor(array)
        if writable and made is array:
            raise ValueError(f"{what} is read-only")
        self.keep = made  # DLPack's are row-major, else Pawl has refused them
        row_major = [1]
        for length in reversed(made.shape[1:]):
            row_major.insert(0, row_major[0] * length)
        return lib.pawl_tensor_data(made) or 0, made.dtype, made.shape, tuple(row_major)


def is_torch(array: Any) -> bool:
    torch = sys.modules.get("torch")
    return torch is not None and isinstance(array, torch.Tensor)


def empty_like(array: Any, shape: Sequence[int], dtype: Any) -> Any:
    """For results: torch's for torch's, else NumPy's."""
    dtype = DType(enum_value(DType, dtype))
    if is_torch(array):
        torch: Any = sys.modules["torch"]
        names = {DType.F32: "float32", DType.F16: "float16", DType.BF16: "bfloat16", DType.I8: "int8", DType.U8: "uint8",
                 DType.I16: "int16"}  # fmt: skip
        return torch.empty(tuple(shape), dtype=getattr(torch, names[dtype]))
    if dtype not in _NUMPY:
        raise TypeError(f"NumPy has no type for {dtype.name}; give an array as out")
    return np.empty(shape, _NUMPY[dtype])
