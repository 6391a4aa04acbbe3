# Copyright 2026 The Pawl Authors.
# SPDX-License-Identifier: Apache-2.0
"""Trains the digits model and writes its weights, its test images and its calibration images.

Every random draw comes from one seed, so the same versions of numpy and scikit-learn with the same
BLAS kernels write the same bytes. `--validate` trains on part of the training images and scores on
the rest, so that settings can be compared without the held-out images.
"""

import argparse
import json
import os
import pathlib

# One BLAS thread: the order of a sum may depend on how a matrix product is shared between threads.
os.environ["OPENBLAS_NUM_THREADS"] = "1"
os.environ["OMP_NUM_THREADS"] = "1"

import numpy as np  # noqa: E402
from sklearn.datasets import load_digits  # noqa: E402
from sklearn.model_selection import train_test_split  # noqa: E402

import safetensors_io  # noqa: E402

SEED = 20260
TEST_IMAGES = 450
CALIBRATION_IMAGES = 256
WIDTHS = (64, 256, 128, 10)
EPOCHS = 150
BATCH = 64
LEARNING_RATE = 2e-3
WEIGHT_DECAY = 0.05
SHIFT_PROBABILITY = 0.5
INPUT_SCALE = np.float32(1.0 / 16.0)

DATA_METADATA = {
    "data": "Optical Recognition of Handwritten Digits, E. Alpaydin and C. Kaynak, 1998, "
    "UCI Machine Learning Repository, https://doi.org/10.24432/C50P49",
    "data_license": "CC-BY-4.0",
}


def split_digits():
    """Returns (images u8 [n, 64], labels u8 [n]) twice: for training and held out."""
    digits = load_digits()
    images = digits.data.astype(np.uint8)
    labels = digits.target.astype(np.uint8)
    train, test = train_test_split(
        np.arange(len(labels)), test_size=TEST_IMAGES, stratify=labels, random_state=SEED
    )
    train.sort()
    test.sort()
    return (images[train], labels[train]), (images[test], labels[test])


def shift_at_random(images, rng):
    """Moves some of the images by one pixel in any of 8 directions; zeros come in at the border."""
    grid = np.pad(images.reshape(-1, 8, 8), ((0, 0), (1, 1), (1, 1)))
    moves = rng.integers(0, 3, size=(len(images), 2))
    moves[rng.random(len(images)) >= SHIFT_PROBABILITY] = 1
    rows = moves[:, :1] + np.arange(8)
    columns = moves[:, 1:] + np.arange(8)
    picked = grid[np.arange(len(images))[:, None, None], rows[:, :, None], columns[:, None, :]]
    return picked.reshape(-1, 64)


def initialize(rng):
    """He-normal weights W[out, in] and zero biases, as {"fc1.weight": ..., "fc1.bias": ...}."""
    parameters = {}
    for layer, (fan_in, fan_out) in enumerate(zip(WIDTHS, WIDTHS[1:]), start=1):
        weight = rng.standard_normal((fan_out, fan_in)) * np.sqrt(2.0 / fan_in)
        parameters[f"fc{layer}.weight"] = weight.astype(np.float32)
        parameters[f"fc{layer}.bias"] = np.zeros(fan_out, np.float32)
    return parameters


def forward(parameters, images):
    """Returns every layer's input, then the logits, for images u8 [n, 64]."""
    values = [images.astype(np.float32) * INPUT_SCALE]
    for layer in range(1, len(WIDTHS)):
        sums = values[-1] @ parameters[f"fc{layer}.weight"].T + parameters[f"fc{layer}.bias"]
        values.append(sums if layer == len(WIDTHS) - 1 else np.maximum(sums, 0))
    return values


def gradients(parameters, images, labels):
    """Gradients of the mean softmax cross-entropy."""
    values = forward(parameters, images)
    logits = values[-1] - values[-1].max(axis=1, keepdims=True)
    delta = np.exp(logits)
    delta /= delta.sum(axis=1, keepdims=True)
    delta[np.arange(len(labels)), labels] -= 1
    delta /= np.float32(len(labels))
    result = {}
    for layer in range(len(WIDTHS) - 1, 0, -1):
        result[f"fc{layer}.weight"] = delta.T @ values[layer - 1]
        result[f"fc{layer}.bias"] = delta.sum(axis=0)
        delta = (delta @ parameters[f"fc{layer}.weight"]) * (values[layer - 1] > 0)
    return result


