# Copyright 2026 The Pawl Authors.
# SPDX-License-Identifier: Apache-2.0
"""Short names of the C types in _functions.py, and the callbacks of pawl.h."""

import ctypes

i32 = ctypes.c_int32
i64 = ctypes.c_int64
u32 = ctypes.c_uint32
u64 = ctypes.c_uint64
size = ctypes.c_size_t
f32 = ctypes.c_float
f64 = ctypes.c_double
text = ctypes.c_char_p
ptr = ctypes.c_void_p  # a handle, an array, the place of a result
shape = ctypes.POINTER(ctypes.c_int64)

LogFn = ctypes.CFUNCTYPE(None, ptr, i32, text)
ProgressFn = ctypes.CFUNCTYPE(None, ptr, text, text, u64, u64, text)
ParallelForFn = ctypes.CFUNCTYPE(None, ptr, i64, ptr, ptr)
ReleaseFn = ctypes.CFUNCTYPE(None, ptr)
ObserveFn = ctypes.CFUNCTYPE(i32, ptr, text, ptr)
SampleFn = ctypes.CFUNCTYPE(i32, ptr, size, ctypes.POINTER(ptr), size)
WriteFn = ctypes.CFUNCTYPE(i32, ptr, u64, ptr, size)
