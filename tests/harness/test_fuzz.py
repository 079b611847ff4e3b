"""`hil reliability --only fuzz`: what it says, and how a run of libFuzzer is read."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.cli.app import run_cli
from harness.errors import BenchError
from harness.project import fuzz as command
from harness.sensing.fuzz import TARGETS, Branches, FuzzRun, Replay, fuzz
from harness.sensing.fuzz.targets import missing_compiler

GOOD = """\
#2	INITED cov: 21 ft: 22 corp: 1/1b exec/s: 0 rss: 30Mb
#900	DONE   cov: 89 ft: 1468 corp: 596/70Kb lim: 8192 exec/s: 300 rss: 40Mb
stat::number_of_executed_units: 901
"""
FOUND = GOOD + "==7==ERROR: AddressSanitizer: heap-buffer-overflow on address 0x1\n"


def fuzzer(folder: Path, says: str, status: int, finding: str = "") -> Path:
    """Stands for a libFuzzer: says this, and leaves a finding."""
    path = folder / "blob"
    leave = f'printf {finding} > "{folder}/corpus-found-crash-1"\n' if finding else ""
    path.write_text(f"#!/bin/sh\ncat <<'END'\n{says}END\n{leave}exit {status}\n")
    path.chmod(0o755)
    return path


def test_the_figures_of_a_run_are_read(tmp_path: Path) -> None:
    run = fuzz(fuzzer(tmp_path, GOOD, 0), tmp_path / "corpus", 1, 1)
    assert run == FuzzRun("blob", 901, 89, 1468, 596, "")


def test_a_finding_comes_with_its_input(tmp_path: Path) -> None:
    run = fuzz(fuzzer(tmp_path, FOUND, 77, "bad"), tmp_path / "corpus", 1, 1)
    assert run.wrong.startswith("==7==ERROR: AddressSanitizer: heap-buffer-overflow")
    assert run.finding == b"bad"


def test_a_run_without_figures_is_the_benchs_fault(tmp_path: Path) -> None:
    with pytest.raises(BenchError, match="blob told no figures"):
        fuzz(fuzzer(tmp_path, "nothing\n", 0), tmp_path / "corpus", 1, 1)


@pytest.fixture
def played(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Nothing is built; which targets libFuzzer is asked for."""
    asked: list[str] = []

    def run(program: Path, _corpus: Path, _seconds: int, _seed: int) -> FuzzRun:
        asked.append(program.name)
        return FuzzRun(program.name, 1234, 10, 20, 3, "")

    monkeypatch.setattr(command, "build_feeders", lambda: Path("files"))
    monkeypatch.setattr(command, "build_fuzzers", lambda: Path("fuzzers"))
    monkeypatch.setattr(command, "missing_compiler", lambda: "")
    monkeypatch.setattr(command, "replay", lambda path, kept: Replay(path.name, len(kept), ""))
    monkeypatch.setattr(command, "fuzz", run)
    monkeypatch.setattr(command, "branches", lambda _folder: [Branches("blob.c", 7, 9, (3, 5))])
    return asked


def test_each_target_is_fuzzed(played: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert run_cli(["reliability", "--only", "fuzz", "--seconds", "2"]) == 0
    said = capsys.readouterr().out
    assert played == list(TARGETS)
    assert "libFuzzer, seed 1, 2 s each" in said and "1,234" in said
    assert "PASS: 0 findings" in said
    (row,) = (line.split() for line in said.splitlines() if line.startswith("blob.c"))
    assert row == ["blob.c", "7", "9", "3,", "5"]


def test_a_quick_run_has_the_kept_inputs_only(played: list[str]) -> None:
    assert run_cli(["reliability", "--only", "fuzz", "--quick"]) == 0
    assert not played


def test_a_missing_clang_is_said(
    played: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(command, "missing_compiler", lambda: "clang was not found. Install it.")
    assert run_cli(["reliability", "--only", "fuzz"]) == 0
    assert "skipped: libFuzzer: clang was not found. Install it." in capsys.readouterr().err
    assert not played


def test_a_finding_is_told_with_its_input(
    played: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    found = FuzzRun("blob", 5, 1, 1, 1, "heap-buffer-overflow", b"\x01\xfe")
    monkeypatch.setattr(command, "fuzz", lambda *_: found)
    assert run_cli(["reliability", "--only", "fuzz"]) == 1
    out, err = capsys.readouterr()
    assert "WRONG  blob: heap-buffer-overflow\n  input: 01fe" in err
    assert "FAIL: 6 findings" in out


def test_a_kept_input_that_finds_something_is_told(
    played: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(
        command, "replay", lambda path, kept: Replay(path.name, len(kept), "not true: 1 == 2")
    )
    assert run_cli(["reliability", "--only", "fuzz", "--quick"]) == 1
    assert "WRONG  line: not true: 1 == 2" in capsys.readouterr().err


def test_a_clang_without_libfuzzer_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    clang = tmp_path / "clang"
    clang.write_text("#!/bin/sh\nexit 1\n")
    clang.chmod(0o755)
    monkeypatch.setattr("harness.sensing.fuzz.targets.find_program", lambda _name: clang)
    assert missing_compiler().startswith("clang has no libFuzzer. Install clang")
    monkeypatch.setattr("harness.sensing.fuzz.targets.find_program", lambda _name: None)
    assert missing_compiler().startswith("clang was not found. Install clang")
