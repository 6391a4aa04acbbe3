# Copyright 2026 The Pawl Authors.
# SPDX-License-Identifier: Apache-2.0
import ctypes
import os
from typing import Any, Dict, Iterator, List, Optional, Sequence, Union

from ._context import Context, default_context
from ._library import Closable, decode, encode, encode_path, lib
from ._quantize import QuantizedTensor
from ._tensor import Tensor, tensor


def _metadata(prefix: str, handle: Closable) -> Dict[str, str]:
    count = getattr(lib, f"{prefix}_metadata_count")(handle)
    keys = [getattr(lib, f"{prefix}_metadata_key")(handle, i) for i in range(count)]
    return {decode(key): decode(getattr(lib, f"{prefix}_metadata")(handle, key)) for key in keys}


class ModelReader(Closable):
    """A safetensors model: a file, an index of shards, or a folder with either. A mapping from names to Tensors that look at
    the mapped file without a copy and stay valid after close(). Whoever truncates the file meanwhile gets the process a
    SIGBUS, as with any map."""

    _destroy = lib.pawl_model_reader_destroy

    def __init__(self, path: "Union[str, os.PathLike[str]]", *, context: Optional[Context] = None) -> None:
        super().__init__((context or default_context())._make(lib.pawl_model_reader_open, encode_path(path)))

    def keys(self) -> List[str]:
        """In the order of the tensors' bytes."""
        count = lib.pawl_model_reader_count(self)
        return [decode(lib.pawl_model_reader_name(self, i)) for i in range(count)]

    def __iter__(self) -> Iterator[str]:
        return iter(self.keys())

    def __len__(self) -> int:
        return int(lib.pawl_model_reader_count(self))

    def __contains__(self, name: object) -> bool:
        return name in self.keys()

    def __getitem__(self, name: str) -> Tensor:
        return self.get(name)

    def get(self, name: str, *, context: Optional[Context] = None) -> Tensor:
        """Errors name the nearest ones."""
        context = context or default_context()
        index = ctypes.c_size_t()
        context._call(lib.pawl_model_reader_find, self, encode(name), ctypes.byref(index))
        return Tensor(context._make(lib.pawl_model_reader_get, self, index.value))

    @property
    def metadata(self) -> Dict[str, str]:
        return _metadata("pawl_model_reader", self)


class FileReader(Closable):
    """A .pawl file: a mapping from names to QuantizedTensors and Tensors, which look at the mapped file and stay valid after
    close(). Opening checks the header, verify() everything."""

    _destroy = lib.pawl_file_reader_destroy

    def __init__(self, path: "Union[str, os.PathLike[str]]", *, context: Optional[Context] = None) -> None:
        super().__init__((context or default_context())._make(lib.pawl_file_reader_open, encode_path(path)))

    def keys(self) -> List[str]:
        """In the order of writing."""
        count = lib.pawl_file_reader_count(self)
        return [decode(lib.pawl_file_reader_name(self, i)) for i in range(count)]

    def __iter__(self) -> Iterator[str]:
        return iter(self.keys())

    def __len__(self) -> int:
        return int(lib.pawl_file_reader_count(self))

    def __contains__(self, name: object) -> bool:
        return name in self.keys()

    def __getitem__(self, name: str) -> Union[QuantizedTensor, Tensor]:
        return self.get(name)

    def get(self, name: str, *, context: Optional[Context] = None) -> Union[QuantizedTensor, Tensor]:
        """Errors name the nearest ones."""
        context = context or default_context()
        index = ctypes.c_size_t()
        context._call(lib.pawl_file_reader_find, self, encode(name), ctypes.byref(index))
        if lib.pawl_file_reader_is_quantized(self, index.value):
            return QuantizedTensor(context._make(lib.pawl_file_reader_get, self, index.value))
        return Tensor(context._make(lib.pawl_file_reader_get_plain, self, index.value))

    def quantized(self, name: str, *, context: Optional[Context] = None) -> QuantizedTensor:
        """The same for what must be quantized."""
        found = self.get(name, context=context)
        if not isinstance(found, QuantizedTensor):
            raise TypeError(f"tensor '{name}' is not quantized")
        return found

    def verify(self, *, context: Optional[Context] = None) -> None:
        """Reads every byte and compares every hash; the error lists what is damaged."""
        (context or default_context())._call(lib.pawl_file_reader_verify, self)

    @property
    def metadata(self) -> Dict[str, str]:
        return _metadata("pawl_file_reader", self)

    @property
    def file_size(self) -> int:
        return int(lib.pawl_file_reader_file_size(self))


class FileWriter(Closable):
    """Writes a .pawl file, which appears whole at finish(), or at the end of a `with` that nothing was raised in; else not
    at all. It never overwrites one of `inputs`."""

    _destroy = lib.pawl_file_writer_destroy

    def __init__(
        self,
        path: "Union[str, os.PathLike[str]]",
        inputs: "Sequence[Union[str, os.PathLike[str]]]" = (),
        *,
        context: Optional[Context] = None,
    ) -> None:
        self._context = context or default_context()
        self._finished = False
        paths = (ctypes.c_char_p * len(inputs))(*[encode_path(item) for item in inputs])
        super().__init__(self._context._make(lib.pawl_file_writer_create, encode_path(path), paths, len(inputs)))

    def add(self, name: str, value: Any) -> None:
        """A QuantizedTensor, or anything that tensor() takes."""
        if isinstance(value, QuantizedTensor):
            self._context._call(lib.pawl_file_writer_add, self, encode(name), value)
            return
        held: Tensor = tensor(value, context=self._context)
        self._context._call(lib.pawl_file_writer_add_plain, self, encode(name), held)

    def set_metadata(self, key: str, value: str) -> None:
        self._context._call(lib.pawl_file_writer_set_metadata, self, encode(key), encode(value))

    def finish(self) -> None:
        """Writes the header, reads the file back, and renames it."""
        self._context._call(lib.pawl_file_writer_finish, self)
        self._finished = True

    def __exit__(self, *exc: object) -> None:
        try:
            if exc[0] is None and not self._finished:
                self.finish()
        finally:
            self.close()
