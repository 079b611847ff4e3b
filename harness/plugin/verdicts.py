"""PASS, FAIL, BENCH: what each phase of a test says, and what it means for the session."""

from __future__ import annotations

from collections.abc import Generator

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
from harness.plugin.bench import BENCH, Bench
from harness.plugin.blame import each_error, sentence_of, verdict_of_error
from harness.plugin.clean_report import clean_report
from harness.plugin.embedded import LogLost
from harness.plugin.judged import is_about_device, needs_device
from harness.plugin.options import repeat_command
from harness.report import Verdict
from harness.visible import visible

REPEAT = "repeat exactly this case"  # title of a section in pytest's report
HOST_TRACE = "where this machine failed"  # the traceback of a fault that is no BenchError
LOG_LINES = 40  # of the node's log, kept for each test
_MOST_LOG_LINES = 10_000  # in which a panic is looked for
_LOG_BEGIN = pytest.StashKey[list[int]]()

# After these no device is left to judge; the last one has been judged.
_LAST_FAULTS = (ConnectionLost, DeviceDied, PortMissing, NotBroughtBack)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Remembers where in the node's log the test begins."""
    bench = item.config.stash.get(BENCH, None)
    if bench is not None:
        bench.begin_test(item.nodeid)
        item.stash[_LOG_BEGIN] = bench.log_seen


@pytest.hookimpl(wrapper=True, trylast=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, object, object]:
    """A test after which the node does not answer, or has restarted by itself, has failed."""
    result = yield
    bench = item.config.stash.get(BENCH, None)
    if bench is not None and _uses_device(item, bench):
        bench.sample()
    return result


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_teardown(item: pytest.Item) -> Generator[None, object, object]:
    """So has one whose fixtures leave such a node behind."""
    result = yield
    bench = item.config.stash.get(BENCH, None)
    if bench is not None and _uses_device(item, bench):
        bench.look_again()
    return result


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Adds the verdict to the report, and what a person needs to understand it."""
    report = yield
    bench = item.config.stash.get(BENCH, None)
    if bench is None:
        return report
    error = _at_fault(call.excinfo.value if call.excinfo else None, bench)
    verdict = verdict_of(report, error)
    begin: list[int] = item.stash.get(_LOG_BEGIN, [])
    log = bench.log_since(begin, _MOST_LOG_LINES)
    vars(report).update(
        hil_phase=report.when,
        hil_verdict=verdict.value,
        hil_about_device=is_about_device(item) or bench.was_used,
    )
    if report.when == "teardown":
        vars(report).update(hil_log=around_crash(log, LOG_LINES))
        bench.journal.test = ""
    if verdict is Verdict.BENCH:
        _blame_bench(report, error)
    elif verdict is Verdict.FAIL:
        # pytest's JUnit file has failures, in the test's call, and errors, in any other phase.
        report.when = "call"
        _explain(report, item, log, bench.decoded_backtrace(log))
    clean_report(report, _in_colour(item.config))
    bench.note_fault(error)
    if last := next((e for e in each_error(error) if _ends_session(e, bench)), None):
        bench.end(last)
        item.session.shouldstop = visible(str(last).partition("\n")[0])
    return report


def verdict_of(report: pytest.TestReport, error: BaseException | None) -> Verdict:
    """What one phase of a test says of the device."""
    if report.skipped or hasattr(report, "wasxfail"):
        return Verdict.SKIP
    return Verdict.PASS if report.passed else verdict_of_error(error)


def pytest_report_teststatus(
    report: pytest.TestReport | pytest.CollectReport,
) -> tuple[str, str, tuple[str, dict[str, bool]]] | None:
    """BENCH has a letter and a word of its own."""
    if getattr(report, "hil_verdict", None) == Verdict.BENCH and report.outcome == "failed":
        return "bench", "B", ("BENCH", {"yellow": True})
    return None


def _in_colour(config: pytest.Config) -> bool:
    return bool(getattr(config.pluginmanager.getplugin("terminalreporter"), "hasmarkup", False))


def _uses_device(item: pytest.Item, bench: Bench) -> bool:
    return needs_device(item) or bench.was_used


def _at_fault(error: BaseException | None, bench: Bench) -> BaseException | None:
    """`dut` waits in vain when nobody writes down what the device says."""
    waited = any(isinstance(e, pexpect.ExceptionPexpect) for e in each_error(error))
    return LogLost() if waited and bench.log_is_lost else error


def _ends_session(error: BaseException, bench: Bench) -> bool:
    return error is bench.problem or isinstance(error, _LAST_FAULTS)


def _blame_bench(report: pytest.TestReport, error: BaseException | None) -> None:
    """One sentence; a traceback would blame the test. It is kept where it says where to look."""
    if not any(isinstance(e, BenchError | DeviceFault) for e in each_error(error)):
        report.sections.append((HOST_TRACE, report.longreprtext))
    report.longrepr = f"BENCH: {sentence_of(error)}"
    vars(report).update(when="bench")


def _explain(report: pytest.TestReport, item: pytest.Item, log: list[str], backtrace: str) -> None:
    """The node's last words and the command that repeats the case, below pytest's own report."""
    if log:
        text = "\n".join(around_crash(log, LOG_LINES))
        report.sections.append((f"the node's log during this test, last {LOG_LINES} lines", text))
    if backtrace:
        report.sections.append(("the node's panic, decoded", backtrace))
    report.sections.append((REPEAT, repeat_command(item.config, item.nodeid)))
