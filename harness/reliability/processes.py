"""The processes of a session, known by a word in their environment that all of them inherit."""

from __future__ import annotations

import contextlib
import os
import signal
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

MARK = "HIL_RELIABILITY_RUN"
_PROC = Path("/proc")


@dataclass(frozen=True)
class Process:
    """One of them. words: its command line."""

    pid: int
    words: tuple[str, ...]

    @property
    def program(self) -> str:
        """The file that runs."""
        return Path(self.words[0]).name if self.words else ""

    def __str__(self) -> str:
        return f"{' '.join(self.words)[:80]} (process {self.pid})"


def processes_of(mark: str) -> list[Process]:
    """Those that live, oldest first; one that has ended and was not waited for is none."""
    found = []
    for pid in sorted(_pids()):
        with contextlib.suppress(OSError):
            environment = (_PROC / str(pid) / "environ").read_bytes()
            if f"{MARK}={mark}".encode() in environment.split(b"\0"):
                words = (_PROC / str(pid) / "cmdline").read_bytes().decode("utf-8", "replace")
                found.append(Process(pid, tuple(words.rstrip("\0").split("\0"))))
    return found


def kill_all(mark: str) -> None:
    """What is left of a session goes."""
    for process in processes_of(mark):
        with contextlib.suppress(OSError):
            os.kill(process.pid, signal.SIGKILL)


def _pids() -> Iterator[int]:
    return (int(entry.name) for entry in _PROC.iterdir() if entry.name.isdigit())
