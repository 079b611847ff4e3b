"""Splits the node's byte stream into messages of the agent and log lines.

Nothing is dropped: a byte that is not part of a message with the right CRC is log text. A UTF-8
sequence that arrives in two reads is decoded as one.
"""

from __future__ import annotations

import codecs
import re
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from harness.node.framing import Event, Reply, find_message

MAX_PENDING = 64 * 1024
"""Bytes without a newline after which they are handed on as log text."""

_IDF_LOG = re.compile(r"(?:\x1b\[[0-9;]*m)?([EWIDV]) \((\d+)\) ([^:]+): (.*?)(?:\x1b\[[0-9;]*m)?$")


@dataclass(frozen=True)
class LogLine:
    """One line of log text. `host_time` is time.time() of its last byte's arrival."""

    text: str
    host_time: float

    @property
    def parts(self) -> tuple[str, int, str, str] | None:
        """Level letter, node milliseconds, tag and message of an ESP-IDF log line, else None."""
        match = _IDF_LOG.match(self.text)
        return (match[1], int(match[2]), match[3], match[4]) if match else None

    def __str__(self) -> str:
        return self.text


class Console:
    """Splits the bytes that it is given. Not thread-safe: only one reader may call `feed`.

    `on_message` gets every reply and event, `on_log` every log line, each of `taps` all bytes as
    they come. keep: how many log lines stay in `log` (None: all); `log_dropped` counts the others.
    """

    def __init__(
        self,
        on_message: Callable[[Reply | Event], None],
        on_log: Callable[[LogLine], None] = lambda _line: None,
        keep: int | None = None,
    ) -> None:
        self.log: deque[LogLine] = deque(maxlen=keep)
        self.log_seen = 0
        self.taps: list[Callable[[bytes], None]] = []
        self._on_message = on_message
        self._on_log = on_log
        self._pending = bytearray()
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")

    @property
    def log_dropped(self) -> int:
        """How many log lines were seen and are not kept any more."""
        return self.log_seen - len(self.log)

    def feed(self, data: bytes) -> None:
        """Takes the next bytes of the stream, wherever they were cut."""
        for tap in self.taps:
            tap(data)
        if b"\n" not in data:
            self._pending += data
        else:
            lines = data.split(b"\n")
            self._end_line(bytes(self._pending) + lines[0])
            for line in lines[1:-1]:
                self._end_line(line)
            self._pending = bytearray(lines[-1])
        if len(self._pending) > MAX_PENDING:
            self._log_text(bytes(self._pending), final=False)
            self._pending.clear()

    def flush(self) -> None:
        """To be called when the stream was interrupted: half a line counts as a line."""
        if self._pending or self._decoder.getstate()[0]:
            self._log_text(bytes(self._pending), final=True)
            self._pending.clear()

    def _end_line(self, line: bytes) -> None:
        text, message = find_message(line)
        if text or message is None:
            self._log_text(text, final=True)
        if message is not None:
            self._on_message(message)

    def _log_text(self, raw: bytes, final: bool) -> None:
        text = self._decoder.decode(raw, final)
        line = LogLine(text, time.time())
        self.log.append(line)
        self.log_seen += 1
        self._on_log(line)
