"""The kinds of fault: what is true under each, and how soon it has to be said.

Why it is true stands in docs/reliability.md.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass

SCRIPTED, HOST, QEMU = "scripted", "host", "qemu"
ALL = (SCRIPTED, HOST, QEMU)
EMULATED = (HOST, QEMU)


class Truth(enum.StrEnum):
    """What a session is to say."""

    PASS = "PASS"
    FAIL = "FAIL"
    BENCH = "BENCH"
    STOPPED = "STOPPED"  # BENCH, with the exit status of Ctrl-C
    NONE = "NONE"  # nothing: the session was killed by SIGKILL


class Phase(enum.StrEnum):
    """When in a session a fault can happen."""

    START = "start"  # before anything else
    PREPARE = "prepare"  # while the device is built and started
    SETUP = "setup"
    CALL = "call"
    TEARDOWN = "teardown"
    BETWEEN = "between"  # after one test and before the next
    CLOSE = "close"  # after the verdict of every test


IN_A_TEST = (Phase.SETUP, Phase.CALL, Phase.TEARDOWN)
ANY_TIME = (Phase.PREPARE, *IN_A_TEST, Phase.CLOSE)


@dataclass(frozen=True)
class Kind:
    """A kind of fault.

    bound_s: the longest time from the fault to the end of the session. says: a pattern that the
    sentence of the verdict has to contain. waits: whether the session waits more than it computes.
    rarely: how many times less often than other kinds it is drawn. many: whether the session has
    several workers.
    """

    name: str
    devices: tuple[str, ...]
    truth: Truth
    phases: tuple[Phase, ...]
    bound_s: float
    says: str = ""
    waits: bool = False
    rarely: int = 1
    many: bool = False


_LINE = (Phase.START, *IN_A_TEST)
_FAILED = "failed on .*, first: .*test_work"
_RESTARTED = f"{_FAILED}|Between two tests: The node reset by itself"
_NO_SUPPLY = "supply voltage|restarted from outside|reset from outside"
_UNWRITTEN = "cannot be written|No space left|File too large"

KINDS = (
    Kind("nothing", ALL, Truth.PASS, (Phase.START,), 60),
    Kind("bytes dropped", ALL, Truth.PASS, _LINE, 60, waits=True),
    Kind("bytes doubled", ALL, Truth.PASS, _LINE, 60, waits=True),
    Kind("bytes garbled", ALL, Truth.PASS, _LINE, 60, waits=True),
    Kind("bytes late", ALL, Truth.PASS, _LINE, 60, waits=True),
    Kind("node silent", ALL, Truth.FAIL, IN_A_TEST, 240, _FAILED, waits=True, rarely=4),
    Kind("node hangs", ALL, Truth.FAIL, IN_A_TEST, 40, _FAILED),
    Kind("node restarts", ALL, Truth.FAIL, (*IN_A_TEST, Phase.BETWEEN), 40, _RESTARTED),
    Kind("wrong answer", ALL, Truth.FAIL, IN_A_TEST, 30, _FAILED),
    Kind("supply drops", (SCRIPTED,), Truth.BENCH, IN_A_TEST, 30, _NO_SUPPLY),
    Kind("port gone and back", (SCRIPTED,), Truth.PASS, IN_A_TEST, 60, waits=True),
    Kind(
        "port back without power",
        (SCRIPTED,),
        Truth.BENCH,
        IN_A_TEST,
        60,
        says="had lost its power",
        waits=True,
    ),
    Kind(
        "port gone for good",
        (SCRIPTED,),
        Truth.BENCH,
        (Phase.PREPARE, *IN_A_TEST),
        60,
        says="was lost|cannot be used",
        waits=True,
    ),
    Kind("port busy", (SCRIPTED,), Truth.BENCH, (Phase.START,), 30, "another program uses it"),
    Kind("device killed", EMULATED, Truth.BENCH, IN_A_TEST, 30, "SIGKILL|signal 9"),
    Kind("disk full", ALL, Truth.BENCH, (Phase.PREPARE, *IN_A_TEST), 40, _UNWRITTEN),
    Kind("report unwritable", ALL, Truth.BENCH, (Phase.START,), 30, "cannot be written"),
    Kind("clock jumps", ALL, Truth.PASS, ANY_TIME, 40),
    Kind("Ctrl-C", ALL, Truth.STOPPED, ANY_TIME, 30, "stopped by Ctrl-C"),
    Kind("SIGTERM", ALL, Truth.BENCH, ANY_TIME, 30, "stopped by SIGTERM"),
    Kind("SIGHUP", ALL, Truth.BENCH, ANY_TIME, 30, "stopped by SIGHUP"),
    Kind("SIGKILL", ALL, Truth.NONE, ANY_TIME, 15),
    Kind(
        "worker killed",
        EMULATED,
        Truth.BENCH,
        IN_A_TEST,
        60,
        says="crashed while running",
        many=True,
    ),
    Kind("log process killed", ALL, Truth.PASS, IN_A_TEST, 40),
)
