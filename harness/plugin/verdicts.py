"""PASS, FAIL, BENCH: what an exception means, and what it means for the session."""

from __future__ import annotations

from collections.abc import Generator

import pytest

from harness.errors import BenchError, ConnectionLost, DeviceDied, DeviceFault, PortMissing
from harness.plugin.bench import BENCH, Bench
from harness.plugin.options import repeat_command
from harness.report import Verdict

REPEAT = "repeat exactly this case"  # title of a section in pytest's report
LOG_LINES = 40  # of the node's log, kept for each test
_MOST_LOG_LINES = 10_000  # in which a panic is looked for
_LOG_BEGIN = pytest.StashKey[list[int]]()

# The host's own faults; whatever else a test raises is about the device.
_HOST_FAULTS = (BenchError, OSError, MemoryError)
# After these no device is left to judge.
_LAST_FAULTS = (ConnectionLost, DeviceDied, PortMissing)


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Remembers where in the node's log the test begins."""
    bench = item.config.stash.get(BENCH, None)
    if bench is not None:
        bench.journal.test = item.nodeid
        item.stash[_LOG_BEGIN] = bench.log_seen


@pytest.hookimpl(wrapper=True, trylast=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, object, object]:
    """A test after which the node does not answer, or has restarted by itself, has failed."""
    result = yield
    bench = item.config.stash.get(BENCH, None)
    if bench is not None and "node" in getattr(item, "fixturenames", ()):
        bench.sample()
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
    error = call.excinfo.value if call.excinfo else None
    verdict = verdict_of(report, error)
    begin: list[int] = item.stash.get(_LOG_BEGIN, [])
    log = bench.log_since(begin, _MOST_LOG_LINES)
    vars(report).update(hil_phase=report.when, hil_verdict=verdict.value)
    if report.when == "teardown":
        vars(report).update(hil_log=log[-LOG_LINES:])
        bench.journal.test = ""
    if verdict is Verdict.BENCH:
        report.longrepr = f"BENCH: {error}"  # without a traceback: it would blame the test
        # pytest's JUnit file has failures, in the test's call, and errors, in any other phase.
        vars(report).update(when="bench")
    elif verdict is Verdict.FAIL:
        if report.when == "setup":
            report.when = "call"
        _explain(report, item, log, bench.decoded_backtrace(log))
    if error is not None and _ends_session(error, bench):
        bench.end(error)
        item.session.shouldstop = str(error).splitlines()[0]
    return report


def verdict_of(report: pytest.TestReport, error: BaseException | None) -> Verdict:
    """What one phase of a test says of the device."""
    if report.skipped or hasattr(report, "wasxfail"):
        return Verdict.SKIP
    if report.passed:
        return Verdict.PASS
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, DeviceFault | AssertionError):
            return Verdict.FAIL
        if isinstance(cause, _HOST_FAULTS):
            return Verdict.BENCH
        cause = cause.__cause__
    return Verdict.FAIL


def pytest_report_teststatus(
    report: pytest.TestReport | pytest.CollectReport,
) -> tuple[str, str, tuple[str, dict[str, bool]]] | None:
    """BENCH has a letter and a word of its own."""
    if getattr(report, "hil_verdict", None) == Verdict.BENCH:
        return "bench", "B", ("BENCH", {"yellow": True})
    return None


def _ends_session(error: BaseException, bench: Bench) -> bool:
    return error is bench.problem or isinstance(error, _LAST_FAULTS)


def _explain(report: pytest.TestReport, item: pytest.Item, log: list[str], backtrace: str) -> None:
    """The node's last words and the command that repeats the case, below pytest's own report."""
    if log:
        text = "\n".join(log[-LOG_LINES:])
        report.sections.append((f"the node's log during this test, last {LOG_LINES} lines", text))
    if backtrace:
        report.sections.append(("the node's panic, decoded", backtrace))
    report.sections.append((REPEAT, repeat_command(item.config, item.nodeid)))
