"""The console without the agent's lines: what `dut.expect` and pytest-embedded's log see."""

from __future__ import annotations

from collections.abc import Callable

from harness.node.framing import EVENT, REPLY

_MARKERS = (REPLY, EVENT)


class LogText:
    """Hands on everything but lines that begin as the agent's, as soon as that can be told."""

    def __init__(self, sink: Callable[[bytes], None]) -> None:
        self._sink = sink
        self._held = b""  # the beginning of a line that may become the agent's
        self._in_log_line = False

    def feed(self, data: bytes) -> None:
        """The next bytes off the stream, however they were cut."""
        kept = b""
        lines = (self._held + data).splitlines(keepends=True)
        self._held = b""
        for line in lines:
            ends = line.endswith((b"\n", b"\r"))
            if self._in_log_line or not self._may_be_agents(line):
                kept += line
                self._in_log_line = not ends
            elif not ends:
                self._held = line
        if kept:
            self._sink(kept)

    @staticmethod
    def _may_be_agents(line: bytes) -> bool:
        return any(marker.startswith(line[: len(marker)]) for marker in _MARKERS)
