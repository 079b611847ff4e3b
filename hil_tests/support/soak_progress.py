"""How far a soak is, and how long it still takes."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator

from harness.plugin.terminal_output import TerminalOutput
from harness.sensing.soak.plan import say_duration

_BAR = 24  # characters


@contextlib.contextmanager
def soak_progress(terminal: TerminalOutput, minutes: int) -> Iterator[Callable[[int, str], None]]:
    """Gives what to call with the minutes that are done and with what plays now.

    In a terminal a line with a bar replaces itself; a line that stays is written after each tenth.
    """
    begun, said = time.monotonic(), 0

    def tell(done: int, scenario: str) -> None:
        nonlocal said
        share = done / minutes
        text = f"{say_duration(done)} of {say_duration(minutes)}, {_left(begun, done, minutes)}"
        bar = ("#" * round(share * _BAR)).ljust(_BAR, ".")
        terminal.progress(f"[{bar}] {share:4.0%}  {text}, {scenario}")
        if int(share * 10) > said and done < minutes:
            said = int(share * 10)
            terminal.say(text)

    terminal.say(f"soaking for {say_duration(minutes)} of the node's time")
    try:
        yield tell
    finally:
        terminal.clear()


def _left(begun: float, done: int, minutes: int) -> str:
    if not done:
        return "begun"
    left = (time.monotonic() - begun) / done * (minutes - done)
    return f"{left:.0f} s left" if left < 120 else f"{say_duration(left / 60)} left"
