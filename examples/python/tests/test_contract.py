# Copyright 2026 The Pawl Authors.
# SPDX-License-Identifier: Apache-2.0
"""What the package promises beside the main job: memory without copies, constants, files of one's own."""

import gc
import os
import subprocess
import sys
import threading
import weakref

import numpy as np
import pytest

import pawl
from pawl._enums import CONSTANTS
from pawl._library import lib
from pawl._tensor import _owners


def test_constants_are_the_librarys():
    count = lib.pawl_constant_count()
    library = {lib.pawl_constant_name(i).decode(): lib.pawl_constant_value(i) for i in range(count)}
    assert CONSTANTS == library
    assert pawl.names("dtypes")[pawl.DType.BF16] == "bf16"
    assert "g<N>" in pawl.names("groups") and "histogram" in pawl.names("observers")
    words = pawl.descriptions("elements")
    assert list(words) == pawl.names("elements") and all(words.values())


def test_library_is_the_wheels_own():
    if os.environ.get("PAWL_EXPECT_BUNDLED"):
        assert os.path.dirname(pawl.library_path()) == os.path.join(os.path.dirname(pawl.__file__), "_lib")
        assert os.path.exists(os.path.join(os.path.dirname(pawl.__file__), "py.typed"))


class Array(np.ndarray):
    """One that weak references can tell the end of."""


def test_numpy_is_looked_at_without_copies():
    array = np.arange(6, dtype=np.float32).reshape(2, 3).view(Array)
    gone = weakref.ref(array)
    owners = len(_owners)
    tensor = pawl.tensor(array)
    assert tensor.shape == (2, 3) and tensor.dtype is pawl.DType.F32 and tensor.nbytes == 24
    address = array.ctypes.data
    seen = tensor.numpy()
    assert seen.ctypes.data == address and not seen.flags.writeable and np.array_equal(seen, array)
    lent = np.from_dlpack(tensor)
    assert lent.ctypes.data == address
    del array, tensor
    gc.collect()
    assert gone() is not None and lent[1, 2] == 5  # what looks at the memory keeps it
    del seen, lent
    gc.collect()
    assert gone() is None and len(_owners) == owners

    with pytest.raises(TypeError):
        pawl.tensor(np.array([1], ">f4"))
    assert len(_owners) == owners
    assert pawl.tensor(np.ones((4, 4), np.float32).T[1:]).shape == (3, 4)  # not contiguous: a copy
    assert pawl.tensor(np.float64(2.5)).shape == ()
    assert pawl.tensor(np.empty((0, 3), np.int8)).numpy().shape == (0, 3)


class Exporter:
    """Something else that speaks DLPack."""

    def __init__(self, array):
        self.array = array

    def __dlpack__(self, **_):
        return self.array.__dlpack__()

    def __dlpack_device__(self):
        return self.array.__dlpack_device__()


def test_dlpack_is_taken_over_without_copies():
    array = np.arange(12, dtype=np.float32).reshape(3, 4)
    references = sys.getrefcount(array)
    tensor = pawl.tensor(Exporter(array))
    assert tensor.numpy().ctypes.data == array.ctypes.data
    again = pawl.tensor(Exporter(np.from_dlpack(tensor).copy()))
    assert np.array_equal(again.numpy(), array)
    thread = threading.Thread(target=lambda held: held.clear(), args=([tensor],))
    del tensor
    thread.start()
    thread.join()
    gc.collect()
    assert sys.getrefcount(array) == references
    capsule = pawl.tensor(array).__dlpack__()  # that nobody takes
    versioned = pawl.tensor(array).__dlpack__(max_version=(1, 0))
    assert "dltensor_versioned" in repr(versioned)
    del capsule, versioned
    gc.collect()
    assert sys.getrefcount(array) == references
    with pytest.raises(pawl.Error):
        pawl.tensor(Exporter(array.T))  # not row-major
    gc.collect()
    assert sys.getrefcount(array) == references


