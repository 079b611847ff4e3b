"""`hil reliability`"""

from __future__ import annotations

import dataclasses

import click

from harness.cli.console import FOUND_WRONG, GOOD, print_table, say
from harness.doctor.provision import supply
from harness.project import corruption
from harness.project.corruption import CorruptionPlan, prove_corruption
from harness.project.fuzz import SECONDS, FuzzPlan, prove_fuzz
from harness.project.power import KILLS, QUICK_KILLS, PowerPlan, prove_power
from harness.reliability.faults import HOST, QEMU
from harness.reliability.matrix import matrix_rows, times
from harness.reliability.outcome import COLUMNS, HANG, Outcome
from harness.reliability.plan import QUICK, Run, draw, draw_all
from harness.reliability.runs import prepare, run_all
from harness.report import STOPPED_BY_HAND
from harness.target import find_target

VERDICTS, POWER, CORRUPTION, FUZZ = "verdicts", "power", "corruption", "fuzz"
_SESSIONS = 1000
_TOLD_EACH = 50  # runs from one line about the progress to the next
_LAST_LINES = 12  # shown of the output of a session that went wrong


@click.command()
@click.option(
    "--only",
    type=click.Choice([VERDICTS, POWER, CORRUPTION, FUZZ]),
    multiple=True,
    help="Which proof; may be repeated. All of them by default.",
)
@click.option(
    "--runs",
    type=click.IntRange(1),
    help=f"Sessions of verdicts, {_SESSIONS} by default; kills of power, {KILLS} by default; "
    f"random changes of corruption, {corruption.CHANGES:,} by default.",
)
@click.option("--quick", is_flag=True, help="A sample, as `hil test` does it.")
@click.option("--seed", default=1, show_default=True, type=int, help="Draws every run.")
@click.option("--run", "number", type=click.IntRange(0), help="Only this run, or case of --sweep.")
@click.option("--sweep", default="", help="Only this one, as `weights: one cut`.")
@click.option(
    "--seconds", default=SECONDS, show_default=True, type=click.IntRange(1), help="Of each fuzzer."
)
@click.option("--keep", is_flag=True, help="Keep what fuzzers find, in tests/node/corpora.")
@click.option("--jobs", default=2, show_default=True, type=click.IntRange(1), help="At a time.")
def reliability(
    only: tuple[str, ...],
    runs: int | None,
    quick: bool,
    seed: int,
    number: int | None,
    sweep: str,
    seconds: int,
    keep: bool,
    jobs: int,
) -> int:
    """Show what can be relied on: no verdict is false, nothing is lost, nothing damaged is read.

    verdicts: each run is a session of pytest with a tiny suite on a scripted board, a host process
    or an emulator, and one fault whose true verdict is known. Prints the confusion matrix, the
    times to the verdict, what was left behind and what was lost.

    power: updates of weights and settings, on an emulated flash whose power is cut at every byte
    and which goes wrong in every place, and on QEMU, which is killed at random instants.

    corruption: weight blobs with every bit flipped, cut off, lengthened, at the limits of every
    field and changed at random, before the node's parser in C and the oracle's in Python.

    fuzz: what the firmware reads from outside, fed with what earlier runs have found and, where
    clang is installed, by libFuzzer; --quick leaves out the latter.

    Exit status 1 when a run is off the diagonal or late, or anything was left or lost; it is
    printed with the command that repeats it. After Ctrl-C the figures are those of what was done.
    """
    asked = only or _asked(sweep, number)
    statuses = []
    if CORRUPTION in asked:
        changes = runs or (corruption.QUICK_CHANGES if quick else corruption.CHANGES)
        statuses.append(prove_corruption(CorruptionPlan(seed, changes, quick, sweep, number)))
    if POWER in asked:
        kills = runs or (QUICK_KILLS if quick else KILLS)
        statuses.append(prove_power(PowerPlan(seed, kills, quick, sweep, number)))
    if FUZZ in asked and STOPPED_BY_HAND not in statuses:
        statuses.append(prove_fuzz(FuzzPlan(seed, 0 if quick else seconds, keep)))
    if VERDICTS in asked and STOPPED_BY_HAND not in statuses:
        sessions = runs or (QUICK if quick else _SESSIONS)
        statuses.append(_prove_verdicts(sessions, seed, number, jobs))
    return next((s for s in (FOUND_WRONG, STOPPED_BY_HAND) if s in statuses), GOOD)


