# Copyright 2026 The Pawl Authors.
# SPDX-License-Identifier: Apache-2.0
"""Loads the C library and makes its errors exceptions."""

import ctypes
import os
import weakref
from typing import Any, Callable, Optional, Union

from ._enums import Status
from ._functions import FUNCTIONS

ABI = 0
_BUNDLED = os.path.join(os.path.dirname(os.path.abspath(__file__)), "_lib", "libpawl.so.0")


def library_path() -> str:
    """The library that is loaded: $PAWL_LIBRARY, else the one in this package, else the system's."""
    return os.environ.get("PAWL_LIBRARY") or (_BUNDLED if os.path.exists(_BUNDLED) else f"libpawl.so.{ABI}")


def _load() -> ctypes.CDLL:
    path = library_path()
    try:
        library = ctypes.CDLL(path)  # calls release Python's lock
    except OSError as error:
        raise ImportError(f"Pawl's C library could not be loaded from {path}: {error}") from error
    for name, (result, arguments) in FUNCTIONS.items():
        function = getattr(library, name, None)
        if function is None:
            raise ImportError(f"{path} has no {name}: it is another version than this package")
        function.restype, function.argtypes = result, arguments
    if library.pawl_abi_version() != ABI:
        raise ImportError(f"{path} has ABI {library.pawl_abi_version()}; this package needs {ABI}")
    return library


lib: Any = _load()
__version__: str = lib.pawl_version_string().decode()


class Error(Exception):
    """What a call of the library's said: its status, and a text that names the tensor, file or option."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(status, message)
        self.status: Union[Status, int] = Status(status) if status in Status._value2member_map_ else status
        self.message = message

    def __str__(self) -> str:
        return f"{lib.pawl_status_name(int(self.status)).decode()}: {self.message}"


class Cancelled(Error):
    """A call that was cancelled."""


def error(status: int, message: Optional[bytes]) -> Error:
    kind = Cancelled if status == Status.CANCELLED else Error
    return kind(status, (message or b"").decode("utf-8", "replace"))


def encode(text: str) -> bytes:
    encoded = text.encode()
    if b"\0" in encoded:  # C would end there
        raise ValueError(f"{text!r} has a NUL inside")
    return encoded


def encode_path(path: "Union[str, os.PathLike[str]]") -> bytes:
    encoded = os.fsencode(path)
    if b"\0" in encoded:
        raise ValueError(f"{path!r} has a NUL inside")
    return encoded


def decode(text: Optional[bytes]) -> str:
    return (text or b"").decode("utf-8", "replace")


class Handle:
    """Something of the library's, given back when nothing refers to it any more, or at exit."""

    _destroy: Callable[[int], None]

    def __init__(self, pointer: ctypes.c_void_p) -> None:
        self._ptr: Optional[int] = pointer.value
        self._finalizer = weakref.finalize(self, type(self)._destroy, pointer.value or 0)

    @classmethod
    def _of(cls, pointer: ctypes.c_void_p) -> Any:
        """One that a call has made."""
        made = cls.__new__(cls)
        Handle.__init__(made, pointer)
        return made

    @property
    def _as_parameter_(self) -> Optional[int]:
        # Handles go into calls as they are, so that they live as long as the call.
        return self._ptr


class Closable(Handle):
    """With close(), or as a context manager. What it lent stays valid."""

    def close(self) -> None:
        """Gives it back; further calls with it are errors."""
        self._ptr = None
        self._finalizer()

    def __enter__(self) -> Any:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()
