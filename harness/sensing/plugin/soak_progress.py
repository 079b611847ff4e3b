"""How far a soak is, and how long it still takes."""

from __future__ import annotations

import time
from types import TracebackType
from typing import Self

from harness.plugin.terminal_output import TerminalOutput
from harness.sensing.soak.plan import say_duration

_BAR = 24
_SAID_EACH = 0.1
"""Where the output is no terminal, a line each time so much more of the soak is done."""


class SoakProgress:
    """A line that replaces itself in a terminal, and a line each tenth of the way that stays."""

    def __init__(self, terminal: TerminalOutput, minutes: int) -> None:
        self._terminal, self._minutes = terminal, minutes
        self._begun = time.monotonic()
        self._said = 0

    def __enter__(self) -> Self:
        self._terminal.say(f"soaking for {say_duration(self._minutes)} of the node's time")
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        self._terminal.clear()

    def tell(self, done: int, scenario: str) -> None:
        """So many minutes are behind it; what plays now."""
        share = done / self._minutes
        text = f"{say_duration(done)} of {say_duration(self._minutes)}, {self._left(done)}"
        filled = round(share * _BAR)
        bar = "#" * filled + "." * (_BAR - filled)
        self._terminal.progress(f"[{bar}] {share:4.0%}  {text}, {scenario}")
        if int(share / _SAID_EACH) > self._said and done < self._minutes:
            self._said = int(share / _SAID_EACH)
            self._terminal.say(text)

    def _left(self, done: int) -> str:
        if not done:
            return "begun"
        left = (time.monotonic() - self._begun) / done * (self._minutes - done)
        shown = f"{left:.0f} s" if left < 120 else say_duration(left / 60)
        return f"{shown} left"
