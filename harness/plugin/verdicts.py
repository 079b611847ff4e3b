"""PASS, FAIL or BENCH: the verdict of each phase of a test, and what it means for the session."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

import pexpect
import pytest

from harness.errors import (
    BenchError,
    ConnectionLost,
    DeviceDied,
    DeviceFault,
    NotBroughtBack,
    PortMissing,
)
from harness.node.last_words import around_crash
from harness.plugin.blame import each_error, sentence_of, verdict_of_error
from harness.plugin.embedded import LogLost
from harness.plugin.hil_session import HIL_SESSION, HilSession
from harness.plugin.judged import is_about_device, needs_device
from harness.plugin.options import repeat_command
from harness.report import Verdict
from harness.visible import visible

REPEAT = "repeat exactly this case"  # title of a section in pytest's report
HOST_TRACE = "where this machine failed"  # the traceback of an error that is not a BenchError
LOG_LINES = 40  # lines of the node's log that are kept for each test
_MOST_LOG_LINES = 10_000  # lines in which a panic is searched
_LOG_BEGIN = pytest.StashKey[list[int]]()

# After one of these no test can run: no device is left, or the node has been judged for good.
_LAST_FAULTS = (ConnectionLost, DeviceDied, PortMissing, NotBroughtBack)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Remembers the line of the node's log at which the test begins."""
    hil = item.config.stash.get(HIL_SESSION, None)
    if hil is not None:
        hil.begin_test(item.nodeid)
        item.stash[_LOG_BEGIN] = hil.log_seen


@pytest.hookimpl(wrapper=True, trylast=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, object, object]:
    """Fails a test after whose call the node does not answer or has restarted by itself."""
    result = yield
    hil = item.config.stash.get(HIL_SESSION, None)
    if hil is not None and _uses_device(item, hil):
        hil.sample()
    return result


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_teardown(item: pytest.Item) -> Generator[None, object, object]:
    """Fails a test after whose last fixture the node does not answer or has restarted by itself."""
    result = yield
    hil = item.config.stash.get(HIL_SESSION, None)
    if hil is not None and _uses_device(item, hil):
        hil.look_again()
    return result


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Adds the verdict to the report, with log, panic and repeat command."""
    report = yield
    hil = item.config.stash.get(HIL_SESSION, None)
    if hil is None:
        return report
    error = _at_fault(call.excinfo.value if call.excinfo else None, hil)
    verdict = verdict_of(report, error)
    begin: list[int] = item.stash.get(_LOG_BEGIN, [])
    log = hil.log_since(begin, _MOST_LOG_LINES)
    vars(report).update(
        hil_phase=report.when,
        hil_verdict=verdict.value,
        hil_about_device=is_about_device(item) or hil.was_used,
    )
    if report.when == "teardown":
        vars(report).update(hil_log=around_crash(log, LOG_LINES))
        hil.journal.test = ""
    if verdict is Verdict.BENCH:
        _blame_bench(report, error)
    elif verdict is Verdict.FAIL:
        # pytest writes a failure of the call as such into its JUnit file, any other as an error.
        report.when = "call"
        _explain(report, item, log, hil.decoded_backtrace(log))
    clean_report(report, _in_colour(item.config))
    hil.note_fault(error)
    if last := next((e for e in each_error(error) if _ends_session(e, hil)), None):
        hil.end(last)
        item.session.shouldstop = visible(str(last).partition("\n")[0])
    return report


def verdict_of(report: pytest.TestReport, error: BaseException | None) -> Verdict:
    """The verdict of one phase of a test."""
    if report.skipped or hasattr(report, "wasxfail"):
        return Verdict.SKIP
    return Verdict.PASS if report.passed else verdict_of_error(error)


def pytest_report_teststatus(
    report: pytest.TestReport | pytest.CollectReport,
) -> tuple[str, str, tuple[str, dict[str, bool]]] | None:
    """Gives BENCH a letter and a word of its own."""
    if getattr(report, "hil_verdict", None) == Verdict.BENCH and report.outcome == "failed":
        return "bench", "B", ("BENCH", {"yellow": True})
    return None


def _in_colour(config: pytest.Config) -> bool:
    return bool(getattr(config.pluginmanager.getplugin("terminalreporter"), "hasmarkup", False))


def _uses_device(item: pytest.Item, hil: HilSession) -> bool:
    return needs_device(item) or hil.was_used


def _at_fault(error: BaseException | None, hil: HilSession) -> BaseException | None:
    """The error, but LogLost for a wait of `dut` whose log is not written any more."""
    waited = any(isinstance(e, pexpect.ExceptionPexpect) for e in each_error(error))
    return LogLost() if waited and hil.log_is_lost else error


def _ends_session(error: BaseException, hil: HilSession) -> bool:
    return error is hil.problem or isinstance(error, _LAST_FAULTS)


def _blame_bench(report: pytest.TestReport, error: BaseException | None) -> None:
    """Puts one sentence in the place of the traceback, which would blame the test. The traceback of
    an error that is not the bench's own is kept, since it says where to look."""
    if not any(isinstance(e, BenchError | DeviceFault) for e in each_error(error)):
        report.sections.append((HOST_TRACE, report.longreprtext))
    report.longrepr = f"BENCH: {sentence_of(error)}"
    vars(report).update(when="bench")


def _explain(report: pytest.TestReport, item: pytest.Item, log: list[str], backtrace: str) -> None:
    """Adds the node's last lines and the command that repeats the case to pytest's own report."""
    if log:
        text = "\n".join(around_crash(log, LOG_LINES))
        report.sections.append((f"the node's log during this test, last {LOG_LINES} lines", text))
    if backtrace:
        report.sections.append(("the node's panic, decoded", backtrace))
    report.sections.append((REPEAT, repeat_command(item.config, item.nodeid)))


def clean_report(report: pytest.TestReport, colours: bool) -> None:
    """Makes control characters visible, which a device may have put into messages, tracebacks and
    captured output.

    colours: pytest prints in colour and has already added colours to some of the text.
    """
    report.sections[:] = [
        (title, visible(text, colours=colours)) for title, text in report.sections
    ]
    longrepr: Any = report.longrepr
    if isinstance(longrepr, str):
        report.longrepr = visible(longrepr, colours=colours)
        return
    chain = getattr(longrepr, "chain", None)
    if chain is None and hasattr(longrepr, "reprtraceback"):
        chain = [(longrepr.reprtraceback, longrepr.reprcrash, None)]
    for trace, crash, _ in chain or ():
        if crash is not None:
            crash.message = visible(crash.message, colours=colours)
        for entry in trace.reprentries:
            entry.lines = [visible(line, colours=colours) for line in entry.lines]
            if (place := getattr(entry, "reprfileloc", None)) is not None:
                place.message = visible(place.message, colours=colours)
