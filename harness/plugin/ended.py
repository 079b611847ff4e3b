"""SIGTERM and SIGHUP: a session that is ended from outside still ends with a verdict and a page."""

from __future__ import annotations

import signal
import threading
from types import FrameType

_NUMBERS = [getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name)]


class SessionEnded(KeyboardInterrupt):
    """Somebody asked this process to end. A KeyboardInterrupt, since pytest ends in order on it."""

    def __init__(self, name: str) -> None:
        super().__init__(f"ended by {name}")
        self.name = name


class OrderlyEnd:
    """While it is on, the first of the signals raises SessionEnded in the main thread; those after
    it are ignored. A signal that this process was told to ignore (nohup) stays ignored."""

    def __init__(self) -> None:
        self._caught: list[int] = []

    def turn_on(self) -> None:
        """Harmless outside the main thread, where nothing can be caught."""
        if threading.current_thread() is threading.main_thread():
            self._caught = [n for n in _NUMBERS if signal.getsignal(n) == signal.SIG_DFL]
            for number in self._caught:
                signal.signal(number, self._raise)

    def ignore(self) -> None:
        """The session is ending already: a signal must not cut that short."""
        for number in self._caught:
            signal.signal(number, signal.SIG_IGN)

    def turn_off(self) -> None:
        """The signals do again what they do to any process."""
        for number in self._caught:
            signal.signal(number, signal.SIG_DFL)
        self._caught = []

    def _raise(self, number: int, _frame: FrameType | None) -> None:
        self.ignore()
        raise SessionEnded(signal.Signals(number).name)
