# Copyright 2026 The Pawl Authors.
# SPDX-License-Identifier: Apache-2.0
from typing import Any, Optional, Sequence, Union

from ._context import Context, default_context
from ._enums import DType, ImageLayout, LinearMode, OptionId, OptionsKind, Status
from ._library import Error, Handle, decode, lib
from ._linear import layer_options
from ._options import Options
from ._quantize import QuantizedTensor
from ._tensor import Rows, empty_like, tensor


class Conv(Handle):
    """y = activation(convolution of x with W + bias) in two dimensions, W [out, in/groups * kernel height * kernel width]
    quantized, or floats, with columns in the order of ONNX and PyTorch. Kernel, strides and dilations are (height, width),
    pads (top, left, bottom, right); one number each, and two pads, are a convolution in one dimension. `layer` is what
    Linear takes. Immutable: any number of threads may call it, each with a context of its own."""

    _destroy = lib.pawl_conv_destroy

    def __init__(
        self,
        weights: Any,
        channels: int,
        kernel: Sequence[int],
        mode: Union[LinearMode, str] = LinearMode.WEIGHT_ONLY,
        *,
        groups: Optional[int] = None,
        strides: Optional[Sequence[int]] = None,
        dilations: Optional[Sequence[int]] = None,
        pads: Optional[Sequence[int]] = None,
        layout: Union[ImageLayout, str, None] = None,
        context: Optional[Context] = None,
        **layer: Any,
    ) -> None:
        context = context or default_context()
        self._one_dimension = len(kernel) == 1
        self._nhwc = layout in (ImageLayout.NHWC, "nhwc", "NHWC")
        geometry = {
            OptionId.CONV_CHANNELS: channels,
            OptionId.CONV_GROUPS: groups,
            OptionId.CONV_KERNEL: kernel,
            OptionId.CONV_STRIDES: strides,
            OptionId.CONV_DILATIONS: dilations,
            OptionId.CONV_PADS: pads,
            OptionId.IMAGE_LAYOUT: layout,
        }
        with Options(OptionsKind.CONV, geometry) as conv, layer_options(mode, context, layer) as options:
            if isinstance(weights, QuantizedTensor):
                handle = context._make(lib.pawl_conv_create, weights, conv.ptr, options.ptr)
            else:
                held = tensor(weights, context=context)
                handle = context._make(lib.pawl_conv_create_float, held, conv.ptr, options.ptr)
        super().__init__(handle)

    @property
    def in_channels(self) -> int:
        return int(lib.pawl_conv_in_channels(self))

    @property
    def out_channels(self) -> int:
        return int(lib.pawl_conv_out_channels(self))

    @property
    def name(self) -> str:
        return decode(lib.pawl_conv_name(self))

    @property
    def nbytes(self) -> int:
        """Bytes that the layer keeps."""
        return int(lib.pawl_conv_size_bytes(self))

    def __call__(
        self, x: Any, *, out: Any = None, dtype: Union[DType, str] = DType.F32, context: Optional[Context] = None
    ) -> Any:
        """x [batch, channels, height, width] (without height in one dimension; channels last with the layout nhwc) to y
        of the same order, in `out` or a new array of x's kind."""
        spatial = 1 if self._one_dimension else 2
        shape = tuple(x.shape)
        if len(shape) != spatial + 2:
            raise Error(Status.INVALID_ARGUMENT, f"x has shape {list(shape)}, which has not {spatial + 2} dimensions")
        image = shape[1:-1] if self._nhwc else shape[2:]
        channels = shape[-1] if self._nhwc else shape[1]
        if channels != self.in_channels:
            raise Error(Status.INVALID_ARGUMENT, f"x has {channels} channels; '{self.name}' takes {self.in_channels}")
        height, width = (1, image[0]) if self._one_dimension else image
        sizes = (lib.pawl_conv_output_height(self, height), lib.pawl_conv_output_width(self, width))[2 - spatial :]
        y = (*sizes, self.out_channels) if self._nhwc else (self.out_channels, *sizes)
        if out is None:
            out = empty_like(x, (shape[0], *y), dtype)
        images = Images(x, "x")
        results = Images(out, "out", writable=True)
        if results.shape != (shape[0], *y):
            raise Error(Status.INVALID_ARGUMENT, f"out has shape {list(results.shape)} instead of {[shape[0], *y]}")
        (context or default_context())._call(
            lib.pawl_conv_run, self, shape[0], height, width, images.pointer, images.dtype, 0, results.pointer,
            results.dtype, 0,
        )  # fmt: skip
        return out

    def __repr__(self) -> str:
        return f"pawl.Conv({self.in_channels}, {self.out_channels}, name={self.name!r})"


class Images(Rows):
    """Contiguous images, for the time of a call."""

    def __init__(self, array: Any, what: str, writable: bool = False) -> None:
        self.pointer, self.dtype, self.shape, strides = self._look(array, what, writable)
        expected = 1
        for length, stride in zip(reversed(self.shape), reversed(strides)):
            if length > 1 and stride != expected:
                raise Error(Status.INVALID_ARGUMENT, f"{what} must be contiguous; strides are {strides}")
            expected *= length
