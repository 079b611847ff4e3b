"""`hil reliability --only corruption`: what it says."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from harness.cli.app import run_cli
from harness.project import corruption
from harness.sensing.corruption import ParserEnded, Sweep, Tally, Wrong


class NoParser:
    """Stands for the program, which is not asked."""

    def __init__(self, _program: object) -> None:
        pass

    def __enter__(self) -> NoParser:
        return self

    def __exit__(self, *_exception: object) -> None:
        pass


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, range]]:
    """Which cases of which sweep are judged; none is wrong."""
    seen: list[tuple[str, range]] = []

    def judge(_parser: object, sweep: Sweep, numbers: range, _wrong: object) -> Iterator[Tally]:
        seen.append((sweep.name, numbers))
        yield Tally(sweep.name, sweep.cases, len(numbers))

    monkeypatch.setattr(corruption, "build_parser", lambda: None)
    monkeypatch.setattr(corruption, "BlobParser", NoParser)
    monkeypatch.setattr(corruption, "judge", judge)
    return seen


def test_every_case_is_tried(
    asked: list[tuple[str, range]], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_cli(["reliability", "--only", "corruption", "--runs", "77"]) == 0
    counts = {name: len(numbers) for name, numbers in asked}
    assert tuple(counts) == corruption.SWEEPS
    assert (counts["bit flipped"], counts["cut off"], counts["bytes behind"]) == (
        *(329_952, 41_244, 4_096),
    )
    assert counts["changed at random"] == 77
    total = sum(counts.values())
    says = f"PASS: 0 wrong or judged differently by the two parsers in {total:,}"
    assert says in capsys.readouterr().out


def test_a_quick_run_has_some_of_each(asked: list[tuple[str, range]]) -> None:
    assert run_cli(["reliability", "--only", "corruption", "--quick"]) == 0
    assert all(100 < len(numbers) <= 20_000 for _, numbers in asked)


def test_one_case_is_repeated(asked: list[tuple[str, range]]) -> None:
    assert run_cli(["reliability", "--sweep", "bit flipped", "--run", "1234"]) == 0
    assert asked == [("bit flipped", range(1234, 1235))]


def test_what_is_wrong_is_told_with_its_repetition(
    asked: list[tuple[str, range]],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def judge(
        _parser: object, sweep: Sweep, _numbers: range, on_wrong: Callable[[Wrong], None]
    ) -> Iterator[Tally]:
        on_wrong(Wrong(sweep.name, 5, "the two disagree"))
        yield Tally(sweep.name, sweep.cases, 9, wrong=1)

    monkeypatch.setattr(corruption, "judge", judge)
    command = ["reliability", "--only", "corruption", "--sweep", "cut off", "--seed", "4"]
    assert run_cli(command) == 1
    said = "".join(capsys.readouterr())
    assert "WRONG  cut off, case 5: the two disagree" in said
    assert 'hil reliability --only corruption --seed 4 --sweep "cut off" --run 5' in said
    assert "FAIL: 1 wrong or judged differently by the two parsers in 9" in said


def test_a_parser_that_a_sanitizer_ended_is_wrong(
    asked: list[tuple[str, range]],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def judge(*_arguments: object) -> Iterator[Tally]:
        raise ParserEnded("blob_verdicts ended with 1:\nheap-buffer-overflow")
        yield

    monkeypatch.setattr(corruption, "judge", judge)
    assert run_cli(["reliability", "--only", "corruption", "--sweep", "cut off"]) == 1
    assert "heap-buffer-overflow" in capsys.readouterr().err


def test_ctrl_c_leaves_the_figures(
    asked: list[tuple[str, range]],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def judge(_parser: object, sweep: Sweep, *_arguments: object) -> Iterator[Tally]:
        yield Tally(sweep.name, sweep.cases, 12)
        raise KeyboardInterrupt

    monkeypatch.setattr(corruption, "judge", judge)
    assert run_cli(["reliability", "--only", "corruption"]) == 130
    assert "STOPPED: 0 wrong" in capsys.readouterr().out


def test_an_unknown_sweep_is_refused(
    asked: list[tuple[str, range]], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_cli(["reliability", "--only", "corruption", "--sweep", "nothing"]) == 2
    assert "No sweep 'nothing'. Sweeps: bit flipped, cut off" in capsys.readouterr().err