def _asked(sweep: str, number: int | None) -> tuple[str, ...]:
    """Which proofs are meant where it is not said."""
    if sweep:
        return (CORRUPTION,) if sweep in corruption.SWEEPS else (POWER,)
    return (VERDICTS, POWER, CORRUPTION, FUZZ) if number is None else (VERDICTS,)


def _prove_verdicts(runs: int, seed: int, number: int | None, jobs: int) -> int:
    drawn = draw_all(seed, runs) if number is None else [draw(seed, number)]
    supply([need for name in (HOST, QEMU) for need in find_target(name).requirements], "here", say)
    missing = prepare(sorted({run.device for run in drawn}), say)
    for name, why in missing.items():
        say(f"skipped: every run on {name}: {why}")
    possible = [run for run in drawn if run.device not in missing]
    if not possible:
        raise click.UsageError("Nothing of this can run here.")
    say(f"{len(possible)} runs of seed {seed}, {jobs} at a time")
    teller = _Teller(len(possible))
    outcomes = run_all(possible, jobs, teller, teller.tell_broken)
    is_good = _print(outcomes, len(drawn) - len(possible), teller.broken)
    if not is_good:
        return FOUND_WRONG
    if len(outcomes) < len(possible):
        click.echo(f"stopped after {len(outcomes)} of {len(possible)} runs")
        return STOPPED_BY_HAND
    return GOOD


class _Teller:
    """Prints a wrong run as soon as it is known, and the progress."""

    def __init__(self, runs: int) -> None:
        self._runs, self._done = runs, 0
        self.broken: list[Run] = []

    def __call__(self, outcome: Outcome) -> None:
        self._done += 1
        if not outcome.is_good:
            _tell_wrong(outcome)
        elif self._done % _TOLD_EACH == 0:
            say(f"{self._done} of {self._runs} runs")

    def tell_broken(self, run: Run, error: BaseException) -> None:
        """Prints a run that this command could not do."""
        self._done += 1
        self.broken.append(run)
        say(f"WRONG  {run}: it could not be done: {type(error).__name__}: {error}")
        say(f"  repeat: {run.repeat}")


def _tell_wrong(outcome: Outcome) -> None:
    run, ended = outcome.run, outcome.ended
    say(f"WRONG  {run}: truth {run.truth}, said {outcome.said}. {outcome.problem}")
    if ended.leftover.everything:
        say(f"  left: {'; '.join(ended.leftover.everything)}")
    if ended.lost:
        say(f"  lost: {ended.lost}")
    if not outcome.is_right:
        for line in ended.witnesses.output.splitlines()[-_LAST_LINES:]:
            say(f"  | {line}")
    say(f"  repeat: {run.repeat}")


def _print(outcomes: list[Outcome], skipped: int, broken: list[Run]) -> bool:
    """Prints the figures of all runs. Returns whether every run was as it should be."""
    wrong = [outcome for outcome in outcomes if not outcome.is_good]
    print_table(["truth \\ said", *COLUMNS], matrix_rows(outcomes), "Sessions by truth and word")
    click.echo()
    print_table(
        ["fault", "truth", "on", "runs", "median s", "99th s", "worst s", "bound s"],
        [[*row[:3], str(row.runs), *(f"{s:.1f}" for s in row[4:])] for row in times(outcomes)],
        "From the fault to the end of the session",
    )
    click.echo()
    for note in sorted({note for outcome in outcomes for note in outcome.ended.notes}):
        click.echo(f"note: {note}")
    if skipped:
        click.echo(f"skipped: {skipped} runs, whose device cannot run here")
    click.echo(f"past their bound: {sum(outcome.said == HANG for outcome in outcomes)}")
    left = [dataclasses.asdict(outcome.ended.leftover) for outcome in outcomes]
    names = ("processes", "sockets", "locks", "files")
    counts = [f"{sum(len(each[name]) for each in left)} {name}" for name in names]
    click.echo(f"left behind: {', '.join(counts)}")
    lost = sum(len(outcome.ended.lost) for outcome in outcomes)
    measured = sum(outcome.ended.measured for outcome in outcomes)
    click.echo(f"lost: {lost} of {measured} values measured before the fault")
    if broken:
        click.echo(f"could not be done: {len(broken)} runs")
    for run in (*(outcome.run for outcome in wrong), *broken):
        click.echo(f"repeat: {run.repeat}")
    off_diagonal = sum(not outcome.is_right for outcome in outcomes)
    verdict = "FAIL" if wrong or broken else "PASS"
    click.echo(f"{verdict}: {off_diagonal} of {len(outcomes)} runs off the diagonal")
    return verdict == "PASS"