class AdamW:
    """Adam with decoupled weight decay (Loshchilov and Hutter, arXiv 1711.05101); weights only."""

    def __init__(self, parameters):
        self._mean = {name: np.zeros_like(value) for name, value in parameters.items()}
        self._square = {name: np.zeros_like(value) for name, value in parameters.items()}
        self._step = 0

    def update(self, parameters, gradient, rate):
        self._step += 1
        correct_mean = np.float32(1.0 / (1.0 - 0.9**self._step))
        correct_square = np.float32(1.0 / (1.0 - 0.999**self._step))
        rate = np.float32(rate)
        for name, value in parameters.items():
            mean, square = self._mean[name], self._square[name]
            mean += np.float32(0.1) * (gradient[name] - mean)
            square += np.float32(0.001) * (gradient[name] ** 2 - square)
            if name.endswith("weight"):
                value *= np.float32(1) - rate * np.float32(WEIGHT_DECAY)
            root = np.sqrt(square * correct_square) + np.float32(1e-8)
            value -= rate * (mean * correct_mean) / root


def train(images, labels, seed):
    rng = np.random.default_rng(seed)
    parameters = initialize(rng)
    optimizer = AdamW(parameters)
    steps_per_epoch = -(-len(labels) // BATCH)
    total = EPOCHS * steps_per_epoch
    for epoch in range(EPOCHS):
        order = rng.permutation(len(labels))
        shifted = shift_at_random(images, rng)
        for step in range(steps_per_epoch):
            batch = order[step * BATCH : (step + 1) * BATCH]
            progress = (epoch * steps_per_epoch + step) / total
            rate = LEARNING_RATE * 0.5 * (1.0 + np.cos(np.pi * progress))
            gradient = gradients(parameters, shifted[batch], labels[batch])
            optimizer.update(parameters, gradient, rate)
    return parameters


def accuracy(parameters, images, labels):
    """Share of right answers, in percent."""
    return 100.0 * np.mean(forward(parameters, images)[-1].argmax(axis=1) == labels)


def architecture_metadata():
    layers = [
        {
            "type": "linear",
            "weight": f"fc{layer}.weight",
            "bias": f"fc{layer}.bias",
            "in_features": WIDTHS[layer - 1],
            "out_features": WIDTHS[layer],
            "activation": "none" if layer == len(WIDTHS) - 1 else "relu",
        }
        for layer in range(1, len(WIDTHS))
    ]
    return {
        "architecture": "mlp",
        "layers": json.dumps(layers, separators=(",", ":")),
        "input": "8x8 image, row-major, pixels 0..16",
        "input_scale": repr(float(INPUT_SCALE)),
        "output": "logits of the digits 0..9",
        "license": "Apache-2.0",
        **DATA_METADATA,
    }


def write_files(folder, parameters, training, test):
    folder.mkdir(parents=True, exist_ok=True)
    safetensors_io.save(folder / "digits.safetensors", parameters, architecture_metadata())
    chosen, _ = train_test_split(
        np.arange(len(training[1])),
        train_size=CALIBRATION_IMAGES,
        stratify=training[1],
        random_state=SEED,
    )
    chosen.sort()
    calibration = (training[0][chosen], training[1][chosen])
    for part, (images, labels) in (("test", test), ("calibration", calibration)):
        metadata = {"part": part, "pixels": "0..16, 8x8 row-major", **DATA_METADATA}
        path = folder / f"digits_{part}.safetensors"
        safetensors_io.save(path, {"images": images, "labels": labels}, metadata)


def validate(training, folds):
    """Prints the accuracy on a fifth of the training images, for several splits."""
    scores = []
    for fold in range(folds):
        fit_images, check_images, fit_labels, check_labels = train_test_split(
            *training, test_size=0.2, stratify=training[1], random_state=SEED + fold
        )
        parameters = train(fit_images, fit_labels, SEED + fold)
        scores.append(accuracy(parameters, check_images, check_labels))
    print("validation accuracy %:", " ".join(f"{score:.2f}" for score in scores))
    print(f"mean {np.mean(scores):.2f}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    here = pathlib.Path(__file__).resolve().parent
    parser.add_argument("--out", type=pathlib.Path, default=here, help="folder for the three files")
    parser.add_argument("--validate", type=int, metavar="N", help="score N splits, write nothing")
    arguments = parser.parse_args()
    training, test = split_digits()
    if arguments.validate:
        validate(training, arguments.validate)
        return
    parameters = train(*training, SEED)
    write_files(arguments.out, parameters, training, test)
    print(f"training images {len(training[1])}, accuracy {accuracy(parameters, *training):.2f} %")
    print(f"held-out images {len(test[1])}, accuracy {accuracy(parameters, *test):.2f} %")


if __name__ == "__main__":
    main()
