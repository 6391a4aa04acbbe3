# Copyright 2026 The Pawl Authors.
# SPDX-License-Identifier: Apache-2.0
"""Methods on bare matrices: weights [outputs, columns] and inputs [.., columns], anything that tensor() takes."""

import ctypes
import math
from types import MappingProxyType
from typing import Any, Dict, List, Mapping, Optional, Sequence, Tuple, Union

import numpy as np

from ._context import Context, default_context
from ._enums import METHOD_FIGURE_COUNT, DType, MethodFigure, OptionId, OptionsKind, RangeMethod
from ._library import Handle, lib
from ._options import EnumOrName, Options
from ._quantize import QuantizedTensor, QuantizeStats, Scheme
from ._tensor import Tensor, tensor

# One layer's weights, or a list of those of layers that share their inputs.
Layers = Union[Any, Sequence[Any]]
Range = Union[RangeMethod, EnumOrName, None]

_STATS = (
    MethodFigure.NAN,
    MethodFigure.INF,
    MethodFigure.ZERO_GROUPS,
    MethodFigure.SATURATED_SCALES,
    MethodFigure.UNDERFLOWED_SCALES,
)


class Moments(Handle):
    """What a layer's inputs are, batch by batch: the sum of x x^T over samples, in 8 * columns^2 bytes. It serves every
    layer that has the inputs. One thread at a time; after a cancelled add() the sums are of no use."""

    _destroy = lib.pawl_moments_destroy

    def __init__(self, columns: int, *, context: Optional[Context] = None) -> None:
        if columns < 0:  # ctypes would make a large number of it
            raise ValueError(f"moments of {columns} columns")
        super().__init__((context or default_context())._make(lib.pawl_moments_create, columns))

    def _add(self, function: Any, context: Optional[Context], *batches: Any) -> None:
        context = context or default_context()
        held = [tensor(batch, context=context) for batch in batches]
        with context._interruptible():
            context._call(function, self, *held)

    def add(self, inputs: Any, *, context: Optional[Context] = None) -> None:
        """One batch."""
        self._add(lib.pawl_moments_add, context, inputs)

    def add_pair(self, quantized_inputs: Any, float_inputs: Any, *, context: Optional[Context] = None) -> None:
        """One batch as the quantized network has it, and as the float network has it in the same places, for
        correct_for_inputs(); twice the memory from the first one on."""
        self._add(lib.pawl_moments_add_pair, context, quantized_inputs, float_inputs)

    def add_missing(self, quantized_inputs: Any, missing: Any, *, context: Optional[Context] = None) -> None:
        """What the layer's outputs should have beside W x, float32 [samples, outputs]. The inputs themselves are added by
        one of the above."""
        self._add(lib.pawl_moments_add_missing, context, quantized_inputs, missing)

    def merge(self, other: "Moments", *, context: Optional[Context] = None) -> None:
        """Adds what another one, of another thread or machine's share of the samples, has collected."""
        (context or default_context())._call(lib.pawl_moments_merge, self, other)

    @property
    def columns(self) -> int:
        return int(lib.pawl_moments_columns(self))

    @property
    def samples(self) -> int:
        return int(lib.pawl_moments_samples(self))

    def importance(self, *, context: Optional[Context] = None) -> Tensor:
        """Mean x^2 of each column, float32: the `importance` of quantize() and search_blocks()."""
        return Tensor((context or default_context())._make(lib.pawl_moments_importance, self))

    def output_error(self, weights: Any, approximation: Any, *, context: Optional[Context] = None) -> float:
        """Mean over samples of the squared error of the layer's outputs with the approximation, a QuantizedTensor or
        another array, in place of its weights."""
        context = context or default_context()
        if isinstance(approximation, QuantizedTensor):
            approximation = approximation.dequantize(context=context)
        held = [_float32(array, context) for array in (weights, approximation)]
        error = ctypes.c_double()
        context._call(lib.pawl_moments_output_error, self, *held, ctypes.byref(error))
        return error.value


