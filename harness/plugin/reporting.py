"""The journal of the tests, the last lines in the terminal, the page."""

from __future__ import annotations

import threading
import time
import xml.etree.ElementTree as ElementTree
from collections.abc import Generator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from harness.plugin.bench import BENCH, Bench
from harness.plugin.on_request import LEFT_OUT
from harness.plugin.options import join_words, repeat_command
from harness.plugin.process import is_worker
from harness.plugin.verdicts import REPEAT
from harness.report import Counts, Verdict, read_run, write_html
from harness.report.versions import all_versions
from harness.target import project_root

_REPORTER = "hil-reporter"
_DIED = "died"  # the phase of a test whose worker process is gone


@pytest.hookimpl
def pytest_sessionstart(session: pytest.Session) -> None:
    """One reporter a session, in the process that has the terminal."""
    bench = session.config.stash.get(BENCH, None)
    if bench is not None and not is_worker(session.config):
        reporter = Reporter(bench, session.config)
        session.config.pluginmanager.register(reporter, _REPORTER)


@dataclass
class _Test:
    """What is known of a test so far."""

    verdict: Verdict = Verdict.PASS
    seconds: dict[str, float] = field(default_factory=dict)
    message: str = ""
    reason: str = ""
    sections: dict[str, str] = field(default_factory=dict)


# The worst phase decides; a test that was skipped did not pass.
_WEIGHT = {Verdict.PASS: 0, Verdict.SKIP: 1, Verdict.BENCH: 2, Verdict.FAIL: 3}


