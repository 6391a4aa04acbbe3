# Copyright 2026 The Pawl Authors.
# SPDX-License-Identifier: Apache-2.0
"""DLPack's structs and capsules: "dltensor" of version 0.x, and "dltensor_versioned", which knows read-only memory."""

import ctypes
from typing import Any, Tuple

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



class DLManagedTensorVersioned(ctypes.Structure):
    pass


_VersionedDeleter = ctypes.CFUNCTYPE(None, ctypes.POINTER(DLManagedTensorVersioned))
DLManagedTensorVersioned._fields_ = [
    ("major", ctypes.c_uint32),
    ("minor", ctypes.c_uint32),
    ("manager_ctx", ptr),
    ("deleter", _VersionedDeleter),
    ("flags", u64),
    ("dl_tensor", DLTensor),
]

# Capsules keep the pointers to these.
_NAMES = {False: b"dltensor", True: b"dltensor_versioned"}
_USED = {False: b"used_dltensor", True: b"used_dltensor_versioned"}
_python = ctypes.pythonapi
# A capsule that is going away must not be touched as an object: its pointer it is.
_is_valid = ctypes.PYFUNCTYPE(ctypes.c_int, ptr, ctypes.c_char_p)(("PyCapsule_IsValid", _python))
_get_dying = ctypes.PYFUNCTYPE(ptr, ptr, ctypes.c_char_p)(("PyCapsule_GetPointer", _python))
_get = ctypes.PYFUNCTYPE(ptr, ctypes.py_object, ctypes.c_char_p)(("PyCapsule_GetPointer", _python))
_set_name = ctypes.PYFUNCTYPE(ctypes.c_int, ctypes.py_object, ctypes.c_char_p)(("PyCapsule_SetName", _python))
_Destructor = ctypes.CFUNCTYPE(None, ptr)
_new = ctypes.PYFUNCTYPE(ctypes.py_object, ptr, ctypes.c_char_p, _Destructor)(("PyCapsule_New", _python))


def delete(pointer: int, versioned: bool = False) -> None:
    kind = DLManagedTensorVersioned if versioned else DLManagedTensor
    managed = ctypes.cast(pointer, ctypes.POINTER(kind))  # type: ignore[arg-type]
    if managed.contents.deleter:
        managed.contents.deleter(managed)


def _destroy(capsule: int) -> None:
    for versioned, name in _NAMES.items():
        if _is_valid(capsule, name):  # nobody took it
            delete(_get_dying(capsule, name), versioned)


_destructor = _Destructor(_destroy)


def capsule(pointer: int, versioned: bool) -> Any:
    """For whoever takes DLPack."""
    return _new(pointer, _NAMES[versioned], _destructor)


def take(tensor: Any) -> Tuple[Any, int, bool]:
    """The capsule of an object with __dlpack__, its struct's address, and whether that is the versioned one."""
    try:
        made = tensor.__dlpack__(max_version=(1, 0))
    except TypeError:  # made before there were versions
        made = tensor.__dlpack__()
    versioned = bool(_is_valid(id(made), _NAMES[True]))
    return made, _get(made, _NAMES[versioned]), versioned


def taken(made: Any, versioned: bool) -> None:
    """The managed tensor belongs to somebody else now."""
    _set_name(made, _USED[versioned])