def test_one_tensor_after_another(tmp_path):
    weights = ((np.arange(64 * 32) * 37 % 101) / 50 - 1).astype(np.float32).reshape(64, 32)
    quantized = pawl.quantize(weights, "int8:channel", range_method="mse")
    assert quantized.stats == pawl.QuantizeStats(0, 0, 0, 0, 0) and quantized.shape == (64, 32)
    figures = quantized.compare(weights)
    assert figures.sqnr_db > 35 and figures.max < 0.01
    assert figures.compared == weights.size and figures.unlike == 0
    odd = weights.copy()
    odd[0, 0], odd[0, 1], odd[1, 0] = np.nan, np.nan, -np.inf
    figures_of_odd = quantized.compare(odd)
    assert figures_of_odd.sqnr_db > 35 and figures_of_odd.compared == weights.size - 3
    assert (figures_of_odd.original_nan, figures_of_odd.original_inf, figures_of_odd.unlike) == (2, 1, 3)
    assert (figures_of_odd.decoded_nan, figures_of_odd.decoded_inf) == (0, 0)
    decoded = quantized.dequantize()
    assert np.abs(decoded - weights).max() == pytest.approx(figures.max)
    codes, scales = quantized.part("codes").numpy().view(np.int8), quantized.part(pawl.Part.SCALES).numpy()
    assert np.array_equal(codes * scales.reshape(-1, 1), decoded)

    path = tmp_path / "parts.pawl"
    with pawl.FileWriter(path) as writer:
        writer.add("w", quantized)
        with pytest.raises(pawl.Error, match="already_exists"):
            writer.add("w", quantized)
        writer.add("float", weights)
        writer.set_metadata("made by", "a test")
        assert not path.exists()
    with pytest.raises(RuntimeError):
        with pawl.FileWriter(tmp_path / "never.pawl") as writer:
            raise RuntimeError
    assert list(tmp_path.iterdir()) == [path]

    file = pawl.FileReader(path)
    assert list(file) == ["w", "float"] and file.metadata == {"made by": "a test"}
    loaded, plain = file.quantized("w"), file["float"]
    file.close()
    assert loaded.scheme() == pawl.Scheme("int8:channel") and np.array_equal(loaded.dequantize(), decoded)
    assert np.array_equal(np.asarray(plain), weights)
    with pytest.raises(pawl.Error, match="needs a scale"):
        pawl.Linear(loaded, "static_int8", name="needs a scale")


def test_activations_are_used_where_they_are():
    weights = np.eye(8, 32, dtype=np.float32)
    layer = pawl.Linear(pawl.quantize(weights, "int8"), bias=np.ones(8, np.float32))
    wide = np.arange(5 * 40, dtype=np.float32).reshape(5, 40)
    y = layer(wide[:, 4:36])  # rows with a distance
    assert np.allclose(y, wide[:, 4:12] + 1)
    out = np.zeros((5, 16), np.float32)
    assert layer(wide[:, 4:36], out=out[:, :8]) is not None and np.array_equal(out[:, :8], y) and not out[:, 8:].any()
    assert layer(wide[0, 4:36]).shape == (8,) and layer(np.ones((2, 3, 32), np.float32)).shape == (2, 3, 8)
    assert layer(wide[:, 4:36].astype(np.float16)).dtype == np.float16
    assert layer(np.ones((0, 32), np.float32)).shape == (0, 8)
    assert layer(Exporter(np.ones((2, 32), np.float32))).shape == (2, 8)
    for wrong in (np.ones((2, 31), np.float32), wide[:, ::2], wide[:, 4:36][:, ::-1], np.float32(1)):
        with pytest.raises(pawl.Error, match="x of layer"):
            layer(wrong)
    read_only = np.zeros((5, 8), np.float32)
    read_only.flags.writeable = False
    with pytest.raises(ValueError, match="read-only"):
        layer(wide[:, 4:36], out=read_only)
    with pytest.raises(pawl.Error, match="instead of"):
        layer(wide[:, 4:36], out=np.zeros((4, 8), np.float32))


def test_calibrations_are_saved(tmp_path):
    calibrator = pawl.Calibrator()
    calibrator.add_rule("^wide", "minmax", per_channel=True, axis=-1)
    calibrator.observe("wide", np.array([[1, 254], [-127, 4]], np.float32))
    calibrator.save(tmp_path / "calibration.json", "model 1")
    with pytest.raises(pawl.Error, match="failed_precondition"):
        pawl.Calibrator.load(tmp_path / "calibration.json", "model 2")
    loaded = pawl.Calibrator.load(tmp_path / "calibration.json", "model 1")
    assert loaded.qparams("wide") == [pawl.QParams(1.0, 0), pawl.QParams(2.0, 0)]


def test_recipes(digits, tmp_path):
    recipe = pawl.Recipe({"pawl_recipe": "1.0", "rules": [{"operator": "linear", "scheme": "int4:g32"}]})
    recipe.exclude("fc3")
    assert recipe.to_dict()["exclude"] == ["fc3"]
    report = pawl.quantize_model(digits / "digits.safetensors", None, recipe, dry_run=True)
    assert [t.name for t in report.tensors if t.scheme] == ["fc1.weight", "fc2.weight"]
    with pytest.raises(pawl.Error, match="fc9"):
        recipe.exclude("fc9")
        pawl.quantize_model(digits / "digits.safetensors", None, recipe, dry_run=True)


def test_threads_take_turns_with_a_context():
    context, wrong = pawl.Context(threads=2), []

    def work(i):
        for _ in range(50):
            word = f"word{i}"
            try:
                pawl.Scheme(word, context=context)
            except pawl.Error as error:
                if word not in error.message:
                    wrong.append((word, error.message))

    threads = [threading.Thread(target=work, args=(i,)) for i in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


def test_the_end_of_the_interpreter_is_quiet():
    program = (
        "import numpy, pawl\n"
        "kept = pawl.tensor(numpy.ones((4, 32), 'f4'))\n"
        "layer = pawl.Linear(pawl.quantize(kept, 'int8'))\n"
        "layer.me = layer  # a cycle\n"
    )
    done = subprocess.run([sys.executable, "-c", program], stderr=subprocess.PIPE, text=True)
    assert (done.returncode, done.stderr) == (0, "")