class Factor(Handle):
    """Moments, factorized, for gptq(), sparse_gpt() and correct_for_inputs(). Any number of threads may use it.

    `damping` is added to the diagonal, of its mean, and doubled until there is a factor; `by_activation` takes columns by
    falling x^2 (act-order)."""

    _destroy = lib.pawl_factor_destroy

    def __init__(
        self,
        moments: Moments,
        *,
        damping: Optional[float] = None,
        by_activation: Optional[bool] = None,
        context: Optional[Context] = None,
    ) -> None:
        context = context or default_context()
        values = {OptionId.DAMPING: damping, OptionId.BY_ACTIVATION: by_activation}
        with Options(OptionsKind.FACTOR, values) as options, context._interruptible():
            super().__init__(context._make(lib.pawl_factor_create, moments, options.ptr))


def gptq(
    weights: Any,
    scheme: Union[Scheme, str],
    factor: Factor,
    *,
    range_method: Range = None,
    percentile: Optional[float] = None,
    kmeans_iterations: Optional[int] = None,
    weighted_range: Optional[bool] = None,
    static_groups: Optional[bool] = None,
    sparsity: Optional[float] = None,
    zeros: Optional[Tuple[int, int]] = None,
    context: Optional[Context] = None,
) -> QuantizedTensor:
    """GPTQ (Frantar et al. 2023), for any scheme whose codes round single values. `sparsity`, or `zeros` as in prune(),
    prunes in the same pass; `zeros` needs a factor without `by_activation`. `figures` of the result: loss, damping,
    attempts, dead_columns, zeros."""
    context = context or default_context()
    some, of = zeros if zeros is not None else (None, None)
    values = {
        OptionId.GPTQ_RANGE: range_method,
        OptionId.GPTQ_PERCENTILE: percentile,
        OptionId.GPTQ_KMEANS_ITERATIONS: kmeans_iterations,
        OptionId.GPTQ_WEIGHTED_RANGE: weighted_range,
        OptionId.GPTQ_STATIC_GROUPS: static_groups,
        OptionId.GPTQ_SPARSITY: sparsity,
        OptionId.GPTQ_ZEROS: some,
        OptionId.GPTQ_ZEROS_OF: of,
    }
    held, scheme = tensor(weights, context=context), _scheme(scheme, context)
    return _quantized(lib.pawl_gptq, (held, scheme, factor), OptionsKind.GPTQ, values, context)


def correct_for_inputs(
    weights: Any, moments: Moments, factor: Factor, *, strength: float = 1.0, context: Optional[Context] = None
) -> Tensor:
    """Asymmetric calibration (GPTAQ, Qronos): the float32 weights for which the quantized network's inputs come nearest to
    what the float network's give, to be quantized in place of `weights`. The moments are of pairs, and the factor is
    theirs; strength 1 is the least-squares solution."""
    context = context or default_context()
    held = tensor(weights, context=context)
    with context._interruptible():
        return Tensor(context._make(lib.pawl_correct_for_inputs, held, moments, factor, strength))


def prune(
    weights: Any,
    *,
    sparsity: Optional[float] = None,
    zeros: Optional[Tuple[int, int]] = None,
    context: Optional[Context] = None,
) -> Tensor:
    """Float32 weights of which the smallest became 0: the share `sparsity` of them, or, with `zeros` of (2, 4), two of
    each four inputs of an output. `figures` of the result: zeros."""
    context = context or default_context()
    held = tensor(weights, context=context)
    values = _pruning(sparsity, zeros)
    return _made(lib.pawl_prune_magnitude, (held,), OptionsKind.PRUNING, values, context)


def sparse_gpt(
    weights: Any,
    factor: Factor,
    *,
    sparsity: Optional[float] = None,
    zeros: Optional[Tuple[int, int]] = None,
    context: Optional[Context] = None,
) -> Tensor:
    """SparseGPT (Frantar, Alistarh 2023): as prune(), and the other weights make up for those that are gone. `zeros` needs a
    factor without `by_activation`. `figures` of the result: zeros, loss, damping, attempts, dead_columns."""
    context = context or default_context()
    held = tensor(weights, context=context)
    values = _pruning(sparsity, zeros)
    return _made(lib.pawl_sparse_gpt, (held, factor), OptionsKind.PRUNING, values, context)


