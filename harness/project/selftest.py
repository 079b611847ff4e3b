"""`hil test`"""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import click

from harness.build.requirement import program
from harness.cli.console import print_line, print_table, say
from harness.doctor.provision import supply
from harness.project.side_by_side import SideBySide
from harness.project.stages import Stage, StageResult, run_stages, summary
from harness.reliability.plan import QUICK
from harness.report import STOPPED_BY_HAND, ReportFolder, Verdict
from harness.sensing.pytorch import TORCH, install_torch
from harness.target import Requirement, project_root
from harness.target.portable import HOST, QEMU

CPPCHECK = program("cppcheck", debian="cppcheck")
_TAIL_LINES = 60
_HOST = ("--target", "host")
_TRAINING_TESTS = "tests/training"
_MANY_NODES = "hil_tests/test_many_nodes.py"
_SHORT_SOAK = ("--soak-duration", "12m")
_HEAD_OFF = ("--overlay", "head_off", "-n", "2")
_SAME_CODE = "edge_alone"
_FAULTS = "tests/faults"
# All tests of a file run in one worker, so that what they share is made once.
_UNIT_TESTS = (
    *("tests", f"--ignore={_TRAINING_TESTS}", f"--ignore={_FAULTS}"),
    *("-n", "2", "--dist", "loadfile"),
)
_FIRMWARE_FAULTS = "firmware_fault"
_SLOW = "slow"


@click.command()
@click.option("--only", multiple=True, metavar="STAGE", help="Run this stage; may be repeated.")
@click.option("--train", is_flag=True, help="Install PyTorch first where it is missing.")
@click.option("--all", "every", is_flag=True, help="Leave out nothing: some minutes more.")
def test(only: tuple[str, ...], train: bool, every: bool) -> int:
    """Run the project's own tests.

    Linters and types, unit tests of oracle, schema and harness, the suite on the host with
    sanitizers, the suite on qemu, with the temporal head and without, and the tests of training
    if PyTorch is installed. What is missing is installed first where that needs no password,
    PyTorch only with --train. The output of every stage is kept in a folder under reports/.

    Only --all runs these: the tests of the edge features on the image without the head, whose
    machine code is the same as with the head, as a unit test shows; the deliberate faults of the
    firmware; and unit tests that take long.
    """
    root = project_root()
    if train and TORCH.find() is None:
        install_torch(root, say)
    folder = ReportFolder.create(root / "reports", "selftest").path
    stages = all_stages(root, folder, every=every)
    if unknown := set(only) - {stage.name for stage in stages}:
        known = ", ".join(stage.name for stage in stages)
        raise click.UsageError(f"No stage {unknown.pop()!r}. Stages: {known}.")
    stages = [stage for stage in stages if not only or stage.name in only]

    needed = {need.name: need for stage in stages for need in stage.requirements}
    supply(needed.values(), "to run the project's own tests", say)
    workers = max(1, min(2, os.cpu_count() or 1))
    say(f"{len(stages)} stages, {workers} at a time, output in {folder}")
    side_by_side = SideBySide()
    results = run_stages(stages, root, folder, _say_result, workers, side_by_side)
    verdict, counts = summary(results)

    for result in results:
        if result.verdict in (Verdict.FAIL, Verdict.BENCH):
            _print_tail(result)
    print_table(
        ["stage", "verdict", "passed", "failed", "skipped", "time", ""],
        [_row(result) for result in results],
    )
    ended_by = side_by_side.ended_by
    if ended_by:
        verdict = Verdict.FAIL if verdict is Verdict.FAIL and counts.failed else Verdict.BENCH
    by = "Ctrl-C" if ended_by == "SIGINT" else ended_by
    print_line(f"{verdict}: {f'ended by {by}; ' if by else ''}output of every stage in {folder}")
    print_line(str(counts))
    by_hand = ended_by == "SIGINT" and verdict is Verdict.BENCH
    return STOPPED_BY_HAND if by_hand else verdict.exit_status


