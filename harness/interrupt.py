"""Ctrl-C as a wish to end, not as an exception somewhere in the middle of writing."""

from __future__ import annotations

import contextlib
import signal
import threading
import time
from collections.abc import Callable, Iterator
from types import FrameType

_ONE_WISH_S = 2.0
_ENDING = ("SIGINT", "SIGTERM", "SIGHUP")


class Wish:
    """Tells a second Ctrl-C from the first one come twice: a terminal sends it to `hil` and to what
    `hil` runs, and `hil` hands it on."""

    def __init__(self) -> None:
        self._begun: float | None = None

    def is_new(self) -> bool:
        """Whether this one is a wish of its own. Asked once for each."""
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
def asked_to_end(heard: Callable[[int, FrameType | None], None]) -> Iterator[None]:
    """Inside, Ctrl-C, SIGTERM and SIGHUP are `heard`, but for those that this process was told to
    ignore (nohup). Outside the main thread nothing can be caught."""
    numbers = [getattr(signal, name) for name in _ENDING if hasattr(signal, name)]
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


@contextlib.contextmanager
def children_ignore_ctrl_c() -> Iterator[None]:
    """A process that is started inside ignores Ctrl-C: its end is this one's matter."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, signal.SIG_IGN) or signal.default_int_handler
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
