"""What is made of each phase of a test: its verdict, and what a person is told of it."""

from __future__ import annotations

import errno
from collections.abc import Generator
from types import SimpleNamespace
from typing import Any, Literal, cast

import pexpect
import pytest

from harness.errors import BenchError, ConnectionLost, DeviceDied, NodeCrashed, PortMissing
from harness.plugin import verdicts
from harness.plugin.embedded import LogLost
from harness.plugin.hil_session import HIL_SESSION
from harness.plugin.verdicts import (
    HOST_TRACE,
    REPEAT,
    pytest_report_teststatus,
    pytest_runtest_call,
    pytest_runtest_makereport,
    pytest_runtest_setup,
    pytest_runtest_teardown,
    verdict_of,
)
from harness.report import Verdict

LOG = [f"I ({i}) node: line {i}" for i in range(100)]
CRASH = NodeCrashed("PANIC")
NO_POWER = BenchError("The power supply does not answer.\nwith a second line")
NO_DISK = OSError(errno.ENOSPC, "No space left on device")


class ScriptedSession:
    """Remembers what it was told."""

    def __init__(self) -> None:
        self.was_used = False
        self.problem: BaseException | None = None
        self.log_is_lost = False
        self.log_seen = [7]
        self.log: list[str] = []
        self.backtrace = ""
        self.journal = SimpleNamespace(test="test_it.py::test_it")
        self.looked: list[str] = []
        self.noted: list[BaseException | None] = []
        self.ended: list[BaseException] = []

    def begin_test(self, name: str) -> None:
        self.looked.append(f"begin {name}")

    def sample(self) -> None:
        self.looked.append("sample")

    def look_again(self) -> None:
        self.looked.append("again")

    def log_since(self, begin: list[int], most: int) -> list[str]:
        self.looked.append(f"log since {begin}")
        return self.log[-most:]

    def decoded_backtrace(self, log: list[str]) -> str:
        return self.backtrace if log == self.log else "of another log"

    def note_fault(self, error: BaseException | None) -> None:
        self.noted.append(error)

    def end(self, error: BaseException) -> None:
        self.ended.append(error)


@pytest.fixture
def hil(monkeypatch: pytest.MonkeyPatch) -> ScriptedSession:
    def repeat(config: Any, name: str) -> str:
        return f"{config.called} {name}"

    monkeypatch.setattr(verdicts, "repeat_command", repeat)
    return ScriptedSession()


def item_of(hil: ScriptedSession | None, *fixtures: str, colour: bool = False) -> Any:
    """A test of a session that drives this device."""
    stash = pytest.Stash()
    if hil is not None:
        stash[HIL_SESSION] = cast("Any", hil)
    terminal = SimpleNamespace(hasmarkup=colour)
    config = SimpleNamespace(
        stash=stash,
        pluginmanager=SimpleNamespace(getplugin={"terminalreporter": terminal}.get),
        called="pytest",
    )
    return SimpleNamespace(
        nodeid="test_it.py::test_it",
        config=config,
        stash=pytest.Stash(),
        fixturenames=list(fixtures),
        session=SimpleNamespace(shouldstop=False),
    )


def phase(
    when: Literal["setup", "call", "teardown"] = "call",
    outcome: Literal["passed", "failed", "skipped"] = "failed",
    longrepr: str | None = "the traceback",
) -> pytest.TestReport:
    return pytest.TestReport(
        "test_it.py::test_it", ("test_it.py", 1, "test_it"), {}, outcome, longrepr, when
    )


def through(hook: Generator[None, Any, Any], result: Any) -> Any:
    """What a wrapper makes of the result of what it wraps."""
    next(hook)
    try:
        hook.send(result)
    except StopIteration as end:
        return end.value
    raise AssertionError("a wrapper yields once")


def reported(
    item: Any, report: pytest.TestReport, error: BaseException | None = None
) -> pytest.TestReport:
    """The report of a phase that ended with the error."""
    excinfo = None if error is None else SimpleNamespace(value=error)
    call = cast("pytest.CallInfo[None]", SimpleNamespace(excinfo=excinfo))
    return through(pytest_runtest_makereport(item, call), report)


def said(report: pytest.TestReport, title: str) -> list[str]:
    """The texts of the sections that begin with this title."""
    return [text for name, text in report.sections if name.startswith(title)]


# ---- when the node is looked at ----------------------------------------------------------------


def test_a_test_begins_where_the_log_is(hil: ScriptedSession) -> None:
    item = item_of(hil)
    pytest_runtest_setup(item)
    hil.log_seen = [9]
    reported(item, phase(outcome="passed"))
    assert hil.looked == ["begin test_it.py::test_it", "log since [7]"]


