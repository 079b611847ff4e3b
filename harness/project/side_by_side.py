"""Programs that run at the same time and are ended together."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from types import FrameType
from typing import IO

from harness.interrupt import Wish, asked_to_end
from harness.program_output import KILL, signal_group

_LOOK_S = 0.5
_END_S = 60.0  # for a session to close its devices and to write its report
_REST_S = 15.0  # for the processes that a program has left running to end in order too


class SideBySide:
    """Runs each program in a process group of its own, so that nothing that it starts outlives it.

    ended_by: the name of the signal that has ended everything; no program begins after that.
    """

    def __init__(self) -> None:
        self.ended_by = ""
        self._running: set[subprocess.Popen[bytes]] = set()
        self._kill_at = 0.0
        self._lock = threading.RLock()
        self._ctrl_c = Wish()

    def run(
        self, command: Sequence[str], cwd: Path, output: IO[bytes], env: Mapping[str, str]
    ) -> int | None:
        """Returns its exit status, negative for a signal; None when it was not begun."""
        with self._lock:
            if self.ended_by:
                return None
            process = subprocess.Popen(
                command,
                cwd=cwd,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env=dict(env),
                start_new_session=sys.platform != "win32",
            )
            self._running.add(process)
        try:
            return self._wait(process)
        finally:
            self._ended(process)

    def ends_on_signals(self) -> AbstractContextManager[None]:
        """Inside, a signal that ends this process ends its programs. A second one kills them."""
        return asked_to_end(self._asked)

    def _asked(self, number: int, _frame: FrameType | None) -> None:
        if self._ctrl_c.is_new():
            self.end(number)

    def end(self, number: int) -> None:
        """Sends a signal to every program that runs. The second time they are killed."""
        with self._lock:
            self._kill_at = 0.0 if self.ended_by else time.monotonic() + _END_S
            self.ended_by = self.ended_by or signal.Signals(number).name
            for process in self._running:
                signal_group(process, number)

    def _ended(self, process: subprocess.Popen[bytes]) -> None:
        with self._lock:
            self._running.discard(process)
        if self.ended_by:
            self._end_the_rest(process)

    def _wait(self, process: subprocess.Popen[bytes]) -> int:
        while True:
            try:
                return process.wait(_LOOK_S)
            except subprocess.TimeoutExpired:
                if self.ended_by and time.monotonic() > self._kill_at:
                    signal_group(process, KILL)

    def _end_the_rest(self, process: subprocess.Popen[bytes]) -> None:
        deadline = min(self._kill_at, time.monotonic() + _REST_S)
        while signal_group(process, 0) and time.monotonic() < deadline:
            time.sleep(_LOOK_S / 10)
        signal_group(process, KILL)
