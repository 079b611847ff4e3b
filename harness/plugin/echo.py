"""What the device says, on the terminal of whoever watches with -s: shown, never obeyed."""

from __future__ import annotations

import contextlib
import re
import sys
from typing import Any, TextIO

from harness import embedded_internals
from harness.visible import visible

# ESP-IDF colours its log lines. Not 8, which hides.
_PLAIN_COLOUR = re.compile(r"\x1b\[(?:0|[01];3[0-7])?m")


class Echo:
    """Stands for the stream that pytest-embedded's listener prints to.

    Its log of the device is not touched: `dut.expect` reads the bytes there as they came.
    """

    def __init__(self, out: TextIO) -> None:
        self._out = out

    def write(self, text: str) -> None:
        """Nothing that is written here keeps the listener from its log: nobody may watch any more,
        or the terminal may not know a character."""
        shown = visible(_PLAIN_COLOUR.sub("", text))
        known = shown.encode(self._out.encoding or "ascii", "backslashreplace")
        with contextlib.suppress(OSError, ValueError):
            self._out.write(known.decode(self._out.encoding or "ascii"))

    def flush(self) -> None:
        """What was written is on the terminal."""
        with contextlib.suppress(OSError, ValueError):
            self._out.flush()


def listen(*arguments: Any, **options: Any) -> None:
    """Runs in the process that keeps pytest-embedded's log of the device."""
    echo = Echo(sys.__stdout__) if sys.__stdout__ else None
    embedded_internals.listen(echo, *arguments, **options)
