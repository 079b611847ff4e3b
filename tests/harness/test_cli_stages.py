"""The stages of `hil test`: counted, summed up, skipped with a reason."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from harness.build.requirement import Requirement, program
from harness.cli.app import run_cli
from harness.errors import ToolMissing
from harness.project import selftest
from harness.project.selftest import all_stages
from harness.project.stages import Stage, StageResult, junit_counts, run_stages, summary
from harness.report import Counts, Verdict
from harness.sensing import pytorch as training

WRITE_JUNIT = """
import sys
path, failures, errors, status = sys.argv[1:]
counts = f'tests="7" failures="{failures}" errors="{errors}" skipped="2"'
open(path, "w").write(f"<testsuites><testsuite {counts}/></testsuites>")
sys.exit(int(status))
"""


def run_one(stage: Stage, folder: Path) -> StageResult:
    """One stage by itself."""
    seen: list[StageResult] = []
    (result,) = run_stages([stage], folder, folder, seen.append)
    assert seen == [result]
    return result


def python(code: str, *arguments: str) -> tuple[str, ...]:
    """A command that runs `code`."""
    return (sys.executable, "-c", code, *arguments)


def test_a_command_counts_as_one(tmp_path: Path) -> None:
    good = run_one(Stage("good", python("print('fine')")), tmp_path)
    assert (good.verdict, good.counts) == (Verdict.PASS, Counts(passed=1))
    assert good.log is not None and good.log.read_text().strip() == "fine"
    bad = run_one(Stage("bad", python("import sys; sys.exit(3)")), tmp_path)
    assert (bad.verdict, bad.counts) == (Verdict.FAIL, Counts(failed=1))


@pytest.mark.parametrize(
    ("failures", "errors", "status", "verdict", "counts"),
    [
        (0, 0, 0, Verdict.PASS, Counts(passed=5, skipped=2)),
        (1, 0, 1, Verdict.FAIL, Counts(passed=4, failed=1, skipped=2)),
        (0, 1, 2, Verdict.BENCH, Counts(passed=4, bench=1, skipped=2)),
        (1, 1, 1, Verdict.FAIL, Counts(passed=3, failed=1, bench=1, skipped=2)),
        (0, 0, 1, Verdict.FAIL, Counts(passed=5, skipped=2)),
    ],
)
def test_tests_are_counted_one_by_one(
    tmp_path: Path, failures: int, errors: int, status: int, verdict: Verdict, counts: Counts
) -> None:
    junit = tmp_path / "out.xml"
    numbers = [str(number) for number in (failures, errors, status)]
    stage = Stage("tests", python(WRITE_JUNIT, str(junit), *numbers), junit)
    result = run_one(stage, tmp_path)
    assert (result.verdict, result.counts) == (verdict, counts)
    assert junit_counts(junit) == counts


def test_a_stage_that_ends_before_it_counts_has_not_judged(tmp_path: Path) -> None:
    stage = Stage("tests", python("import sys; sys.exit(2)"), tmp_path / "never.xml")
    result = run_one(stage, tmp_path)
    assert (result.verdict, result.counts) == (Verdict.BENCH, Counts(bench=1))


def test_a_stage_whose_program_is_missing_is_skipped_and_says_so(tmp_path: Path) -> None:
    need = program("no-such-program", debian="no-such-package")
    result = run_one(Stage("lint", ("no-such-program",), requirements=(need,)), tmp_path)
    assert result.verdict is Verdict.SKIP
    assert "no-such-program was not found. Type: sudo apt-get install" in result.note


@pytest.mark.parametrize(
    ("verdicts", "whole"),
    [
        ([Verdict.PASS, Verdict.PASS], Verdict.PASS),
        ([Verdict.PASS, Verdict.SKIP], Verdict.PASS),
        ([Verdict.PASS, Verdict.BENCH], Verdict.BENCH),
        ([Verdict.BENCH, Verdict.FAIL], Verdict.FAIL),
        ([Verdict.SKIP], Verdict.FAIL),
    ],
)
def test_the_worst_stage_decides(verdicts: list[Verdict], whole: Verdict) -> None:
    results = [StageResult("s", v, Counts(passed=1), 0.0, None) for v in verdicts]
    verdict, counts = summary(results)
    assert verdict is whole
    assert counts.passed == len(verdicts)


def test_what_a_stage_imports_is_compiled_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    said = run_one(Stage("said", python("import sys; print(sys.dont_write_bytecode)")), tmp_path)
    assert said.log is not None and said.log.read_text().strip() == "False"


def test_what_a_stage_leaves_out_is_said(tmp_path: Path) -> None:
    assert run_one(Stage("some", python(""), left_out="the long ones"), tmp_path).note == (
        "the long ones"
    )


@pytest.mark.parametrize("every", [False, True])
def test_what_is_left_out_can_be_had(tmp_path: Path, every: bool) -> None:
    stages = {stage.name: stage for stage in all_stages(tmp_path, tmp_path, every=every)}
    marks = {
        "suite qemu head off": "not edge_alone",
        "deliberate faults": "not firmware_fault",
        "unit tests": "not slow",
    }
    for name, mark in marks.items():
        assert (mark in stages[name].command) is not every
        assert ("--all" in stages[name].left_out) is not every
    assert {name for name, stage in stages.items() if stage.left_out} == (
        set() if every else set(marks)
    )


NOT_HERE = Requirement("PyTorch", lambda: None, advice="Type: ./hil test --train")


def test_a_stage_without_what_it_may_lack_is_left_out_and_says_how_to_have_it(
    tmp_path: Path,
) -> None:
    result = run_one(Stage("training", python("print('ran')"), optional=(NOT_HERE,)), tmp_path)
    assert (result.verdict, result.counts) == (Verdict.SKIP, Counts(skipped=1))
    assert result.note == "PyTorch was not found. Type: ./hil test --train"


@pytest.mark.parametrize("here", [False, True])
def test_pytorch_is_asked_for_and_never_taken(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, here: bool
) -> None:
    """Only `--train` installs it, and only where it is missing."""
    found = Path(__file__) if here else None
    torch = Requirement("PyTorch", lambda: found, advice="Type: ./hil test --train")
    installed: list[Path] = []
    monkeypatch.setattr(selftest, "TORCH", torch)
    monkeypatch.setattr(selftest, "install_torch", lambda root, say: installed.append(root))
    monkeypatch.setattr(selftest, "project_root", lambda: tmp_path)
    run: list[Stage] = []

    def remember(stages: Sequence[Stage], *others: object) -> list[StageResult]:
        run.extend(stages)
        return [StageResult(stage.name, Verdict.PASS, Counts(passed=1), 0, None) for stage in run]

    monkeypatch.setattr(selftest, "run_stages", remember)
    assert run_cli(["test", "--only", "training"]) == 0
    assert not installed
    assert run_cli(["test", "--only", "training", "--train"]) == 0
    assert installed == ([] if here else [tmp_path])
    assert [stage.optional for stage in run] == [(torch,), (torch,)]


@pytest.mark.parametrize("answers", [(0,), (1, 0), (1, 1)])
def test_the_small_build_of_pytorch_comes_before_the_ordinary_one(
    monkeypatch: pytest.MonkeyPatch, answers: tuple[int, ...]
) -> None:
    locks = [training.CPU_LOCK, training.FULL_LOCK]
    asked: list[str] = []

    def pip(command: Sequence[str], **_how: object) -> subprocess.CompletedProcess[str]:
        assert "--require-hashes" in command
        asked.append(Path(command[-1]).name)
        status = answers[len(asked) - 1]
        return subprocess.CompletedProcess(command, status, "", "ERROR: the disk is full\n")

    monkeypatch.setattr(training, "program_output", pip)
    root = Path(__file__).parents[2]
    if answers[-1]:
        with pytest.raises(ToolMissing, match="the disk is full"):
            training.install_torch(root, lambda text: None)
    else:
        training.install_torch(root, lambda text: None)
    assert asked == locks[: len(answers)]
    assert all((root / lock).is_file() for lock in locks)
