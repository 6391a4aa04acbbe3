# Copyright 2026 The Pawl Authors.
# SPDX-License-Identifier: Apache-2.0
"""The digits net as ONNX, quantized: static, dynamic and weight-only, from files and from memory; analyzed."""

import numpy as np
import pytest

import pawl

BATCH = 64


def images(path):
    with pawl.ModelReader(path) as reader:
        return reader["images"].numpy().astype(np.float32) / 16, reader["labels"].numpy()


@pytest.fixture
def batches(digits):
    pixels, _ = images(digits / "digits_calibration.safetensors")
    return [pixels[i : i + BATCH] for i in range(0, len(pixels), BATCH)]


def count_right(graph, digits):
    pixels, labels = images(digits / "digits_test.safetensors")
    (scores,) = pawl.Executor(graph)(pixels).values()
    return int((scores.numpy().argmax(1) == labels).sum())


def test_static(digits, batches, tmp_path):
    path = tmp_path / "int8.onnx"
    report = pawl.GraphJob(digits / "digits.onnx", path, "static", samples=batches).run()
    assert report.total("quantized") == 3 and "fc1" in str(report) and report.passes + report.notes
    assert report.total("samples") == len(batches) and report.total("file_bytes") == path.stat().st_size
    assert [layer.operator for layer in report.layers if layer.scheme] == ["Gemm"] * 3
    (output,) = report.outputs
    assert output.name == "logits" and output.sqnr_db > 25
    assert len(report.to_dict()["layers"]) == len(report.layers)
    assert count_right(pawl.Graph(path), digits) >= 442


def test_samples_on_call_and_models_in_memory_are_the_same(digits, batches, tmp_path):
    path = tmp_path / "int8.onnx"
    pawl.GraphJob(digits / "digits.onnx", path, samples=batches).run()
    graph = pawl.Graph((digits / "digits.onnx").read_bytes())
    asked = []

    def sample(i):
        asked.append(i)
        return [batches[i]]

    report = pawl.GraphJob(graph, samples=sample, count=len(batches)).run()
    assert set(asked) == set(range(len(batches)))
    assert bytes(report.graph()) == path.read_bytes()


def test_the_other_modes(digits, tmp_path):
    sizes = {}
    for mode, recipe in [("dynamic", None), ("weight_only", "int4:g32"), ("float16", None)]:
        path = tmp_path / f"{mode}.onnx"
        calibration = digits / "digits_calibration.npz"
        report = pawl.GraphJob(digits / "digits.onnx", path, mode, recipe=recipe, calibration=calibration).run()
        assert report.total("quantized") == 3 and report.outputs[0].sqnr_db > 15
        assert count_right(pawl.Graph(path), digits) >= 440
        sizes[mode] = path.stat().st_size
    assert sizes["weight_only"] < sizes["dynamic"] < sizes["float16"] < (digits / "digits.onnx").stat().st_size


def test_a_bound_and_the_recipe_that_meets_it(digits, batches, tmp_path):
    job = pawl.GraphJob(digits / "digits.onnx", samples=batches, recipe="int4:channel", max_drop=0.0005)
    analysis = job.analyze()
    found = analysis.to_dict()
    assert found["recipe_kept"] > 0 and found["recipe_drop"] <= 0.0005 < found["drop"] and "fc1" in str(analysis)
    report = job.run()
    assert report.total("quantized") == 3 - found["recipe_kept"]
    again = pawl.GraphJob(digits / "digits.onnx", samples=batches, recipe=analysis.recipe()).run()
    assert again.total("quantized") == report.total("quantized")


def test_what_goes_wrong_leaves_no_file(digits, batches, tmp_path):
    model, never = digits / "digits.onnx", tmp_path / "never.onnx"
    with pytest.raises(pawl.Error, match="samples"):
        pawl.GraphJob(model, never).run()
    with pytest.raises(pawl.Error, match="no_such_layer"):
        recipe = {"pawl_recipe": "1.0", "rules": [{"pattern": "no_such_layer", "scheme": "int8"}]}
        pawl.GraphJob(model, never, "dynamic", recipe=recipe).run()
    context = pawl.Context()
    job = pawl.GraphJob(model, never, "dynamic", context=context)
    context.cancel()
    with pytest.raises(pawl.Cancelled):
        job.run(context=context)

    def fails(i):
        if i == 3:
            raise KeyError("sample 3 is lost")
        return batches[i]

    job = pawl.GraphJob(model, never, samples=fails, count=len(batches))
    for _ in range(2):  # and is told each time
        with pytest.raises(KeyError, match="sample 3 is lost"):
            job.run()
    with pytest.raises(TypeError, match="count"):
        pawl.GraphJob(model, never, samples=fails)
    with pytest.raises(ValueError, match="weight_only"):
        pawl.GraphJob(model, never, "wait_only")
    assert list(tmp_path.iterdir()) == []
