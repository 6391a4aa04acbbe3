# Copyright 2026 The Pawl Authors.
# SPDX-License-Identifier: Apache-2.0
import ctypes
from typing import Any, Dict, Mapping, Optional, Sequence, Tuple, Union

from ._context import Context, default_context
from ._enums import CheckpointFormat, CheckpointSetting
from ._files import ModelReader
from ._library import Handle, decode, encode, lib
from ._options import enum_value
from ._quantize import QuantizedTensor
from ._tensor import Tensor, c_shape, tensor


class Checkpoint(Handle):
    """One weight as another tool's checkpoint holds it: GPTQ, AWQ, bitsandbytes, compressed-tensors, HQQ, MatMulNBits,
    TFLite. pawl.h has each one's tensors and settings.

    weight = pawl.Checkpoint("gptq", bits=4, group_size=128)
    weight.take(pawl.ModelReader("model"), "model.layers.0.mlp.up_proj.")
    quantized = weight.decode()
    """

    _destroy = lib.pawl_checkpoint_destroy

    def __init__(
        self,
        format: Union[CheckpointFormat, str],
        tensors: Optional[Mapping[str, Any]] = None,
        *,
        shape: Optional[Sequence[int]] = None,
        context: Optional[Context] = None,
        **settings: Union[int, str],
    ) -> None:
        context = context or default_context()
        super().__init__(context._make(lib.pawl_checkpoint_create, enum_value(CheckpointFormat, format)))
        for name, value in settings.items():
            setting = enum_value(CheckpointSetting, name)
            if isinstance(value, str):
                context._call(lib.pawl_checkpoint_set_string, self, setting, encode(value))
            else:
                context._call(lib.pawl_checkpoint_set_int, self, setting, value)
        if shape is not None:
            context._call(lib.pawl_checkpoint_set_shape, self, c_shape(shape), len(shape))
        for name, array in (tensors or {}).items():
            context._call(lib.pawl_checkpoint_set_tensor, self, encode(name), tensor(array, context=context))

    @property
    def format(self) -> CheckpointFormat:
        return CheckpointFormat(lib.pawl_checkpoint_get_format(self))

    @property
    def shape(self) -> Tuple[int, ...]:
        """Of the weight, where the format has it as a setting."""
        return tuple(lib.pawl_checkpoint_shape(self)[: lib.pawl_checkpoint_rank(self)])

    def take(self, reader: ModelReader, prefix: str, *, context: Optional[Context] = None) -> None:
        """All of its tensors that a model has under this prefix."""
        (context or default_context())._call(lib.pawl_checkpoint_take, self, reader, encode(prefix))

    def decode(self, *, context: Optional[Context] = None) -> QuantizedTensor:
        """To Pawl's packing; the values are those that the format's own code decodes, bit for bit."""
        return QuantizedTensor((context or default_context())._make(lib.pawl_checkpoint_decode, self))

    def encode(self, quantized: QuantizedTensor, *, context: Optional[Context] = None) -> None:
        """And back: tensors and settings become those of `quantized`."""
        (context or default_context())._call(lib.pawl_checkpoint_encode, self, quantized)

    def tensors(self, *, context: Optional[Context] = None) -> Dict[str, Tensor]:
        """Those that are there, sharing memory."""
        context = context or default_context()
        names = [lib.pawl_checkpoint_tensor_name(self, i) for i in range(lib.pawl_checkpoint_tensor_count(self))]
        return {decode(name): Tensor(context._make(lib.pawl_checkpoint_get_tensor, self, name)) for name in names}

    def setting(self, setting: Union[CheckpointSetting, str], *, context: Optional[Context] = None) -> Union[int, str]:
        """One of the settings."""
        number = enum_value(CheckpointSetting, setting)
        if number in (CheckpointSetting.VARIANT, CheckpointSetting.STRATEGY):
            return decode(lib.pawl_checkpoint_get_string(self, number))
        value = ctypes.c_int64()
        (context or default_context())._call(lib.pawl_checkpoint_get_int, self, number, ctypes.byref(value))
        return value.value

    def __repr__(self) -> str:
        return f"pawl.Checkpoint({self.format.name.lower()!r})"
