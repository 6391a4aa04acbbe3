# Copyright 2026 The Pawl Authors.
# SPDX-License-Identifier: Apache-2.0
"""llama.cpp's own shared library through ctypes: logits of a GGUF file for given ids.

Its parameter structs are taken as bytes, more of them than it has: their defaults come from it and go back to it, and no
field of theirs is named here. Of llama_batch the layout is needed, and is llama.h's.
"""

import ctypes
import pathlib

import numpy as np

Pointer, Int32 = ctypes.c_void_p, ctypes.c_int32


class Params(ctypes.Structure):
    _fields_ = [("bytes", ctypes.c_uint64 * 64)]


class Batch(ctypes.Structure):
    _fields_ = [("n_tokens", Int32), ("token", ctypes.POINTER(Int32)), ("embd", Pointer), ("pos", ctypes.POINTER(Int32)),
                ("n_seq_id", ctypes.POINTER(Int32)), ("seq_id", ctypes.POINTER(ctypes.POINTER(Int32))),
                ("logits", ctypes.POINTER(ctypes.c_int8))]


class LlamaCpp:
    def __init__(self, folder):
        self.libraries = []
        for pattern in ("libggml-base.so*", "libggml.*so*", "libllama.*so*"):
            path = sorted(pathlib.Path(folder).glob(pattern))[0]
            self.libraries.append(ctypes.CDLL(str(path), mode=ctypes.RTLD_GLOBAL))
        _, registry, self.llama = self.libraries
        registry.ggml_backend_load_all_from_path.argtypes = [ctypes.c_char_p]
        registry.ggml_backend_load_all_from_path(str(folder).encode())
        self.quiet = ctypes.CFUNCTYPE(None, ctypes.c_int, ctypes.c_char_p, Pointer)(self.log)
        self.last = b""
        self.call("llama_log_set", None, [Pointer, Pointer], self.quiet, None)
        self.call("llama_backend_init", None, [])

    def log(self, level, text, _):
        if level >= 4:  # errors
            self.last = text

    def call(self, name, result, types, *arguments):
        function = getattr(self.llama, name)
        function.restype, function.argtypes = result, types
        return function(*arguments)

    def logits(self, path, ids, vocabulary):
        """f32 [ids, vocabulary]."""
        params = self.call("llama_model_default_params", Params, [])
        model = self.call("llama_model_load_from_file", Pointer, [ctypes.c_char_p, Params], str(path).encode(), params)
        if not model:
            raise RuntimeError(f"llama.cpp does not load {path}: {self.last.decode()}")
        params = self.call("llama_context_default_params", Params, [])
        context = self.call("llama_init_from_model", Pointer, [Pointer, Params], model, params)
        if not context:
            raise RuntimeError(f"llama.cpp makes no context for {path}: {self.last.decode()}")
        batch = self.call("llama_batch_init", Batch, [Int32, Int32, Int32], len(ids), 0, 1)
        batch.n_tokens = len(ids)
        for i, token in enumerate(ids):
            batch.token[i], batch.pos[i], batch.n_seq_id[i], batch.logits[i] = token, i, 1, 1
            batch.seq_id[i][0] = 0
        if self.call("llama_decode", Int32, [Pointer, Batch], context, batch) != 0:
            raise RuntimeError(f"llama.cpp does not run {path}: {self.last.decode()}")
        result = np.empty((len(ids), vocabulary), np.float32)
        for i in range(len(ids)):
            row = self.call("llama_get_logits_ith", ctypes.POINTER(ctypes.c_float), [Pointer, Int32], context, i)
            result[i] = np.ctypeslib.as_array(row, (vocabulary,))
        self.call("llama_free", None, [Pointer], context)
        self.call("llama_model_free", None, [Pointer], model)
        return result
