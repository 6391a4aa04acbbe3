# Copyright 2026 The Pawl Authors.
# SPDX-License-Identifier: Apache-2.0
"""Writes the digits net as digits.onnx, and its calibration images as digits_calibration.npz, for the commands

    pawl quantize digits.onnx -o digits_int8.onnx --mode static --calibration digits_calibration.npz
    pawl run digits_int8.onnx --inputs digits_calibration.npz -o logits.npz

    python3 make_onnx.py [--out DIR]

The same files from the same weights. An ONNX model is a protocol buffer (onnx/onnx, onnx/onnx.proto); the few fields that
this one needs are written here, so that numpy suffices.
"""

import argparse
import pathlib
import zipfile

import numpy as np

import safetensors_io

HERE = pathlib.Path(__file__).resolve().parent
FLOAT = 1  # TensorProto.DataType
OPSET, IR_VERSION = 13, 7


def varint(value):
    out = bytearray()
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    out.append(value)
    return bytes(out)


def number(field, value):
    return varint(field << 3) + varint(value)


def data(field, content):
    content = content.encode() if isinstance(content, str) else content
    return varint(field << 3 | 2) + varint(len(content)) + content


def tensor(name, array):
    dims = b"".join(number(1, size) for size in array.shape)
    return dims + number(2, FLOAT) + data(8, name) + data(9, np.ascontiguousarray(array, "<f4").tobytes())


def value_info(name, columns):
    shape = data(1, data(2, "batch")) + data(1, number(1, columns))
    return data(1, name) + data(2, data(1, number(1, FLOAT) + data(2, shape)))


def node(op, name, inputs, output, transposed=False):
    content = b"".join(data(1, i) for i in inputs) + data(2, output) + data(3, name) + data(4, op)
    if transposed:
        content += data(5, data(1, "transB") + number(3, 1) + number(20, 2))  # weights are [out, in]
    return content


def model(weights):
    graph = data(2, "digits")
    nodes = [
        node("Gemm", "fc1", ["image", "fc1.weight", "fc1.bias"], "h1", True),
        node("Relu", "relu1", ["h1"], "r1"),
        node("Gemm", "fc2", ["r1", "fc2.weight", "fc2.bias"], "h2", True),
        node("Relu", "relu2", ["h2"], "r2"),
        node("Gemm", "fc3", ["r2", "fc3.weight", "fc3.bias"], "logits", True),
    ]
    graph = b"".join(data(1, n) for n in nodes) + graph
    graph += b"".join(data(5, tensor(name, array)) for name, array in weights.items())
    graph += data(11, value_info("image", 64)) + data(12, value_info("logits", 10))
    return number(1, IR_VERSION) + data(2, "pawl digits") + data(7, graph) + data(8, number(2, OPSET))


def save_npz(path, arrays):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        for name, array in arrays.items():
            with archive.open(zipfile.ZipInfo(name + ".npy", (1980, 1, 1, 0, 0, 0)), "w") as member:
                np.lib.format.write_array(member, np.ascontiguousarray(array))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--out", type=pathlib.Path, default=HERE)
    out = parser.parse_args().out
    weights, _ = safetensors_io.load(HERE / "digits.safetensors")
    (out / "digits.onnx").write_bytes(model(weights))
    images, _ = safetensors_io.load(HERE / "digits_calibration.safetensors")
    save_npz(out / "digits_calibration.npz", {"image": images["images"].astype(np.float32) / 16})


if __name__ == "__main__":
    main()
