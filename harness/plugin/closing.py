"""The verdict of the session, its reason, and the exit status."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from harness.errors import BenchError
from harness.plugin.ended import SessionEnded
from harness.report import STOPPED_BY_HAND, Counts, Verdict

_UNFINISHED = (
    pytest.ExitCode.INTERRUPTED,
    pytest.ExitCode.INTERNAL_ERROR,
    pytest.ExitCode.USAGE_ERROR,
)


@dataclass
class Findings:
    """What is known of a session beside the records of its tests."""

    label: str  # of the target
    verdicts: list[Verdict] = field(default_factory=list)
    judged_device: bool = False  # whether a test that passed was about a device
    first_failed: str = ""
    bench_sentences: list[str] = field(default_factory=list)
    collect_problem: str = ""
    stop: BaseException | None = None  # what ended the session before its last test
    internal_error: str = ""
    running: list[str] = field(default_factory=list)  # tests that were running then

    @property
    def counts(self) -> Counts:
        return Counts.of(self.verdicts)

    @property
    def stopped_by_hand(self) -> bool:
        """Whether Ctrl-C ended the session."""
        return type(self.stop) is KeyboardInterrupt

    @property
    def was_asked_to_end(self) -> bool:
        """Whether Ctrl-C or a signal ended the session."""
        return self.stopped_by_hand or isinstance(self.stop, SessionEnded)

    def exit_status(self, verdict: Verdict) -> int:
        """The status of the verdict. Ctrl-C has its own, unless a fault was found before it."""
        if verdict is Verdict.BENCH and self.stopped_by_hand:
            return STOPPED_BY_HAND
        return verdict.exit_status

    def judge(
        self, exitstatus: int, faults: list[str], host: BenchError | None, problem: Exception | None
    ) -> tuple[Verdict, str]:
        """The verdict, and its reason in one sentence.

        exitstatus: pytest's. faults: of the device, outside of any test. host: a fault of this
        machine, outside of any test. problem: what kept the device from starting, whether a test
        met it or not.
        """
        counts = self.counts
        if counts.failed:
            plural = "tests" if counts.failed > 1 else "test"
            found = f"{counts.failed} {plural} failed on {self.label}, first: {self.first_failed}"
            also = self.bench_sentences[:1] or ([str(host)] if host else [])
            return Verdict.FAIL, found + "".join(
                f"; the bench failed as well: {_first_line(text)}" for text in also
            )
        if faults:
            return Verdict.FAIL, _first_line(faults[0])
        if self.was_asked_to_end:  # before `host`, since the terminal may have been closed with it
            return Verdict.BENCH, self._stopped(counts.total)
        if host is not None:
            return Verdict.BENCH, _first_line(str(host))
        if counts.bench:
            return Verdict.BENCH, _first_line(self.bench_sentences[0])
        if problem is not None:
            verdict = Verdict.BENCH if isinstance(problem, BenchError) else Verdict.FAIL
            return verdict, _first_line(str(problem))
        if self.collect_problem:
            return Verdict.BENCH, self.collect_problem
        if self.internal_error:
            return Verdict.BENCH, f"The bench itself failed: {self.internal_error}"
        if self.stop is not None or exitstatus in _UNFINISHED:
            return Verdict.BENCH, self._stopped(counts.total)
        return self._judge_counts(counts)

    def _judge_counts(self, counts: Counts) -> tuple[Verdict, str]:
        if counts.passed and self.judged_device:
            return Verdict.PASS, f"Every test that ran on {self.label} passed."
        if counts.passed:
            return Verdict.FAIL, "No test that ran asked for the device, so nothing was judged."
        if counts.skipped:
            return Verdict.FAIL, "Every test was skipped, so nothing was judged."
        return Verdict.FAIL, "No test ran, so nothing was judged."

    def _stopped(self, tests: int) -> str:
        by = ""
        if self.stopped_by_hand:
            by = " by Ctrl-C"
        elif isinstance(self.stop, SessionEnded):
            by = f" by {self.stop.name}"
        elif isinstance(self.stop, pytest.exit.Exception) and self.stop.msg:
            by = f" ({_first_line(self.stop.msg)})"
        during = f" while {' and '.join(self.running)} ran" if self.running else ""
        return f"The session was stopped{by}{during}; tests until then: {tests}."


def _first_line(text: str) -> str:
    return text.partition("\n")[0]
