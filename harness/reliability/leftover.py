"""What a session leaves behind: processes, sockets, locks, files."""

from __future__ import annotations

import contextlib
import os
import stat
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from harness.reliability.processes import processes_of
from harness.reliability.scene import Scene

_GRACE_S = 10.0  # for what ends with the session to be gone
_PAUSE_S = 0.1
_OF_PYTEST = "pytest-of-"  # what it keeps of the last sessions, on purpose


@dataclass
class Leftover:
    """Of each what is left, in words."""

    processes: list[str] = field(default_factory=list)
    sockets: list[str] = field(default_factory=list)
    locks: list[str] = field(default_factory=list)
    files: list[str] = field(default_factory=list)

    @property
    def everything(self) -> list[str]:
        return [*self.processes, *self.sockets, *self.locks, *self.files]


def what_is_left(scene: Scene, *, was_killed: bool) -> Leftover:
    """Looks until nothing is, or for as long as that may take.

    was_killed: it had no chance to remove its temporary files, and only its sockets count.
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
    """What is in it, folders too, and whether it is a socket. Some of it may go meanwhile."""
    for place, folders, files in os.walk(folder):
        for path in (Path(place, name) for name in (*folders, *files)):
            with contextlib.suppress(FileNotFoundError):
                yield path, stat.S_ISSOCK(path.lstat().st_mode)
