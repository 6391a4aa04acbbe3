# Copyright 2026 The Pawl Authors.
# SPDX-License-Identifier: Apache-2.0
import os
import pathlib

import pytest


@pytest.fixture
def digits() -> pathlib.Path:
    folder = os.environ.get("PAWL_DIGITS")
    return pathlib.Path(folder) if folder else pathlib.Path(__file__).parents[2] / "models" / "digits"


@pytest.fixture
def kjv(digits) -> pathlib.Path:
    return digits.parent / "kjv"