def awq(
    weights: Any,
    inputs: Any,
    scheme: Union[Scheme, str],
    *,
    ratios: Optional[int] = None,
    duo_scaling: Optional[bool] = None,
    clip: Optional[bool] = None,
    clip_steps: Optional[int] = None,
    max_samples: Optional[int] = None,
    range_method: Range = None,
    context: Optional[Context] = None,
) -> QuantizedTensor:
    """AWQ (Lin et al. 2024): scales, clipping and codes of one layer; the scheme of the result has an input scale.
    `figures` of the result: error_before, error_after, ratio."""
    context = context or default_context()
    values = _awq(ratios, duo_scaling, clip, clip_steps, max_samples, range_method)
    held, scheme = (tensor(weights, context=context), tensor(inputs, context=context)), _scheme(scheme, context)
    return _quantized(lib.pawl_awq, (*held, scheme), OptionsKind.AWQ, values, context)


def awq_scales(
    layers: Layers,
    inputs: Any,
    scheme: Union[Scheme, str],
    *,
    ratios: Optional[int] = None,
    duo_scaling: Optional[bool] = None,
    max_samples: Optional[int] = None,
    range_method: Range = None,
    context: Optional[Context] = None,
) -> Tensor:
    """AWQ's scales alone, float32 [columns], for a layer or a list of those that share inputs: scale_columns() multiplies
    weights by them, and what makes the inputs is divided. `figures` of the result: error_before, error_after, ratio."""
    context = context or default_context()
    held, given, scheme = _held(layers, context), tensor(inputs, context=context), _scheme(scheme, context)
    values = _awq(ratios, duo_scaling, None, None, max_samples, range_method)
    arguments = (_handles(held), len(held), given, scheme)
    return _made(lib.pawl_awq_scales, arguments, OptionsKind.AWQ, values, context)


def awq_clip(
    weights: Any,
    inputs: Any,
    scheme: Union[Scheme, str],
    *,
    clip_steps: Optional[int] = None,
    max_samples: Optional[int] = None,
    range_method: Range = None,
    context: Optional[Context] = None,
) -> Tensor:
    """AWQ's clipping alone: float32 weights, cut off where that makes the error of the outputs smaller."""
    context = context or default_context()
    held = [tensor(array, context=context) for array in (weights, inputs)]
    values = _awq(None, None, None, clip_steps, max_samples, range_method)
    with Options(OptionsKind.AWQ, values) as options, context._interruptible():
        return Tensor(context._make(lib.pawl_awq_clip, *held, _scheme(scheme, context), options.ptr))


def smooth_quant_scales(
    layers: Layers, maxima: Any, *, alpha: float = 0.5, context: Optional[Context] = None
) -> Tensor:
    """SmoothQuant (Xiao et al. 2023): float32 [columns], max |x|^alpha / max |w|^(1 - alpha) of each, for a layer or a list
    of those that share inputs; `maxima` [columns] are the inputs' largest magnitudes."""
    context = context or default_context()
    held, values = _held(layers, context), np.ascontiguousarray(maxima, np.float32)
    arguments = (_handles(held), len(held), values.ctypes.data, values.size, alpha)
    return Tensor(context._make(lib.pawl_smooth_quant_scales, *arguments))


def scale_columns(weights: Any, scales: Any, *, context: Optional[Context] = None) -> Tensor:
    """Float32 weights with column j times scales[j]."""
    context = context or default_context()
    held, values = tensor(weights, context=context), np.ascontiguousarray(scales, np.float32)
    return Tensor(context._make(lib.pawl_scale_columns, held, values.ctypes.data, values.size))


def hqq(
    weights: Any,
    scheme: Union[Scheme, str],
    *,
    norm: Optional[float] = None,
    beta: Optional[float] = None,
    kappa: Optional[float] = None,
    iterations: Optional[int] = None,
    context: Optional[Context] = None,
) -> QuantizedTensor:
    """HQQ (Badri, Shaji 2023), for schemes with a float zero point ("int4:g64:hqq"); needs no inputs. `figures` of the
    result: error_before, error_after, mean |w - q| both."""
    context = context or default_context()
    values = {
        OptionId.HQQ_NORM: norm,
        OptionId.HQQ_BETA: beta,
        OptionId.HQQ_KAPPA: kappa,
        OptionId.HQQ_ITERATIONS: iterations,
    }
    arguments = (tensor(weights, context=context), _scheme(scheme, context))
    return _quantized(lib.pawl_hqq, arguments, OptionsKind.HQQ, values, context)


