"""`hil reliability --only corruption`"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import click

from harness.cli.console import FOUND_WRONG, GOOD, print_line, print_table, say
from harness.report import STOPPED_BY_HAND
from harness.sensing.corruption import (
    BlobParser,
    ParserEnded,
    Sweep,
    Tally,
    Wrong,
    all_sweeps,
    build_parser,
    judge,
)

CHANGES = 1_000_000
QUICK_CHANGES = 20_000
SWEEPS = tuple(sweep.name for sweep in all_sweeps(0, 0))
_TOLD_EACH_S = 60.0
_ERRORS = (
    *("Truncated", "BadMagic", "UnsupportedVersion", "SizeMismatch"),
    *("CrcMismatch", "UnsupportedFlags", "InvalidShape"),
)
_READ = ("the same", "another")


@dataclass(frozen=True)
class CorruptionPlan:
    """What is tried. number: of the one case of `sweep`, as a failure names it."""

    seed: int
    changes: int
    quick: bool
    sweep: str = ""
    number: int | None = None


def prove_corruption(plan: CorruptionPlan) -> int:
    """Every change before both parsers; exit status 1 when one is wrong or they disagree."""
    say("building the node's parser with sanitizers")
    wrong: list[str] = []

    def on_wrong(case: Wrong) -> None:
        repeat = f"hil reliability --only corruption --seed {plan.seed}"
        wrong.append(f'{repeat} --sweep "{case.sweep}" --run {case.number}')
        say(f"WRONG  {case}")
        say(f"  repeat: {wrong[-1]}")

    tallies: list[Tally] = []
    stopped = False
    try:
        with BlobParser(build_parser()) as parser:
            for sweep in _chosen(plan):
                _go_through(parser, sweep, plan, tallies, on_wrong)
    except ParserEnded as fault:
        at = tallies[-1]
        say(f"WRONG  {at.sweep}, behind {at.tried:,} cases: {fault}")
        wrong.append(f'hil reliability --only corruption --seed {plan.seed} --sweep "{at.sweep}"')
    except KeyboardInterrupt:
        stopped = True
    rows = [_row(tally) for tally in tallies]
    print_table(["what", "cases", "tried", *_ERRORS, *_READ, "wrong"], rows, "Changed blobs")
    for repeat in wrong:
        click.echo(f"repeat: {repeat}")
    tried = sum(tally.tried for tally in tallies)
    verdict = "FAIL" if wrong else "STOPPED" if stopped else "PASS"
    print_line(
        f"{verdict}: {len(wrong)} wrong or judged differently by the two parsers in {tried:,}"
    )
    if wrong:
        return FOUND_WRONG
    return STOPPED_BY_HAND if stopped else GOOD


def _chosen(plan: CorruptionPlan) -> Sequence[Sweep]:
    """Raises click.UsageError."""
    chosen = [sw for sw in all_sweeps(plan.seed, plan.changes) if plan.sweep in ("", sw.name)]
    if not chosen:
        raise click.UsageError(f"No sweep {plan.sweep!r}. Sweeps: {', '.join(SWEEPS)}.")
    return chosen


def _go_through(
    parser: BlobParser,
    sweep: Sweep,
    plan: CorruptionPlan,
    tallies: list[Tally],
    on_wrong: Callable[[Wrong], None],
) -> None:
    one_in = sweep.one_in if plan.quick else 1
    numbers = range(plan.seed % one_in, sweep.cases, one_in)
    if plan.number is not None:
        numbers = range(plan.number, plan.number + 1)
    say(f"{sweep.name}: {len(numbers):,}")
    told = time.monotonic()
    tallies.append(Tally(sweep.name, sweep.cases))
    for tallies[-1] in judge(parser, sweep, numbers, on_wrong):
        if time.monotonic() - told > _TOLD_EACH_S:
            told = time.monotonic()
            say(f"{tallies[-1].tried:,} of {len(numbers):,}")


def _row(tally: Tally) -> list[str]:
    counts = [tally.found[name] for name in (*_ERRORS, *_READ)]
    numbers = (tally.cases, tally.tried, *counts, tally.wrong)
    return [tally.sweep, *(f"{number:,}" for number in numbers)]
