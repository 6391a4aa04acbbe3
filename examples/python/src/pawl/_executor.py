# Copyright 2026 The Pawl Authors.
# SPDX-License-Identifier: Apache-2.0
import ctypes
from dataclasses import dataclass
from typing import Any, Callable, Dict, List, Mapping, Optional, Sequence, Union

from ._context import Context, default_context
from ._enums import OptionId, OptionsKind, Status
from ._graph import Graph
from ._library import Closable, Error, decode, encode, lib
from ._observe import Calibrator
from ._options import Options
from ._tensor import Tensor, tensor
from ._types import ObserveFn

Feeds = Union[Mapping[str, Any], Sequence[Any], Any]


@dataclass(frozen=True)
class NodeTime:
    """What a node took in all."""

    name: str
    operator: str
    runs: int
    seconds: float


class Executor(Closable):
    """Runs a Graph: weights are packed once. `observe` are names of values that will be looked at. Calling it runs it:

    results = pawl.Executor(graph)({"images": images})

    One thread at a time; share() gives another one its own."""

    _destroy = lib.pawl_executor_destroy

    def __init__(
        self,
        graph: Graph,
        observe: Sequence[str] = (),
        *,
        run_memory: Optional[int] = None,
        fuse: Optional[bool] = None,
        keep_observed: Optional[bool] = None,
        context: Optional[Context] = None,
    ) -> None:
        self._inputs = [value.name for value in graph.inputs]
        self._outputs = [value.name for value in graph.outputs]
        names = (ctypes.c_char_p * len(observe))(*[encode(name) for name in observe])
        values = {
            OptionId.RUN_MEMORY: run_memory,
            OptionId.FUSE: fuse,
            OptionId.KEEP_OBSERVED: keep_observed,
        }
        with Options(OptionsKind.EXECUTOR, values) as options:
            context = context or default_context()
            super().__init__(context._make(lib.pawl_executor_create, graph, options.ptr, names, len(observe)))

    def share(self, *, context: Optional[Context] = None) -> "Executor":
        """Another one of the same packed weights, for another thread."""
        made = type(self).__new__(type(self))
        made._inputs, made._outputs = self._inputs, self._outputs
        Closable.__init__(made, (context or default_context())._make(lib.pawl_executor_share, self))
        return made

    def _feeds(self, inputs: Feeds, context: Context) -> List[Tensor]:
        if isinstance(inputs, Mapping):
            for name in inputs:
                if name not in self._inputs:
                    wanted = ", ".join(self._inputs)
                    raise Error(Status.INVALID_ARGUMENT, f"the model has no input '{name}'; it has {wanted}")
            missing = [name for name in self._inputs if name not in inputs]
            if missing:
                raise Error(Status.INVALID_ARGUMENT, f"input '{missing[0]}' is missing")
            inputs = [inputs[name] for name in self._inputs]
        elif not isinstance(inputs, (list, tuple)):
            inputs = [inputs]
        return [tensor(value, context=context) for value in inputs]

    def _run(self, function: Any, inputs: Feeds, context: Context, *more: Any) -> None:
        held = self._feeds(inputs, context)
        handles = (ctypes.c_void_p * len(held))(*[value._as_parameter_ for value in held])
        with context._interruptible():
            context._call(function, self, handles, len(held), *more)

    def __call__(
        self,
        inputs: Feeds,
        see: Optional[Callable[[str, Tensor], None]] = None,
        *,
        context: Optional[Context] = None,
    ) -> Dict[str, Tensor]:
        """Runs on inputs by name, in the order of Graph.inputs, or on the only one: anything that tensor() takes. Results by
        name. `see` gets a copy of every observed value right after it was computed; what it raises ends the run."""
        context = context or default_context()
        if see is None:
            self._run(lib.pawl_executor_run, inputs, context)
        else:
            self._run_observed(inputs, see, context)
        count = lib.pawl_executor_output_count(self)
        results = [Tensor(context._make(lib.pawl_executor_output, self, i)) for i in range(count)]
        return dict(zip(self._outputs, results))

    def _run_observed(self, inputs: Feeds, see: Callable[[str, Tensor], None], context: Context) -> None:
        raised: List[BaseException] = []
        own = Context(threads=1)  # a callback cannot use the context that called it

        def observe(_user: Any, name: bytes, value: int) -> int:
            try:
                see(decode(name), Tensor(own._make(lib.pawl_tensor_clone, ctypes.c_void_p(value))))
            except BaseException as error:
                raised.append(error)
                return int(Status.ABORTED)
            return 0

        function = ObserveFn(observe)
        context._call(lib.pawl_executor_set_observer, self, function, None)
        try:
            self._run(lib.pawl_executor_run, inputs, context)
        except Error:
            if raised:
                raise raised[0] from None
            raise
        finally:
            context._call(lib.pawl_executor_set_observer, self, ObserveFn(0), None)

    def calibrate(self, inputs: Feeds, calibrator: Calibrator, *, context: Optional[Context] = None) -> None:
        """One batch: runs, and gives every observed value of a float type to the calibrator."""
        self._run(lib.pawl_executor_calibrate, inputs, context or default_context(), calibrator)

    def observed(self, name: str, *, context: Optional[Context] = None) -> Tensor:
        """A value of the last run, with keep_observed."""
        return Tensor((context or default_context())._make(lib.pawl_executor_observed, self, encode(name)))

    def time_nodes(self, on: bool = True, *, context: Optional[Context] = None) -> None:
        """From now on, or no longer; the times so far go."""
        (context or default_context())._call(lib.pawl_executor_time_nodes, self, int(on))

    @property
    def times(self) -> List[NodeTime]:
        """Of the nodes that ran, in the order of running."""
        return [
            NodeTime(
                decode(lib.pawl_executor_time_node(self, i)),
                decode(lib.pawl_executor_time_operator(self, i)),
                lib.pawl_executor_time_runs(self, i),
                lib.pawl_executor_time_seconds(self, i),
            )
            for i in range(lib.pawl_executor_time_count(self))
        ]

    @property
    def arena_nbytes(self) -> int:
        """Bytes that the shapes run so far need for values at a time."""
        return int(lib.pawl_executor_arena_bytes(self))

    @property
    def packed_nbytes(self) -> int:
        """Bytes of packed weights beside the graph's own."""
        return int(lib.pawl_executor_packed_bytes(self))
