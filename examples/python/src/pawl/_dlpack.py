# Copyright 2026 The Pawl Authors.
# SPDX-License-Identifier: Apache-2.0
"""DLPack's structs and capsules (version 0.x, "dltensor")."""

import ctypes
from typing import Any

from ._types import i32, i64, ptr, u64


class DLTensor(ctypes.Structure):
    _fields_ = [
        ("data", ptr),
        ("device_type", i32),
        ("device_id", i32),
        ("ndim", i32),
        ("code", ctypes.c_uint8),
        ("bits", ctypes.c_uint8),
        ("lanes", ctypes.c_uint16),
        ("shape", ctypes.POINTER(i64)),
        ("strides", ctypes.POINTER(i64)),
        ("byte_offset", u64),
    ]


class DLManagedTensor(ctypes.Structure):
    pass


_Deleter = ctypes.CFUNCTYPE(None, ctypes.POINTER(DLManagedTensor))
DLManagedTensor._fields_ = [("dl_tensor", DLTensor), ("manager_ctx", ptr), ("deleter", _Deleter)]

_NAME, _USED = b"dltensor", b"used_dltensor"  # capsules keep the pointers
_python = ctypes.pythonapi
# A capsule that is going away must not be touched as an object: its pointer it is.
_is_valid = ctypes.PYFUNCTYPE(ctypes.c_int, ptr, ctypes.c_char_p)(("PyCapsule_IsValid", _python))
_get_dying = ctypes.PYFUNCTYPE(ptr, ptr, ctypes.c_char_p)(("PyCapsule_GetPointer", _python))
_get = ctypes.PYFUNCTYPE(ptr, ctypes.py_object, ctypes.c_char_p)(("PyCapsule_GetPointer", _python))
_set_name = ctypes.PYFUNCTYPE(ctypes.c_int, ctypes.py_object, ctypes.c_char_p)(("PyCapsule_SetName", _python))
_Destructor = ctypes.CFUNCTYPE(None, ptr)
_new = ctypes.PYFUNCTYPE(ctypes.py_object, ptr, ctypes.c_char_p, _Destructor)(("PyCapsule_New", _python))


def delete(pointer: int) -> None:
    managed = ctypes.cast(pointer, ctypes.POINTER(DLManagedTensor))
    if managed.contents.deleter:
        managed.contents.deleter(managed)


def _destroy(capsule: int) -> None:
    if _is_valid(capsule, _NAME):  # nobody took it
        delete(_get_dying(capsule, _NAME))


_destructor = _Destructor(_destroy)


def capsule(pointer: int) -> Any:
    """For whoever takes DLPack."""
    return _new(pointer, _NAME, _destructor)


def take(tensor: Any) -> Any:
    """The capsule of an object with __dlpack__, and its DLManagedTensor's address."""
    made = tensor.__dlpack__()
    return made, _get(made, _NAME)


def taken(made: Any) -> None:
    """The managed tensor belongs to somebody else now."""
    _set_name(made, _USED)