class Reporter:
    """Follows the tests and closes the session."""

    def __init__(self, bench: Bench, config: pytest.Config) -> None:
        self._bench = bench
        self._config = config
        self._begun = time.monotonic()
        self._running: dict[str, _Test] = {}
        self._verdicts: list[Verdict] = []
        self._first_fault = ""
        self._skips: dict[str, int] = {}
        self._bench_sentences: list[str] = []
        self._collect_problem = ""
        bench.journal.record(
            "session",
            label=bench.choice.label,
            target=bench.choice.target.name,
            command=join_words(["pytest", *config.invocation_params.args]),
        )
        # Asking every tool for its version takes a moment; the tests need not wait for it.
        self._versions = threading.Thread(target=self._record_versions, daemon=True)
        self._versions.start()

    def _record_versions(self) -> None:
        versions = all_versions(project_root(), self._bench.choice.target.requirements)
        self._bench.journal.record("versions", test="", versions=versions)

    # ---- as it happens ----------------------------------------------------------------------

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """A file that cannot be imported is a fault of the suite, not of the device."""
        if report.failed and not self._collect_problem:
            self._collect_problem = f"{report.nodeid or 'the tests'} could not be collected."

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Collects the phases of a test; the last one makes the record."""
        if report.failed and not hasattr(report, "hil_verdict"):
            _blame_worker(report)
        test = self._running.setdefault(report.nodeid, _Test())
        phase = getattr(report, "hil_phase", report.when)
        test.seconds[phase] = report.duration
        verdict = Verdict(getattr(report, "hil_verdict", Verdict.PASS))
        if _WEIGHT[verdict] > _WEIGHT[test.verdict]:
            test.verdict = verdict
            test.reason = _skip_reason(report) if verdict is Verdict.SKIP else ""
            test.message = _message(report) if verdict is not Verdict.SKIP else ""
            if verdict is Verdict.FAIL:
                test.sections["traceback"] = report.longreprtext
                test.sections |= {title: text for title, text in report.sections if title != REPEAT}
        if phase in ("teardown", _DIED):
            del self._running[report.nodeid]
            self._finish(report, test)

    def _finish(self, report: pytest.TestReport, test: _Test) -> None:
        self._verdicts.append(test.verdict)
        if test.verdict is Verdict.SKIP:
            self._skips[test.reason] = self._skips.get(test.reason, 0) + 1
        elif test.verdict is Verdict.FAIL and not self._first_fault:
            self._first_fault = report.nodeid
        elif test.verdict is Verdict.BENCH:
            self._bench_sentences.append(test.message)
        self._bench.journal.record(
            "test",
            test="",
            name=report.nodeid,
            verdict=test.verdict.value,
            setup_s=test.seconds.get("setup", 0.0),
            call_s=test.seconds.get("call", 0.0),
            teardown_s=test.seconds.get("teardown", 0.0),
            message=test.message,
            reason=test.reason,
            repeat=repeat_command(self._config, report.nodeid),
            log=getattr(report, "hil_log", []),
            sections=test.sections,
        )

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        """What the bench's faults have to say, in full and without a traceback."""
        faults = read_run(self._bench.folder.metrics).faults
        for title, messages in (("BENCH", self._bench_sentences), ("FAIL outside a test", faults)):
            for message in dict.fromkeys(messages):
                if "\n" in message:
                    terminalreporter.write_sep("=", title)
                    terminalreporter.write_line(message)

    # ---- at the end -------------------------------------------------------------------------

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_sessionfinish(
        self, session: pytest.Session, exitstatus: int
    ) -> Generator[None, None, None]:
        """The verdict is the last thing said, and the exit status is the verdict's."""
        yield
        self._versions.join()
        counts = Counts.of(self._verdicts)
        faults = read_run(self._bench.folder.metrics).faults
        verdict, sentence = self._judge(counts, exitstatus, faults)
        seconds = time.monotonic() - self._begun
        journal = self._bench.journal
        journal.record(
            "end", test="", verdict=verdict.value, sentence=sentence, counts=counts, seconds=seconds
        )
        journal.close()
        folder = self._bench.folder
        _correct_junit(Path(self._config.option.xmlpath))
        write_html(read_run(folder.metrics), folder.html)
        session.exitstatus = verdict.exit_status
        self._print(verdict, sentence, counts, seconds)

    def _judge(self, counts: Counts, exitstatus: int, faults: list[str]) -> tuple[Verdict, str]:
        """The session's verdict and why, in one sentence."""
        label = self._bench.choice.label
        if counts.failed:
            plural = "tests" if counts.failed > 1 else "test"
            sentence = f"{counts.failed} {plural} found {label} wrong, first: {self._first_fault}"
            if self._bench_sentences:
                sentence += f"; the bench failed as well: {_first_line(self._bench_sentences[0])}"
            return Verdict.FAIL, sentence
        if faults:
            return Verdict.FAIL, _first_line(faults[0])
        if counts.bench:
            return Verdict.BENCH, _first_line(self._bench_sentences[0])
        if self._collect_problem:
            return Verdict.BENCH, self._collect_problem
        if exitstatus in (pytest.ExitCode.INTERRUPTED, pytest.ExitCode.INTERNAL_ERROR):
            return Verdict.BENCH, f"The session was stopped; tests until then: {counts.total}."
        if counts.passed:
            return Verdict.PASS, f"Every test that ran on {label} passed."
        if counts.skipped:
            return Verdict.FAIL, "Every test was skipped, so nothing was judged."
        return Verdict.FAIL, "No test ran, so nothing was judged."

    def _print(self, verdict: Verdict, sentence: str, counts: Counts, seconds: float) -> None:
        reporter = self._config.pluginmanager.getplugin("terminalreporter")
        if reporter is None:
            return
        colour = {Verdict.PASS: "green", Verdict.FAIL: "red"}.get(verdict, "yellow")
        for reason, count in sorted(self._skips.items(), key=lambda entry: -entry[1]):
            reporter.write_line(f"skipped {count}: {reason}")
        for count, kind in self._config.stash.get(LEFT_OUT, []):
            reporter.write_line(f"left out {count}: {kind.marker}, {kind.why}")
        reporter.write(f"{verdict}", bold=True, **{colour: True})
        reporter.write_line(f"  {sentence}")
        reporter.write_line(f"{counts} in {seconds:.1f} s on {self._bench.choice.label}")
        reporter.write_line(f"report: {self._bench.folder.html}")


def _blame_worker(report: pytest.TestReport) -> None:
    """Only pytest-xdist makes reports that did not come through ours: of a worker that died."""
    report.longrepr = f"BENCH: {report.longrepr}"
    vars(report).update(hil_phase=_DIED, hil_verdict=Verdict.BENCH.value, when="bench")


def _first_line(text: str) -> str:
    return text.partition("\n")[0]


def _message(report: pytest.TestReport) -> str:
    """The error in its own words, without the traceback."""
    crash = getattr(report.longrepr, "reprcrash", None)
    text = str(crash.message) if crash is not None else str(report.longrepr)
    return text.removeprefix("BENCH: ")


def _skip_reason(report: pytest.TestReport) -> str:
    if hasattr(report, "wasxfail"):
        return f"expected to fail: {report.wasxfail}"
    if isinstance(report.longrepr, tuple):
        return str(report.longrepr[2]).removeprefix("Skipped: ")
    return str(report.longrepr)


def _correct_junit(path: Path) -> None:
    """pytest calls every error one of set-up; a fault of the bench can come at any time."""
    try:
        tree = ElementTree.parse(path)
    except (OSError, ElementTree.ParseError):
        return
    for error in tree.iter("error"):
        message = error.get("message", "")
        if "BENCH: " in message:
            error.set("message", message.partition('with "')[2].removesuffix('"'))
            error.set("type", "BENCH")
    tree.write(path, encoding="utf-8", xml_declaration=True)
