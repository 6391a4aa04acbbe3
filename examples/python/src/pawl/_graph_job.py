# Copyright 2026 The Pawl Authors.
# SPDX-License-Identifier: Apache-2.0
import ctypes
import json
import os
from dataclasses import dataclass
from typing import Any, Callable, Dict, Iterable, List, Mapping, Optional, Sequence, Union

from ._context import Context, default_context
from ._enums import GraphFigure, GraphFormat, GraphMode, GraphTarget, OptionId, OptionsKind, PassChoice, Status
from ._graph import Graph
from ._job import Recipe
from ._library import Error, Handle, decode, encode_path, lib
from ._options import Options, enum_value
from ._tensor import Tensor, tensor
from ._types import SampleFn

Path = Union[str, "os.PathLike[str]"]
# A call of the model: an array, or one for each of Graph.inputs.
Sample = Any


@dataclass(frozen=True)
class LayerReport:
    """One layer's part of a report: a node with weights, or a product of two activations. The scheme is empty where it is not
    quantized, and the reason says why."""

    name: str
    operator: str
    weights: str
    scheme: str
    activations: str
    reason: str
    sqnr_db: float


@dataclass(frozen=True)
class OutputReport:
    """An output of the written model against that of the float one."""

    name: str
    sqnr_db: float
    max_error: float
    same_decision: float


class GraphReport(Handle):
    """What a GraphJob did, and why; str() is the text for people."""

    _destroy = lib.pawl_graph_report_destroy

    def to_dict(self) -> Dict[str, Any]:
        """All of it, with stable key names."""
        made: Dict[str, Any] = json.loads(decode(lib.pawl_graph_report_json(self)))
        return made

    def graph(self, *, context: Optional[Context] = None) -> Graph:
        """The quantized model, to run or to save; there is none after a dry run."""
        made: Graph = Graph._of((context or default_context())._make(lib.pawl_graph_report_graph, self))
        return made

    def total(self, figure: Union[GraphFigure, str]) -> float:
        """NaN for a figure that there is not."""
        return float(lib.pawl_graph_report_total(self, enum_value(GraphFigure, figure)))

    @property
    def layers(self) -> List[LayerReport]:
        def text(function: Any, index: int) -> str:
            return decode(function(self, index))

        return [
            LayerReport(
                text(lib.pawl_graph_report_layer_name, i),
                text(lib.pawl_graph_report_layer_operator, i),
                text(lib.pawl_graph_report_layer_weights, i),
                text(lib.pawl_graph_report_layer_scheme, i),
                text(lib.pawl_graph_report_layer_activations, i),
                text(lib.pawl_graph_report_layer_reason, i),
                lib.pawl_graph_report_layer(self, i, GraphFigure.SQNR_DB),
            )
            for i in range(lib.pawl_graph_report_layer_count(self))
        ]

    @property
    def outputs(self) -> List[OutputReport]:
        """None without samples."""
        figures = (GraphFigure.SQNR_DB, GraphFigure.MAX_ERROR, GraphFigure.SAME_DECISION)
        return [
            OutputReport(
                decode(lib.pawl_graph_report_output_name(self, i)),
                *[lib.pawl_graph_report_output(self, i, figure) for figure in figures],
            )
            for i in range(lib.pawl_graph_report_output_count(self))
        ]

    @property
    def passes(self) -> List[str]:
        """What was done to the graph, and what that brought."""
        return [decode(lib.pawl_graph_report_pass(self, i)) for i in range(lib.pawl_graph_report_pass_count(self))]

    @property
    def notes(self) -> List[str]:
        """What else should be known."""
        return [decode(lib.pawl_graph_report_note(self, i)) for i in range(lib.pawl_graph_report_note_count(self))]

    def __str__(self) -> str:
        return decode(lib.pawl_graph_report_text(self))


class GraphAnalysis(Handle):
    """What GraphJob.analyze() found; str() is the text for people."""

    _destroy = lib.pawl_graph_analysis_destroy

    def to_dict(self) -> Dict[str, Any]:
        """All of it, with stable key names."""
        made: Dict[str, Any] = json.loads(decode(lib.pawl_graph_analysis_json(self)))
        return made

    def recipe(self, *, context: Optional[Context] = None) -> Recipe:
        """One that meets the bound asked for, by keeping the costliest layers in float."""
        made: Recipe = Recipe._of((context or default_context())._make(lib.pawl_graph_analysis_recipe, self))
        return made

    def __str__(self) -> str:
        return decode(lib.pawl_graph_analysis_text(self))


