# Copyright 2026 The Pawl Authors.
# SPDX-License-Identifier: Apache-2.0
"""Reads what capi/pawl.h declares: enums, functions, the version."""

import re
from dataclasses import dataclass
from typing import Dict, List, Tuple

# Where the constants' common beginning says more than their enum, or less.
PREFIXES = {"pawl_activation_groups": "PAWL_ACTIVATION_"}


@dataclass
class Enum:
    name: str  # pawl_status
    prefix: str  # PAWL_
    entries: List[Tuple[str, int]]  # (PAWL_OK, 0) in the header's order; not the counts
    counts: List[Tuple[str, int]]  # (PAWL_STAT_COUNT, 5)


@dataclass
class Function:
    name: str
    result: str
    arguments: List[str]  # types only


@dataclass
class Header:
    enums: List[Enum]
    functions: List[Function]
    version: str

    def constants(self) -> Dict[str, int]:
        return dict(entry for enum in self.enums for entry in enum.entries + enum.counts)


def _prefix(name: str, entries: List[Tuple[str, int]]) -> str:
    if name in PREFIXES:
        return PREFIXES[name]
    words = [entry.split("_")[:-1] for entry, _ in entries]
    common = []
    for column in zip(*words):
        if len(set(column)) > 1:
            break
        common.append(column[0])
    return "_".join(common) + "_"


def _enums(text: str) -> List[Enum]:
    enums = []
    for name, body in re.findall(r"\benum (pawl_\w+) \{(.*?)\};", text, re.S):
        items = [item.strip() for item in body.split(",") if item.strip()]
        entries = []
        for item in items:
            match = re.fullmatch(r"(PAWL_\w+) = (-?\d+)", item)
            if match is None:
                raise SystemExit(f"{name}: '{item}' is not NAME = number; bindings need the number")
            entries.append((match[1], int(match[2])))
        counts = [entry for entry in entries if entry[0].endswith("_COUNT")]
        entries = [entry for entry in entries if entry not in counts]
        enums.append(Enum(name, _prefix(name, entries), entries, counts))
    return enums


def _type(argument: str) -> str:
    """`const int64_t* shape` -> `const int64_t*`; `double figures[4]` does not occur."""
    return re.sub(r"\s*\b\w+$", "", argument.strip()) if argument.strip() != "void" else ""


def read(path: str) -> Header:
    with open(path, encoding="utf-8") as file:
        text = file.read()
    numbers = dict(re.findall(r"#define PAWL_VERSION_(MAJOR|MINOR|PATCH) (\d+)", text))
    text = re.sub(r"/\*.*?\*/", " ", text, flags=re.S)
    functions = []
    for declaration in re.findall(r"^PAWL_API (.*?);", text, re.S | re.M):
        declaration = " ".join(declaration.split())
        match = re.fullmatch(r"(.*?)\b(pawl_\w+)\((.*)\) PAWL_NOEXCEPT", declaration)
        if match is None:
            raise SystemExit(f"not a declaration that bindings can be made from: {declaration}")
        arguments = [_type(argument) for argument in match[3].split(",")]
        functions.append(Function(match[2], match[1].strip(), [a for a in arguments if a]))
    header = Header(_enums(text), functions, "{MAJOR}.{MINOR}.{PATCH}".format(**numbers))
    if len(header.constants()) < 250 or len(functions) < 250:
        raise SystemExit(f"only {len(header.constants())} constants and {len(functions)} functions "
                         f"were found in {path}: is that pawl.h?")
    return header
