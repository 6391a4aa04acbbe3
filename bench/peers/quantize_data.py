# Copyright 2026 The Pawl Authors.
# SPDX-License-Identifier: Apache-2.0
"""Real inputs for the models of cmake/fetch_models.sh: photographs and a scanned page (scikit-image's data), speech
(pocketsphinx's test data), and what one model makes of them for the next."""
import pathlib
import struct
import zlib

import numpy as np

SPEECH = pathlib.Path("/usr/share/pocketsphinx/test/data")


def read_png(path: pathlib.Path) -> np.ndarray:
    """[height, width, channels] u8; 8 bits a channel, not interlaced, no palette."""
    data = path.read_bytes()
    at, packed, header = 8, b"", None
    while at < len(data):
        size, kind = struct.unpack(">I4s", data[at:at + 8])
        body = data[at + 8:at + 8 + size]
        if kind == b"IHDR":
            header = struct.unpack(">IIBBBBB", body)
        elif kind == b"IDAT":
            packed += body
        at += 12 + size
    width, height, depth, color, _, _, interlace = header
    channels = {0: 1, 2: 3, 4: 2, 6: 4}[color]
    assert depth == 8 and interlace == 0, path
    rows = np.frombuffer(zlib.decompress(packed), np.uint8).reshape(height, 1 + width * channels)
    image = np.zeros((height, width * channels), np.uint8)
    above = np.zeros(width * channels, np.int32)
    for y in range(height):
        kind, line = rows[y, 0], rows[y, 1:].astype(np.int32)
        if kind in (1, 3, 4):
            for x in range(len(line)):
                left = line[x - channels] if x >= channels else 0
                corner = above[x - channels] if x >= channels else 0
                if kind == 1:
                    guess = left
                elif kind == 3:
                    guess = (left + above[x]) // 2
                else:
                    p = left + above[x] - corner
                    a, b, c = abs(p - left), abs(p - above[x]), abs(p - corner)
                    guess = left if a <= b and a <= c else above[x] if b <= c else corner
                line[x] = (line[x] + guess) & 255
        elif kind == 2:
            line = (line + above) & 255
        image[y] = line
        above = line
    return image.reshape(height, width, channels)


def resize(image: np.ndarray, height: int, width: int) -> np.ndarray:
    """Bilinear, of [height, width] f32."""
    def weights(size, new):
        at = np.clip((np.arange(new) + 0.5) * size / new - 0.5, 0, size - 1)
        low = np.floor(at).astype(int)
        return low, np.minimum(low + 1, size - 1), (at - low).astype(np.float32)

    y0, y1, fy = weights(image.shape[0], height)
    x0, x1, fx = weights(image.shape[1], width)
    rows = image[y0] * (1 - fy)[:, None] + image[y1] * fy[:, None]
    return rows[:, x0] * (1 - fx) + rows[:, x1] * fx


def gray(image: np.ndarray) -> np.ndarray:
    return image[..., :3].astype(np.float32).mean(axis=-1) if image.shape[2] >= 3 else image[..., 0].astype(np.float32)


def text_lines(page: np.ndarray) -> list[np.ndarray]:
    """Lines of the scanned page: runs of rows darker than their surroundings."""
    smooth = resize(resize(page, 6, 6), *page.shape)
    ink = np.maximum(smooth - page - 25, 0)[:, 8:-8]
    dark = ink.mean(axis=1) > 2.0
    lines, start = [], None
    for y, on in enumerate(list(dark) + [False]):
        if on and start is None:
            start = y
        elif not on and start is not None:
            if 6 <= y - start <= 30:
                lines.append(page[max(0, start - 3):y + 3])
            start = None
    return lines


def words(line: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """A piece of a line, of the width that recognisers are fed: about two to seven heights."""
    height, width = line.shape
    take = int(min(width, height * random.uniform(3, 7)))
    left = random.integers(0, width - take + 1)
    return line[:, left:left + take]


def line_samples(folder: pathlib.Path, count: int, seed: int, width: int | None) -> list[np.ndarray]:
    """[1, 3, 48, width] in [-1, 1]: pieces of scanned lines, with other contrast and slightly other sizes."""
    random = np.random.default_rng(seed)
    lines = text_lines(gray(read_png(folder / "page.png")))
    samples = []
    for i in range(count):
        piece = words(lines[(i + seed) % len(lines)], random)
        own = width or int(np.clip(round(piece.shape[1] * 48 / piece.shape[0] / 8) * 8, 64, 320))
        image = resize(piece, 48, own)
        image = (image - 128) * random.uniform(0.7, 1.3) + 128 + random.uniform(-20, 20)
        if width and random.random() < 0.5:
            image = image[::-1, ::-1]  # the classifier tells upside down
        samples.append(np.broadcast_to((np.clip(image, 0, 255) / 127.5 - 1).astype(np.float32), (1, 3, 48, own)).copy())
    return samples


def photo_samples(folder: pathlib.Path, count: int, seed: int) -> list[np.ndarray]:
    """[1, 3, 160, 224] as detectors of text are fed: the page, and photographs for what is no text."""
    random = np.random.default_rng(seed)
    names = ["page", "text", "coffee", "astronaut", "chelsea", "page", "coins", "camera"]
    mean, deviation = np.array([0.485, 0.456, 0.406]), np.array([0.229, 0.224, 0.225])
    samples = []
    for i in range(count):
        image = read_png(folder / f"{names[i % len(names)]}.png")
        channels = [image[..., c if image.shape[2] >= 3 else 0].astype(np.float32) for c in range(3)]
        height, width = channels[0].shape
        side = random.uniform(0.5, 0.95)
        h, w = int(height * side), int(width * side)
        y, x = random.integers(0, height - h + 1), random.integers(0, width - w + 1)
        planes = [(resize(c[y:y + h, x:x + w], 160, 224) / 255 - m) / d for c, m, d in zip(channels, mean, deviation)]
        samples.append(np.stack(planes)[None].astype(np.float32))
    return samples


def speech() -> np.ndarray:
    """Seconds of it at 16 kHz, as i16 values in f32, one recording after another."""
    parts = [np.frombuffer(p.read_bytes()[44 if p.suffix == ".wav" else 0:], "<i2").astype(np.float32)
             for p in sorted(SPEECH.rglob("*")) if p.suffix in (".raw", ".wav")]
    return np.concatenate(parts)


def speech_samples(count: int, seed: int, length: int) -> list[np.ndarray]:
    random = np.random.default_rng(seed)
    audio = speech()
    starts = random.integers(0, len(audio) - length, count)
    return [audio[s:s + length] * np.float32(random.uniform(0.5, 1.5)) for s in starts]
