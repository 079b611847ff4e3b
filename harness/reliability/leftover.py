"""The processes of a session, and what it leaves behind: processes, sockets, locks, files."""

from __future__ import annotations

import contextlib
import os
import signal
import stat
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from harness.reliability.scene import Scene

MARK = "HIL_RELIABILITY_RUN"  # an environment variable that every process of a session inherits
_PROC = Path("/proc")
_GRACE_S = 10.0  # for what ends with the session to disappear
_PAUSE_S = 0.1
_OF_PYTEST = "pytest-of-"  # a folder in which pytest keeps files of the last sessions


@dataclass(frozen=True)
class Process:
    """A process. words: its command line."""

    pid: int
    words: tuple[str, ...]

    @property
    def program(self) -> str:
        """The name of its program's file."""
        return Path(self.words[0]).name if self.words else ""

    def __str__(self) -> str:
        return f"{' '.join(self.words)[:80]} (process {self.pid})"


def processes_of(mark: str) -> list[Process]:
    """The running processes of the session with this mark, by number; not those that have ended and
    were not waited for."""
    found = []
    for pid in sorted(int(entry.name) for entry in _PROC.iterdir() if entry.name.isdigit()):
        with contextlib.suppress(OSError):
            environment = (_PROC / str(pid) / "environ").read_bytes()
            if f"{MARK}={mark}".encode() in environment.split(b"\0"):
                words = (_PROC / str(pid) / "cmdline").read_bytes().decode("utf-8", "replace")
                found.append(Process(pid, tuple(words.rstrip("\0").split("\0"))))
    return found


def kill_all(mark: str) -> None:
    """Kills every process of the session."""
    for process in processes_of(mark):
        with contextlib.suppress(OSError):
            os.kill(process.pid, signal.SIGKILL)


@dataclass
class Leftover:
    """What is left of each kind, in words."""

    processes: list[str] = field(default_factory=list)
    sockets: list[str] = field(default_factory=list)
    locks: list[str] = field(default_factory=list)
    files: list[str] = field(default_factory=list)

    @property
    def everything(self) -> list[str]:
        return [*self.processes, *self.sockets, *self.locks, *self.files]


def what_is_left(scene: Scene, *, was_killed: bool) -> Leftover:
    """Looks until nothing is left, or until the time for that is over.

    was_killed: whether the session had no chance to remove its temporary files; only sockets count
    then.
    """
    deadline = time.monotonic() + _GRACE_S
    while True:
        left = _look(scene, was_killed)
        if not left.everything or time.monotonic() > deadline:
            return left
        time.sleep(_PAUSE_S)


def _look(scene: Scene, was_killed: bool) -> Leftover:
    left = Leftover(processes=[str(process) for process in processes_of(scene.mark)])
    for path, is_socket in sorted(_files_below(scene.temporary)):
        name = str(path.relative_to(scene.temporary))
        if is_socket:
            left.sockets.append(f"socket {name}")
        elif not was_killed and not name.startswith(_OF_PYTEST):
            left.files.append(f"file {name}")
    if scene.other_user is None and scene.board is not None and scene.board.is_locked():
        left.locks.append("the lock of the port")
    return left


def _files_below(folder: Path) -> Iterator[tuple[Path, bool]]:
    """Every file and folder in it, and whether it is a socket. One may disappear meanwhile."""
    for place, folders, files in os.walk(folder):
        for path in (Path(place, name) for name in (*folders, *files)):
            with contextlib.suppress(FileNotFoundError):
                yield path, stat.S_ISSOCK(path.lstat().st_mode)
