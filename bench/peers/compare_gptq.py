# Copyright 2026 The Pawl Authors.
# SPDX-License-Identifier: Apache-2.0
"""GPTQ of one layer by Pawl and by GPTQModel on the same CPU: seconds, their ratio, and the error that is left.

    PAWL_LIBRARY=build/release/libpawl.so.0 PYTHONPATH=examples/python/src "$(sh bench/peers/install.sh --lm)" \\
        bench/peers/compare_gptq.py [--outputs 4096] [--inputs 4096] [--threads 2] [--rounds 3] [--only Pawl|GPTQModel]

Each makes the sums of x x^T of the same samples by its own code; then, counted apart, all from the sums to the codes:
damping, the order of columns, the factor, scales, rounding. int4 in groups of 128, act-order with static groups on both
sides; ranges are largest magnitudes in GPTQModel, as it comes, or searched by its grid with `--peer-range mse` (2.4 as the
power of errors, as the method's authors have it), and in Pawl searched, as it comes, or the like with `--range max`. The error
is the mean squared one of the outputs on the samples, relative to the outputs' square.
"""

import argparse
import ctypes
import os
import time

os.environ["TORCHDYNAMO_DISABLE"] = "1"

import numpy as np


def data(outputs, inputs, samples):
    """Weights, and inputs that are in part alike, some columns larger than others."""
    draw = np.random.default_rng(1)
    weights = draw.standard_normal((outputs, inputs), np.float32) * np.float32(0.02)
    shared = draw.standard_normal((samples, 64), np.float32) @ draw.standard_normal((64, inputs), np.float32) / 8
    own = draw.standard_normal((samples, inputs), np.float32) / 2
    return weights, (shared + own) * np.exp(draw.standard_normal(inputs, np.float32) / 2)


def by_pawl(weights, x, options):
    import pawl
    from pawl._enums import OptionId, OptionsKind
    from pawl._library import lib
    from pawl._options import Options
    context = pawl.Context(threads=options.threads)
    samples, w, scheme = pawl.tensor(x), pawl.tensor(weights), pawl.Scheme("int4:g128")
    choices = Options(OptionsKind.GPTQ, {OptionId.GPTQ_RANGE: getattr(pawl.RangeMethod, options.range.upper())})
    start = time.perf_counter()
    moments = context._make(lib.pawl_moments_create, ctypes.c_size_t(x.shape[1]))
    context._call(lib.pawl_moments_add, moments, samples)
    middle = time.perf_counter()
    factor = context._make(lib.pawl_factor_create, moments, None)
    quantized = pawl.QuantizedTensor(context._make(lib.pawl_gptq, w, scheme, factor, choices.ptr, None, 0))
    seconds = time.perf_counter() - middle
    lib.pawl_factor_destroy(factor)
    lib.pawl_moments_destroy(moments)
    choices.close()
    return middle - start, seconds, quantized.dequantize()


def by_gptqmodel(weights, x, options):
    import torch
    from gptqmodel.quantization import GPTQ, QuantizeConfig
    torch.set_num_threads(options.threads)
    with torch.inference_mode():
        layer = torch.nn.Linear(weights.shape[1], weights.shape[0], bias=False, device="meta")
        layer.weight = torch.nn.Parameter(torch.from_numpy(weights.copy()), requires_grad=False)
        task = GPTQ(layer, QuantizeConfig(bits=4, group_size=128, desc_act=True, static_groups=True,
                                          mse=2.4 if options.peer_range == "mse" else 0.0))
        task.quantizer.configure(perchannel=True)
        start = time.perf_counter()
        task.add_batch(torch.from_numpy(x)[None], None)
        task.finalize_hessian()
        middle = time.perf_counter()
        decoded = task.quantize()[0]
        return middle - start, time.perf_counter() - middle, decoded.numpy()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--outputs", type=int, default=4096)
    parser.add_argument("--inputs", type=int, default=4096)
    parser.add_argument("--samples", type=int, default=2048)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--range", choices=("max", "mse", "scale_search"), default="scale_search", help="of Pawl's scales")
    parser.add_argument("--peer-range", choices=("max", "mse"), default="max", help="of GPTQModel's scales")
    parser.add_argument("--rounds", type=int, default=1, help="turns that the two take")
    parser.add_argument("--only", choices=("Pawl", "GPTQModel"), help="one of the two, where a run may not take long")
    options = parser.parse_args()
    weights, x = data(options.outputs, options.inputs, options.samples)
    print(f"{options.outputs} outputs, {options.inputs} inputs, {options.samples} samples, {options.threads} threads")
    seconds = {"Pawl": [], "GPTQModel": []}
    for _ in range(options.rounds):
        for name, run in (("Pawl", by_pawl), ("GPTQModel", by_gptqmodel)):
            if options.only not in (None, name):
                continue
            sums, found, decoded = run(weights, x, options)
            seconds[name].append(found)
            part = x[:256]
            error = np.square(part @ (decoded - weights).T).mean() / np.square(part @ weights.T).mean()
            print(f"{name:10} sums {sums:7.2f} s, from the sums to the codes {found:7.2f} s, error {error:.6f}", flush=True)
    if options.only is None:
        print(f"ratio of the fastest {min(seconds['GPTQModel']) / min(seconds['Pawl']):.2f}")


main()
