# Copyright 2026 The Pawl Authors.
# SPDX-License-Identifier: Apache-2.0
import ctypes
import os
from dataclasses import dataclass
from typing import Any, Dict, List, Optional, Tuple, Union

from ._context import Context, default_context
from ._enums import ObserverKind, ObserverRange, OptionId, OptionsKind
from ._library import Handle, decode, encode, encode_path, lib
from ._options import Options
from ._tensor import tensor


@dataclass(frozen=True)
class QParams:
    """value = (code - zero_point) * scale"""

    scale: float
    zero_point: int


class Calibrator(Handle):
    """An observer for each tensor's name: the calibration of a model, batch by batch. One thread at a time.

    The arguments are for names that no rule matches; without any they are histograms.
    """

    _destroy = lib.pawl_calibrator_destroy

    def __init__(
        self,
        kind: Union[ObserverKind, str] = ObserverKind.HISTOGRAM,
        *,
        per_channel: Optional[bool] = None,
        axis: Optional[int] = None,
        bins: Optional[int] = None,
        momentum: Optional[float] = None,
        context: Optional[Context] = None,
    ) -> None:
        with _observer_options(kind, per_channel, axis, bins, momentum) as options:
            super().__init__((context or default_context())._make(lib.pawl_calibrator_create, options.ptr))

    @classmethod
    def load(
        cls, path: "Union[str, os.PathLike[str]]", model_hash: str, *, context: Optional[Context] = None
    ) -> "Calibrator":
        """What save() wrote for the same model."""
        made = cls.__new__(cls)
        context = context or default_context()
        Handle.__init__(made, context._make(lib.pawl_calibrator_load, encode_path(path), encode(model_hash)))
        return made

    def save(
        self, path: "Union[str, os.PathLike[str]]", model_hash: str, *, context: Optional[Context] = None
    ) -> None:
        """The whole state as a JSON file, for the model with this hash (any text that tells models apart)."""
        context = context or default_context()
        context._call(lib.pawl_calibrator_save, self, encode_path(path), encode(model_hash))

    def add_rule(
        self,
        pattern: str,
        kind: Union[ObserverKind, str] = ObserverKind.HISTOGRAM,
        *,
        per_channel: Optional[bool] = None,
        axis: Optional[int] = None,
        bins: Optional[int] = None,
        momentum: Optional[float] = None,
        context: Optional[Context] = None,
    ) -> None:
        """Names that hold a match of the pattern (RE2) get this observer; the first rule counts."""
        with _observer_options(kind, per_channel, axis, bins, momentum) as options:
            context = context or default_context()
            context._call(lib.pawl_calibrator_add_rule, self, encode(pattern), options.ptr)

    def observe(self, name: str, batch: Any, *, context: Optional[Context] = None) -> None:
        """One batch of a tensor: anything that tensor() takes, of a float type."""
        context = context or default_context()
        held = tensor(batch, context=context)
        context._call(lib.pawl_calibrator_observe, self, encode(name), held)

    def finish(self, *, context: Optional[Context] = None) -> None:
        """After the last batch: an error where a rule matched no tensor, with the nearest names."""
        (context or default_context())._call(lib.pawl_calibrator_finish, self)

    def names(self) -> List[str]:
        """The tensors that were observed, in the order of names."""
        count = lib.pawl_calibrator_count(self)
        return [decode(lib.pawl_calibrator_name(self, i)) for i in range(count)]

    def qparams(
        self,
        name: str,
        range: Union[ObserverRange, str] = ObserverRange.MINMAX,
        *,
        percentile: Optional[float] = None,
        min_code: int = -127,
        max_code: int = 127,
        symmetric: bool = True,
        context: Optional[Context] = None,
    ) -> List[QParams]:
        """Scale and zero point of a tensor, one for each channel."""
        context = context or default_context()
        values = {
            OptionId.OBSERVER_RANGE: range,
            OptionId.OBSERVER_PERCENTILE: percentile,
            OptionId.MIN_CODE: min_code,
            OptionId.MAX_CODE: max_code,
            OptionId.SYMMETRIC: symmetric,
        }
        observer = context._make(lib.pawl_calibrator_observer, self, encode(name))
        try:
            count = lib.pawl_observer_channels(observer)
            scales, zeros = (ctypes.c_float * count)(), (ctypes.c_int32 * count)()
            with Options(OptionsKind.RANGE, values) as options:
                context._call(lib.pawl_observer_qparams, observer, options.ptr, scales, zeros, count)
        finally:
            lib.pawl_observer_destroy(observer)
        return [QParams(scale, zero) for scale, zero in zip(scales, zeros)]


def _observer_options(kind: Any, per_channel: Any, axis: Any, bins: Any, momentum: Any) -> Options:
    values: Dict[OptionId, Any] = {
        OptionId.OBSERVER_KIND: kind,
        OptionId.PER_CHANNEL: per_channel,
        OptionId.AXIS: axis,
        OptionId.BINS: bins,
        OptionId.MOMENTUM: momentum,
    }
    return Options(OptionsKind.OBSERVER, values)
