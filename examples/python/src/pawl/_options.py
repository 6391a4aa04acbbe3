# Copyright 2026 The Pawl Authors.
# SPDX-License-Identifier: Apache-2.0
"""Keyword arguments as options of the library's."""

import ctypes
from enum import IntEnum
from typing import Any, Dict, Type, Union

import numpy as np

from . import _enums as e
from ._library import decode, encode, error, lib

EnumOrName = Union[IntEnum, str]

_ENUMS: Dict[e.OptionId, Type[IntEnum]] = {
    e.OptionId.RANGE_METHOD: e.RangeMethod,
    e.OptionId.OBSERVER_KIND: e.ObserverKind,
    e.OptionId.OBSERVER_RANGE: e.ObserverRange,
    e.OptionId.LINEAR_MODE: e.LinearMode,
    e.OptionId.LINEAR_COMPUTE: e.LinearCompute,
    e.OptionId.ACTIVATION_GROUPS: e.ActivationGroups,
    e.OptionId.FUSED_ACTIVATION: e.FusedActivation,
    e.OptionId.ACTIVATION_DTYPE: e.DType,
    e.OptionId.OUTPUT_DTYPE: e.DType,
    e.OptionId.ROUNDING: e.Rounding,
    e.OptionId.IMAGE_LAYOUT: e.ImageLayout,
    e.OptionId.GRAPH_MODE: e.GraphMode,
    e.OptionId.GRAPH_TARGET: e.GraphTarget,
    e.OptionId.GRAPH_FORMAT: e.GraphFormat,
    e.OptionId.RANGE_SEARCH: e.PassChoice,
    e.OptionId.CLIP_SEARCH: e.PassChoice,
    e.OptionId.BIAS_CORRECTION: e.PassChoice,
    e.OptionId.EQUALIZE: e.PassChoice,
    e.OptionId.SMOOTH_QUANT: e.PassChoice,
    e.OptionId.FITTED_ROUNDING: e.PassChoice,
    e.OptionId.GPTQ_RANGE: e.RangeMethod,
    e.OptionId.AWQ_RANGE: e.RangeMethod,
}


def enum_value(kind: Type[IntEnum], value: Union[int, str]) -> int:
    """A member, its number, or its name in any case."""
    if not isinstance(value, str):
        return int(value)
    try:
        return int(kind[value.upper().replace("-", "_")])
    except KeyError:
        names = ", ".join(member.name.lower() for member in kind)
        raise ValueError(f"{kind.__name__} has no '{value}'; it has {names}") from None


class Options:
    """A handle with those of `values` that are not None, for the time of a call."""

    def __init__(self, kind: e.OptionsKind, values: Dict[e.OptionId, Any]) -> None:
        handle = ctypes.c_void_p()
        status = lib.pawl_options_create(kind, ctypes.byref(handle))
        if status != 0:
            raise error(status, b"options could not be made")
        self.ptr = handle
        try:
            for option, value in values.items():
                if value is not None:
                    self.check(self._set(option, value))
        except BaseException:
            self.close()
            raise

    def _set(self, option: e.OptionId, value: Any) -> int:
        kind = lib.pawl_option_type(option)
        if kind == e.OptionType.INT:
            number = enum_value(_ENUMS[option], value) if option in _ENUMS else int(value)
            if not -(2**63) <= number < 2**63:  # ctypes would cut it off
                raise error(e.Status.OUT_OF_RANGE, f"{decode(lib.pawl_option_name(option))}: {number}".encode())
            return int(lib.pawl_options_set_int(self.ptr, option, number))
        if kind == e.OptionType.DOUBLE:
            return int(lib.pawl_options_set_double(self.ptr, option, float(value)))
        if kind == e.OptionType.STRING:
            text = value if isinstance(value, bytes) else encode(value)
            return int(lib.pawl_options_set_string(self.ptr, option, text))
        if kind == e.OptionType.TENSOR:
            return int(lib.pawl_options_set_tensor(self.ptr, option, value))
        dtype = np.int32 if kind == e.OptionType.INTS else np.float32
        array = np.ascontiguousarray(value, dtype=dtype)
        setter = lib.pawl_options_set_ints if kind == e.OptionType.INTS else lib.pawl_options_set_floats
        return int(setter(self.ptr, option, array.ctypes.data, array.size))

    def check(self, status: int) -> None:
        if status != 0:
            raise error(status, lib.pawl_options_last_error(self.ptr))

    def close(self) -> None:
        lib.pawl_options_destroy(self.ptr)
        self.ptr = ctypes.c_void_p()

    def __enter__(self) -> "Options":
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()
