# Copyright 2026 The Pawl Authors.
# SPDX-License-Identifier: Apache-2.0
"""The King James Bible as three texts: to train on, to calibrate with, held out.

The text is that of Debian's package bible-kjv-text, read by the program of its package bible-kjv; both are
downloaded (apt-get download) and unpacked into the cache, not installed.
"""

import glob
import os
import pathlib
import re
import subprocess

HELD_OUT_BOOKS = ("Ruth", "Ecclesiastes", "James", "Philippians")
HELD_OUT_BYTES = 65536
CALIBRATION_BYTES = 65536
# Where the calibration text begins, as a share of the training text: in the middle of the books of Samuel.
CALIBRATION_AT = 0.30


def cache_folder():
    base = os.environ.get("PAWL_CACHE") or os.path.join(
        os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache"), "pawl"
    )
    folder = pathlib.Path(base) / "kjv"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def raw_text():
    """What `bible` prints for the whole book: a line a verse, a heading a chapter."""
    folder = cache_folder()
    text = folder / "kjv.txt"
    if not text.exists():
        subprocess.run(["apt-get", "-q", "download", "bible-kjv", "bible-kjv-text"], cwd=folder, check=True)
        for package in glob.glob(str(folder / "*.deb")):
            subprocess.run(["dpkg-deb", "-x", package, folder / "packages"], check=True)
        root = folder / "packages" / "usr"
        command = [root / "bin" / "bible", "-p", root / "lib", "-l100000", "gen1:1-rev22:21"]
        text.write_bytes(subprocess.run(command, check=True, stdout=subprocess.PIPE, stdin=subprocess.DEVNULL).stdout)
    return text.read_text("ascii")


def books():
    """{book: text}: each chapter is its heading and its verses, a line each, and an empty line."""
    result = {}
    book = None
    for line in raw_text().split("\n"):
        heading = re.fullmatch(r"((?:[1-3] )?[A-Z][A-Za-z ]*) (\d+)", line)
        if heading:
            book = heading.group(1)
            result[book] = result.get(book, "") + ("\n" if book in result else "") + line + "\n"
        elif line.strip() and book:
            result[book] += line.strip() + "\n"
    return result


def texts():
    """(training, calibration, held out) as bytes. The calibration text is a part of the training text."""
    every = books()
    held_out = "\n".join(every[book] for book in HELD_OUT_BOOKS)[:HELD_OUT_BYTES].encode()
    training = "\n".join(text for book, text in every.items() if book not in HELD_OUT_BOOKS).encode()
    start = training.index(b"\n\n", int(len(training) * CALIBRATION_AT)) + 2
    return training, training[start : start + CALIBRATION_BYTES], held_out
