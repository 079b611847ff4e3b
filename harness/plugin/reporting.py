"""What a session reports: the records of its tests, the last lines in the terminal, the page."""

from __future__ import annotations

import contextlib
import os
import sys
import threading
import time
from collections.abc import Callable, Generator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from harness.plugin.closing import Findings
from harness.plugin.ended import END
from harness.plugin.hil_session import HIL_SESSION, HilSession
from harness.plugin.on_request import LEFT_OUT
from harness.plugin.options import join_words, repeat_command
from harness.plugin.verdicts import REPEAT
from harness.plugin.workers import is_worker
from harness.report import Verdict, add_session, correct_junit, read_run, write_html
from harness.report.versions import all_versions
from harness.visible import visible

_REPORTER = "hil-reporter"
_DIED = "died"  # the phase of a test whose worker process has ended


def pytest_sessionstart(session: pytest.Session) -> None:
    """Starts the reporter of a session whose target is known."""
    start_reporter(session)


def start_reporter(session: pytest.Session) -> None:
    """Starts the reporter, in the process that has the terminal."""
    hil = session.config.stash.get(HIL_SESSION, None)
    if hil is not None and not is_worker(session.config):
        reporter = Reporter(hil, session)
        session.config.pluginmanager.register(reporter, _REPORTER)


@dataclass
class _Test:
    """What is known of a test so far."""

    verdict: Verdict = Verdict.PASS
    seconds: dict[str, float] = field(default_factory=dict)
    message: str = ""
    reason: str = ""
    reruns: int = 0  # attempts before this one, which do not count
    about_device: bool = False
    sections: dict[str, str] = field(default_factory=dict)

    @property
    def ran(self) -> bool:
        """False for what --setup-only leaves of a test."""
        return self.verdict is not Verdict.PASS or "call" in self.seconds


# The worst phase decides, and a skipped test has not passed.
_WEIGHT = {Verdict.PASS: 0, Verdict.SKIP: 1, Verdict.BENCH: 2, Verdict.FAIL: 3}