def search_blocks(
    weights: Any,
    scheme: Union[Scheme, str],
    *,
    importance: Any = None,
    magnitude_weights: Optional[bool] = None,
    rounds: Optional[int] = None,
    context: Optional[Context] = None,
) -> QuantizedTensor:
    """Rounding weighted by importance [columns] (Moments.importance), for GGUF's block formats and any groups along the
    rows. `figures` of the result: error_before, error_after, the weighted squared error."""
    context = context or default_context()
    values = {
        OptionId.BLOCK_IMPORTANCE: importance,
        OptionId.BLOCK_MAGNITUDE_WEIGHTS: magnitude_weights,
        OptionId.BLOCK_ROUNDS: rounds,
    }
    arguments = (tensor(weights, context=context), _scheme(scheme, context))
    return _quantized(lib.pawl_search_blocks, arguments, OptionsKind.BLOCK_SEARCH, values, context)


def _scheme(scheme: Union[Scheme, str], context: Context) -> Scheme:
    return Scheme(scheme, context=context) if isinstance(scheme, str) else scheme


def _float32(array: Any, context: Context) -> Tensor:
    held = tensor(array, context=context)
    return held if held.dtype == DType.F32 else held.float32(context=context)


def _held(layers: Layers, context: Context) -> List[Tensor]:
    listed = layers if isinstance(layers, (list, tuple)) else [layers]
    return [tensor(layer, context=context) for layer in listed]


def _handles(held: Sequence[Tensor]) -> Any:
    return (ctypes.c_void_p * len(held))(*[layer._as_parameter_ for layer in held])


def _pruning(sparsity: Optional[float], zeros: Optional[Tuple[int, int]]) -> Dict[OptionId, Any]:
    some, of = zeros if zeros is not None else (None, None)
    return {OptionId.SPARSITY: sparsity, OptionId.ZEROS: some, OptionId.ZEROS_OF: of}


def _awq(ratios: Any, duo: Any, clip: Any, clip_steps: Any, max_samples: Any, range_method: Any) -> Dict[OptionId, Any]:
    return {
        OptionId.AWQ_RATIOS: ratios,
        OptionId.AWQ_DUO_SCALING: duo,
        OptionId.AWQ_CLIP: clip,
        OptionId.AWQ_CLIP_STEPS: clip_steps,
        OptionId.AWQ_MAX_SAMPLES: max_samples,
        OptionId.AWQ_RANGE: range_method,
    }


def _run(
    function: Any, arguments: Sequence[Any], kind: OptionsKind, values: Dict[OptionId, Any], context: Context
) -> Tuple[ctypes.c_void_p, Mapping[str, float], Optional[QuantizeStats]]:
    """A call that tells of its work: what it made, what it knows of MethodFigure, and the counts among that."""
    figures = (ctypes.c_double * METHOD_FIGURE_COUNT)()
    with Options(kind, values) as options, context._interruptible():
        made = context._make(function, *arguments, options.ptr, figures, METHOD_FIGURE_COUNT)
    known = {figure: figures[figure] for figure in MethodFigure if not math.isnan(figures[figure])}
    counted = all(figure in known for figure in _STATS)
    stats = QuantizeStats(*[int(known[figure]) for figure in _STATS]) if counted else None
    told = {figure.name.lower(): value for figure, value in known.items() if figure not in _STATS}
    return made, MappingProxyType(told), stats


def _quantized(
    function: Any, arguments: Sequence[Any], kind: OptionsKind, values: Dict[OptionId, Any], context: Context
) -> QuantizedTensor:
    handle, figures, stats = _run(function, arguments, kind, values, context)
    quantized = QuantizedTensor(handle)
    quantized.figures, quantized.stats = figures, stats
    return quantized


def _made(
    function: Any, arguments: Sequence[Any], kind: OptionsKind, values: Dict[OptionId, Any], context: Context
) -> Tensor:
    handle, figures, _ = _run(function, arguments, kind, values, context)
    made = Tensor(handle)
    made.figures = figures
    return made
