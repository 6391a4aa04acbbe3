# Copyright 2026 The Pawl Authors.
# SPDX-License-Identifier: Apache-2.0
"""Quantizes neural-network models and runs the quantized layers, exactly and fast, on a CPU.

    import numpy as np, pawl

    weights = np.random.randn(256, 64).astype(np.float32)      # [out, in]; torch's tensors and DLPack, too
    quantized = pawl.quantize(weights, "int4:g32")
    layer = pawl.Linear(quantized, "dynamic_int8")
    y = layer(np.ones((3, 64), np.float32))

Every call may be given a `context`; without one it uses this thread's own (default_context). Layers, tensors and readers
may be used by any number of threads. Errors are pawl.Error, with a status and a message that names what is wrong.
"""

from typing import Dict, List

from . import _enums
from ._checkpoint import Checkpoint
from ._context import Context, Progress, default_context
from ._conv import Conv
from ._embedding import Embedding
from ._enums import *  # noqa: F401,F403
from ._enums import ListId
from ._executor import Executor, NodeTime
from ._files import FileReader, FileWriter, ModelReader
from ._graph import Graph, Node, Operator, Value, operators
from ._graph_job import GraphAnalysis, GraphJob, GraphReport, LayerReport, OutputReport
from ._job import Recipe, Report, TensorReport, quantize_model
from ._language_model import Evaluation, LanguageModel, evaluate, export_model, rotate_model
from ._library import Cancelled, Error, __version__, decode, lib, library_path
from ._linear import Linear, run_group
from ._methods import (
    Factor,
    Moments,
    awq,
    awq_clip,
    awq_scales,
    correct_for_inputs,
    gptq,
    hqq,
    prune,
    scale_columns,
    search_blocks,
    smooth_quant_scales,
    sparse_gpt,
)
from ._observe import Calibrator, QParams
from ._options import enum_value as _enum_value
from ._quantize import ErrorFigures, QuantizedTensor, QuantizeStats, Scheme, quantize
from ._tensor import Tensor, tensor

__all__ = _enums.__all__ + [
    "Calibrator",
    "Cancelled",
    "Checkpoint",
    "Context",
    "Conv",
    "Embedding",
    "Error",
    "ErrorFigures",
    "Evaluation",
    "Executor",
    "Factor",
    "FileReader",
    "FileWriter",
    "Graph",
    "GraphAnalysis",
    "GraphJob",
    "GraphReport",
    "LanguageModel",
    "LayerReport",
    "Linear",
    "ModelReader",
    "Moments",
    "Node",
    "NodeTime",
    "Operator",
    "OutputReport",
    "Progress",
    "QParams",
    "QuantizeStats",
    "QuantizedTensor",
    "Recipe",
    "Report",
    "Scheme",
    "Tensor",
    "TensorReport",
    "Value",
    "__version__",
    "awq",
    "awq_clip",
    "awq_scales",
    "correct_for_inputs",
    "default_context",
    "descriptions",
    "evaluate",
    "export_model",
    "gptq",
    "hqq",
    "library_path",
    "names",
    "operators",
    "prune",
    "quantize",
    "quantize_model",
    "rotate_model",
    "run_group",
    "scale_columns",
    "search_blocks",
    "smooth_quant_scales",
    "sparse_gpt",
    "tensor",
]


def descriptions(kind: "ListId | str") -> Dict[str, str]:
    """As names(), with a line about each."""
    number = _enum_value(ListId, kind)
    words = range(lib.pawl_list_count(number))
    return {decode(lib.pawl_list_name(number, i)): decode(lib.pawl_list_description(number, i)) for i in words}


def names(kind: "ListId | str") -> List[str]:
    """The names in one of the library's lists: "schemes", "elements", "targets", "methods" ..."""
    number = _enum_value(ListId, kind)
    return [decode(lib.pawl_list_name(number, i)) for i in range(lib.pawl_list_count(number))]
