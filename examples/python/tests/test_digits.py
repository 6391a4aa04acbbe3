# Copyright 2026 The Pawl Authors.
# SPDX-License-Identifier: Apache-2.0
"""The main job on the digits model: opens a float net, calibrates its activations batch by batch, quantizes its weights into
a .pawl file, loads that, and reads the held-out images with static int8 layers; cancels, and meets errors."""

import signal
import threading

import numpy as np
import pytest

import pawl

LAYERS = ["fc1", "fc2", "fc3"]
BATCH = 64


def images(path):
    with pawl.ModelReader(path) as reader:
        return reader["images"].numpy().astype(np.float32) / 16, reader["labels"].numpy()


class FloatNet:
    def __init__(self, path):
        with pawl.ModelReader(path) as reader:
            assert len(reader) == 6 and "fc1.weight" in reader
            self.weights = [reader[f"{name}.weight"].numpy() for name in LAYERS]
            self.biases = [reader[f"{name}.bias"].numpy() for name in LAYERS]

    def __call__(self, x, observe=lambda name, x: None):
        for name, weight, bias in zip(LAYERS, self.weights, self.biases):
            observe(name, x)
            x = x @ weight.T + bias
            x = x if name == LAYERS[-1] else np.maximum(x, 0)
        return x


def count_right(net, pixels, labels):
    batches = range(0, len(labels), BATCH)
    return sum(int((net(pixels[i : i + BATCH]).argmax(1) == labels[i : i + BATCH]).sum()) for i in batches)


def make_layers(file, net, calibrator):
    layers = []
    for name, bias in zip(LAYERS, net.biases):
        (params,) = calibrator.qparams(name, "mse", min_code=0, max_code=255, symmetric=False)
        layers.append(
            pawl.Linear(
                file.quantized(f"{name}.weight"), "static_int8", name=name, bias=bias, activation_dtype="u8",
                fused_activation="none" if name == LAYERS[-1] else "relu", activation_scale=params.scale,
                activation_zero_point=params.zero_point,
            )
        )  # fmt: skip
    return layers


def run_layers(layers, x, context=None):
    for layer in layers:
        x = layer(x, context=context)
    return x


