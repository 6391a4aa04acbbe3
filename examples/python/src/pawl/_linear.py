# Copyright 2026 The Pawl Authors.
# SPDX-License-Identifier: Apache-2.0
from typing import Any, Optional, Union

from ._context import Context, default_context
from ._enums import (
    ActivationGroups,
    DType,
    FusedActivation,
    LinearCompute,
    LinearMode,
    OptionId,
    OptionsKind,
    Rounding,
    Status,
)
from ._library import Error, Handle, decode, lib
from ._options import Options
from ._quantize import QuantizedTensor
from ._tensor import Rows, empty_like, tensor

_FLOATS = (DType.F32, DType.F16, DType.BF16)


class Linear(Handle):
    """y = activation(x . W^T + bias). Immutable: any number of threads may call it, each with a context of its own."""

    _destroy = lib.pawl_linear_destroy

    def __init__(
        self,
        weights: QuantizedTensor,
        mode: Union[LinearMode, str] = LinearMode.WEIGHT_ONLY,
        *,
        name: Optional[str] = None,
        bias: Any = None,
        fused_activation: Union[FusedActivation, str, None] = None,
        activation_groups: Union[ActivationGroups, str, None] = None,
        activation_dtype: Union[DType, str, None] = None,
        activation_scale: Optional[float] = None,
        activation_zero_point: Optional[int] = None,
        output_dtype: Union[DType, str, None] = None,
        output_scale: Optional[float] = None,
        output_zero_point: Optional[int] = None,
        rounding: Union[Rounding, str, None] = None,
        release_canonical: Optional[bool] = None,
        round_levels: Optional[bool] = None,
        compute: Union[LinearCompute, str, None] = None,
        context: Optional[Context] = None,
    ) -> None:
        context = context or default_context()
        values = {
            OptionId.LINEAR_MODE: mode,
            OptionId.NAME: name,
            OptionId.BIAS: None if bias is None else tensor(bias, context=context),
            OptionId.FUSED_ACTIVATION: fused_activation,
            OptionId.ACTIVATION_GROUPS: activation_groups,
            OptionId.ACTIVATION_DTYPE: activation_dtype,
            OptionId.ACTIVATION_SCALE: activation_scale,
            OptionId.ACTIVATION_ZERO_POINT: activation_zero_point,
            OptionId.OUTPUT_DTYPE: output_dtype,
            OptionId.OUTPUT_SCALE: output_scale,
            OptionId.OUTPUT_ZERO_POINT: output_zero_point,
            OptionId.ROUNDING: rounding,
            OptionId.RELEASE_CANONICAL: release_canonical,
            OptionId.ROUND_LEVELS: round_levels,
            OptionId.LINEAR_COMPUTE: compute,
        }
        with Options(OptionsKind.LINEAR, values) as options:
            super().__init__(context._make(lib.pawl_linear_create, weights, options.ptr))

    @property
    def in_features(self) -> int:
        return int(lib.pawl_linear_in_features(self))

    @property
    def out_features(self) -> int:
        return int(lib.pawl_linear_out_features(self))

    @property
    def name(self) -> str:
        return decode(lib.pawl_linear_name(self))

    @property
    def nbytes(self) -> int:
        """Bytes that the layer keeps."""
        return int(lib.pawl_linear_size_bytes(self))

    def __call__(
        self, x: Any, *, out: Any = None, dtype: Union[DType, str, None] = None, context: Optional[Context] = None
    ) -> Any:
        """x [.., in] to y [.., out], where they are: NumPy's arrays, torch's tensors, or anything with DLPack. The result is
        `out`, or a new array of x's kind, in `dtype` or x's own float type."""
        context = context or default_context()
        rows = Rows(x, self.in_features, f"x of layer '{self.name}'")
        shape = (*rows.shape[:-1], self.out_features)
        if out is None:
            own = rows.dtype if rows.dtype in _FLOATS else DType.F32
            out = empty_like(x, shape, own if dtype is None else dtype)
        results = Rows(out, self.out_features, "out", writable=True)
        if results.shape != shape:
            raise Error(Status.INVALID_ARGUMENT, f"out has shape {list(results.shape)} instead of {list(shape)}")
        context._call(
            lib.pawl_linear_run, self, rows.count, rows.pointer, rows.dtype, rows.stride, results.pointer,
            results.dtype, results.stride,
        )  # fmt: skip
        return out

    def __repr__(self) -> str:
        return f"pawl.Linear({self.in_features}, {self.out_features}, name={self.name!r})"
