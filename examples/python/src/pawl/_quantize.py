# Copyright 2026 The Pawl Authors.
# SPDX-License-Identifier: Apache-2.0
import ctypes
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Mapping, Optional, Sequence, Tuple, Union

import numpy as np

from ._context import Context, default_context
from ._enums import ERROR_COUNT, STAT_COUNT, OptionId, OptionsKind, Part, RangeMethod
from ._library import Handle, decode, encode, lib
from ._options import EnumOrName, Options, enum_value
from ._tensor import Tensor, tensor


class Scheme(Handle):
    """What a tensor becomes: "int8", "int4:g128:asym", "nf4:flat64:dq", "q4_k" ... str() gives the shortest text."""

    _destroy = lib.pawl_scheme_destroy

    def __init__(self, text: str, *, context: Optional[Context] = None) -> None:
        super().__init__((context or default_context())._make(lib.pawl_scheme_parse, encode(text)))

    @classmethod
    def _from(cls, handle: ctypes.c_void_p) -> "Scheme":
        made = cls.__new__(cls)
        Handle.__init__(made, handle)
        return made

    def __str__(self) -> str:
        return decode(lib.pawl_scheme_string(self))

    def __repr__(self) -> str:
        return f"pawl.Scheme({str(self)!r})"

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Scheme):
            return NotImplemented
        return bool(lib.pawl_scheme_equal(self, other))

    def __hash__(self) -> int:
        return hash(str(self))


@dataclass(frozen=True)
class QuantizeStats:
    """Values and groups that a scheme could not take as they were."""

    nan: int
    inf: int
    zero_groups: int
    saturated_scales: int
    underflowed_scales: int


@dataclass(frozen=True)
class ErrorFigures:
    """The error of a decoded tensor against its original. Elements that are NaN or infinite in either are in none of the
    first four, and counted in the others; with `compared` 0 the first four say that nothing differs."""

    sqnr_db: float
    cosine: float
    max: float
    mse: float
    compared: int
    original_nan: int
    original_inf: int
    decoded_nan: int
    decoded_inf: int
    unlike: int  # of those left out: not NaN in both, nor the same infinity


class QuantizedTensor(Handle):
    """A quantized tensor, W[out, in]; quantize(), methods and files make them."""

    _destroy = lib.pawl_quantized_tensor_destroy
    stats: Optional[QuantizeStats] = None  # of quantize() and methods
    figures: Mapping[str, float] = MappingProxyType({})  # what the method that made it tells of its work

    @property
    def shape(self) -> Tuple[int, ...]:
        return tuple(lib.pawl_quantized_tensor_shape(self)[: lib.pawl_quantized_tensor_rank(self)])

    @property
    def nbytes(self) -> int:
        """Of all parts."""
        return int(lib.pawl_quantized_tensor_size_bytes(self))

    @property
    def bits_per_weight(self) -> float:
        """Of all parts."""
        return float(lib.pawl_quantized_tensor_bits_per_weight(self))

    def scheme(self, *, context: Optional[Context] = None) -> Scheme:
        return Scheme._from((context or default_context())._make(lib.pawl_quantized_tensor_scheme, self))

    def part(self, part: Union[Part, str], *, context: Optional[Context] = None) -> Tensor:
        """Codes, scales ... without a copy; empty where the scheme has no such part."""
        number = enum_value(Part, part)
        return Tensor((context or default_context())._make(lib.pawl_quantized_tensor_part, self, number))

    def dequantize(self, *, context: Optional[Context] = None) -> "np.ndarray[Any, Any]":
        """All of it as float32."""
        out = np.empty(self.shape, np.float32)
        (context or default_context())._call(lib.pawl_dequantize, self, 0, out.ctypes.data, out.size)
        return out

    def compare(self, original: Any, *, context: Optional[Context] = None) -> ErrorFigures:
        """With the original, of the same shape."""
        context = context or default_context()
        figures = (ctypes.c_double * ERROR_COUNT)()
        context._call(lib.pawl_compare, tensor(original, context=context), self, figures, ERROR_COUNT)
        sqnr_db, cosine, largest, mse, *counts = figures
        return ErrorFigures(sqnr_db, cosine, largest, mse, *map(int, counts))


def quantize(
    weights: Any,
    scheme: Union[Scheme, str],
    *,
    range_method: Union[RangeMethod, EnumOrName, None] = None,
    percentile: Optional[float] = None,
    importance: Optional[Sequence[float]] = None,
    kmeans_iterations: Optional[int] = None,
    outlier_columns: Optional[Sequence[int]] = None,
    group_index: Optional[Sequence[int]] = None,
    input_scale: Optional[Sequence[float]] = None,
    rotation_seed: Optional[int] = None,
    context: Optional[Context] = None,
) -> QuantizedTensor:
    """Rounds weights (anything that tensor() takes, of a float type) to nearest: the same codes on every instruction set
    and for every number of threads. `stats` of the result counts what the scheme could not take as it was."""
    context = context or default_context()
    if isinstance(scheme, str):
        scheme = Scheme(scheme, context=context)
    values = {
        OptionId.RANGE_METHOD: range_method,
        OptionId.PERCENTILE: percentile,
        OptionId.IMPORTANCE: importance,
        OptionId.KMEANS_ITERATIONS: kmeans_iterations,
        OptionId.OUTLIER_COLUMNS: outlier_columns,
        OptionId.GROUP_INDEX: group_index,
        OptionId.INPUT_SCALE: input_scale,
        OptionId.ROTATION_SEED: rotation_seed,
    }
    stats = (ctypes.c_int64 * STAT_COUNT)()
    held = tensor(weights, context=context)
    with Options(OptionsKind.QUANTIZE, values) as options:
        handle = context._make(lib.pawl_quantize, held, scheme, options.ptr, stats, STAT_COUNT)
    quantized = QuantizedTensor(handle)
    quantized.stats = QuantizeStats(*stats)
    return quantized
