# Copyright 2026 The Pawl Authors.
# SPDX-License-Identifier: Apache-2.0
import json
import os
from dataclasses import dataclass
from typing import Any, Dict, List, Mapping, Optional, Union

from ._context import Context, default_context
from ._enums import OptionId, OptionsKind, ReportFigure
from ._library import Handle, decode, encode, encode_path, lib
from ._options import Options, enum_value
from ._tensor import token_ids


class Recipe(Handle):
    """Which tensors become what: a scheme for all, or versioned JSON (as a text or a dict)."""

    _destroy = lib.pawl_recipe_destroy

    def __init__(self, recipe: Union[str, Mapping[str, Any]], *, context: Optional[Context] = None) -> None:
        context = context or default_context()
        if isinstance(recipe, str) and not recipe.lstrip().startswith("{"):
            handle = context._make(lib.pawl_recipe_for_scheme, encode(recipe))
        else:
            text = encode(recipe if isinstance(recipe, str) else json.dumps(recipe))
            handle = context._make(lib.pawl_recipe_from_json, text, len(text), None)
        super().__init__(handle)

    def exclude(self, pattern: str, *, context: Optional[Context] = None) -> None:
        """Tensors whose names match the pattern (RE2) stay as they are, before any rule."""
        (context or default_context())._call(lib.pawl_recipe_exclude, self, encode(pattern))

    def to_dict(self) -> Dict[str, Any]:
        made: Dict[str, Any] = json.loads(decode(lib.pawl_recipe_json(self)))
        return made


@dataclass(frozen=True)
class TensorReport:
    """One tensor's part of a report. The scheme is empty where it is not quantized, and the reason says why."""

    name: str
    scheme: str
    reason: str
    sqnr_db: float


class Report(Handle):
    """What a job did, and why; str() is the text for people."""

    _destroy = lib.pawl_report_destroy

    def to_dict(self) -> Dict[str, Any]:
        """All of it, with stable key names."""
        made: Dict[str, Any] = json.loads(decode(lib.pawl_report_json(self)))
        return made

    def total(self, figure: Union[ReportFigure, str]) -> float:
        """NaN for a figure that there is not."""
        return float(lib.pawl_report_total(self, enum_value(ReportFigure, figure)))

    @property
    def tensors(self) -> List[TensorReport]:
        return [
            TensorReport(
                decode(lib.pawl_report_tensor_name(self, i)),
                decode(lib.pawl_report_tensor_scheme(self, i)),
                decode(lib.pawl_report_tensor_reason(self, i)),
                lib.pawl_report_tensor(self, i, ReportFigure.SQNR_DB),
            )
            for i in range(lib.pawl_report_count(self))
        ]

    def __str__(self) -> str:
        return decode(lib.pawl_report_text(self))


def quantize_model(
    input: "Union[str, os.PathLike[str]]",
    output: "Union[str, os.PathLike[str], None]",
    recipe: Union[Recipe, str, Mapping[str, Any]],
    *,
    calibration: "Union[str, os.PathLike[str], None]" = None,
    calibration_ids: Any = None,
    calibration_window: Optional[int] = None,
    imatrix: "Union[str, os.PathLike[str], None]" = None,
    imatrix_output: "Union[str, os.PathLike[str], None]" = None,
    dry_run: bool = False,
    max_memory: Optional[int] = None,
    resume: bool = False,
    checkpoint_bytes: Optional[int] = None,
    context: Optional[Context] = None,
) -> Report:
    """A safetensors file, index or folder in, a .pawl file and a report out. After an error, a cancellation or Ctrl-C there
    is no output file, or the one that was there before; with `resume` what is done stays beside it, and the next call with
    `resume` goes on there. A kill costs at most the work on `checkpoint_bytes` of the input, or ten seconds'.

    `calibration` is a safetensors file of importances or activations; or a decoder is calibrated layer by layer on
    `calibration_ids`, the ids of a text (of byte-level models bytes do), in windows as long as its context or
    `calibration_window`. `imatrix`, llama.cpp's, counts before others; what the ids gave is written to
    `imatrix_output`."""
    context = context or default_context()
    if not isinstance(recipe, Recipe):
        recipe = Recipe(recipe, context=context)
    values = {
        OptionId.INPUT: encode_path(input),
        OptionId.OUTPUT: None if output is None else encode_path(output),
        OptionId.CALIBRATION: None if calibration is None else encode_path(calibration),
        OptionId.CALIBRATION_IDS: None if calibration_ids is None else token_ids(calibration_ids),
        OptionId.CALIBRATION_CONTEXT: calibration_window,
        OptionId.IMATRIX: None if imatrix is None else encode_path(imatrix),
        OptionId.IMATRIX_OUTPUT: None if imatrix_output is None else encode_path(imatrix_output),
        OptionId.DRY_RUN: dry_run,
        OptionId.MAX_MEMORY: max_memory,
        OptionId.RESUME: resume,
        OptionId.CHECKPOINT_BYTES: checkpoint_bytes,
    }
    with Options(OptionsKind.JOB, values) as options:
        job = context._make(lib.pawl_job_create, options.ptr, recipe)
    try:
        with context._interruptible():
            return Report(context._make(lib.pawl_job_run, job))
    finally:
        lib.pawl_job_destroy(job)
