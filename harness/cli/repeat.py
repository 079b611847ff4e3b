"""The same run several times: which tests have different verdicts in different rounds."""

from __future__ import annotations

import statistics
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from harness.cli.console import FOUND_WRONG, GOOD, print_line, print_table
from harness.report import ReportFolder, Run, Verdict, read_run

_SLOWEST = 10
_LEAST_S = 0.1  # the times of shorter tests say little

RunOnce = Callable[[Path], int]
"""Runs the suite with its report in a folder; returns the exit status."""


@dataclass
class Told:
    """The verdicts of one test in all rounds. seconds: of its call, in each round that ran it."""

    name: str
    verdicts: Counter[Verdict] = field(default_factory=Counter)
    seconds: list[float] = field(default_factory=list)

    @property
    def wavers(self) -> bool:
        """Whether two rounds had different verdicts."""
        return len(self.verdicts) > 1

    @property
    def spread(self) -> float:
        """The longest time of its call, divided by the median."""
        return max(self.seconds) / statistics.median(self.seconds)


def repeat(run_once: RunOnce, rounds: int, folder: Path) -> int:
    """Runs the suite `rounds` times, each with a report of its own; prints the tests that wavered.

    Returns GOOD when every round was good, FOUND_WRONG when one was wrong, else the first other
    status. A round that was stopped or could not begin is the last one.
    """
    statuses: list[int] = []
    runs: list[Run] = []
    for number in range(1, rounds + 1):
        own = ReportFolder(folder / f"round-{number:02}")
        statuses.append(run_once(own.path))
        run = read_run(own.metrics) if own.metrics.exists() else None
        said = f"{run.verdict}, {run.counts}" if run else f"exit status {statuses[-1]}"
        print_line(f"round {number} of {rounds}: {said}")
        runs += [run] if run else []
        if run is None or run.was_stopped:
            break
    _print(told_by(runs), len(runs))
    print_line(f"reports: {folder}")
    wrong = [status for status in statuses if status != GOOD]
    return FOUND_WRONG if FOUND_WRONG in wrong else next(iter(wrong), GOOD)


def told_by(runs: Iterable[Run]) -> list[Told]:
    """The verdicts of each test in all runs, by name."""
    told: dict[str, Told] = {}
    for run in runs:
        for test in run.tests:
            one = told.setdefault(test.name, Told(test.name))
            one.verdicts[test.verdict] += 1
            if test.verdict is not Verdict.SKIP:
                one.seconds.append(test.call_s)
    return sorted(told.values(), key=lambda one: one.name)


def wavering(told: Sequence[Told], rounds: int) -> list[list[str]]:
    """A row for each test whose verdicts differ, or which did not run in every round."""
    rows = []
    for one in told:
        missing = rounds - one.verdicts.total()
        if one.wavers or missing:
            said = [f"{verdict} {count}" for verdict, count in one.verdicts.most_common()]
            rows.append([one.name, ", ".join(said + ([f"not run {missing}"] if missing else []))])
    return rows


def spreads(told: Iterable[Told]) -> list[list[str]]:
    """A row for each of the tests whose times differ most from round to round."""
    timed = [one for one in told if len(one.seconds) > 1 and max(one.seconds) >= _LEAST_S]
    timed.sort(key=lambda one: one.spread, reverse=True)
    return [
        [
            one.name,
            f"{min(one.seconds):.2f}",
            f"{statistics.median(one.seconds):.2f}",
            f"{max(one.seconds):.2f}",
        ]
        for one in timed[:_SLOWEST]
    ]


def _print(told: Sequence[Told], rounds: int) -> None:
    rows = wavering(told, rounds)
    print_line(f"{len(told)} tests in {rounds} rounds: {len(rows)} wavered")
    if rows:
        print_table(["test", "verdicts"], rows)
    if times := spreads(told):
        columns = ["time of a test, s", "shortest", "median", "longest"]
        print_table(columns, times, "Where the longest is most beyond the median")
