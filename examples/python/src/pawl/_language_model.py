# Copyright 2026 The Pawl Authors.
# SPDX-License-Identifier: Apache-2.0
import ctypes
import json
import math
import os
from dataclasses import dataclass, field
from typing import Any, Dict, Optional, Sequence, Union

from ._context import Context, default_context
from ._enums import EvalFigure, ExportFormat, LanguageModelFigure, OptionId, OptionsKind, Rotated, Status
from ._library import Closable, Error, decode, encode_path, lib
from ._options import Options, enum_value
from ._tensor import Tensor, token_ids

Path = Union[str, "os.PathLike[str]"]


class LanguageModel(Closable):
    """A decoder of the llama family or a BERT encoder out of a Hugging Face folder or a GGUF file, float or quantized. One
    thread at a time.

    Ids are a sequence or an array of integers; of byte-level models bytes, too. `dynamic_int8` has layers with integer
    codes quantize their activations."""

    _destroy = lib.pawl_language_model_destroy

    def __init__(
        self,
        path: Path,
        *,
        positions: Optional[int] = None,
        dynamic_int8: Optional[bool] = None,
        model_memory: Optional[int] = None,
        context: Optional[Context] = None,
    ) -> None:
        context = context or default_context()
        values = {
            OptionId.POSITIONS: positions,
            OptionId.DYNAMIC_INT8: dynamic_int8,
            OptionId.MODEL_MEMORY: model_memory,
        }
        with Options(OptionsKind.LANGUAGE_MODEL, values) as options, context._interruptible():
            super().__init__(context._make(lib.pawl_language_model_open, encode_path(path), options.ptr))

    def _get(self, figure: LanguageModelFigure) -> int:
        return int(lib.pawl_language_model_get(self, figure))

    @property
    def architecture(self) -> str:
        """One of "llama", "mistral", "qwen2", "qwen3", "gemma"; "bert"."""
        return decode(lib.pawl_language_model_architecture(self))

    @property
    def vocabulary(self) -> int:
        return self._get(LanguageModelFigure.VOCABULARY)

    @property
    def layers(self) -> int:
        return self._get(LanguageModelFigure.LAYERS)

    @property
    def context_length(self) -> int:
        """Positions that it was made for."""
        return self._get(LanguageModelFigure.CONTEXT)

    @property
    def positions(self) -> int:
        """That a sequence may have here."""
        return self._get(LanguageModelFigure.POSITIONS)

    @property
    def elements(self) -> int:
        """Of all tensors of the file."""
        return self._get(LanguageModelFigure.ELEMENTS)

    @property
    def nbytes(self) -> int:
        return self._get(LanguageModelFigure.BYTES)

    @property
    def byte_level(self) -> bool:
        """Whether ids are bytes of text."""
        return self._get(LanguageModelFigure.BYTE_LEVEL) == 1

    @property
    def encoder(self) -> bool:
        """Whether it has hidden(), and no logits."""
        return self._get(LanguageModelFigure.ENCODER) == 1

    @property
    def width(self) -> int:
        """Of hidden states."""
        return self._get(LanguageModelFigure.WIDTH)

    @property
    def begin_id(self) -> Optional[int]:
        """Of an encoder: the id that begins a sequence, where its folder says so."""
        found = self._get(LanguageModelFigure.BEGIN_ID)
        return None if found < 0 else found

    def _run(self, function: Any, ids: Any, context: Optional[Context]) -> Tensor:
        context, array = context or default_context(), token_ids(ids)
        with context._interruptible():
            return Tensor(context._make(function, self, array.ctypes.data, array.size))

    def logits(self, ids: Any, *, context: Optional[Context] = None) -> Tensor:
        """Float32 [len(ids), vocabulary] of a sequence from its beginning; row i is about id i + 1."""
        return self._run(lib.pawl_language_model_logits, ids, context)

    def continue_(self, ids: Any, *, context: Optional[Context] = None) -> Tensor:
        """The same of ids after all that came since the last restart(), whose keys and values are kept."""
        return self._run(lib.pawl_language_model_continue, ids, context)

    def restart(self) -> None:
        """A new sequence begins."""
        lib.pawl_language_model_restart(self)

    def hidden(
        self, ids: Any, lengths: Optional[Sequence[int]] = None, *, context: Optional[Context] = None
    ) -> Tensor:
        """An encoder's last hidden states, float32 [len(ids), width], of sequences of so many ids that stand one after the
        other, or of one."""
        context, array = context or default_context(), token_ids(ids)
        counts = (ctypes.c_int64 * len(lengths or ()))(*(lengths or ()))
        with context._interruptible():
            arguments = (self, array.ctypes.data, array.size, ctypes.addressof(counts), len(counts))
            return Tensor(context._make(lib.pawl_language_model_hidden, *arguments))