class GraphJob(Handle):
    """An ONNX model, a recipe and samples in, a quantized ONNX model and a report out:

        report = pawl.GraphJob("model.onnx", "int8.onnx", samples=batches).run()

    The model is a file or a Graph; without an output it is in the report alone. It is calibrated and checked on
    `calibration`, a file or folder of NumPy's, or on `samples`: calls of the model, each an array or a list of them in the
    order of Graph.inputs, which stay in memory; or a function that makes sample i of `count` when its turn comes."""

    _destroy = lib.pawl_graph_job_destroy

    def __init__(
        self,
        input: Union[Path, Graph],
        output: Optional[Path] = None,
        mode: Union[GraphMode, str] = GraphMode.STATIC,
        *,
        calibration: Optional[Path] = None,
        samples: Union[Iterable[Sample], Callable[[int], Sample]] = (),
        count: Optional[int] = None,
        recipe: Union[Recipe, str, Mapping[str, Any], None] = None,
        target: Union[GraphTarget, str, None] = None,
        format: Union[GraphFormat, str, None] = None,
        check_samples: Optional[int] = None,
        max_drop: Optional[float] = None,
        metric: Optional[str] = None,
        dry_run: bool = False,
        run_memory: Optional[int] = None,
        range_search: Union[PassChoice, str, None] = None,
        clip_search: Union[PassChoice, str, None] = None,
        bias_correction: Union[PassChoice, str, None] = None,
        equalize: Union[PassChoice, str, None] = None,
        smooth_quant: Union[PassChoice, str, None] = None,
        smooth_alpha: Optional[float] = None,
        fitted_rounding: Union[PassChoice, str, None] = None,
        context: Optional[Context] = None,
    ) -> None:
        context = context or default_context()
        if recipe is not None and not isinstance(recipe, Recipe):
            recipe = Recipe(recipe, context=context)
        values = {
            OptionId.GRAPH_INPUT: None if isinstance(input, Graph) else encode_path(input),
            OptionId.GRAPH_OUTPUT: None if output is None else encode_path(output),
            OptionId.GRAPH_CALIBRATION: None if calibration is None else encode_path(calibration),
            OptionId.GRAPH_MODE: mode,
            OptionId.GRAPH_TARGET: target,
            OptionId.GRAPH_FORMAT: format,
            OptionId.GRAPH_CHECK_SAMPLES: check_samples,
            OptionId.GRAPH_MAX_DROP: max_drop,
            OptionId.GRAPH_METRIC: metric,
            OptionId.GRAPH_DRY_RUN: dry_run,
            OptionId.GRAPH_RUN_MEMORY: run_memory,
            OptionId.RANGE_SEARCH: range_search,
            OptionId.CLIP_SEARCH: clip_search,
            OptionId.BIAS_CORRECTION: bias_correction,
            OptionId.EQUALIZE: equalize,
            OptionId.SMOOTH_QUANT: smooth_quant,
            OptionId.SMOOTH_ALPHA: smooth_alpha,
            OptionId.FITTED_ROUNDING: fitted_rounding,
        }
        with Options(OptionsKind.GRAPH_JOB, values) as options:
            super().__init__(context._make(lib.pawl_graph_job_create, options.ptr, recipe))
        self._raised: List[BaseException] = []
        if isinstance(input, Graph):
            context._call(lib.pawl_graph_job_set_graph, self, input)
        if callable(samples):
            self._set_samples(samples, count, context)
        else:
            for sample in samples:
                held = [tensor(value, context=context) for value in _listed(sample)]
                handles = (ctypes.c_void_p * len(held))(*[value._as_parameter_ for value in held])
                context._call(lib.pawl_graph_job_add_sample, self, handles, len(held))

    def _set_samples(self, make: Callable[[int], Sample], count: Optional[int], context: Context) -> None:
        if count is None:
            raise TypeError("samples that a function makes need a count")
        own = Context(threads=1)  # a callback cannot use the context that called it
        raised = self._raised

        def get(_user: Any, index: int, inputs: Any, num_inputs: int) -> int:
            try:
                held = [tensor(value, context=own) for value in _listed(make(index))]
                if len(held) != num_inputs:
                    raise Error(Status.INVALID_ARGUMENT, f"sample {index} has {len(held)} arrays for {num_inputs} inputs")
                for i, value in enumerate(held):
                    inputs[i] = _share(value, own).value
            except BaseException as error:
                raised.append(error)
                return int(Status.ABORTED)
            return 0

        self._get = SampleFn(get)  # as long as the job; it refers to nothing that refers to the job
        # The number of inputs is that of the first sample; the library holds it against the model.
        inputs = len(_listed(make(0))) if count else 0
        context._call(lib.pawl_graph_job_set_samples, self, count, inputs, self._get, None)

    def _run(self, function: Any, context: Optional[Context]) -> ctypes.c_void_p:
        context = context or default_context()
        try:
            with context._interruptible():
                return context._make(function, self)
        except Error:
            if self._raised:
                raise self._raised[0] from None
            raise
        finally:
            self._raised.clear()

    def run(self, *, context: Optional[Context] = None) -> GraphReport:
        """After an error, a cancellation or Ctrl-C there is no output file, or the one that was there before. It may run
        again."""
        return GraphReport(self._run(lib.pawl_graph_job_run, context))

    def analyze(self, *, context: Optional[Context] = None) -> GraphAnalysis:
        """What a static job would do, layer by layer; nothing is written."""
        return GraphAnalysis(self._run(lib.pawl_graph_job_analyze, context))


def _listed(sample: Sample) -> Sequence[Any]:
    return sample if isinstance(sample, (list, tuple)) else [sample]


def _share(value: Tensor, context: Context) -> ctypes.c_void_p:
    """Another handle of the same memory, which the library gives back."""
    rank = lib.pawl_tensor_rank(value)
    return context._make(lib.pawl_tensor_reshape, value, lib.pawl_tensor_shape(value), rank)
