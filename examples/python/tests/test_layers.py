# Copyright 2026 The Pawl Authors.
# SPDX-License-Identifier: Apache-2.0
"""Embeddings, groups of layers, convolutions, and weights of other tools' checkpoints."""

import numpy as np
import pytest

import pawl


def gaussian(*shape, seed=0):
    return np.random.default_rng(seed).standard_normal(shape, np.float32)


def test_embedding_looks_up_rows():
    table = pawl.quantize(gaussian(50, 64), "int8")
    embedding = pawl.Embedding(table, name="tokens")
    assert (embedding.rows, embedding.cols) == (50, 64)
    values = table.dequantize()
    for indices in ([[3, 49], [0, 3]], np.array([7, 7], np.int32), np.array([1], np.uint8), np.empty((0,), np.int64)):
        got = embedding(np.asarray(indices))
        assert np.array_equal(got, values[np.asarray(indices, np.int64)])
    out = np.empty((2, 64), np.float16)
    assert embedding(np.array([5, 6]), out=out) is out
    assert np.array_equal(out, values[[5, 6]].astype(np.float16))
    with pytest.raises(pawl.Error, match="50"):
        embedding(np.array([50]))
    with pytest.raises(TypeError):
        embedding(np.array([1.0]))
    with pytest.raises(pawl.Error):
        embedding(np.array([1]), out=np.empty((2, 64), np.float32))


def test_a_group_gives_what_its_layers_give():
    layers = [pawl.Linear(pawl.quantize(gaussian(n, 64, seed=n), "int4:g32"), "dynamic_int8") for n in (32, 8, 16)]
    x = gaussian(2, 3, 64, seed=9)
    for one, layer in zip(pawl.run_group(layers, x), layers):
        assert np.array_equal(one, layer(x))
    assert pawl.run_group([], x) == []
    with pytest.raises(pawl.Error):
        pawl.run_group([*layers, pawl.Linear(pawl.quantize(gaussian(8, 32), "int8"))], x)


def convolve(x, w, stride, pad):
    x = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    k = w.shape[-1]
    height = (x.shape[2] - k) // stride + 1
    width = (x.shape[3] - k) // stride + 1
    y = np.zeros((x.shape[0], w.shape[0], height, width))
    for i in range(height):
        for j in range(width):
            window = x[:, :, i * stride : i * stride + k, j * stride : j * stride + k]
            y[:, :, i, j] = np.tensordot(window, w, ((1, 2, 3), (1, 2, 3)))
    return y


def test_convolutions():
    w = gaussian(8, 4, 3, 3)
    x = gaussian(2, 4, 9, 7, seed=1)
    quantized = pawl.quantize(w.reshape(8, -1), "int8")
    decoded = quantized.dequantize().reshape(w.shape)
    bias = np.arange(8, dtype=np.float32)
    conv = pawl.Conv(quantized, 4, (3, 3), strides=(2, 2), pads=(1, 1, 1, 1), bias=bias, name="stem")
    want = convolve(x, decoded, 2, 1) + bias[:, None, None]
    assert (conv.in_channels, conv.out_channels, conv.name) == (4, 8, "stem")
    assert np.allclose(conv(x), want, atol=1e-4)
    out = np.empty(want.shape, np.float32)
    assert conv(x, out=out) is out and np.array_equal(out, conv(x))
    last = pawl.Conv(quantized, 4, (3, 3), strides=(2, 2), pads=(1, 1, 1, 1), bias=bias, layout="nhwc")
    assert np.array_equal(last(np.ascontiguousarray(x.transpose(0, 2, 3, 1))), conv(x).transpose(0, 2, 3, 1))
    floats = pawl.Conv(w, 4, (3, 3), strides=(2, 2), pads=(1, 1, 1, 1))
    assert np.allclose(floats(x), convolve(x, w, 2, 1), atol=1e-4)
    line = pawl.Conv(pawl.quantize(gaussian(8, 12), "int8"), 4, (3,), "dynamic_int8", pads=(1, 1))
    assert line(gaussian(1, 4, 10)).shape == (1, 8, 10)
    with pytest.raises(pawl.Error, match="channels"):
        conv(gaussian(2, 5, 9, 7))
    with pytest.raises(pawl.Error, match="contiguous"):
        conv(x[:, :, :, ::2])
    with pytest.raises(TypeError):
        pawl.Conv(quantized, 4, (3, 3), colour="red")
    with pytest.raises(pawl.Error):
        pawl.Conv(quantized, 5, (3, 3))


def test_checkpoints_there_and_back():
    quantized = pawl.quantize(gaussian(16, 64), "uint4:g32:asym")
    weight = pawl.Checkpoint("gptq", variant="gptq_v2")
    weight.encode(quantized)
    tensors = weight.tensors()
    assert {"qweight", "qzeros", "scales"} <= set(tensors)
    assert (weight.setting("bits"), weight.setting("group_size"), weight.setting("variant")) == (4, 32, "gptq_v2")
    again = pawl.Checkpoint("gptq", tensors, bits=4, group_size=32, variant="gptq_v2")
    decoded = again.decode()
    # GPTQ's own code computes in the scales' type, f16.
    assert np.allclose(decoded.dequantize(), quantized.dequantize(), rtol=2**-10)
    back = pawl.Checkpoint("gptq", variant="gptq_v2")
    back.encode(decoded)
    for name, value in back.tensors().items():
        assert np.array_equal(value.numpy(), tensors[name].numpy())
    assert again.format == pawl.CheckpointFormat.GPTQ
    with pytest.raises(pawl.Error, match="qweight"):
        pawl.Checkpoint("gptq", {"weights": tensors["scales"]})
    with pytest.raises(pawl.Error):
        pawl.Checkpoint("awq", block_rows=3)


def test_a_checkpoint_is_taken_from_a_model(tmp_path):
    quantized = pawl.quantize(gaussian(16, 64), "uint4:g32:asym")
    weight = pawl.Checkpoint("gptq")
    weight.encode(quantized)
    model = tmp_path / "model.safetensors"
    write_safetensors(model, {f"layer.0.{name}": value.numpy() for name, value in weight.tensors().items()})
    taken = pawl.Checkpoint("gptq", bits=4, group_size=32)
    taken.take(pawl.ModelReader(model), "layer.0.")
    assert np.allclose(taken.decode().dequantize(), quantized.dequantize(), rtol=2**-10)
    with pytest.raises(pawl.Error):
        taken.take(pawl.ModelReader(model), "layer.1.")


def write_safetensors(path, arrays):
    import json

    names = {"int32": "I32", "float16": "F16", "float32": "F32"}
    header, data = {}, b""
    for name, array in arrays.items():
        begin = len(data)
        data += array.tobytes()
        header[name] = {"dtype": names[str(array.dtype)], "shape": list(array.shape), "data_offsets": [begin, len(data)]}
    text = json.dumps(header).encode()
    path.write_bytes(len(text).to_bytes(8, "little") + text + data)
