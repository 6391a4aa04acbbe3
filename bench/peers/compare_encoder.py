#!/usr/bin/env python3
# Copyright 2026 The Pawl Authors.
# SPDX-License-Identifier: Apache-2.0
"""all-MiniLM-L6-v2 quantized by Pawl's methods, against its floats: one table.

    python3 bench/peers/compare_encoder.py build/release/bin/pawl [SCHEME/METHOD ...]

Sentences of examples/models/kjv are cut into the word pieces of the model's vocab.txt, each between [CLS] and [SEP]:
calibration.txt's until there are 4000 ids to calibrate on, held_out.txt's first 2500 ids to measure with (`pawl eval`:
pawl/eval.h has the protocol). Linear layers are quantized, embeddings and norms are not; bits a weight are the layers'.
"""

import json
import pathlib
import re
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
TEXTS = ROOT / "examples/models/kjv"
CALIBRATION, HELD_OUT = 4000, 2500
ROWS = [f"{scheme}/{method}" for scheme in ("int8", "int4:g32", "int4:g128") for method in ("rtn", "awq", "gptq")
        if (scheme, method) != ("int8", "awq")]


def pieces(word, vocabulary):
    """The longest piece that fits, and again."""
    found, begin = [], 0
    while begin < len(word):
        ends = (end for end in range(len(word), begin, -1) if ("##" if begin else "") + word[begin:end] in vocabulary)
        end = next(ends, None)
        if end is None:
            return [vocabulary["[UNK]"]]
        found.append(vocabulary[("##" if begin else "") + word[begin:end]])
        begin = end
    return found


def sentences(text, vocabulary):
    for sentence in filter(None, map(str.strip, re.split(r"(?<=[.;:!?])\s+", text.lower()))):
        ids = [vocabulary["[CLS]"]]
        for word in re.findall(r"\w+|[^\w\s]", sentence):
            ids += pieces(word, vocabulary)
        yield ids[:255] + [vocabulary["[SEP]"]]


def write_ids(path, text, vocabulary, most=None):
    count, lines = 0, []
    for ids in sentences(text, vocabulary):
        lines.append(" ".join(map(str, ids)))
        count += len(ids)
        if most is not None and count > most:
            break
    path.write_text("\n".join(lines) + "\n")


def row(tool, model, folder, scheme, method):
    def run(*words):
        done = subprocess.run([tool, *map(str, words), "--json", "--progress", "none"], check=True, stdout=subprocess.PIPE, text=True)
        return json.loads(done.stdout)

    output = folder / "quantized"
    report = run("quantize", model, "-o", output, "--scheme", scheme, "--method", method, "--calibration-tokens",
                 folder / "calibration.txt")
    made = [tensor for tensor in report["tensors"] if tensor["quantized"]]
    elements = sum(tensor["shape"][0] * tensor["shape"][1] for tensor in made)
    bits = 8 * sum(tensor["bytes_after"] for tensor in made) / elements
    found = run("eval", output, "--tokens", folder / "held_out.txt", "--max-tokens", HELD_OUT, "--reference", model)
    (output / "model.pawl").unlink()
    print(f"| {scheme} | {method} | {bits:.3f} | {found['hidden_sqnr_db']:.2f} | {found['embedding_sqnr_db']:.2f} "
          f"| {found['embedding_cosine']:.5f} | {found['embedding_cosine_min']:.5f} |", flush=True)


def main():
    tool, rows = sys.argv[1], sys.argv[2:] or ROWS
    fetched = subprocess.run(["sh", str(ROOT / "cmake/fetch_models.sh")], check=True, stdout=subprocess.PIPE, text=True)
    model = pathlib.Path(fetched.stdout.split()[0])
    vocabulary = {word: i for i, word in enumerate((model / "vocab.txt").read_text(encoding="utf8").splitlines())}
    print("| scheme | method | bits a weight | hidden states, dB | embeddings, dB | cosine, mean | cosine, least |\n|---|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as place:
        folder = pathlib.Path(place)
        write_ids(folder / "calibration.txt", (TEXTS / "calibration.txt").read_text(errors="ignore"), vocabulary, CALIBRATION)
        write_ids(folder / "held_out.txt", (TEXTS / "held_out.txt").read_text(errors="ignore"), vocabulary)
        for words in rows:
            row(tool, model, folder, *words.rsplit("/", 1))


if __name__ == "__main__":
    main()
