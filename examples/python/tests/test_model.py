# Copyright 2026 The Pawl Authors.
# SPDX-License-Identifier: Apache-2.0
"""A whole model, the digits net as ONNX: what is in it, calibrated batch by batch, run, and saved."""

import threading

import numpy as np
import pytest

import pawl

BATCH = 64


@pytest.fixture
def graph(digits):
    return pawl.Graph(digits / "digits.onnx")


def images(path):
    with pawl.ModelReader(path) as reader:
        return reader["images"].numpy().astype(np.float32) / 16, reader["labels"].numpy()


def observed(graph):
    """The model's input and the outputs of nodes that have weights."""
    return [graph.inputs[0].name] + [node.outputs[0] for node in graph.nodes if node.operator == "Gemm"]


def count_right(executor, graph, pixels, labels):
    (name,) = [value.name for value in graph.outputs]
    scores = executor({graph.inputs[0].name: pixels})[name].numpy()
    return int((scores.argmax(1) == labels).sum())


def test_a_model_says_what_is_in_it(graph, digits):
    (x,), (y,) = graph.inputs, graph.outputs
    assert (x.kind, x.dtype) == (pawl.ValueKind.INPUT, pawl.DType.F32)
    assert isinstance(x.shape[0], str) and x.shape[1] == 64 and y.shape == (x.shape[0], 10)
    known = {operator.name: operator for operator in pawl.operators()}
    assert len(known) > 100 and known["Conv"].quantization == "conv" and known["Conv"].domain == ""
    assert all(node.runs and node.operator in known and node.opset == graph.opset() for node in graph.nodes)
    assert graph.opset("nobody") is None and graph.metadata.get("no such key") is None
    assert {value.kind for value in graph.values} >= {pawl.ValueKind.CONSTANT, pawl.ValueKind.COMPUTED}
    weights = pawl.ModelReader(digits / "digits.safetensors")["fc1.weight"]
    assert np.array_equal(graph.constant("fc1.weight").numpy(), weights.numpy())
    with pytest.raises(pawl.Error, match="fc1.weight"):
        graph.constant("fc1.wait")
    with pytest.raises(pawl.Error):
        graph.constant(x.name)
    with pytest.raises(pawl.Error, match="not_found"):
        pawl.Graph("no/such.onnx")


def test_calibrated_batch_by_batch_run_and_saved(graph, digits, tmp_path):
    names = observed(graph)
    executor = pawl.Executor(graph, names)
    calibrator = pawl.Calibrator()
    pixels, labels = images(digits / "digits_calibration.safetensors")
    for i in range(0, len(labels), BATCH):
        executor.calibrate(pixels[i : i + BATCH], calibrator)
    calibrator.finish()
    assert sorted(calibrator.names()) == sorted(names)
    (params,) = calibrator.qparams(names[0], min_code=0, max_code=255, symmetric=False)
    assert params.zero_point == 0 and params.scale == pytest.approx(1 / 255)

    pixels, labels = images(digits / "digits_test.safetensors")
    assert count_right(executor, graph, pixels, labels) == 444
    assert executor.arena_nbytes > 0 and executor.packed_nbytes > 0
    path = tmp_path / "digits.onnx"
    graph.save(path, [digits / "digits.onnx"])
    assert bytes(graph) == path.read_bytes()
    with pytest.raises(pawl.Error):
        graph.save(path, [path])
    again = pawl.Graph(path.read_bytes(), name="again")
    assert count_right(pawl.Executor(again), again, pixels, labels) == 444
    with pytest.raises(pawl.Error, match="half"):
        pawl.Graph(path.read_bytes()[:1000], name="half")

    results = []
    threads = [
        threading.Thread(target=lambda own: results.append(count_right(own, graph, pixels, labels)), args=(executor.share(),))
        for _ in range(3)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == [444] * 3


def test_values_are_observed_and_nodes_timed(graph):
    names = observed(graph)
    executor = pawl.Executor(graph, names, keep_observed=True)
    executor.time_nodes()
    x, seen = np.full((2, 64), 0.5, np.float32), {}
    executor(x, lambda name, value: seen.update({name: value}))
    assert list(seen) == names
    for name, value in seen.items():
        assert np.array_equal(executor.observed(name).numpy(), value.numpy())
    assert sum(time.runs for time in executor.times if time.operator == "Gemm") == 3
    executor.time_nodes(False)
    executor(x)
    assert executor.times == []

    def stop(name, value):
        raise KeyError(name)

    with pytest.raises(KeyError, match=names[0]):
        executor(x, stop)
    executor([x])  # nobody is called any more


def test_what_does_not_fit_is_named(graph):
    executor = pawl.Executor(graph)
    name, x = graph.inputs[0].name, np.zeros((2, 64), np.float32)
    with pytest.raises(pawl.Error, match=name):
        executor(np.zeros((2, 3), np.float32))
    with pytest.raises(pawl.Error, match="picture"):
        executor({"picture": x})
    with pytest.raises(pawl.Error, match=f"'{name}' is missing"):
        executor({})
    with pytest.raises(pawl.Error, match=name):
        executor(np.zeros((2, 64), np.float64))
    with pytest.raises(pawl.Error, match="nobody"):
        pawl.Executor(graph, ["nobody"])
    with pytest.raises(pawl.Error, match="resource_exhausted"):
        pawl.Executor(graph, run_memory=16)(x)
    context = pawl.Context()
    context.cancel()
    with pytest.raises(pawl.Cancelled):
        executor(x, context=context)
