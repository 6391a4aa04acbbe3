# Copyright 2026 The Pawl Authors.
# SPDX-License-Identifier: Apache-2.0
"""Quantizes the committed digits model in plain numpy and prints the table of README.md.

An independent yardstick for the library: each scheme is the textbook formula and nothing else.
Scales stay f32, every weight matrix is quantized (the last layer too), biases stay f32.
"""

import pathlib

import numpy as np

import safetensors_io

LAYERS = ("fc1", "fc2", "fc3")
INPUT_SCALE = np.float32(1.0 / 16.0)

# bitsandbytes' 4-bit NormalFloat levels (Dettmers et al., arXiv 2305.14314, appendix E).
NF4 = np.array(
    [
        -1.0, -0.6961928009986877, -0.5250730514526367, -0.39491748809814453,
        -0.28444138169288635, -0.18477343022823334, -0.09105003625154495, 0.0,
        0.07958029955625534, 0.16093020141124725, 0.24611230194568634, 0.33791524171829224,
        0.44070982933044434, 0.5626170039176941, 0.7229568362236023, 1.0,
    ],
    np.float32,
)  # fmt: skip


def safe(scale):
    """A scale that can be divided by: an all-zero group keeps zeros."""
    return np.where(scale > 0, scale, np.float32(1))


def symmetric(values, bits):
    """Codes in [-(2^(bits-1) - 1), 2^(bits-1) - 1], scale = max|row| / that bound, half to even."""
    bound = np.float32(2 ** (bits - 1) - 1)
    scale = safe(np.abs(values).max(axis=1, keepdims=True) / bound)
    return np.clip(np.rint(values / scale), -bound, bound) * scale


def asymmetric(values, bits):
    """Codes in [0, 2^bits - 1] and a minimum term: value = min + scale * code."""
    low = values.min(axis=1, keepdims=True)
    scale = safe((values.max(axis=1, keepdims=True) - low) / np.float32(2**bits - 1))
    return low + np.rint((values - low) / scale) * scale


def nf4(values):
    scale = safe(np.abs(values).max(axis=1, keepdims=True))
    nearest = np.abs((values / scale)[:, :, None] - NF4).argmin(axis=2)
    return NF4[nearest] * scale


def codebook(values, bits):
    """Lloyd's k-means for each row by itself, started at the row's evenly spaced quantiles."""
    count = 2**bits
    result = np.empty_like(values)
    for index, row in enumerate(values):
        levels = np.quantile(row, (np.arange(count) + 0.5) / count)
        for _ in range(100):
            nearest = np.abs(row[:, None] - levels).argmin(axis=1)
            means = [row[nearest == k].mean() if np.any(nearest == k) else levels[k]
                     for k in range(count)]  # fmt: skip
            if np.array_equal(means, levels):
                break
            levels = np.array(means)
        result[index] = levels[np.abs(row[:, None] - levels).argmin(axis=1)]
    return result


def grouped(method, size):
    """Applies `method` to groups of `size` neighbours along a row (size 0: the whole row)."""

    def apply(weight):
        return method(weight.reshape(-1, size or weight.shape[1])).reshape(weight.shape)

    return apply


def forward(parameters, images, activation=None):
    """Logits; `activation(layer, values)` may quantize each layer's input."""
    values = images.astype(np.float32) * INPUT_SCALE
    for layer in LAYERS:
        if activation:
            values = activation(layer, values)
        values = values @ parameters[f"{layer}.weight"].T + parameters[f"{layer}.bias"]
        if layer != LAYERS[-1]:
            values = np.maximum(values, 0)
    return values


def static_activation(parameters, images):
    """uint8 per tensor, range 0..max over the calibration images (no input is negative)."""
    scales = {}

    def observe(layer, values):
        scales[layer] = values.max() / np.float32(255)
        return values

    forward(parameters, images, observe)
    return lambda layer, values: (
        np.clip(np.rint(values / scales[layer]), 0, 255) * scales[layer]
    )


def sqnr(reference, values):
    """10 log10(signal energy / error energy), dB."""
    error = np.square((reference - values).astype(np.float64)).sum()
    return 10.0 * np.log10(np.square(reference.astype(np.float64)).sum() / error)


def main():
    here = pathlib.Path(__file__).resolve().parent
    parameters, _ = safetensors_io.load(here / "digits.safetensors")
    test, _ = safetensors_io.load(here / "digits_test.safetensors")
    calibration, _ = safetensors_io.load(here / "digits_calibration.safetensors")
    static = static_activation(parameters, calibration["images"])
    int8 = grouped(lambda v: symmetric(v, 8), 0)
    schemes = (
        ("int8 per channel", int8, None),
        ("int8 per channel, dynamic int8 per token", int8, lambda _, v: symmetric(v, 8)),
        ("int8 per channel, static uint8 per tensor", int8, static),
        ("int4 per channel", grouped(lambda v: symmetric(v, 4), 0), None),
        ("int4 groups of 32", grouped(lambda v: symmetric(v, 4), 32), None),
        ("uint4 with minimum, groups of 32", grouped(lambda v: asymmetric(v, 4), 32), None),
        ("nf4 groups of 64", grouped(nf4, 64), None),
        ("int3 groups of 32", grouped(lambda v: symmetric(v, 3), 32), None),
        ("uint2 with minimum, groups of 32", grouped(lambda v: asymmetric(v, 2), 32), None),
        ("uint2 with minimum, per channel", grouped(lambda v: asymmetric(v, 2), 0), None),
        ("2-bit codebook per channel", grouped(lambda v: codebook(v, 2), 0), None),
        ("int2 (ternary codes) groups of 32", grouped(lambda v: symmetric(v, 2), 32), None),
        ("int2 (ternary codes) per channel", grouped(lambda v: symmetric(v, 2), 0), None),
    )
    reference = forward(parameters, test["images"])
    right = np.count_nonzero(reference.argmax(axis=1) == test["labels"])
    print("| scheme | right of 450 | accuracy % | fc1 dB | fc2 dB | fc3 dB | logits dB |")
    print("|---|---|---|---|---|---|---|")
    print(f"| float | {right} | {right / 4.5:.2f} | | | | |")
    for name, method, activation in schemes:
        quantized = dict(parameters)
        for layer in LAYERS:
            quantized[f"{layer}.weight"] = method(parameters[f"{layer}.weight"])
        logits = forward(quantized, test["images"], activation)
        right = np.count_nonzero(logits.argmax(axis=1) == test["labels"])
        weights = " | ".join(
            f"{sqnr(parameters[f'{layer}.weight'], quantized[f'{layer}.weight']):.2f}"
            for layer in LAYERS
        )
        error = f"{sqnr(reference, logits):.2f}"
        print(f"| {name} | {right} | {right / 4.5:.2f} | {weights} | {error} |")


if __name__ == "__main__":
    main()
