"""`hil reliability`"""

from __future__ import annotations

import click

from harness.cli.console import FOUND_WRONG, GOOD, print_table, say
from harness.doctor import supply
from harness.reliability.faults import HOST, QEMU
from harness.reliability.matrix import Summary, matrix_rows, summarise
from harness.reliability.outcome import COLUMNS, Outcome
from harness.reliability.plan import Run, draw, draw_all
from harness.reliability.verdicts import prepare, run_all
from harness.report import STOPPED_BY_HAND
from harness.target import find_target

_TOLD_EACH = 50  # runs
_LAST_LINES = 12  # of a session that went wrong


@click.command()
@click.option(
    "--only",
    type=click.Choice(["verdicts"]),
    multiple=True,
    help="Which proof; may be repeated. All of them by default.",
)
@click.option("--runs", default=1000, show_default=True, type=click.IntRange(1))
@click.option("--seed", default=1, show_default=True, type=int, help="Draws every run.")
@click.option("--run", "number", type=click.IntRange(0), help="Only this run of the seed.")
@click.option("--jobs", default=2, show_default=True, type=click.IntRange(1), help="At a time.")
def reliability(only: tuple[str, ...], runs: int, seed: int, number: int | None, jobs: int) -> int:
    """Show that no verdict is false: sessions with drawn faults of the bench, and what they say.

    Each run is a session of pytest with a tiny suite on a scripted board, a host process or an
    emulator, and one fault whose truth is known. Prints the confusion matrix, the times to the
    verdict, what was left behind and what was lost. Exit status 1 when anything is off the
    diagonal, late, left or lost; each such run with the command that repeats it. Ctrl-C ends it
    with the figures of what has been done.
    """
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
    summary = summarise(outcomes)
    _print(summary, len(drawn) - len(possible), teller.broken)
    if teller.broken or not summary.is_good:
        return FOUND_WRONG
    if len(outcomes) < len(possible):
        click.echo(f"stopped after {len(outcomes)} of {len(possible)} runs")
        return STOPPED_BY_HAND
    return GOOD


class _Teller:
    """Tells what is wrong as soon as it is known, and how far it is."""

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
        """A run that said nothing, since this command failed in it."""
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


def _print(summary: Summary, skipped: int, broken: list[Run]) -> None:
    print_table(["truth \\ said", *COLUMNS], matrix_rows(summary), "Sessions by truth and word")
    click.echo()
    print_table(
        ["fault", "truth", "on", "runs", "median s", "99th s", "worst s", "bound s"],
        [
            [t.kind, t.truth, t.devices, str(t.runs), *_seconds(t.median, t.p99, t.worst, t.bound)]
            for t in summary.times
        ],
        "From the fault to the end of the session",
    )
    click.echo()
    for note in summary.notes:
        click.echo(f"note: {note}")
    if skipped:
        click.echo(f"skipped: {skipped} runs, whose device cannot be had here")
    click.echo(f"past their bound: {summary.hangs}")
    click.echo(
        f"left behind: {summary.processes} processes, {summary.sockets} sockets, "
        f"{summary.locks} locks, {summary.files} files"
    )
    click.echo(f"lost: {summary.lost} of {summary.measured} values measured before the fault")
    if broken:
        click.echo(f"could not be done: {len(broken)} runs")
    for run in (*(outcome.run for outcome in summary.wrong), *broken):
        click.echo(f"repeat: {run.repeat}")
    verdict = "PASS" if summary.is_good and not broken else "FAIL"
    click.echo(f"{verdict}: {summary.off_diagonal} of {summary.runs} runs off the diagonal")


def _seconds(*values: float) -> list[str]:
    return [f"{value:.1f}" for value in values]
