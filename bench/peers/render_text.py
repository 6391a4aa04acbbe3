# Copyright 2026 The Pawl Authors.
# SPDX-License-Identifier: Apache-2.0
"""Draws lines of text: render_text.py OUT FONT-FOLDER < LINES, where a line is "font<TAB>size<TAB>text"; writes
OUT/0000.pgm and on, black on white. A program of its own, for the system's Python has Pillow (Debian's python3-pil)."""
import pathlib
import sys

from PIL import Image, ImageDraw, ImageFont

MARGIN = 6


def draw(text: str, font_path: pathlib.Path, size: int) -> Image.Image:
    font = ImageFont.truetype(str(font_path), size)
    ascent, descent = font.getmetrics()
    image = Image.new("L", (int(font.getlength(text)) + 2 * MARGIN, ascent + descent + MARGIN), 255)
    ImageDraw.Draw(image).text((MARGIN, MARGIN // 2), text, font=font, fill=0)
    return image


def main() -> None:
    out, fonts = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
    for i, line in enumerate(sys.stdin.read().splitlines()):
        font, size, text = line.split("\t")
        draw(text, fonts / font, int(size)).save(out / f"{i:04}.pgm")


if __name__ == "__main__":
    main()