class Reporter:
    """Follows the tests and closes the session."""

    def __init__(self, hil: HilSession, session: pytest.Session) -> None:
        self._hil = hil
        self._session = session
        self._config = session.config
        self._begun = time.monotonic()
        self._running: dict[str, _Test] = {}
        self._skips: dict[str, int] = {}
        self._reruns = 0
        self._plain_because = ""  # what broke while the page was made
        self._found = Findings(hil.choice.label)
        hil.journal.record(
            "session",
            label=hil.choice.label,
            target=hil.choice.target.name,
            command=join_words(["pytest", *self._config.invocation_params.args]),
        )
        # Every tool is asked for its version, and the tests need not wait for that.
        self._versions = threading.Thread(target=self._record_versions, daemon=True)
        self._versions.start()

    def _record_versions(self) -> None:
        versions = all_versions(self._config.rootpath, self._hil.choice.target.requirements)
        self._hil.journal.record("versions", test="", versions=versions)

    # ---- as it happens ----------------------------------------------------------------------

    @pytest.hookimpl(wrapper=True)
    def pytest_collection(self) -> Generator[None, object, object]:
        """Reports a path that does not exist: an error of the command line, not of the device."""
        try:
            return (yield)
        except pytest.UsageError as error:
            why = str(error.args[0]).partition("\n")[0].rstrip(".") if error.args else "no tests"
            self._found.collect_problem = f"The tests cannot be collected: {why}."
            raise pytest.exit.Exception(self._found.collect_problem) from None

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """Reports a file that cannot be imported: an error of the suite, not of the device."""
        if report.failed and not self._found.collect_problem:
            name = report.nodeid or "the tests"
            self._found.collect_problem = f"{name} could not be collected."

    def pytest_runtest_logstart(self, nodeid: str) -> None:
        """Records that a test begins, so that a killed session tells in which test that was."""
        self._running[nodeid] = _Test(reruns=self._running.get(nodeid, _Test()).reruns)
        self._hil.journal.record("begin", test="", name=nodeid)

    def pytest_keyboard_interrupt(self, excinfo: pytest.ExceptionInfo[BaseException]) -> None:
        """Remembers who asked the session to end."""
        self._found.stop = excinfo.value
        self._found.running = list(self._running)

    def pytest_internalerror(self, excinfo: pytest.ExceptionInfo[BaseException]) -> None:
        """Remembers an error inside pytest or a plugin."""
        self._found.internal_error = f"{excinfo.exconly().partition(chr(10))[0].rstrip('.')}."

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Collects the phases of a test, and writes its record after the last one."""
        if report.failed and not hasattr(report, "hil_verdict"):
            _blame_worker(report)
        test = self._running.setdefault(report.nodeid, _Test())
        if str(report.outcome) == "rerun":  # pytest-rerunfailures: this attempt does not count
            self._take_back(report, test)
            return
        phase = getattr(report, "hil_phase", report.when)
        test.seconds[phase] = report.duration
        test.about_device |= getattr(report, "hil_about_device", False)
        verdict = Verdict(getattr(report, "hil_verdict", Verdict.PASS))
        if _WEIGHT[verdict] > _WEIGHT[test.verdict]:
            test.verdict = verdict
            test.reason = _skip_reason(report) if verdict is Verdict.SKIP else ""
            test.message = _message(report) if verdict is not Verdict.SKIP else ""
            if verdict is Verdict.FAIL:
                test.sections["traceback"] = report.longreprtext
            if verdict is not Verdict.SKIP:
                test.sections |= {title: text for title, text in report.sections if title != REPEAT}
        if phase in ("teardown", _DIED):
            del self._running[report.nodeid]
            self._finish(report, test)
        if (problem := self._hil.look_at_report()) is not None:
            self._session.shouldstop = str(problem)

    def _take_back(self, report: pytest.TestReport, test: _Test) -> None:
        self._reruns += 1
        self._running[report.nodeid] = _Test(reruns=test.reruns + 1)
        self._hil.journal.record("rerun", test="", name=report.nodeid, message=_message(report))

    def _finish(self, report: pytest.TestReport, test: _Test) -> None:
        if not test.ran:
            return
        self._found.verdicts.append(test.verdict)
        if test.verdict is Verdict.SKIP:
            self._skips[test.reason] = self._skips.get(test.reason, 0) + 1
        elif test.verdict is Verdict.FAIL and not self._found.first_failed:
            self._found.first_failed = report.nodeid
        elif test.verdict is Verdict.BENCH:
            self._found.bench_sentences.append(test.message)
        self._found.judged_device |= test.verdict is Verdict.PASS and test.about_device
        self._hil.journal.record(
            "test",
            test="",
            name=report.nodeid,
            verdict=test.verdict.value,
            setup_s=test.seconds.get("setup", 0.0),
            call_s=test.seconds.get("call", 0.0),
            teardown_s=test.seconds.get("teardown", 0.0),
            message=test.message,
            reason=test.reason,
            reruns=test.reruns,
            repeat=repeat_command(self._config, report.nodeid),
            log=getattr(report, "hil_log", []),
            sections=test.sections,
        )

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        """Prints messages of several lines, of the bench and of faults outside of any test."""
        sentences, faults = self._found.bench_sentences, self._faults()
        for title, messages in (("BENCH", sentences), ("FAIL outside a test", faults)):
            for message in map(visible, dict.fromkeys(messages)):
                if "\n" in message:
                    terminalreporter.write_sep("=", title)
                    terminalreporter.write_line(message)

    # ---- at the end -------------------------------------------------------------------------

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_sessionfinish(
        self, session: pytest.Session, exitstatus: int
    ) -> Generator[None, None, None]:
        """Writes the report, and prints the verdict as the last line. The exit status follows."""
        try:
            yield
        except Exception as error:  # noqa: BLE001 - for example a terminal that was closed
            self._hil.host_failed("The session could not be closed", error)
        self._versions.join()
        self._write_junit(correct_junit)
        # It may turn out only here that page, JUnit file or the last record cannot be written.
        verdict, end = self._tell(exitstatus)
        self._hil.journal.record("end", test="", **end)
        if self._judge(exitstatus)[0] is not verdict:
            verdict, end = self._tell(exitstatus)
        self._hil.journal.close()
        session.exitstatus = self._found.exit_status(verdict)
        self._config.stash[END].ignore(ctrl_c_too=True)
        try:
            self._print(verdict, end)
        except OSError:
            _leave_output()

    def _judge(self, exitstatus: int) -> tuple[Verdict, dict[str, Any]]:
        """The verdict, and the last record of the journal."""
        hil = self._hil
        verdict, sentence = self._found.judge(
            exitstatus, self._faults(), hil.look_at_report(), hil.problem
        )
        return verdict, {
            "verdict": verdict.value,
            "sentence": visible(sentence),
            "counts": self._found.counts,
            "reruns": self._reruns,
            "stopped": self._found.was_asked_to_end,
            "seconds": time.monotonic() - self._begun,
        }

    def _tell(self, exitstatus: int) -> tuple[Verdict, dict[str, Any]]:
        """Writes the verdict into page and JUnit file, and returns it. If one of them cannot be
        written, the verdict may change, and then both are written again."""
        verdict, end = self._judge(exitstatus)
        for _ in range(2):
            self._write_page(end)
            self._write_junit(partial(add_session, verdict=verdict, sentence=end["sentence"]))
            told, (verdict, end) = verdict, self._judge(exitstatus)
            if told is verdict:
                break
        return verdict, end

    def _write_junit(self, write: Callable[[Path], None]) -> None:
        if path := getattr(self._config.option, "xmlpath", None):
            self._write("The JUnit file cannot be written", partial(write, Path(path)))

    def _faults(self) -> list[str]:
        """Faults of the device outside of any test, found by any worker."""
        journal = self._hil.journal
        try:
            return read_run(journal.path, journal.lost).faults
        except OSError as error:
            self._hil.host_failed("The report cannot be read", error)
            return []

    def _write_page(self, end: dict[str, Any]) -> None:
        journal, page = self._hil.journal, self._hil.folder.html
        last = {"kind": "end", "time": time.time(), **end}

        def write() -> None:
            run = read_run(journal.path, [*journal.lost, last])
            self._plain_because = write_html(run, page)

        self._write(f"The report cannot be written to {page}", write)

    def _write(self, what: str, write: Callable[[], None]) -> None:
        try:
            write()
        except Exception as error:  # noqa: BLE001 - any error: the verdict is still needed
            self._hil.host_failed(what, error)

    def _print(self, verdict: Verdict, end: dict[str, Any]) -> None:
        counts = self._found.counts
        reporter = self._config.pluginmanager.getplugin("terminalreporter")
        if reporter is None:  # -p no:terminal
            sys.stderr.write(f"{verdict}  {end['sentence']}\n")
            return
        colour = {Verdict.PASS: "green", Verdict.FAIL: "red"}.get(verdict, "yellow")
        for reason, count in sorted(self._skips.items(), key=lambda entry: -entry[1]):
            reporter.write_line(f"skipped {count}: {reason}")
        for count, kind in self._config.stash.get(LEFT_OUT, []):
            reporter.write_line(f"left out {count}: {kind.marker}, {kind.why}")
        if self._reruns:
            reporter.write_line(f"reruns: {self._reruns}; of a test only the last attempt counts")
        reporter.write(f"{verdict}", bold=True, **{colour: True})
        reporter.write_line(f"  {end['sentence']}")
        reporter.write_line(f"{counts} in {end['seconds']:.1f} s on {self._hil.choice.label}")
        reporter.write_line(f"report: {self._hil.folder.html}")
        if self._plain_because:
            reporter.write_line(f"the report is a plain page, without plots: {self._plain_because}")


def _leave_output() -> None:
    """The output has been closed: what Python still holds of it must not fail at the end."""
    with contextlib.suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _blame_worker(report: pytest.TestReport) -> None:
    """Marks the report that pytest-xdist makes of a worker that has died."""
    report.longrepr = f"BENCH: {report.longrepr}"
    vars(report).update(hil_phase=_DIED, hil_verdict=Verdict.BENCH.value, when="bench")


def _message(report: pytest.TestReport) -> str:
    """The message of the error, without the traceback."""
    crash = getattr(report.longrepr, "reprcrash", None)
    text = str(crash.message) if crash is not None else str(report.longrepr)
    return visible(text.removeprefix("BENCH: "))


def _skip_reason(report: pytest.TestReport) -> str:
    if hasattr(report, "wasxfail"):
        return f"expected to fail: {report.wasxfail}"
    if isinstance(report.longrepr, tuple):
        return str(report.longrepr[2]).removeprefix("Skipped: ")
    return str(report.longrepr)
