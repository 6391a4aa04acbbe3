# Copyright 2026 The Pawl Authors.
# SPDX-License-Identifier: Apache-2.0
"""Lines of text with what they say, for the recognition net: rendered ones (words of this tree's LICENSE and numbers, in
Debian's DejaVu fonts) and those of scikit-image's scanned page; and how well a net reads them."""
import pathlib
import re
import subprocess
import tempfile

import numpy as np
import quantize_data as data

HERE = pathlib.Path(__file__).resolve().parent
FONTS = pathlib.Path("/usr/share/fonts/truetype/dejavu")  # fonts-dejavu-core
NAMES = ["DejaVuSans.ttf", "DejaVuSans-Bold.ttf", "DejaVuSerif.ttf", "DejaVuSerif-Bold.ttf", "DejaVuSansMono.ttf"]
# What the lines that data.text_lines finds on the page say. Below them is one that the page's edge cuts.
PAGE = ["Region-based segmentation", "Let us first determine markers of the coins and the",
        "background. These markers are pixels that we can label", "unambiguously as either object or background. Here,",
        "the markers are found at the two extreme parts of the", "histogram of grey values:"]
Line = tuple[np.ndarray, str]


def read_pgm(path: pathlib.Path) -> np.ndarray:
    kind, size, _, pixels = path.read_bytes().split(b"\n", 3)
    assert kind == b"P5", path
    width, height = map(int, size.split())
    return np.frombuffer(pixels, np.uint8).reshape(height, width).astype(np.float32)


def as_input(image: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """[1, 3, 48, w] in [-1, 1], with a contrast and brightness of its own."""
    width = max(64, round(image.shape[1] * 48 / image.shape[0] / 8) * 8)
    image = data.resize(image, 48, width)
    image = (image - 128) * random.uniform(0.5, 1.0) + 128 + random.uniform(-30, 30)
    image += random.normal(0, 6, image.shape)
    return np.broadcast_to((np.clip(image, 0, 255) / 127.5 - 1).astype(np.float32), (1, 3, 48, width)).copy()


def rendered_lines(count: int, seed: int) -> list[Line]:
    random = np.random.default_rng(seed)
    words = re.findall(r"[A-Za-z][A-Za-z,.;:'-]+", (HERE.parents[1] / "LICENSE").read_text())
    texts, specs = [], []
    for _ in range(count):
        at, size = random.integers(0, len(words) - 5), int(random.integers(22, 40))
        text = " ".join(words[at:at + random.integers(2, 5)])
        if random.random() < 0.4:
            text += f" {random.integers(0, 100000)}"
        texts.append(text)
        specs.append(f"{NAMES[random.integers(len(NAMES))]}\t{size}\t{text}")
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(["/usr/bin/python3", str(HERE / "render_text.py"), folder, str(FONTS)], input="\n".join(specs),
                       text=True, check=True)
        images = [read_pgm(p) for p in sorted(pathlib.Path(folder).glob("*.pgm"))]
    return [(as_input(image, random), text) for image, text in zip(images, texts, strict=True)]


def page_lines(images: pathlib.Path, copies: int, seed: int) -> list[Line]:
    random = np.random.default_rng(seed)
    lines = data.text_lines(data.gray(data.read_png(images / "page.png")))
    return [(as_input(image, random), text) for _ in range(copies) for image, text in zip(lines, PAGE)]


def decode(scores: np.ndarray, keys: list[str]) -> str:
    """Greedy CTC of [steps, classes]: class 0 is the blank, the last one a space."""
    best = scores.argmax(axis=-1)
    return "".join(keys[b - 1] for i, b in enumerate(best) if b != 0 and (i == 0 or b != best[i - 1]))


def read_keys(model: pathlib.Path) -> list[str]:
    return (model.parent / "ppocr_keys_v1.txt").read_text(encoding="utf-8").rstrip("\n").split("\n") + [" "]


def edits(a: str, b: str) -> int:
    """Levenshtein's distance."""
    row = list(range(len(b) + 1))
    for i, x in enumerate(a):
        last, row[0] = row[0], i + 1
        for j, y in enumerate(b):
            last, row[j + 1] = row[j + 1], min(row[j + 1] + 1, row[j] + 1, last + (x != y))
    return row[-1]


def error_rate(texts: list[str], wanted: list[str]) -> float:
    """Edits by characters wanted, spaces left out: in %."""
    pairs = [(t.replace(" ", ""), w.replace(" ", "")) for t, w in zip(texts, wanted, strict=True)]
    return 100 * sum(edits(t, w) for t, w in pairs) / sum(len(w) for _, w in pairs)
