"""Runs the stages of the project's own tests."""

from __future__ import annotations

import os
import sys
import time
import xml.etree.ElementTree as ElementTree
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path

from harness.project.side_by_side import SideBySide
from harness.report import Counts, Verdict
from harness.target import Requirement, find_program

_NO_BYTECODE = "PYTHONDONTWRITEBYTECODE"


@dataclass(frozen=True)
class Stage:
    """One command. With `junit` its tests are counted one by one, else it counts as one test."""

    name: str
    command: tuple[str, ...]
    junit: Path | None = None
    requirements: tuple[Requirement, ...] = ()
    slow: bool = False  # started first, so that the short ones fill the gaps
    optional: tuple[Requirement, ...] = ()  # if one is missing, the stage is skipped
    left_out: str = ""  # which of its tests do not run, and why


@dataclass(frozen=True)
class StageResult:
    """The result of a stage."""

    name: str
    verdict: Verdict
    counts: Counts
    seconds: float
    log: Path | None
    note: str = ""


def run_stages(
    stages: Sequence[Stage],
    root: Path,
    folder: Path,
    on_result: Callable[[StageResult], None],
    workers: int = 2,
    side_by_side: SideBySide | None = None,
) -> list[StageResult]:
    """Runs all stages, `workers` at a time, each with its output in `folder`. Stages that have not
    begun when `side_by_side` is ended are skipped."""
    results: dict[str, StageResult] = {}
    side = side_by_side or SideBySide()
    with side.ends_on_signals(), ThreadPoolExecutor(max_workers=workers) as pool:
        ordered = sorted(stages, key=lambda stage: not stage.slow)
        running = {pool.submit(run_stage, stage, root, folder, side): stage for stage in ordered}
        for finished in as_completed(running):
            result = finished.result()
            results[running[finished].name] = result
            on_result(result)
    return [results[stage.name] for stage in stages]


def run_stage(stage: Stage, root: Path, folder: Path, side_by_side: SideBySide) -> StageResult:
    """Runs one stage, or skips it if its program is missing."""
    needs = (*stage.requirements, *stage.optional)
    missing = [need for need in needs if need.find() is None]
    if missing:
        return _skipped(stage, f"{missing[0].name} was not found. {missing[0].remedy}")
    log = folder / f"{stage.name.replace(' ', '-')}.log"
    begun = time.monotonic()
    with log.open("wb") as output:
        status = side_by_side.run(
            [*_resolved(stage.command[0]), *stage.command[1:]],
            root,
            output,
            _environment(),
        )
    ended_by = side_by_side.ended_by
    if status is None:
        return _skipped(stage, f"not begun, since {ended_by} came before")
    seconds = time.monotonic() - begun
    counts = _counts(stage, status, bool(ended_by))
    verdict = _verdict(stage, status, counts)
    note = f"ended by {ended_by}" if ended_by and status else stage.left_out
    return StageResult(stage.name, verdict, counts, seconds, log, note)


def _environment() -> dict[str, str]:
    """The environment of a stage, in which Python may keep compiled modules: to compile them again
    in each of its hundreds of sessions would take as long as the tests."""
    kept = {name: value for name, value in os.environ.items() if name != _NO_BYTECODE}
    return {**kept, "PYTHONUNBUFFERED": "1", "COLUMNS": "100"}


def _skipped(stage: Stage, why: str) -> StageResult:
    return StageResult(stage.name, Verdict.SKIP, Counts(skipped=1), 0.0, None, why)


def summary(results: Sequence[StageResult]) -> tuple[Verdict, Counts]:
    """The verdict of all stages together, and the sum of their counts."""
    total = sum((result.counts for result in results), Counts())
    verdicts = {result.verdict for result in results}
    for verdict in (Verdict.FAIL, Verdict.BENCH, Verdict.PASS):
        if verdict in verdicts:
            return verdict, total
    return Verdict.FAIL, total  # everything was skipped


def _resolved(program: str) -> list[str]:
    if program == "python":
        return [sys.executable]
    found = find_program(program)
    return [str(found)] if found else [program]


def _counts(stage: Stage, status: int, was_ended: bool) -> Counts:
    if stage.junit is None:
        if status == 0:
            return Counts(passed=1)
        # A program that was killed has judged nothing.
        return Counts(bench=1) if was_ended or status < 0 else Counts(failed=1)
    try:
        return junit_counts(stage.junit)
    except (OSError, ElementTree.ParseError):
        # It ended before it could write the file. Exit status 2 says that it could not run.
        return Counts(failed=1) if status == 1 else Counts(bench=1)


def _verdict(stage: Stage, status: int, counts: Counts) -> Verdict:
    if status == 0:
        return Verdict.PASS
    if counts.failed or (stage.junit is not None and status == 1):
        return Verdict.FAIL
    return Verdict.BENCH


def junit_counts(path: Path) -> Counts:
    """The counts of a JUnit file. Its errors are faults of the bench."""
    suites = ElementTree.parse(path).getroot().iter("testsuite")
    total = Counts()
    for suite in suites:
        tests, failed, bench, skipped = (
            int(suite.get(name, "0")) for name in ("tests", "failures", "errors", "skipped")
        )
        total += Counts(tests - failed - bench - skipped, failed, bench, skipped)
    return total
