# Copyright 2026 The Pawl Authors.
# SPDX-License-Identifier: Apache-2.0
"""llama.cpp's own shared library through ctypes: logits or hidden states of a GGUF file for given ids.

Its parameter structs are taken as bytes, more of them than it has: their defaults come from it and go back to it, and no
field of theirs is named here. Of llama_batch the layout is needed, and is llama.h's.
"""

import ctypes
import pathlib
import subprocess

import numpy as np

ROOT = pathlib.Path(__file__).resolve().parents[2]

Pointer, Int32 = ctypes.c_void_p, ctypes.c_int32


def folder_of_ggml():
    """bench/peers/install.sh unpacks the package; without npm there is none."""
    script = ROOT / "bench/peers/install.sh"
    python = subprocess.run(["sh", str(script)], check=True, stdout=subprocess.PIPE, text=True).stdout.strip()
    found = sorted(pathlib.Path(python).parents[1].glob("ggml/bins/*/libllama.*so*"))
    return found[0].parent if found else None


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

    def run(self, path, ids, embeddings, width, getter):
        """f32 [ids, width]: what the getter gives of each id."""
        params = self.call("llama_model_default_params", Params, [])
        model = self.call("llama_model_load_from_file", Pointer, [ctypes.c_char_p, Params], str(path).encode(), params)
        if not model:
            raise RuntimeError(f"llama.cpp does not load {path}: {self.last.decode()}")
        params = self.call("llama_context_default_params", Params, [])
        context = self.call("llama_init_from_model", Pointer, [Pointer, Params], model, params)
        if not context:
            raise RuntimeError(f"llama.cpp makes no context for {path}: {self.last.decode()}")
        if embeddings:
            self.call("llama_set_embeddings", None, [Pointer, ctypes.c_bool], context, True)
        batch = self.call("llama_batch_init", Batch, [Int32, Int32, Int32], len(ids), 0, 1)
        batch.n_tokens = len(ids)
        for i, token in enumerate(ids):
            batch.token[i], batch.pos[i], batch.n_seq_id[i], batch.logits[i] = token, i, 1, 1
            batch.seq_id[i][0] = 0
        if self.call("llama_decode", Int32, [Pointer, Batch], context, batch) != 0:
            raise RuntimeError(f"llama.cpp does not run {path}: {self.last.decode()}")
        result = np.empty((len(ids), width), np.float32)
        for i in range(len(ids)):
            row = self.call(getter, ctypes.POINTER(ctypes.c_float), [Pointer, Int32], context, i)
            result[i] = np.ctypeslib.as_array(row, (width,))
        self.call("llama_free", None, [Pointer], context)
        self.call("llama_model_free", None, [Pointer], model)
        return result

    def logits(self, path, ids, vocabulary):
        """f32 [ids, vocabulary]."""
        return self.run(path, ids, False, vocabulary, "llama_get_logits_ith")

    def hidden(self, path, ids, width):
        """f32 [ids, width]: the last hidden states of an encoder whose file names no pooling."""
        return self.run(path, ids, True, width, "llama_get_embeddings_ith")

    def tokens(self, path, text):
        """The ids of a text, special ones around it."""
        params = self.call("llama_model_default_params", Params, [])
        model = self.call("llama_model_load_from_file", Pointer, [ctypes.c_char_p, Params], str(path).encode(), params)
        vocabulary = self.call("llama_model_get_vocab", Pointer, [Pointer], model)
        ids, data = (Int32 * 512)(), text.encode()
        types = [Pointer, ctypes.c_char_p, Int32, ctypes.POINTER(Int32), Int32, ctypes.c_bool, ctypes.c_bool]
        count = self.call("llama_tokenize", Int32, types, vocabulary, data, len(data), ids, len(ids), True, False)
        self.call("llama_model_free", None, [Pointer], model)
        return list(ids[:count])
