#!/usr/bin/env python3
# Copyright 2026 The Pawl Authors.
# SPDX-License-Identifier: Apache-2.0
#
# Hidden states of real BERT encoders out of folders against ONNX Runtime's of what PyTorch exported, sequences of several
# lengths at once. paraphrase-MiniLM-L3-v2 is there as such an export: its weights become a folder. Of all-MiniLM-L6-v2
# there is a folder alone: three of its layers at a time stand in for the export's own.
#
#   encoder_test.py MODEL_LOGITS [EXPORT]     (tests/peers/model_logits.cc; an export of all-MiniLM-L6-v2 as a whole)

import json
import pathlib
import re
import subprocess
import sys
import tempfile

import numpy as np
import onnx
import onnx.helper
import onnx.numpy_helper
import onnxruntime
import safetensors.numpy

ROOT = pathlib.Path(__file__).resolve().parents[2]
LIMIT = 1e-4  # of the largest value
LENGTHS = [3, 17, 1, 64, 250, 9]


def models():
    fetched = subprocess.run(["sh", str(ROOT / "cmake/fetch_models.sh")], check=True, stdout=subprocess.PIPE, text=True)
    return {pathlib.Path(line).name: pathlib.Path(line) for line in fetched.stdout.split()}


def plain(name):
    return name.removeprefix("model.0.auto_model.")


def last_states(model):
    """Makes the last layer's norm the graph's first output."""
    biases = [t.name for t in model.graph.initializer if re.search(r"layer\.\d+\.output\.LayerNorm\.bias$", t.name)]
    last = max(biases, key=lambda name: int(re.search(r"layer\.(\d+)", name)[1]))
    node = next(n for n in model.graph.node if last in n.input)
    del model.graph.output[:]
    model.graph.output.append(onnx.helper.make_tensor_value_info(node.output[0], onnx.TensorProto.FLOAT, None))


def matrices(model):
    """The layers' names, by the initialisers that the exporter has called onnx::MatMul_..: those of their biases."""
    produced = {node.output[0]: node for node in model.graph.node}
    names = {}
    for node in model.graph.node:
        if node.op_type != "Add":
            continue
        for bias, other in (node.input, reversed(node.input)):
            if bias.endswith(".bias") and other in produced and produced[other].op_type == "MatMul":
                names[produced[other].input[1]] = plain(bias)[: -len("bias")] + "weight"
    return names


def weights_of(model):
    names = matrices(model)
    weights = {}
    for tensor in model.graph.initializer:
        values = onnx.numpy_helper.to_array(tensor)
        if tensor.name in names:
            weights[names[tensor.name]] = np.ascontiguousarray(values.T)
        elif values.dtype == np.float32:
            weights[plain(tensor.name)] = values
    return weights


def put_weights(model, weights):
    names = matrices(model)
    for tensor in model.graph.initializer:
        values = weights.get(names.get(tensor.name, plain(tensor.name)))
        if values is None or tensor.data_type != onnx.TensorProto.FLOAT:
            continue
        values = values.T if tensor.name in names else values
        tensor.CopyFrom(onnx.numpy_helper.from_array(np.ascontiguousarray(values), tensor.name))


def layers_from(weights, first, count):
    """The layers [first, first + count) as the first ones."""
    chosen = {}
    for name, values in weights.items():
        found = re.match(r"encoder\.layer\.(\d+)\.(.*)", name)
        if found is None:
            chosen[name] = values
        elif first <= int(found[1]) < first + count:
            chosen[f"encoder.layer.{int(found[1]) - first}.{found[2]}"] = values
    return chosen


def compare(name, program, folder, model):
    rng = np.random.default_rng(5)
    sequences = [[101, *rng.integers(1000, 30000, n - 1)] for n in LENGTHS]
    words = " / ".join(" ".join(map(str, s)) for s in sequences).split()
    out = subprocess.run([program, str(folder), *words], check=True, stdout=subprocess.PIPE).stdout
    found = np.frombuffer(out, np.float32).reshape(sum(LENGTHS), -1)
    feeds = {key: np.zeros((len(LENGTHS), max(LENGTHS)), np.int64) for key in ("input_ids", "attention_mask", "token_type_ids")}
    for row, sequence in enumerate(sequences):
        feeds["input_ids"][row, : len(sequence)] = sequence
        feeds["attention_mask"][row, : len(sequence)] = 1
    last_states(model)
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    states = session.run(None, {i.name: feeds[i.name] for i in session.get_inputs()})[0]
    expected = np.concatenate([states[row, :n] for row, n in enumerate(LENGTHS)])
    assert found.shape == expected.shape, (found.shape, expected.shape)
    error = np.abs(found - expected).max() / np.abs(expected).max()
    print(f"{name}: {error:.2e} of the largest value, {np.abs(expected).max():.2f}")
    return error <= LIMIT


def main():
    program, fetched = sys.argv[1], models()
    config = json.loads((fetched["all-MiniLM-L6-v2"] / "config.json").read_text())
    export = onnx.load(str(next(fetched["paraphrase-MiniLM-L3-v2"].glob("*.onnx"))))
    six = safetensors.numpy.load_file(fetched["all-MiniLM-L6-v2"] / "model.safetensors")
    cases = {"paraphrase-MiniLM-L3-v2": weights_of(export)}
    cases.update({f"all-MiniLM-L6-v2, layers {first} to {first + 2}": layers_from(six, first, 3) for first in (0, 3)})
    good = True
    for name, weights in cases.items():
        put_weights(export, weights)
        with tempfile.TemporaryDirectory() as place:
            folder = pathlib.Path(place)
            (folder / "config.json").write_text(json.dumps({**config, "num_hidden_layers": 3}))
            safetensors.numpy.save_file(weights, folder / "model.safetensors")
            good &= compare(name, program, folder, export)
    if len(sys.argv) > 2:
        good &= compare("all-MiniLM-L6-v2", program, fetched["all-MiniLM-L6-v2"], onnx.load(sys.argv[2]))
    sys.exit(0 if good else 1)


if __name__ == "__main__":
    main()