def test_main_job(digits, tmp_path):
    net = FloatNet(digits / "digits.safetensors")
    calibrator = pawl.Calibrator()
    pixels, labels = images(digits / "digits_calibration.safetensors")
    for i in range(0, len(labels), BATCH):
        net(pixels[i : i + BATCH], calibrator.observe)
    calibrator.finish()
    assert calibrator.names() == LAYERS

    seen = []
    context = pawl.Context(threads=2, progress=seen.append)
    path = tmp_path / "digits.pawl"
    report = pawl.quantize_model(digits / "digits.safetensors", path, "int8", context=context)
    assert report.total("quantized") == 3 and "fc1.weight" in str(report)
    assert [t.name for t in report.tensors if t.scheme == "int8"] == [f"{name}.weight" for name in LAYERS]
    assert all(bool(t.scheme) != bool(t.reason) for t in report.tensors)
    assert len(report.to_dict()["tensors"]) == 6
    assert next(p.item for p in seen if p.stage == "quantize") == "fc1.weight"
    assert seen[-1].done == seen[-1].total and context.progress == (seen[-1].done, seen[-1].total)

    with pawl.FileReader(path) as file:
        file.verify()
        assert file.file_size == path.stat().st_size
        layers = make_layers(file, net, calibrator)
    pixels, labels = images(digits / "digits_test.safetensors")  # layers keep what they need of the file
    in_float, in_int8 = count_right(net, pixels, labels), count_right(lambda x: run_layers(layers, x), pixels, labels)
    print(f"held-out images read right: {in_float} of {len(labels)} in float, {in_int8} in static int8")
    assert in_float == 444 and in_int8 >= 442

    # Layers may be run by any number of threads, each with its own context: the same bits.
    expected, results = run_layers(layers, pixels), []
    threads = [
        threading.Thread(target=lambda: results.append(run_layers(layers, pixels, pawl.Context(threads=1))))
        for _ in range(3)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(results) == 3 and all(np.array_equal(result, expected) for result in results)


def test_another_thread_cancels(digits, tmp_path):
    started, go_on = threading.Event(), threading.Event()

    def progress(_):
        started.set()
        assert go_on.wait(60)

    context = pawl.Context(progress=progress)

    def cancel():
        started.wait(60)
        context.cancel()
        go_on.set()

    thread = threading.Thread(target=cancel)
    thread.start()
    with pytest.raises(pawl.Cancelled):
        pawl.quantize_model(digits / "digits.safetensors", tmp_path / "never.pawl", "int8", context=context)
    thread.join()
    assert context.cancelled and list(tmp_path.iterdir()) == []
    context.reset_cancel()
    pawl.quantize_model(digits / "digits.safetensors", tmp_path / "after.pawl", "int8", context=context)


def test_a_cancelled_job_resumes(digits, tmp_path):
    def progress(update):
        nonlocal updates
        updates += 1
        if updates == 4:
            context.cancel()

    updates = 0
    context = pawl.Context(progress=progress)
    out = tmp_path / "out.pawl"
    job = (digits / "digits.safetensors", out)
    with pytest.raises(pawl.Cancelled):
        pawl.quantize_model(*job, "int8", resume=True, checkpoint_bytes=0, context=context)
    assert not out.exists() and (tmp_path / "out.pawl.journal").exists()
    with pytest.raises(pawl.Error, match="recipe changed"):
        pawl.quantize_model(*job, "int4", resume=True)
    pawl.quantize_model(*job, "int8", resume=True)
    pawl.quantize_model(job[0], tmp_path / "whole.pawl", "int8")
    assert out.read_bytes() == (tmp_path / "whole.pawl").read_bytes()
    assert sorted(p.name for p in tmp_path.iterdir()) == ["out.pawl", "whole.pawl"]


def test_what_a_callback_raises_comes_out(digits, tmp_path):
    class Stop(Exception):
        pass

    calls = []

    def progress(_):
        calls.append(1)
        if len(calls) == 1:
            raise Stop("enough")

    context = pawl.Context(progress=progress)
    with pytest.raises(Stop, match="enough"):
        pawl.quantize_model(digits / "digits.safetensors", tmp_path / "never.pawl", "int8", context=context)
    assert list(tmp_path.iterdir()) == []
    pawl.quantize_model(digits / "digits.safetensors", tmp_path / "after.pawl", "int8", context=context)

    own = pawl.Context(progress=lambda _: pawl.Scheme("int8", context=own))
    with pytest.raises(RuntimeError, match="callback"):
        pawl.quantize_model(digits / "digits.safetensors", tmp_path / "never.pawl", "int8", context=own)


def test_ctrl_c_cancels(digits, tmp_path):
    context = pawl.Context(progress=lambda _: signal.raise_signal(signal.SIGINT))
    before = signal.getsignal(signal.SIGINT)
    with pytest.raises(KeyboardInterrupt):
        pawl.quantize_model(digits / "digits.safetensors", tmp_path / "never.pawl", "int8", context=context)
    assert list(tmp_path.iterdir()) == [] and not context.cancelled and signal.getsignal(signal.SIGINT) is before


def test_errors_say_what_is_wrong(digits, tmp_path):
    with pytest.raises(pawl.Error, match="asim.*asym") as caught:
        pawl.Scheme("int4:g32:asim")
    assert caught.value.status is pawl.Status.INVALID_ARGUMENT and str(caught.value).startswith("invalid_argument: ")
    with pytest.raises(pawl.Error, match="not_found"):
        pawl.ModelReader("/no/such/model.safetensors")
    reader = pawl.ModelReader(digits / "digits.safetensors")
    with pytest.raises(pawl.Error, match="fc1.weight"):
        reader["fc1.wait"]
    reader.close()
    with pytest.raises(pawl.Error):
        reader["fc1.weight"]
    with pytest.raises(pawl.Error, match="z80"):
        pawl.Context(target="z80")
    for threads in (-1, 2**40, 2**70):
        with pytest.raises(pawl.Error, match="threads"):
            pawl.Context(threads=threads)
    with pytest.raises(ValueError, match="no 'best'; it has max"):
        pawl.quantize(np.ones((2, 32), np.float32), "int8", range_method="best")
    with pytest.raises(ValueError, match="NUL"):
        pawl.Scheme("int\0004")
    with pytest.raises(TypeError, match="complex"):
        pawl.tensor(np.ones(3, complex))

    path = tmp_path / "damaged.pawl"
    pawl.quantize_model(digits / "digits.safetensors", path, "int8")
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    with pytest.raises(pawl.Error) as caught:
        pawl.FileReader(path).verify()
    assert caught.value.status is pawl.Status.DATA_LOSS