@pytest.mark.parametrize(
    ("hook", "look"), [(pytest_runtest_call, "sample"), (pytest_runtest_teardown, "again")]
)
def test_the_node_is_looked_at_after_the_call_and_after_the_last_fixture(
    hil: ScriptedSession, hook: Any, look: str
) -> None:
    assert through(hook(item_of(hil, "hil_session")), "result") == "result"
    assert hil.looked == [look]
    assert through(hook(item_of(hil, "tmp_path")), "result") == "result"
    assert hil.looked == [look]
    hil.was_used = True  # it asked while it ran
    assert through(hook(item_of(hil, "tmp_path")), "result") == "result"
    assert hil.looked == [look, look]


def test_in_a_session_without_a_device_nothing_is_done() -> None:
    item = item_of(None, "hil_session")
    pytest_runtest_setup(item)
    assert through(pytest_runtest_call(item), "result") == "result"
    assert through(pytest_runtest_teardown(item), "result") == "result"
    report = reported(item, phase(), CRASH)
    assert report.when == "call" and not hasattr(report, "hil_verdict")


# ---- the verdict of a phase --------------------------------------------------------------------


def test_the_verdict_of_a_phase() -> None:
    assert verdict_of(phase(outcome="passed"), None) is Verdict.PASS
    assert verdict_of(phase(outcome="skipped"), None) is Verdict.SKIP
    assert verdict_of(phase(), CRASH) is Verdict.FAIL
    assert verdict_of(phase(), NO_POWER) is Verdict.BENCH
    expected = phase()
    vars(expected).update(wasxfail="known")
    assert verdict_of(expected, CRASH) is Verdict.SKIP


def test_a_phase_that_passed_says_so(hil: ScriptedSession) -> None:
    report = reported(item_of(hil, "node"), phase("setup", "passed", None))
    assert vars(report)["hil_verdict"] == "PASS" and vars(report)["hil_phase"] == "setup"
    assert report.when == "setup" and report.sections == []
    assert hil.noted == [None] and not hil.ended


def test_whether_a_test_is_about_the_device(hil: ScriptedSession) -> None:
    for fixtures, was_used, about in (
        (["node"], False, True),
        ([], True, True),
        (["tmp_path"], False, False),
    ):
        hil.was_used = was_used
        report = reported(item_of(hil, *fixtures), phase(outcome="passed"))
        assert vars(report)["hil_about_device"] is about


def test_the_last_phase_has_the_log_and_ends_the_test(hil: ScriptedSession) -> None:
    hil.log = LOG
    item = item_of(hil)
    assert not hasattr(reported(item, phase("call", "passed")), "hil_log")
    assert hil.journal.test == "test_it.py::test_it"
    report = reported(item, phase("teardown", "passed"))
    assert vars(report)["hil_log"] == LOG[-40:]
    assert hil.journal.test == ""


# ---- what is said of a device that is wrong ----------------------------------------------------


@pytest.mark.parametrize("when", ["setup", "call", "teardown"])
def test_a_fault_of_the_device_is_a_failure_whenever_it_comes(
    hil: ScriptedSession, when: Literal["setup", "call", "teardown"]
) -> None:
    report = reported(item_of(hil), phase(when), CRASH)
    assert vars(report)["hil_verdict"] == "FAIL" and vars(report)["hil_phase"] == when
    assert report.when == "call"
    assert report.longrepr == "the traceback"
    assert report.sections == [(REPEAT, "pytest test_it.py::test_it")]
    assert hil.noted == [CRASH] and not hil.ended


def test_a_failure_has_the_node_s_log_and_its_panic(hil: ScriptedSession) -> None:
    hil.log, hil.backtrace = LOG, "app_main at main.c:7"
    report = reported(item_of(hil), phase(), CRASH)
    assert report.sections == [
        ("the node's log during this test, last 40 lines", "\n".join(LOG[-40:])),
        ("the node's panic, decoded", "app_main at main.c:7"),
        (REPEAT, "pytest test_it.py::test_it"),
    ]


def test_a_panic_long_ago_in_the_log_is_shown(hil: ScriptedSession) -> None:
    hil.log = ["Guru Meditation Error: Core  0 panic'ed", "Rebooting...", *(LOG * 90)]
    report = reported(item_of(hil), phase(), CRASH)
    assert "Guru Meditation Error" in said(report, "the node's log")[0]


# ---- what is said of a fault of the bench ------------------------------------------------------


