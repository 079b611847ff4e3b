"""Makes a fault happen: what this side does, and what the session is told to do itself."""

from __future__ import annotations

import os
import random
import resource
import signal
import threading
from collections.abc import Callable

from harness.device.qemu import VirtQemu
from harness.node.structs import PanicKind
from harness.reliability.channel import Message
from harness.reliability.faults import HOST, QEMU, Phase
from harness.reliability.leftover import processes_of
from harness.reliability.plan import Run
from harness.reliability.scene import Scene

_PROGRAMS = {HOST: "node", QEMU: VirtQemu.QEMU_PROG_PATH}
_LATEST_S = 0.8  # from the end of collection to a fault of the preparation
_FAR = (120, 9_000)  # bytes within which the line is disturbed: in a test, at the start
_FOR_GOOD = 0.3  # share of silent nodes that no restart helps


class Fault:
    """The fault of one run. pid: of the session. notes: what could not be done as it was drawn."""

    def __init__(self, run: Run, scene: Scene) -> None:
        self._run, self._scene = run, scene
        self._dice = random.Random(run.dice)
        self.pid = 0
        self.has_come = threading.Event()
        self.notes: list[str] = []

    def set_up(self) -> None:
        """Prepares the fault before the session starts."""
        name = self._run.kind.name
        if name == "disk full":
            self._choose_disk()
        elif name == "report unwritable":
            self._make_unwritable()
        elif name == "port busy":
            assert self._scene.board is not None
            self._scene.other_user = self._scene.board.take_for_another()

    def is_due(self, moment: Message) -> bool:
        """Whether it happens at this moment of the session."""
        run = self._run
        if moment["at"] != run.phase.value:
            return False
        if run.phase in (Phase.START, Phase.PREPARE, Phase.CLOSE):
            return True
        is_step = run.phase is not Phase.CALL or moment["step"] == run.step
        return bool(moment["test"] == run.test and is_step)

    def happen(self, moment: Message) -> Message:
        """Lets it happen. Returns what the session itself has to do for it."""
        name = self._run.kind.name
        if orders := self._orders(name):
            self.has_come.set()
            return orders
        if self._run.phase is Phase.START:
            return {}  # it was prepared before the session
        if self._run.phase is Phase.PREPARE:
            # At some time after this, whatever the session does then.
            _later(self._dice.uniform(0, _LATEST_S), lambda: self._act(name, moment))
        else:
            self._act(name, moment)
        return {}

    def _orders(self, name: str) -> Message:
        """What the session has to do; empty where the fault is made on this side."""
        dice = self._dice
        if name.startswith("bytes "):
            return self._disturb(name.removeprefix("bytes "))
        if name == "node silent" and self._scene.board is None:
            return {"cut": "for good" if dice.random() < _FOR_GOOD else "until it is started anew"}
        if name == "node hangs":
            return {"command": "hang", "variant": dice.randrange(2)}
        if name == "node restarts":
            return {"command": "panic", "variant": int(dice.choice(list(PanicKind)))}
        if name == "wrong answer":
            return {"lie": dice.choice(("value", "refusal"))}
        if name == "clock jumps":
            return {"clock": dice.choice((-1, 1)) * dice.choice((90.0, 3_600.0, 4e7))}
        return {}

    def _act(self, name: str, moment: Message) -> None:
        try:
            self._do(name, moment)
        finally:
            self.has_come.set()

    def _do(self, name: str, moment: Message) -> None:
        numbers = {"SIGTERM": signal.SIGTERM, "SIGHUP": signal.SIGHUP, "SIGKILL": signal.SIGKILL}
        if name in numbers:
            os.kill(self.pid, numbers[name])
        elif name == "Ctrl-C":
            self._ctrl_c()
        elif name == "device killed":
            self._kill_device()
        elif name == "worker killed":
            os.kill(moment["pid"], signal.SIGKILL)
        elif name == "node silent":
            assert self._scene.board is not None
            self._scene.board.fall_silent(for_good=self._dice.random() < _FOR_GOOD)
        elif name == "log process killed":
            self._kill_log()
        elif name == "disk full":
            self._fill()
        elif name.startswith("port ") or name == "supply drops":
            self._on_board(name)

    def _disturb(self, how: str) -> Message:
        """Disturbances of bytes between the node and its connection."""
        far = _FAR[self._run.phase is Phase.START]
        each = [
            {
                "how": how,
                "way": self._dice.choice(("in", "out")),
                "after": self._dice.randrange(far),
                "length": self._dice.choice((1, 1, 2, 8, 40)),
                "seconds": self._dice.uniform(0.2, 3.0),
            }
            for _ in range(self._dice.choice((1, 1, 2, 3)))
        ]
        return {"disturb": each, "dice": self._run.dice}

    # ---- processes ----------------------------------------------------------------------------

    def _ctrl_c(self) -> None:
        """A terminal sends it to every process of the session's group, a script to one."""
        if self._dice.random() < 0.5:
            os.kill(self.pid, signal.SIGINT)
        else:
            os.killpg(self.pid, signal.SIGINT)

    def _kill_device(self) -> None:
        program = _PROGRAMS[self._run.device]
        found = [p.pid for p in processes_of(self._scene.mark) if p.program.startswith(program)]
        if not found:
            raise LookupError(f"no process {program}")
        os.kill(found[0], signal.SIGKILL)

    def _kill_log(self) -> None:
        found = [
            p.pid
            for p in processes_of(self._scene.mark)
            if any("multiprocessing" in word for word in p.words) and p.pid != self.pid
        ]
        if not found:
            raise LookupError("no process of pytest-embedded's log")
        os.kill(self._dice.choice(found), signal.SIGKILL)

    # ---- the disk -----------------------------------------------------------------------------

    def _choose_disk(self) -> None:
        self._is_disk = self._dice.random() < 0.6
        if self._is_disk and not self._scene.mount_disk():
            self._is_disk = False
            self.notes.append("file sizes are limited, since no disk can be mounted here")

    def _fill(self) -> None:
        if self._is_disk:
            self._scene.fill_disk()
            return
        journal = self._scene.report / "metrics.jsonl"
        most = journal.stat().st_size + self._dice.randrange(800) if journal.exists() else 500
        _, hard = resource.prlimit(self.pid, resource.RLIMIT_FSIZE)
        resource.prlimit(self.pid, resource.RLIMIT_FSIZE, (most, hard))

    def _make_unwritable(self) -> None:
        how = self._dice.choice(("file", "read only", "JUnit"))
        if how == "read only" and self._scene.mount_disk(",ro"):
            return
        (self._scene.folder / "file").touch()
        if how == "JUnit":
            self._scene.more.append(f"--junitxml={self._scene.folder / 'file' / 'junit.xml'}")
        else:
            self._scene.report = self._scene.folder / "file" / "report"

    # ---- the board and its port ---------------------------------------------------------------

    def _on_board(self, name: str) -> None:
        board = self._scene.board
        assert board is not None
        if name == "supply drops":
            self._dice.choice((board.brown_out, board.press_reset))()
            return
        board.unplug()
        if name == "port gone for good":
            return
        back = board.plug_in
        if name == "port back without power":

            def back() -> None:
                board.plug_in()
                board.press_reset()

        _later(self._dice.uniform(0.1, 6.0), back)


def _later(seconds: float, act: Callable[[], None]) -> None:
    timer = threading.Timer(seconds, act)
    timer.daemon = True
    timer.start()
