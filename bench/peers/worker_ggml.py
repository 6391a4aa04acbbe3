# Copyright 2026 The Pawl Authors.
# SPDX-License-Identifier: Apache-2.0
"""ggml's CPU backend through ctypes: worker_ggml.py N K THREADS FOLDER q4_0|q8_0|q4_K (see worker.py).

FOLDER holds libggml*.so with one libggml-cpu-<level>.so a level; ggml itself picks the best. Weights go where ggml
would put them for this CPU: into one of its repacking buffer types if one takes the product.
"""

import ctypes
import pathlib
import sys

import numpy as np

from worker import random_f32, serve

TYPES = {"q4_0": 2, "q8_0": 8, "q4_K": 12}
F32, CPU_DEVICE, WEIGHTS = 0, 0, 1
Pointer, Int, Int64, Size = ctypes.c_void_p, ctypes.c_int, ctypes.c_int64, ctypes.c_size_t


class InitParams(ctypes.Structure):
    _fields_ = [("mem_size", Size), ("mem_buffer", Pointer), ("no_alloc", ctypes.c_bool)]


class ThreadpoolParams(ctypes.Structure):
    _fields_ = [("cpumask", ctypes.c_bool * 512), ("n_threads", Int), ("prio", Int), ("poll", ctypes.c_uint32),
                ("strict_cpu", ctypes.c_bool), ("paused", ctypes.c_bool)]


def load(folder, pattern):
    found = sorted(pathlib.Path(folder).glob(pattern))
    if not found:
        sys.exit(f"no {pattern} in {folder}")
    return ctypes.CDLL(str(found[0]), mode=ctypes.RTLD_GLOBAL)


def function(library, name, result, *arguments):
    pointer = getattr(library, name)
    pointer.restype, pointer.argtypes = result, arguments
    return pointer


def loaded_path(part):
    for line in pathlib.Path("/proc/self/maps").read_text().splitlines():
        if part in line:
            return line.split(maxsplit=5)[5]
    sys.exit(f"ggml loaded no {part}")


class Ggml:
    def __init__(self, folder, threads):
        base, registry = load(folder, "libggml-base.so*"), load(folder, "libggml.*so*")
        self.base = base
        function(registry, "ggml_backend_load_all_from_path", None, ctypes.c_char_p)(str(folder).encode())
        self.device = function(registry, "ggml_backend_dev_by_type", Pointer, Int)(CPU_DEVICE)
        path = loaded_path("libggml-cpu")
        self.level = pathlib.Path(path).stem.removeprefix("libggml-cpu-")
        cpu = ctypes.CDLL(path)
        self.backend = function(base, "ggml_backend_dev_init", Pointer, Pointer, ctypes.c_char_p)(self.device, None)
        params = function(base, "ggml_threadpool_params_default", ThreadpoolParams, Int)(threads)
        self.pool = function(cpu, "ggml_threadpool_new", Pointer, ctypes.POINTER(ThreadpoolParams))(params)
        function(cpu, "ggml_backend_cpu_set_threadpool", None, Pointer, Pointer)(self.backend, self.pool)
        function(cpu, "ggml_backend_cpu_set_n_threads", None, Pointer, Int)(self.backend, threads)
        self.pause = function(cpu, "ggml_threadpool_pause", None, Pointer)
        self.compute = function(base, "ggml_backend_graph_compute", Int, Pointer, Pointer)
        self.matrix = function(base, "ggml_new_tensor_2d", Pointer, Pointer, Int, Int64, Int64)
        self.store = function(base, "ggml_backend_tensor_set", None, Pointer, Pointer, Size, Size)

    def context(self):
        return function(self.base, "ggml_init", Pointer, InitParams)(InitParams(1 << 20, None, True))

    def place(self, tensor, buffer_type):
        base = self.base
        size = function(base, "ggml_backend_buft_get_alloc_size", Size, Pointer, Pointer)(buffer_type, tensor)
        buffer = function(base, "ggml_backend_buft_alloc_buffer", Pointer, Pointer, Size)(buffer_type, size + 4096)
        start = function(base, "ggml_backend_buffer_get_base", Pointer, Pointer)(buffer)
        function(base, "ggml_backend_buffer_set_usage", None, Pointer, Int)(buffer, WEIGHTS)
        function(base, "ggml_backend_tensor_alloc", Int, Pointer, Pointer, Pointer)(buffer, tensor, start)

    def buffer_types(self):
        """Repacking ones first, the plain one last."""
        base = self.base
        register = function(base, "ggml_backend_dev_backend_reg", Pointer, Pointer)(self.device)
        find = function(base, "ggml_backend_reg_get_proc_address", Pointer, Pointer, ctypes.c_char_p)
        address = find(register, b"ggml_backend_dev_get_extra_bufts")
        types = []
        if address:
            listed = ctypes.CFUNCTYPE(ctypes.POINTER(Pointer), Pointer)(address)(self.device)
            while listed and listed[len(types)]:
                types.append(listed[len(types)])
        return [*types, self.plain()]

    def plain(self):
        return function(self.base, "ggml_backend_dev_buffer_type", Pointer, Pointer)(self.device)

    def activations(self, context, m, k):
        x = self.matrix(context, F32, k, m)
        self.place(x, self.plain())
        values = random_f32((m, k), 2)
        self.store(x, values.ctypes.data, 0, values.nbytes)
        return x

    def weights(self, kind, n, k):
        base, values = self.base, random_f32((n, k), 1)
        size = n * function(base, "ggml_row_size", Size, Int, Int64)(TYPES[kind], k)
        codes = np.zeros(size, np.uint8)
        quantize = function(base, "ggml_quantize_chunk", Size, Int, Pointer, Pointer, Int64, Int64, Int64, Pointer)
        quantize(TYPES[kind], values.ctypes.data, codes.ctypes.data, 0, n, k, None)
        multiply = function(base, "ggml_mul_mat", Pointer, Pointer, Pointer, Pointer)
        takes = function(base, "ggml_backend_dev_supports_op", ctypes.c_bool, Pointer, Pointer)
        for buffer_type in self.buffer_types():
            context = self.context()
            w = self.matrix(context, TYPES[kind], k, n)
            self.place(w, buffer_type)
            if takes(self.device, multiply(context, w, self.activations(context, 1, k))):
                self.store(w, codes.ctypes.data, 0, size)
                return w, function(base, "ggml_backend_buft_name", ctypes.c_char_p, Pointer)(buffer_type).decode()
        sys.exit(f"ggml has no product for {kind}")

    def product(self, w, m, n, k):
        context, base = self.context(), self.base
        multiply = function(base, "ggml_mul_mat", Pointer, Pointer, Pointer, Pointer)
        y = multiply(context, w, self.activations(context, m, k))
        self.place(y, self.plain())
        graph = function(base, "ggml_new_graph", Pointer, Pointer)(context)
        function(base, "ggml_build_forward_expand", None, Pointer, Pointer)(graph, y)
        return graph


def main():
    n, k, threads = (int(word) for word in sys.argv[1:4])
    folder, kind = sys.argv[4:6]
    ggml = Ggml(folder, threads)
    w, buffer_name = ggml.weights(kind, n, k)

    def make(m):
        graph = ggml.product(w, m, n, k)
        return lambda: ggml.compute(ggml.backend, graph), f"{ggml.level}, {buffer_name}"

    # Its threads would poll for work long after a call.
    package = pathlib.Path(folder).parents[1] / "name"
    name = package.read_text().strip() if package.exists() else folder
    serve(f"ggml of {name}", make, lambda: ggml.pause(ggml.pool))


main()
