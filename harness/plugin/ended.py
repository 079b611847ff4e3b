"""Signals that end a session: it still closes in order, with a verdict and a page."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable
from types import FrameType
from typing import Any

import pytest

from harness.interrupt import Wish

_NUMBERS = [getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name)]

_Handler = Callable[[int, FrameType | None], None]


class SessionEnded(KeyboardInterrupt):
    """A signal asked this process to end. pytest closes a session in order on KeyboardInterrupt."""

    def __init__(self, name: str) -> None:
        super().__init__(f"ended by {name}")
        self.name = name


class OrderlyEnd:
    """While it is on, the first SIGTERM or SIGHUP raises SessionEnded in the main thread, and later
    ones are ignored. A signal that this process was told to ignore (nohup) stays ignored. A Ctrl-C
    that arrives twice at once, from the terminal and from `hil run`, interrupts once."""

    def __init__(self) -> None:
        self._before: dict[int, Any] = {}
        self._ctrl_c = Wish()
        self._was_interrupted = False

    def turn_on(self) -> None:
        """Does nothing outside the main thread, where no signal can be caught."""
        if threading.current_thread() is not threading.main_thread():
            return
        for number in _NUMBERS:
            self._catch(number, signal.SIG_DFL, self._raise)
        self._catch(signal.SIGINT, signal.default_int_handler, self._interrupt)

    def ignore(self, *, ctrl_c_too: bool = False) -> None:
        """The session is closing, and no signal may cut that short. A first Ctrl-C may not either,
        but a second one may, unless ctrl_c_too: then the verdict has been printed, and the exit
        status has to agree with it."""
        for number in self._before:
            if number != signal.SIGINT or ctrl_c_too:
                signal.signal(number, signal.SIG_IGN)
            elif not self._was_interrupted:
                signal.signal(number, self._pass_over)

    def turn_off(self) -> None:
        """Gives the signals their usual effect again."""
        for number, before in self._before.items():
            signal.signal(number, before)
        self._before = {}

    def _catch(self, number: int, usual: Any, then: _Handler) -> None:
        if signal.getsignal(number) == usual:
            self._before[number] = usual
            signal.signal(number, then)

    def _raise(self, number: int, _frame: FrameType | None) -> None:
        self.ignore()
        raise SessionEnded(signal.Signals(number).name)

    def _interrupt(self, _number: int, _frame: FrameType | None) -> None:
        if self._ctrl_c.is_new():
            self._was_interrupted = True
            raise KeyboardInterrupt

    def _pass_over(self, number: int, _frame: FrameType | None) -> None:
        self._ctrl_c.is_new()
        signal.signal(number, self._interrupt)


END = pytest.StashKey[OrderlyEnd]()
