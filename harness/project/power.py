"""`hil reliability --only power`"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import click

from harness.build import BuildRequest
from harness.cli.console import FOUND_WRONG, GOOD, print_line, print_table, say
from harness.report import STOPPED_BY_HAND
from harness.sensing.power import Kill, KilledNode, Sweep, Wrong, build_program, run_sweeps
from harness.target import find_target, firmware_dir, project_root

SWEEPS = (
    "one cut",
    "two cuts",
    "cut short",
    "reordered",
    "stuck bit",
    "flipped bit",
    "worn sector",
)
KILLS = 500
QUICK_KILLS = 4
# One in so many cases, where it has to be quick.
_QUICK = {"one cut": 5, "two cuts": 200, "stuck bit": 50, "flipped bit": 20}
_QUICK_OTHERS = 10
_TOLD_EACH = 50  # kills
_COLUMNS = ["cases", "done", "cuts", "torn", "pairs", "faults", "refused", "told", "lost"]


@dataclass(frozen=True)
class PowerPlan:
    """What is tried. number: of the one case of `sweep`, as a failure names it."""

    seed: int
    kills: int
    quick: bool
    sweep: str = ""  # "weights: one cut"; empty: all
    number: int | None = None


def prove_power(plan: PowerPlan) -> int:
    """Every cut and every fault on the emulated flash, then kills of QEMU; exit status 1 when
    anything is lost. Ctrl-C ends it with the figures of what has been done."""
    wrong: list[str] = []

    def tell(sentence: str, repeat: str) -> None:
        wrong.append(repeat)
        say(f"WRONG  {sentence}")
        say(f"  repeat: {repeat}")

    sweeps: list[Sweep] = []
    kills: list[Kill] = []
    stopped = False
    try:
        _sweep(plan, sweeps, tell)
        if not plan.sweep:
            _kill(plan, kills, tell)
    except KeyboardInterrupt:
        stopped = True
    print_table(["of", "what", *_COLUMNS], [_row(sweep) for sweep in sweeps], "Emulated flash")
    _print_kills(kills)
    lost = sum(sweep.wrong for sweep in sweeps) + sum(bool(kill.wrong) for kill in kills)
    for repeat in wrong:
        click.echo(f"repeat: {repeat}")
    cuts = sum(sweep.cuts for sweep in sweeps) + len(kills)
    faults = sum(sweep.faults for sweep in sweeps)
    verdict = "FAIL" if lost else "STOPPED" if stopped else "PASS"
    print_line(f"{verdict}: {lost} lost in {cuts:,} cuts and {faults:,} faults")
    if lost:
        return FOUND_WRONG
    return STOPPED_BY_HAND if stopped else GOOD


def _sweep(plan: PowerPlan, done: list[Sweep], tell: Callable[[str, str], None]) -> None:
    say("building the stores with their emulated flash")
    program = build_program()

    def on_wrong(wrong: Wrong) -> None:
        case = f'--sweep "{wrong.of}: {wrong.sweep}" --run {wrong.number}'
        tell(str(wrong), f"hil reliability --only power --seed {plan.seed} {case}")

    for of, name in _chosen(plan):
        say(f"{of}: {name}")
        every = _QUICK.get(name, _QUICK_OTHERS) if plan.quick else 1
        only = [f"subject={of}", f"sweep={name}"]
        only += [] if plan.number is None else [f"only={plan.number}"]
        done += run_sweeps(program, seed=plan.seed, one_in=every, only=only, on_wrong=on_wrong)


def _chosen(plan: PowerPlan) -> Sequence[tuple[str, str]]:
    """Whose sweep, and which. Raises click.UsageError."""
    every = [(of, name) for name in SWEEPS for of in ("weights", "settings")]
    chosen = [pair for pair in every if plan.sweep in ("", ": ".join(pair))]
    if not chosen:
        known = ", ".join(": ".join(pair) for pair in every)
        raise click.UsageError(f"No sweep {plan.sweep!r}. Sweeps: {known}.")
    return chosen


def _kill(plan: PowerPlan, kills: list[Kill], tell: Callable[[str, str], None]) -> None:
    target = find_target("qemu")
    absent = [need for need in target.requirements if need.find() is None]
    if absent:
        say(f"skipped: kills on qemu: {absent[0].name} was not found. {absent[0].remedy}")
        return
    build_dir = (project_root() / "build" / target.name).resolve()
    image = target.recipe.build(BuildRequest(target.name, firmware_dir(), build_dir, say=say)).elf
    with (
        tempfile.TemporaryDirectory(prefix="hil-power-") as folder,
        KilledNode(image, Path(folder), plan.seed) as node,
    ):
        for number in range(plan.kills):
            kills.append(node.kill(number))
            if kills[-1].wrong:
                repeat = f"hil reliability --only power --seed {plan.seed} --runs {number + 1}"
                tell(f"kill {number} in an update of {kills[-1].kind}: {kills[-1].wrong}", repeat)
            if (number + 1) % _TOLD_EACH == 0:
                say(f"{number + 1} of {plan.kills} kills")
        kills.append(node.damage(plan.kills))
        if kills[-1].wrong:
            tell(kills[-1].wrong, f"hil reliability --only power --seed {plan.seed} --runs 1")


def _row(sweep: Sweep) -> list[str]:
    counts = (
        *(sweep.cases, sweep.done, sweep.cuts, sweep.torn, sweep.pairs),
        *(sweep.faults, sweep.refused, sweep.lost, sweep.wrong),
    )
    return [sweep.of, sweep.sweep, *(f"{count:,}" for count in counts)]


def _print_kills(kills: Sequence[Kill]) -> None:
    if not kills:
        return
    rows = []
    for kind in dict.fromkeys(kill.kind for kill in kills):
        these = [kill for kill in kills if kill.kind == kind]
        found = [sum(kill.found == which for kill in these) for which in ("old", "new")]
        behind = sum(kill.was_done for kill in these)
        resumed = sum(kill.resumed > 0 for kill in these)
        lost = sum(bool(kill.wrong) for kill in these)
        rows.append([kind, *map(str, (len(these), *found, behind, resumed, lost))])
    click.echo()
    columns = ["of", "kills", "old", "new", "after the update", "went on", "lost"]
    print_table(columns, rows, "Kills of QEMU in updates of a whole node")
