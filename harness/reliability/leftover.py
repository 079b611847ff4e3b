"""What a session leaves behind: processes, sockets, locks, files."""

from __future__ import annotations

import stat
import time
from dataclasses import dataclass, field

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
    for path in sorted(scene.temporary.rglob("*")):
        name = str(path.relative_to(scene.temporary))
        if stat.S_ISSOCK(path.lstat().st_mode):
            left.sockets.append(f"socket {name}")
        elif not was_killed and not name.startswith(_OF_PYTEST):
            left.files.append(f"file {name}")
    if scene.other_user is None and scene.board is not None and scene.board.is_locked():
        left.locks.append("the lock of the port")
    return left
