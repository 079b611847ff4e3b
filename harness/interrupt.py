"""Ctrl-C as a wish to end, not as an exception somewhere in the middle of writing."""

from __future__ import annotations

import contextlib
import signal
import threading
from collections.abc import Iterator
from types import FrameType


@contextlib.contextmanager
def ctrl_c() -> Iterator[threading.Event]:
    """Inside, the first Ctrl-C sets the event; the second one interrupts as usual.

    Outside the main thread nothing can be caught, and the event is never set.
    """
    wish = threading.Event()
    if threading.current_thread() is not threading.main_thread():
        yield wish
        return

    def on_signal(_number: int, _frame: FrameType | None) -> None:
        wish.set()
        signal.signal(signal.SIGINT, before)

    before = signal.signal(signal.SIGINT, on_signal) or signal.default_int_handler
    try:
        yield wish
    finally:
        signal.signal(signal.SIGINT, before)


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
