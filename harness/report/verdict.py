"""The verdicts of tests and sessions."""

from __future__ import annotations

import enum
from collections.abc import Iterable
from dataclasses import dataclass

STOPPED_BY_HAND = 130
"""Exit status of a command that Ctrl-C has ended, as in a shell."""


class Verdict(enum.StrEnum):
    """PASS and FAIL judge the device. BENCH says that it was not judged."""

    PASS = "PASS"
    FAIL = "FAIL"
    BENCH = "BENCH"
    SKIP = "SKIP"

    @property
    def exit_status(self) -> int:
        """0 good, 1 found something wrong, 2 could not run."""
        return {Verdict.PASS: 0, Verdict.FAIL: 1, Verdict.SKIP: 1, Verdict.BENCH: 2}[self]


@dataclass(frozen=True)
class Counts:
    """How many tests have each verdict."""

    passed: int = 0
    failed: int = 0
    bench: int = 0
    skipped: int = 0

    @classmethod
    def of(cls, verdicts: Iterable[Verdict]) -> Counts:
        seen = list(verdicts)
        return cls(
            passed=seen.count(Verdict.PASS),
            failed=seen.count(Verdict.FAIL),
            bench=seen.count(Verdict.BENCH),
            skipped=seen.count(Verdict.SKIP),
        )

    @property
    def total(self) -> int:
        return self.passed + self.failed + self.bench + self.skipped

    def verdict(self) -> Verdict:
        """FAIL counts more than BENCH. A session in which no test ran fails."""
        if self.failed:
            return Verdict.FAIL
        if self.bench:
            return Verdict.BENCH
        return Verdict.PASS if self.passed else Verdict.FAIL

    def __str__(self) -> str:
        text = f"{self.passed} passed, {self.failed} failed, {self.skipped} skipped"
        return f"{text}, {self.bench} bench" if self.bench else text

    def __add__(self, other: Counts) -> Counts:
        return Counts(
            self.passed + other.passed,
            self.failed + other.failed,
            self.bench + other.bench,
            self.skipped + other.skipped,
        )
