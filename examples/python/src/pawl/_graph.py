# Copyright 2026 The Pawl Authors.
# SPDX-License-Identifier: Apache-2.0
import ctypes
import os
from dataclasses import dataclass
from typing import Dict, List, Optional, Sequence, Tuple, Union

from ._context import Context, default_context
from ._enums import DType, ValueKind
from ._files import _metadata
from ._library import Closable, decode, encode, encode_path, lib
from ._tensor import Tensor, _drop, _keep, _release


@dataclass(frozen=True)
class Value:
    """A named tensor of a graph. `dtype` is None where it is not known, `shape` where not even the number of dimensions is; a
    dimension is a size, the name of one that is the same wherever it stands, or None."""

    name: str
    kind: ValueKind
    dtype: Optional[DType]
    shape: Optional[Tuple[Union[int, str, None], ...]]


@dataclass(frozen=True)
class Node:
    """An operation; ONNX's own domain is "". Inputs and outputs are names of values, None where an optional one is absent.
    `runs` tells whether Pawl has it."""

    name: str
    operator: str
    domain: str
    opset: int
    runs: bool
    inputs: Tuple[Optional[str], ...]
    outputs: Tuple[Optional[str], ...]


@dataclass(frozen=True)
class Operator:
    """One that Pawl runs, from the first to the last version of its domain's operators (None: there is no last one), and what
    quantization does to it: "linear", "conv", "passes", "float" ..."""

    name: str
    domain: str
    first_opset: int
    last_opset: Optional[int]
    quantization: str


def operators() -> List[Operator]:
    """The operators that Pawl runs."""
    return [
        Operator(
            decode(lib.pawl_graph_operator_name(i)),
            decode(lib.pawl_graph_operator_domain(i)),
            lib.pawl_graph_operator_first_opset(i),
            lib.pawl_graph_operator_last_opset(i) or None,
            decode(lib.pawl_graph_operator_quantization(i)),
        )
        for i in range(lib.pawl_graph_operator_count())
    ]


class Graph(Closable):
    """A whole model, read from ONNX: what is in it. `model` is a file's path, or a model's bytes, which are kept, not copied
    (then `name` is for error texts). Executor runs it. It does not change."""

    _destroy = lib.pawl_graph_destroy

    def __init__(
        self,
        model: "Union[str, os.PathLike[str], bytes]",
        *,
        name: str = "memory",
        context: Optional[Context] = None,
    ) -> None:
        context = context or default_context()
        if not isinstance(model, bytes):
            super().__init__(context._make(lib.pawl_graph_open, encode_path(model)))
            return
        address = ctypes.cast(ctypes.c_char_p(model), ctypes.c_void_p)
        key = _keep(model)
        try:
            handle = context._make(
                lib.pawl_graph_open_memory, address, len(model), _release, key, encode(name), None
            )
        except BaseException:
            _drop(key)
            raise
        super().__init__(handle)

    def _value(self, index: int) -> Value:
        dtype = lib.pawl_graph_value_dtype(self, index)
        rank = lib.pawl_graph_value_rank(self, index)
        sizes = lib.pawl_graph_value_shape(self, index)[:rank] if rank > 0 else []
        names = [decode(lib.pawl_graph_symbol(self, size)) or None for size in sizes]
        return Value(
            decode(lib.pawl_graph_value_name(self, index)),
            ValueKind(lib.pawl_graph_value_kind(self, index)),
            None if dtype < 0 else DType(dtype),
            None if rank < 0 else tuple(size if size >= 0 else name for size, name in zip(sizes, names)),
        )

    @property
    def values(self) -> List[Value]:
        """In the order of the file."""
        return [self._value(i) for i in range(lib.pawl_graph_value_count(self))]

    @property
    def inputs(self) -> List[Value]:
        """What must be fed, in order."""
        return [self._value(lib.pawl_graph_input(self, i)) for i in range(lib.pawl_graph_input_count(self))]

    @property
    def outputs(self) -> List[Value]:
        """What comes out, in order."""
        return [self._value(lib.pawl_graph_output(self, i)) for i in range(lib.pawl_graph_output_count(self))]

    def _name(self, index: int) -> Optional[str]:
        return None if index < 0 else decode(lib.pawl_graph_value_name(self, index))

    def _node(self, i: int) -> Node:
        inputs, outputs = lib.pawl_graph_node_input_count(self, i), lib.pawl_graph_node_output_count(self, i)
        return Node(
            decode(lib.pawl_graph_node_name(self, i)),
            decode(lib.pawl_graph_node_operator(self, i)),
            decode(lib.pawl_graph_node_domain(self, i)),
            lib.pawl_graph_node_opset(self, i),
            bool(lib.pawl_graph_node_runs(self, i)),
            tuple(self._name(lib.pawl_graph_node_input(self, i, j)) for j in range(inputs)),
            tuple(self._name(lib.pawl_graph_node_output(self, i, j)) for j in range(outputs)),
        )

    @property
    def nodes(self) -> List[Node]:
        """In the order of the file."""
        return [self._node(i) for i in range(lib.pawl_graph_node_count(self))]

    def constant(self, name: str, *, context: Optional[Context] = None) -> Tensor:
        """A constant, sharing memory. Errors name the nearest ones."""
        context = context or default_context()
        index = ctypes.c_size_t()
        context._call(lib.pawl_graph_find, self, encode(name), ctypes.byref(index))
        return Tensor(context._make(lib.pawl_graph_value_tensor, self, index.value))

    def opset(self, domain: str = "") -> Optional[int]:
        """The version of a domain's operators that the model asks for."""
        return int(lib.pawl_graph_opset(self, encode(domain))) or None

    @property
    def metadata(self) -> Dict[str, str]:
        return _metadata("pawl_graph", self)

    def save(
        self,
        path: "Union[str, os.PathLike[str]]",
        inputs: "Sequence[Union[str, os.PathLike[str]]]" = (),
        *,
        context: Optional[Context] = None,
    ) -> None:
        """Writes an ONNX file, which appears whole or not at all; never one of `inputs`."""
        paths = (ctypes.c_char_p * len(inputs))(*[encode_path(item) for item in inputs])
        (context or default_context())._call(lib.pawl_graph_save, self, encode_path(path), paths, len(inputs))

    def __bytes__(self) -> bytes:
        """What save() writes."""
        context = default_context()
        buffer = context._make(lib.pawl_buffer_create)
        try:
            context._call(lib.pawl_graph_save_buffer, self, buffer)
            return ctypes.string_at(lib.pawl_buffer_data(buffer), lib.pawl_buffer_size(buffer))
        finally:
            lib.pawl_buffer_destroy(buffer)

    def __repr__(self) -> str:
        return f"pawl.Graph({len(self.nodes)} nodes)"
