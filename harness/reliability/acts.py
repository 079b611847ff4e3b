"""Bringing a fault about: what is done on this side, and what the session is told to do itself."""

from __future__ import annotations

import os
import random
import resource
import signal
import threading
from collections.abc import Callable

from harness.device.virt_qemu import VirtQemu
from harness.node.structs import PanicKind
from harness.reliability.channel import Message
from harness.reliability.faults import HOST, QEMU, Phase
from harness.reliability.plan import Run
from harness.reliability.processes import processes_of
from harness.reliability.scene import Scene

_PROGRAMS = {HOST: "node", QEMU: VirtQemu.QEMU_PROG_PATH}
_LATEST_S = 0.8  # after the tests have been collected, that a fault of the preparation comes
_FAR = (120, 9_000)  # bytes within which something happens on the line: in a test, at the start

NOWHERE = "no file system can be mounted here: every full disk is a limit of file size"


class Fault:
    """One run's fault. `pid` is the session's. `notes`: what could not be done as drawn."""

    def __init__(self, run: Run, scene: Scene) -> None:
        self._run, self._scene = run, scene
        self._dice = random.Random(run.dice)
        self.pid = 0
        self.has_come = threading.Event()
        self.notes: list[str] = []

    def set_up(self) -> None:
        """Before the session starts."""
        acts = {
            "disk full": self._choose_disk,
            "report unwritable": self._make_unwritable,
            "port busy": self._take_port,
        }
        acts.get(self._run.kind.name, _nothing)()

    def is_due(self, moment: Message) -> bool:
        """Whether it comes at this moment of the session."""
        run = self._run
        if moment["at"] != run.phase.value:
            return False
        if run.phase in (Phase.START, Phase.PREPARE, Phase.CLOSE):
            return True
        return moment["test"] == run.test and (run.phase is not Phase.CALL or _step(run, moment))

    def happen(self, moment: Message) -> Message:
        """Brings it about; what the session itself has to do of it is returned."""
        acts: dict[str, Callable[[Message], Message]] = {
            "node silent": self._silence,
            "node hangs": lambda _: {"command": "hang", "variant": self._dice.randrange(2)},
            "node restarts": lambda _: {"command": "panic", "variant": self._panic()},
            "wrong answer": lambda _: {"lie": self._dice.choice(("value", "refusal"))},
            "clock jumps": lambda _: {"clock": self._jump()},
        }
        name = self._run.kind.name
        if name in acts:
            self.has_come.set()
            return acts[name](moment)
        if name.startswith("bytes "):
            return self._disturb(name.removeprefix("bytes "))
        if self._run.phase is Phase.START:
            return {}  # it was there before the session
        if self._run.phase is Phase.PREPARE:
            # Whatever the session is doing then.
            timer = threading.Timer(self._dice.uniform(0, _LATEST_S), self._act, (name, moment))
            timer.daemon = True
            timer.start()
        else:
            self._act(name, moment)
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
        elif name == "log process killed":
            self._kill_log()
        elif name == "disk full":
            self._fill()
        elif name.startswith("port ") or name == "supply drops":
            self._on_board(name)

    # ---- on the line, in the node -------------------------------------------------------------

    def _disturb(self, how: str) -> Message:
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

    def _silence(self, _moment: Message) -> Message:
        for_good = self._dice.random() < 0.3
        if self._scene.board is not None:
            self._scene.board.fall_silent(for_good=for_good)
            return {}
        return {"cut": "for good" if for_good else "until it is started anew"}

    def _panic(self) -> int:
        return int(self._dice.choice(list(PanicKind)))

    def _jump(self) -> float:
        return self._dice.choice((-1, 1)) * self._dice.choice((90.0, 3_600.0, 4e7))

    # ---- processes ----------------------------------------------------------------------------

    def _ctrl_c(self) -> None:
        """In a terminal it reaches every process of the session's group; a script tells one."""
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
            self.notes.append(NOWHERE)

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

    def _take_port(self) -> None:
        assert self._scene.board is not None
        self._scene.other_user = self._scene.board.take_for_another()

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

        timer = threading.Timer(self._dice.uniform(0.1, 6.0), back)
        timer.daemon = True
        timer.start()


def _step(run: Run, moment: Message) -> bool:
    return bool(moment["step"] == run.step)


def _nothing() -> None:
    """This fault needs no preparation."""
