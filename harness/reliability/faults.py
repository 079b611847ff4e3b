"""The kinds of fault: what is true under each, why, and how soon it has to be said."""

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
    NONE = "NONE"  # it was killed outright: no word at all


class Phase(enum.StrEnum):
    """Where in a session a fault can come."""

    START = "start"  # before anything is done
    PREPARE = "prepare"  # while the device is being built and started
    SETUP = "setup"
    CALL = "call"
    TEARDOWN = "teardown"
    BETWEEN = "between"  # after one test and before the next
    CLOSE = "close"  # every test has been told


IN_A_TEST = (Phase.SETUP, Phase.CALL, Phase.TEARDOWN)
ANY_TIME = (Phase.PREPARE, *IN_A_TEST, Phase.CLOSE)


@dataclass(frozen=True)
class Kind:
    """A kind of fault.

    says: a pattern that the verdict's sentence has to have. bound_s: from the fault to the end of
    the session. waits: it takes time and no computing. rarely: how many times less often than
    others it is drawn. many: in a session of several workers.
    """

    name: str
    devices: tuple[str, ...]
    truth: Truth
    why: str
    phases: tuple[Phase, ...]
    bound_s: float
    says: str = ""
    waits: bool = False
    rarely: int = 1
    many: bool = False


_ANSWER = "what was lost on the line is asked for again, and every number has its CRC"
_STOP = "a session that is told to end has not judged the device"
_LINE = (Phase.START, *IN_A_TEST)

KINDS = (
    Kind("nothing", ALL, Truth.PASS, "nothing is wrong", (Phase.START,), 60),
    Kind("bytes dropped", ALL, Truth.PASS, _ANSWER, _LINE, 60, waits=True),
    Kind("bytes doubled", ALL, Truth.PASS, _ANSWER, _LINE, 60, waits=True),
    Kind("bytes garbled", ALL, Truth.PASS, _ANSWER, _LINE, 60, waits=True),
    Kind("bytes late", ALL, Truth.PASS, "a slow line is no silent node", _LINE, 60, waits=True),
    Kind(
        "node silent",
        ALL,
        Truth.FAIL,
        "the connection is open and nothing answers",
        IN_A_TEST,
        240,
        says="failed on .*, first: .*test_work",
        waits=True,
        rarely=4,
    ),
    Kind(
        "node hangs",
        ALL,
        Truth.FAIL,
        "the firmware stands still until its watchdog restarts it",
        IN_A_TEST,
        40,
        says="failed on .*, first: .*test_work",
    ),
    Kind(
        "node restarts",
        ALL,
        Truth.FAIL,
        "the firmware panicked",
        (*IN_A_TEST, Phase.BETWEEN),
        40,
        says="failed on .*, first: .*test_work|Between two tests: The node reset by itself",
    ),
    Kind(
        "wrong answer",
        ALL,
        Truth.FAIL,
        "a value is not what it has to be, or a request is refused",
        IN_A_TEST,
        30,
        says="failed on .*, first: .*test_work",
    ),
    Kind(
        "supply drops",
        (SCRIPTED,),
        Truth.BENCH,
        "no firmware makes a brown-out or presses the reset button",
        IN_A_TEST,
        30,
        says="supply voltage|restarted from outside|reset from outside",
    ),
    Kind(
        "port gone and back",
        (SCRIPTED,),
        Truth.PASS,
        "a USB port may vanish for a moment",
        IN_A_TEST,
        60,
        waits=True,
    ),
    Kind(
        "port back without power",
        (SCRIPTED,),
        Truth.BENCH,
        "a cable that was pulled took the board's power along",
        IN_A_TEST,
        60,
        says="had lost its power",
        waits=True,
    ),
    Kind(
        "port gone for good",
        (SCRIPTED,),
        Truth.BENCH,
        "without its port no board is judged",
        (Phase.PREPARE, *IN_A_TEST),
        60,
        says="was lost|cannot be used",
        waits=True,
    ),
    Kind(
        "port busy",
        (SCRIPTED,),
        Truth.BENCH,
        "two programs on one port take each other's bytes",
        (Phase.START,),
        30,
        says="another program uses it",
    ),
    Kind(
        "device killed",
        EMULATED,
        Truth.BENCH,
        "the process that plays the device was ended from outside",
        IN_A_TEST,
        30,
        says="SIGKILL|signal 9",
    ),
    Kind(
        "disk full",
        ALL,
        Truth.BENCH,
        "what was found cannot be written down",
        (Phase.PREPARE, *IN_A_TEST),
        40,
        says="cannot be written|No space left|File too large",
    ),
    Kind(
        "report unwritable",
        ALL,
        Truth.BENCH,
        "what will be found cannot be written down",
        (Phase.START,),
        30,
        says="cannot be written",
    ),
    Kind("clock jumps", ALL, Truth.PASS, "no wait goes by the clock on the wall", ANY_TIME, 40),
    Kind("Ctrl-C", ALL, Truth.STOPPED, _STOP, ANY_TIME, 30, says="stopped by Ctrl-C"),
    Kind("SIGTERM", ALL, Truth.BENCH, _STOP, ANY_TIME, 30, says="stopped by SIGTERM"),
    Kind("SIGHUP", ALL, Truth.BENCH, _STOP, ANY_TIME, 30, says="stopped by SIGHUP"),
    Kind("SIGKILL", ALL, Truth.NONE, "nobody is left to say anything", ANY_TIME, 15),
    Kind(
        "worker killed",
        EMULATED,
        Truth.BENCH,
        "the test that it ran was not judged",
        IN_A_TEST,
        60,
        says="crashed while running",
        many=True,
    ),
    Kind(
        "log process killed",
        ALL,
        Truth.PASS,
        "only tests that read that log depend on it",
        IN_A_TEST,
        40,
    ),
)
