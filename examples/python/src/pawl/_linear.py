# Copyright 2026 The Pawl Authors.
# SPDX-License-Identifier: Apache-2.0
import ctypes
from typing import Any, Dict, List, Mapping, Optional, Sequence, Union

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


def layer_options(mode: Union[LinearMode, str], context: Context, settings: Mapping[str, Any]) -> Options:
    """What layers have in common, by the names of OptionId."""
    values: Dict[OptionId, Any] = {OptionId.LINEAR_MODE: mode}
    for name, value in settings.items():
        if name.upper() not in OptionId.__members__:
            raise TypeError(f"a layer has no setting {name!r}")
        if name == "bias" and value is not None:
            value = tensor(value, context=context)
        values[OptionId[name.upper()]] = value
    return Options(OptionsKind.LINEAR, values)


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
        settings = {
            "name": name,
            "bias": bias,
            "fused_activation": fused_activation,
            "activation_groups": activation_groups,
            "activation_dtype": activation_dtype,
            "activation_scale": activation_scale,
            "activation_zero_point": activation_zero_point,
            "output_dtype": output_dtype,
            "output_scale": output_scale,
            "output_zero_point": output_zero_point,
            "rounding": rounding,
            "release_canonical": release_canonical,
            "round_levels": round_levels,
            "linear_compute": compute,
        }
        with layer_options(mode, context, settings) as options:
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


def run_group(
    layers: Sequence[Linear], x: Any, *, dtype: Union[DType, str, None] = None, context: Optional[Context] = None
) -> List[Any]:
    """Layers on the same x [.., in], as attention's query, key and value: what each of them gives, bit for bit, with x
    quantized once for all that share it."""
    if not layers:
        return []
    rows = Rows(x, layers[0].in_features, f"x of layer '{layers[0].name}'")
    own = rows.dtype if rows.dtype in _FLOATS else DType.F32
    outs = [empty_like(x, (*rows.shape[:-1], layer.out_features), own if dtype is None else dtype) for layer in layers]
    results = [Rows(out, layer.out_features, "out", writable=True) for out, layer in zip(outs, layers)]
    handles = (ctypes.c_void_p * len(layers))(*[layer._as_parameter_ for layer in layers])
    places = (ctypes.c_void_p * len(layers))(*[result.pointer for result in results])
    (context or default_context())._call(
        lib.pawl_linear_run_group, handles, len(layers), rows.count, rows.pointer, rows.dtype, rows.stride, places,
        results[0].dtype,
    )  # fmt: skip
    return outs
