#!/usr/bin/env python3
# Copyright 2026 The Pawl Authors.
# SPDX-License-Identifier: Apache-2.0
#
# llama.cpp loads the GGUF files that Pawl writes of a small model with drawn weights, and predicts what Pawl predicts with
# the same files. llama.cpp rounds activations to 8 bits and keys and values to 16, Pawl does not; so the
# predictions are compared as distributions, and must be far nearer to each other than either is to the float model's.
#
#   llama_cpp_test.py MODEL_LOGITS      (tests/peers/model_logits.cc; the pawl command's path in PAWL_TOOL)

import json
import os
import pathlib
import subprocess
import sys
import tempfile

import numpy as np
import safetensors.numpy

from llama_cpp import LlamaCpp, folder_of_ggml

VOCABULARY, IDS = 256, 250
CONFIG = {"model_type": "llama", "vocab_size": VOCABULARY, "hidden_size": 256, "intermediate_size": 512, "num_hidden_layers": 3,
          "num_attention_heads": 4, "num_key_value_heads": 2, "head_dim": 64, "hidden_act": "silu", "rms_norm_eps": 1e-5,
          "max_position_embeddings": 256, "rope_theta": 10000.0, "tie_word_embeddings": True}
SCHEMES = "q8_0 q6_k q5_k q4_k q4_0 iq4_xs q3_k q2_k".split()
# Mean KL divergence between the two engines on the same file: at most this, and at most this share of the divergence from
# the float model where that is more than the rounding of activations.
LIMIT, SHARE, ROUNDING = 5e-3, 0.05, 0.1


def write_model(folder):
    """A Hugging Face folder of CONFIG."""
    rng, hidden, inner = np.random.default_rng(3), CONFIG["hidden_size"], CONFIG["intermediate_size"]
    shapes = {"model.embed_tokens.weight": (VOCABULARY, hidden), "model.norm.weight": (hidden,)}
    for layer in range(CONFIG["num_hidden_layers"]):
        for name, shape in {"input_layernorm": (hidden,), "post_attention_layernorm": (hidden,), "self_attn.q_proj": (256, hidden),
                            "self_attn.k_proj": (128, hidden), "self_attn.v_proj": (128, hidden), "self_attn.o_proj": (hidden, 256),
                            "mlp.gate_proj": (inner, hidden), "mlp.up_proj": (inner, hidden),
                            "mlp.down_proj": (hidden, inner)}.items():
            shapes[f"model.layers.{layer}.{name}.weight"] = shape
    weights = {}
    for name, shape in shapes.items():
        values = rng.standard_normal(shape)
        weights[name] = (1 + 0.1 * values if len(shape) == 1 else 0.08 * values).astype(np.float32)
    folder.mkdir()
    safetensors.numpy.save_file(weights, folder / "model.safetensors")
    (folder / "config.json").write_text(json.dumps(CONFIG))


def pawl_logits(runner, model, ids):
    raw = subprocess.run([runner, str(model), *map(str, ids)], check=True, stdout=subprocess.PIPE).stdout
    return np.frombuffer(raw, np.float32).reshape(len(ids), VOCABULARY)


def log_softmax(logits):
    wide = logits.astype(np.float64)
    wide -= wide.max(axis=1, keepdims=True)
    return wide - np.log(np.exp(wide).sum(axis=1, keepdims=True))


def divergence(a, b):
    a, b = log_softmax(a), log_softmax(b)
    return (np.exp(a) * (a - b)).sum(axis=1).mean()


def main():
    runner = sys.argv[1]
    ggml = folder_of_ggml()
    if ggml is None:
        print("llama_cpp_test: bench/peers/install.sh has no llama.cpp here (it needs npm and x86-64)")
        sys.exit(77)  # ctest says that it was skipped
    engine = LlamaCpp(ggml)
    ids = [int(i) for i in np.random.default_rng(4).integers(0, VOCABULARY, IDS)]
    failed = False
    with tempfile.TemporaryDirectory() as folder:
        model = pathlib.Path(folder) / "model"
        write_model(model)
        exact = pawl_logits(runner, model, ids)
        for scheme in SCHEMES:
            path = pathlib.Path(folder) / f"{scheme}.gguf"
            subprocess.run([os.environ["PAWL_TOOL"], "quantize", str(model), "-o", str(path), "--scheme", scheme, "-q",
                            "--progress", "none"], check=True)
            ours, theirs = pawl_logits(runner, path, ids), engine.logits(path, ids, VOCABULARY)
            between, from_float = divergence(ours, theirs), divergence(exact, ours)
            good = between <= LIMIT and (from_float < ROUNDING or between <= SHARE * from_float)
            failed |= not good
            print(f"{scheme}: KL between the engines {between:.2e}, from the float model {from_float:.2e}{'' if good else '  FAILED'}")
    sys.exit(failed)


if __name__ == "__main__":
    main()
