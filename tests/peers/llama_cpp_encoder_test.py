#!/usr/bin/env python3
# Copyright 2026 The Pawl Authors.
# SPDX-License-Identifier: Apache-2.0
#
# llama.cpp loads the GGUF files that Pawl writes of all-MiniLM-L6-v2, cuts a text into the ids of its vocab.txt, and gives
# the hidden states that Pawl gives with the same files. llama.cpp rounds activations to 8 bits and GELU to 16; so the two
# must be far nearer to each other than 8 bits a weight are to floats, and than the file's codes are to the float model.
#
#   llama_cpp_encoder_test.py MODEL_LOGITS      (tests/peers/model_logits.cc; the pawl command's path in PAWL_TOOL)

import os
import pathlib
import subprocess
import sys
import tempfile

import gguf
import numpy as np

from llama_cpp import ROOT, LlamaCpp, folder_of_ggml

TEXT = "The quick brown fox, unbelievably, jumps over embeddings; isn't it 1234 tokenizers?"
WORDS = "the quick brown fox , un ##bel ##ie ##va ##bly , jumps over em ##bed ##ding ##s ; isn ' t it 123 ##4 token ##izer ##s ?"
WIDTH, SCHEMES, DECIBELS = 384, ("q8_0", "q4_0", "q5_1"), 30.0


def folder_of_model():
    fetched = subprocess.run(["sh", str(ROOT / "cmake/fetch_models.sh")], check=True, stdout=subprocess.PIPE, text=True)
    return pathlib.Path(fetched.stdout.split()[0])


def pawl_states(runner, model, ids):
    raw = subprocess.run([runner, str(model), *map(str, ids)], check=True, stdout=subprocess.PIPE).stdout
    return np.frombuffer(raw, np.float32).reshape(len(ids), WIDTH)


def decibels(exact, found):
    noise = exact.astype(np.float64) - found
    return 10 * np.log10((exact.astype(np.float64) ** 2).sum() / (noise**2).sum())


def main():
    runner, ggml = sys.argv[1], folder_of_ggml()
    if ggml is None:
        print("llama_cpp_encoder_test: bench/peers/install.sh has no llama.cpp here (it needs npm and x86-64)")
        sys.exit(77)  # ctest says that it was skipped
    engine, model = LlamaCpp(ggml), folder_of_model()
    vocabulary = (model / "vocab.txt").read_text().splitlines()
    expected = [vocabulary.index(word) for word in ["[CLS]", *WORDS.split(), "[SEP]"]]
    exact, failed = pawl_states(runner, model, expected), False
    with tempfile.TemporaryDirectory() as folder:
        for scheme in SCHEMES:
            path = pathlib.Path(folder) / f"{scheme}.gguf"
            subprocess.run([os.environ["PAWL_TOOL"], "quantize", str(model), "-o", str(path), "--scheme", scheme, "-q",
                            "--progress", "none"], check=True)
            names = {tensor.name: tensor.tensor_type.name for tensor in gguf.GGUFReader(path).tensors}
            assert names["blk.5.layer_output_norm.bias"] == "F32" and names["position_embd.weight"] == "F32", names
            assert names["blk.0.ffn_up.weight"] == scheme.upper(), names
            ids = engine.tokens(path, TEXT)
            assert ids == expected, (ids, expected)
            ours, theirs = pawl_states(runner, path, ids), engine.hidden(path, ids, WIDTH)
            between, from_float = decibels(ours, theirs), decibels(exact, ours)
            good = between >= DECIBELS and from_float < between + 10
            failed |= not good
            print(f"{scheme}: {between:.1f} dB between the engines, {from_float:.1f} dB from the float model"
                  f"{'' if good else '  FAILED'}")
    sys.exit(failed)


if __name__ == "__main__":
    main()