def test_a_fault_of_the_bench_is_its_sentence_and_no_traceback(hil: ScriptedSession) -> None:
    hil.log = LOG
    report = reported(item_of(hil), phase("setup"), NO_POWER)
    assert vars(report)["hil_verdict"] == "BENCH" and vars(report)["hil_phase"] == "setup"
    assert report.when == "bench"
    assert report.longrepr == f"BENCH: {NO_POWER}"
    assert report.sections == []
    assert hil.noted == [NO_POWER] and not hil.ended


def test_a_fault_of_this_machine_keeps_the_traceback_that_says_where(hil: ScriptedSession) -> None:
    report = reported(item_of(hil), phase(), NO_DISK)
    sentence = "This machine failed the test: No space left on device."
    assert report.longrepr == f"BENCH: {sentence}"
    assert report.sections == [(HOST_TRACE, "the traceback")]


def test_bench_has_a_letter_and_a_word_of_its_own() -> None:
    report = phase()
    vars(report).update(hil_verdict="BENCH")
    assert pytest_report_teststatus(report) == ("bench", "B", ("BENCH", {"yellow": True}))
    report.outcome = "passed"
    assert pytest_report_teststatus(report) is None
    other = phase()
    assert pytest_report_teststatus(other) is None
    vars(other).update(hil_verdict="FAIL")
    assert pytest_report_teststatus(other) is None


# ---- what ends the session ---------------------------------------------------------------------


@pytest.mark.parametrize(
    "error",
    [
        ConnectionLost("COM3", "it was unplugged"),
        DeviceDied("the emulator", "was killed", output="last words"),
        PortMissing("COM3", "it is gone"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_without_a_device_no_test_can_follow(hil: ScriptedSession, error: BenchError) -> None:
    item = item_of(hil)
    reported(item, phase(), error)
    assert hil.ended == [error]
    assert item.session.shouldstop == str(error).split("\n")[0]


def test_what_kept_the_device_from_coming_up_ends_the_session_too(hil: ScriptedSession) -> None:
    hil.problem = NO_POWER
    item = item_of(hil)
    reported(item, phase("setup"), NO_POWER)
    assert hil.ended == [NO_POWER]
    assert item.session.shouldstop == "The power supply does not answer."


def test_a_cause_deep_below_ends_the_session_as_well(hil: ScriptedSession) -> None:
    lost = ConnectionLost("COM3", "it was unplugged\x1b[2J")
    error = RuntimeError("the walk ended")
    error.__cause__ = lost
    item = item_of(hil)
    reported(item, phase(), error)
    assert hil.ended == [lost]
    assert item.session.shouldstop == r"The connection to COM3 was lost: it was unplugged\x1b[2J."


def test_other_faults_end_no_session(hil: ScriptedSession) -> None:
    item = item_of(hil)
    for error in (NO_POWER, CRASH, NO_DISK):
        reported(item, phase(), error)
    assert hil.ended == [] and item.session.shouldstop is False


# ---- pytest-embedded's log ---------------------------------------------------------------------


@pytest.mark.parametrize("waited", [pexpect.TIMEOUT("in vain"), pexpect.EOF("ended")])
def test_who_waits_for_a_log_that_nobody_writes_is_not_the_device_s_fault(
    hil: ScriptedSession, waited: Exception
) -> None:
    assert vars(reported(item_of(hil), phase(), waited))["hil_verdict"] == "FAIL"
    hil.log_is_lost = True
    report = reported(item_of(hil), phase(), waited)
    assert report.longrepr == f"BENCH: {LogLost()}"
    assert vars(reported(item_of(hil), phase(), CRASH))["hil_verdict"] == "FAIL"


# ---- what comes from a device is text ----------------------------------------------------------


def test_nothing_in_a_report_is_obeyed_by_a_terminal(hil: ScriptedSession) -> None:
    report = phase(longrepr="\x1b[31mred\x1b[2J")
    assert reported(item_of(hil), report, CRASH).longrepr == r"\x1b[31mred\x1b[2J"
    coloured = phase(longrepr="\x1b[31mred\x1b[2J")
    item = item_of(hil, colour=True)
    assert reported(item, coloured, CRASH).longrepr == "\x1b[31mred\\x1b[2J"


def test_a_session_without_a_terminal_has_no_colours(hil: ScriptedSession) -> None:
    item = item_of(hil)
    item.config.pluginmanager.getplugin = {}.get
    report = phase(longrepr="\x1b[31mred")
    assert reported(item, report, CRASH).longrepr == r"\x1b[31mred"
