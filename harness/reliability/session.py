"""One session under test: a process of pytest, from its start until nothing of it is left."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from harness.reliability.acts import Fault
from harness.reliability.channel import Channel, Message
from harness.reliability.faults import Phase
from harness.reliability.leftover import MARK, Leftover, kill_all, what_is_left
from harness.reliability.plan import Run
from harness.reliability.scene import Scene
from harness.reliability.witnesses import Witnesses, hear
from harness.target import project_root

_LONGEST_S = 300.0  # from the start of a session to its fault
_LOOK_S = 0.05
_FAULT_S = 2.0
_NOT_HANDED_ON = (
    *("PYTEST_ADDOPTS", "PYTEST_PLUGINS", "PYTEST_XDIST_WORKER", "ESPPORT"),
    "PYTHONDONTWRITEBYTECODE",  # with it each session would compile everything again
)


@dataclass
class Ended:
    """How a session ended.

    seconds: from the fault to the end. is_hang: whether it was killed for taking too long.
    measured: how many values were measured before the fault. lost: those that the report lacks.
    """

    run: Run
    witnesses: Witnesses
    leftover: Leftover
    seconds: float
    is_hang: bool
    fault_came: bool
    measured: int
    lost: list[int]
    notes: list[str] = field(default_factory=list)


class Session:
    """Starts a session, makes its fault happen, waits for its end and reads its report."""

    def __init__(self, run: Run, scene: Scene, bound_s: float) -> None:
        self._run, self._scene, self._bound_s = run, scene, bound_s
        self._fault = Fault(run, scene)
        self._measured: list[int] = []
        self._before: list[int] | None = None  # what had been measured when the fault came
        self._came_at: float | None = None
        self._turn = threading.Lock()

    def go_through(self) -> Ended:
        """Does all of that. Raises OSError when no session can be started."""
        self._fault.set_up()
        channel = Channel(self._scene.socket, self._answer)
        begun = time.monotonic()
        try:
            with self._started() as process:
                self._fault.pid = process.pid
                is_hang = not self._wait(process, begun)
                ended = time.monotonic()
                if is_hang:
                    kill_all(self._scene.mark)
                status = process.wait()
                leftover = what_is_left(self._scene, was_killed=is_hang or status < 0)
        finally:
            channel.close()
        witnesses = hear(status, self._scene.output, self._scene.report)
        before = self._measured if self._before is None else self._before
        return Ended(
            run=self._run,
            witnesses=witnesses,
            leftover=leftover,
            seconds=ended - (begun if self._came_at is None else self._came_at),
            is_hang=is_hang,
            fault_came=self._came_at is not None,
            measured=len(before),
            lost=sorted(set(before) - set(witnesses.measured)),
            notes=self._fault.notes,
        )

    @contextlib.contextmanager
    def _started(self) -> Iterator[subprocess.Popen[bytes]]:
        kept = {name: value for name, value in os.environ.items() if name not in _NOT_HANDED_ON}
        environment = {
            **kept,
            MARK: self._scene.mark,
            "TMPDIR": str(self._scene.temporary),
            "OMP_NUM_THREADS": "1",  # the tiny suite computes nothing
        }
        with self._scene.output.open("wb") as output:
            process = subprocess.Popen(
                [sys.executable, "-m", "pytest", *self._scene.words],
                cwd=project_root(),
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                preexec_fn=_heed_signals,
            )
        try:
            yield process
        finally:
            kill_all(self._scene.mark)
            process.wait()

    def _wait(self, process: subprocess.Popen[bytes], begun: float) -> bool:
        """Whether it ended by itself within its bound."""
        while True:
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(_LOOK_S)
                return True
            now, came_at = time.monotonic(), self._came_at
            if now - begun > _LONGEST_S or (came_at is not None and now > came_at + self._bound_s):
                return False

    def _answer(self, message: Message) -> Message | None:
        if "rts" in message:
            if self._scene.board is not None:
                self._scene.board.lines(message["rts"])
            return None
        if self._run.phase is Phase.PREPARE and message.get("at") == Phase.SETUP.value:
            # The tests wait for a fault of the preparation, which may come a little later.
            self._fault.has_come.wait(_FAULT_S)
        with self._turn:
            if "measured" in message:
                self._measured.append(message["measured"])
                return None
            if self._run.wrong_before and _is_first_call(message):
                return {"lie": "value"}
            if self._came_at is not None or not self._fault.is_due(message):
                return {}
            self._before = list(self._measured)
            self._came_at = time.monotonic()
            return self._fault.happen(message)


def _heed_signals() -> None:
    """The session has to obey signals, even if this process ignores them (background, nohup)."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL)


def _is_first_call(message: Message) -> bool:
    return message["at"] == Phase.CALL.value and (message["test"], message["step"]) == (0, 0)


def go_through(run: Run, parent: Path, bound_s: float | None = None) -> Ended:
    """Does a run in a folder of its own below `parent`, and removes the folder."""
    with Scene(run, parent) as scene:
        return Session(run, scene, run.kind.bound_s if bound_s is None else bound_s).go_through()
