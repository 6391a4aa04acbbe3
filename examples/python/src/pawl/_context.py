# Copyright 2026 The Pawl Authors.
# SPDX-License-Identifier: Apache-2.0
import ctypes
import signal
import threading
import weakref
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Callable, Iterator, Optional, Tuple

from ._enums import LogLevel, OptionId, OptionsKind
from ._library import Handle, decode, error, lib
from ._options import Options
from ._types import LogFn, ProgressFn


@dataclass(frozen=True)
class Progress:
    """How far a call is: `done` of `total` `unit`s (None: not known) of a stage, with the tensor or layer at hand."""

    stage: str
    item: str
    done: int
    total: Optional[int]
    unit: str


class Context(Handle):
    """Threads, instruction set and scratch memory of a piece of work.

    It takes one call at a time; other threads wait. `log(level, message)` and `progress(Progress)` are called on the
    thread that called Pawl; what they raise cancels the call and comes out of it. They cannot use this context.
    """

    _destroy = lib.pawl_context_destroy

    def __init__(
        self,
        *,
        threads: Optional[int] = None,
        target: Optional[str] = None,
        spin_microseconds: Optional[int] = None,
        log: Optional[Callable[[LogLevel, str], None]] = None,
        progress: Optional[Callable[[Progress], None]] = None,
    ) -> None:
        self._lock = threading.Lock()
        self._owner: Optional[int] = None
        self._raised: Optional[BaseException] = None
        self._callbacks = self._make_callbacks(log, progress)
        values = {OptionId.THREADS: threads, OptionId.TARGET: target, OptionId.SPIN_MICROSECONDS: spin_microseconds}
        with Options(OptionsKind.CONTEXT, values) as options:
            options.check(lib.pawl_options_set_log(options.ptr, self._callbacks[0], None))
            options.check(lib.pawl_options_set_progress(options.ptr, self._callbacks[1], None))
            handle = ctypes.c_void_p()
            options.check(lib.pawl_context_create(options.ptr, ctypes.byref(handle)))
        super().__init__(handle)

    def _make_callbacks(self, log: Any, progress: Any) -> Tuple[Any, Any]:
        # They refer to this object, which is in a call whenever they run: no cycle may keep it alive.
        this = weakref.ref(self)

        def guard(function: Any, make: Callable[[], Tuple[Any, ...]]) -> None:
            context = this()
            if context is None or context._raised is not None:
                return
            try:
                if function is not None:
                    function(*make())
            except BaseException as raised:
                context._raised = raised
                context.cancel()

        def on_log(_user: Any, level: int, message: bytes) -> None:
            guard(log, lambda: (LogLevel(level), decode(message)))

        def on_progress(_user: Any, stage: bytes, item: bytes, done: int, total: int, unit: bytes) -> None:
            guard(progress, lambda: (Progress(decode(stage), decode(item), done, total or None, decode(unit)),))

        return LogFn(on_log), ProgressFn(on_progress)

    @property
    def threads(self) -> int:
        """Workers, the caller among them."""
        return int(lib.pawl_context_threads(self))

    @property
    def target(self) -> str:
        """The instruction set's name."""
        return decode(lib.pawl_context_target(self))

    def cancel(self) -> None:
        """From any thread: the call that runs, and all that follow, raise Cancelled, until reset_cancel()."""
        lib.pawl_context_cancel(self)

    @property
    def cancelled(self) -> bool:
        """Whether it was cancelled and not reset."""
        return bool(lib.pawl_context_is_cancelled(self))

    def reset_cancel(self) -> None:
        """Calls work again."""
        with self._guard():
            lib.pawl_context_reset_cancel(self)

    @property
    def progress(self) -> Tuple[int, int]:
        """(done, total) of the call that runs, or of the last one, from any thread; a total of 0 is not known."""
        done, total = ctypes.c_uint64(), ctypes.c_uint64()
        lib.pawl_context_progress(self, ctypes.byref(done), ctypes.byref(total))
        return done.value, total.value

    @contextmanager
    def _guard(self) -> Iterator[None]:
        if self._owner == threading.get_ident():
            raise RuntimeError("a callback cannot use the context that called it")
        with self._lock:
            self._owner = threading.get_ident()
            try:
                yield
            finally:
                self._owner = None

    @contextmanager
    def _interruptible(self) -> Iterator[None]:
        """Around a long call: Ctrl-C cancels it. Python's own way, to raise wherever it is, would lose the exception in the
        first step of a callback, where only C could catch it."""
        previous = signal.getsignal(signal.SIGINT)
        if threading.current_thread() is not threading.main_thread() or not callable(previous):
            yield
            return
        fired = []

        def handler(*_: Any) -> None:
            fired.append(True)
            self.cancel()

        signal.signal(signal.SIGINT, handler)
        try:
            yield
        finally:
            signal.signal(signal.SIGINT, previous)
            if fired:
                self.reset_cancel()
                signal.raise_signal(signal.SIGINT)

    def _call(self, function: Any, *arguments: Any) -> None:
        with self._guard():
            status = function(self, *arguments)
            raised, self._raised = self._raised, None
            if raised is not None:
                lib.pawl_context_reset_cancel(self)
            failed = error(status, lib.pawl_context_last_error(self)) if status != 0 else None
        if raised is not None:
            raise raised
        if failed is not None:
            raise failed

    def _make(self, function: Any, *arguments: Any) -> ctypes.c_void_p:
        handle = ctypes.c_void_p()
        self._call(function, *arguments, ctypes.byref(handle))
        return handle


_local = threading.local()


def default_context() -> Context:
    """This thread's own context with all defaults, which calls use that are given none."""
    context: Optional[Context] = getattr(_local, "context", None)
    if context is None:
        context = _local.context = Context()
    return context