@dataclass(frozen=True)
class Evaluation:
    """How well a model predicts a text; str() is the text for people. What is not known is None: bits per byte of models
    whose ids are no bytes, what is in nats or against the reference without one, predictions of encoders, and what is
    about hidden states of decoders."""

    counted: Optional[int]  # ids that were predicted
    nats: Optional[float]  # mean cross-entropy of those
    perplexity: Optional[float]
    bits_per_byte: Optional[float]
    bits_per_weight: Optional[float]
    ids_per_second: Optional[float]
    reference_perplexity: Optional[float]
    mean_kl: Optional[float]
    kl_999: Optional[float]  # 99.9 % of the divergences are at most this
    max_kl: Optional[float]
    same_top: Optional[float]  # share of ids with the same most probable id
    hidden_sqnr_db: Optional[float]  # signal to noise of all hidden states, infinite where equal
    hidden_cosine: Optional[float]  # mean over ids
    embedding_sqnr_db: Optional[float]  # of the means of each sequence's
    embedding_cosine: Optional[float]
    embedding_cosine_min: Optional[float]
    _json: str = field(default="{}", repr=False, compare=False)
    _text: str = field(default="", repr=False, compare=False)

    def to_dict(self) -> Dict[str, Any]:
        """All of it, with stable key names."""
        made: Dict[str, Any] = json.loads(self._json)
        return made

    def __str__(self) -> str:
        return self._text


def evaluate(
    model: LanguageModel,
    ids: Any,
    reference: Optional[LanguageModel] = None,
    *,
    window: Optional[int] = None,
    stride: Optional[int] = None,
    max_ids: Optional[int] = None,
    context: Optional[Context] = None,
) -> Evaluation:
    """How well the model predicts the ids of a text, and how far it is from the reference, which has the same vocabulary.
    The ids are cut into windows (by default as long as the model's context, 2048 at most) that begin `stride` apart (by
    default a window), each run from its beginning; of each the ids count that no window before has counted, without the
    window's first. An encoder's hidden states are compared; its windows also begin at begin_id, where that is known."""
    context, array = context or default_context(), token_ids(ids)
    if reference is not None and reference._ptr is None:  # and not: no reference
        raise Error(Status.INVALID_ARGUMENT, "the reference is closed")
    values = {OptionId.EVAL_CONTEXT: window, OptionId.EVAL_STRIDE: stride, OptionId.EVAL_MAX_IDS: max_ids}
    with Options(OptionsKind.EVAL, values) as options, context._interruptible():
        arguments = (model, reference, array.ctypes.data, array.size, options.ptr)
        handle = context._make(lib.pawl_eval_run, *arguments)
    try:
        found = {figure.name.lower(): lib.pawl_eval_get(handle, figure) for figure in EvalFigure}
        figures: Dict[str, Any] = {name: None if math.isnan(value) else value for name, value in found.items()}
        figures["counted"] = None if figures["counted"] is None else int(figures["counted"])
        return Evaluation(
            **figures, _json=decode(lib.pawl_eval_json(handle)), _text=decode(lib.pawl_eval_text(handle))
        )
    finally:
        lib.pawl_eval_destroy(handle)


def export_model(
    model_file: Path,
    config_file: Path,
    output: Path,
    format: Union[ExportFormat, str],
    *,
    context: Optional[Context] = None,
) -> None:
    """Writes a .pawl file with a decoder's weights, and the settings in config.json, as model.safetensors and config.json
    in the folder `output`, which must exist, for transformers and vLLM. Codes and scales go over as they are; an error
    names the tensor that the format cannot hold."""
    context = context or default_context()
    paths = [encode_path(path) for path in (model_file, config_file, output)]
    with context._interruptible():
        context._call(lib.pawl_language_model_export, *paths, enum_value(ExportFormat, format))


def rotate_model(
    folder: Path,
    output: Path,
    parts: Union[Rotated, str] = "all",
    *,
    seed: int = 0,
    context: Optional[Context] = None,
) -> None:
    """Reads a float decoder's folder and writes the same model into the folder `output`, which must exist, with random
    Hadamard rotations (signs of `seed`) multiplied into its weights, f32: quantized, it loses less (QuaRot, Ashkboos et al.
    2024)."""
    context = context or default_context()
    paths = [encode_path(path) for path in (folder, output)]
    with context._interruptible():
        context._call(lib.pawl_language_model_rotate, *paths, enum_value(Rotated, parts), seed)
