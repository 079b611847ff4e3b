"""Ctrl-C and other signals as a request to end, not as an exception in the middle of a write."""

from __future__ import annotations

import contextlib
import signal
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from types import FrameType

_ONE_WISH_S = 2.0


class Wish:
    """Tells a second Ctrl-C from a first one that arrives twice: a terminal sends it to `hil` and
    to the process that `hil` runs, and `hil` hands it on to that process."""

    def __init__(self) -> None:
        self._begun: float | None = None

    def is_new(self) -> bool:
        """Whether this is another Ctrl-C than the last. Asked once for each that arrives."""
        now = time.monotonic()
        if self._begun is not None and now - self._begun < _ONE_WISH_S:
            return False
        self._begun = now
        return True


@contextlib.contextmanager
def ctrl_c() -> Iterator[threading.Event]:
    """Inside, the first Ctrl-C sets the event; the second one interrupts as usual.

    Outside the main thread nothing can be caught, and the event is never set.
    """
    event, wish = threading.Event(), Wish()
    if threading.current_thread() is not threading.main_thread():
        yield event
        return

    def on_signal(_number: int, _frame: FrameType | None) -> None:
        if not wish.is_new():
            return
        if event.is_set():
            signal.signal(signal.SIGINT, before)
            signal.raise_signal(signal.SIGINT)
        event.set()

    before = signal.signal(signal.SIGINT, on_signal) or signal.default_int_handler
    try:
        yield event
    finally:
        signal.signal(signal.SIGINT, before)


@contextlib.contextmanager
def asked_to_end(
    heard: Callable[[int, FrameType | None], None] | signal.Handlers,
    names: Iterable[str] = ("SIGINT", "SIGTERM", "SIGHUP"),
) -> Iterator[None]:
    """Inside, each of these signals is `heard`, but for those that this process was told to ignore
    (nohup). Outside the main thread no signal can be caught, and nothing changes."""
    numbers = [getattr(signal, name) for name in names if hasattr(signal, name)]
    if threading.current_thread() is not threading.main_thread():
        numbers = []
    before = {n: signal.getsignal(n) for n in numbers if signal.getsignal(n) != signal.SIG_IGN}
    for number in before:
        signal.signal(number, heard)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def children_ignore_ctrl_c() -> contextlib.AbstractContextManager[None]:
    """A process that is started inside ignores Ctrl-C: this process ends it."""
    return asked_to_end(signal.SIG_IGN, ["SIGINT"])