def all_stages(root: Path, folder: Path, every: bool = False) -> list[Stage]:
    """Every stage, in the order of the table. Paths in commands are relative to the root.

    every: whether to run also the tests that take long.
    """
    c_files = sorted(
        str(path.relative_to(root))
        for folder in ("firmware", "examples")
        for path in (root / folder).rglob("*.[ch]")
        if "build" not in path.relative_to(root).parts
    )
    python = ("python", "-m")
    unit = _pytest_stage(folder, "unit tests", *_UNIT_TESTS)
    faults = _pytest_stage(folder, "deliberate faults", _FAULTS)
    training = replace(_pytest_stage(folder, "training", _TRAINING_TESTS), optional=(TORCH,))
    head_off = _suite_stage(folder, "qemu head off", QEMU.requirements, *_HEAD_OFF)
    if not every:
        unit = _without(_SLOW, unit)
        faults = _without(_FIRMWARE_FAULTS, faults)
        head_off = _without(_SAME_CODE, head_off)
    return [
        Stage("ruff format", (*python, "ruff", "format", "--check", ".")),
        Stage("ruff check", (*python, "ruff", "check", ".")),
        Stage("mypy", (*python, "mypy")),
        Stage("clang-format", ("clang-format", "--dry-run", "-Werror", *c_files)),
        Stage("cppcheck", _cppcheck_command(root), requirements=(CPPCHECK,)),
        unit,
        faults,
        training,
        _suite_stage(folder, "host sanitize", HOST.requirements, "--target", "host", "--sanitize"),
        _suite_stage(folder, "qemu", QEMU.requirements),
        head_off,
        _suite_stage(folder, "many nodes", HOST.requirements, *_HOST, "--count", "3", _MANY_NODES),
        _reliability_stage("verdicts", "--runs", str(QUICK), "--jobs", "2"),
        _reliability_stage("power", "--quick"),
        _reliability_stage("corruption", "--quick"),
        _suite_stage(folder, "soak", HOST.requirements, *_HOST, "-m", "soak", *_SHORT_SOAK),
    ]


def _cppcheck_command(root: Path) -> tuple[str, ...]:
    components = root / "firmware" / "components"
    includes = sorted(str(path.relative_to(root)) for path in components.glob("*/include"))
    return (
        "cppcheck",
        "--std=c11",
        "--quiet",
        "--enable=warning,performance,portability",
        "--error-exitcode=1",
        "--inline-suppr",
        "--suppress=missingIncludeSystem",
        # The linker's symbols are the ends of one region; to cppcheck they are two objects.
        "--suppress=comparePointers:firmware/ports/qemu/*",
        "--suppress=comparePointers:firmware/components/*port_idf/*",
        *(f"-I{include}" for include in [*includes, "firmware/ports/shim"]),
        "firmware/components",
        "firmware/ports",
    )


def _pytest_stage(folder: Path, name: str, *words: str) -> Stage:
    """Tests of this project, counted by their JUnit file."""
    junit = folder / f"{name.replace(' ', '-')}.xml"
    command = ("python", "-m", "pytest", "-q", *words, "--durations=10", f"--junitxml={junit}")
    return Stage(name, command, junit=junit, slow=True)


def _without(mark: str, stage: Stage) -> Stage:
    """The stage without the tests that have the mark, which its row says."""
    command = (*stage.command, "-m", f"not {mark}")
    return replace(stage, command=command, left_out=f"without {mark}; --all runs them")


def _reliability_stage(proof: str, *words: str) -> Stage:
    """One of the proofs of `hil reliability`, in its quick form."""
    command = ("python", "-m", "harness.cli", "reliability", "--only", proof, *words)
    return Stage(proof, command, requirements=HOST.requirements, slow=True)


def _suite_stage(
    folder: Path, name: str, requirements: tuple[Requirement, ...], *options: str
) -> Stage:
    """`hil run`, as a user types it, with its report in the folder of this run."""
    report = folder / name.replace(" ", "-")
    junit = ReportFolder(report).junit
    command = ("python", "-m", "harness.cli", "run", *options, "-q", "--report-dir", str(report))
    return Stage(f"suite {name}", command, junit, requirements, slow=True)


def _row(result: StageResult) -> list[str]:
    counts = result.counts
    return [
        result.name,
        result.verdict.value,
        str(counts.passed),
        str(counts.failed + counts.bench),
        str(counts.skipped),
        f"{result.seconds:.1f} s",
        result.note,
    ]


def _say_result(result: StageResult) -> None:
    say(f"{result.verdict:5} {result.name} ({result.seconds:.1f} s)")


def _print_tail(result: StageResult) -> None:
    """Prints the end of the output of a stage that failed."""
    if result.log is None:
        return
    lines = result.log.read_text(encoding="utf-8", errors="replace").splitlines()
    print_line(f"\n--- {result.name}: the last lines of {result.log}")
    print_line("\n".join(lines[-_TAIL_LINES:]))
