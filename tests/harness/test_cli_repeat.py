"""`hil run --repeat`: what differs between rounds is printed."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.cli import run as run_command
from harness.cli.app import run_cli
from harness.cli.repeat import repeat
from harness.report import Journal, Verdict
from tests.harness.session_runner import CONFTEST

Round = dict[str, tuple[Verdict, float]]
PASS, FAIL, BENCH, SKIP = Verdict.PASS, Verdict.FAIL, Verdict.BENCH, Verdict.SKIP
STEADY: Round = {"steady": (PASS, 0.5), "skipped": (SKIP, 0.0), "slow": (PASS, 1.0)}


class Rounds:
    """Plays sessions: each leaves a journal and gives a status."""

    def __init__(self, *rounds: Round, stopped: int = 0) -> None:
        self.rounds, self.stopped = list(rounds), stopped
        self.folders: list[Path] = []

    def __call__(self, folder: Path) -> int:
        self.folders.append(folder)
        tests = self.rounds[len(self.folders) - 1]
        folder.mkdir(parents=True)
        journal = Journal(folder / "metrics.jsonl")
        journal.record("session", label="host", target="host", command="")
        for name, (verdict, seconds) in tests.items():
            times = {"setup_s": 0.0, "call_s": seconds, "teardown_s": 0.0}
            journal.record("test", name=name, verdict=verdict.value, message="", **times)
        verdicts = {verdict for verdict, _ in tests.values()}
        verdict = next(v for v in (FAIL, BENCH, PASS) if v in verdicts)
        is_last = len(self.folders) == self.stopped
        journal.record("end", verdict=verdict.value, sentence="", seconds=1.0, stopped=is_last)
        journal.close()
        return verdict.exit_status


def test_what_never_wavers_is_not_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rounds = Rounds(STEADY, STEADY, STEADY)
    assert repeat(rounds, 3, tmp_path) == 0
    assert [folder.name for folder in rounds.folders] == ["round-01", "round-02", "round-03"]
    said = capsys.readouterr().out
    assert "round 2 of 3: PASS, 2 passed, 0 failed, 1 skipped" in said
    assert "3 tests in 3 rounds: 0 wavered" in said


def test_what_wavers_is_told_with_its_rate_and_its_times(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rounds = Rounds(
        {**STEADY, "flaky": (PASS, 0.01)},
        {**STEADY, "flaky": (FAIL, 0.01), "slow": (PASS, 4.0)},
        {**STEADY, "flaky": (PASS, 0.01), "late": (PASS, 0.01)},
        {**STEADY, "flaky": (BENCH, 0.01)},
    )
    assert repeat(rounds, 4, tmp_path) == 1
    said = capsys.readouterr().out.splitlines()
    assert "5 tests in 4 rounds: 2 wavered" in said
    rows = {line.split()[0]: " ".join(line.split()[1:]) for line in said if line}
    assert rows["flaky"] == "PASS 2, FAIL 1, BENCH 1"
    assert rows["late"] == "PASS 1, not run 3"
    assert rows["slow"] == "1.00 1.00 4.00", "the longest is four times the median"


def test_bench_alone_is_the_status_of_a_bench(tmp_path: Path) -> None:
    assert repeat(Rounds(STEADY, {**STEADY, "a": (BENCH, 0.0)}), 2, tmp_path) == 2


def test_whoever_ends_a_round_ends_them_all(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rounds = Rounds(STEADY, {**STEADY, "a": (BENCH, 0.0)}, STEADY, stopped=2)
    assert repeat(rounds, 3, tmp_path) == 2
    assert len(rounds.folders) == 2
    assert "in 2 rounds" in capsys.readouterr().out


def test_a_round_that_cannot_begin_is_the_last(tmp_path: Path) -> None:
    begun: list[Path] = []

    def refuse(folder: Path) -> int:
        begun.append(folder)
        return 2

    assert repeat(refuse, 5, tmp_path) == 2
    assert len(begun) == 1


@pytest.mark.parametrize(
    ("words", "rounds", "left"),
    [
        (["--repeat", "3", "-q"], 3, ["-q"]),
        (["--target", "host", "--repeat=2", "a.py"], 2, ["--target", "host", "a.py"]),
        (["a.py", "-k", "x or y", "--repeat", "1", "-rA"], 1, ["a.py", "-k", "x or y", "-rA"]),
    ],
)
def test_the_number_is_no_word_for_pytest(
    words: list[str], rounds: int, left: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    handed: list[list[str]] = []
    sessions = Rounds(*[STEADY] * rounds)

    def run_suite(given: tuple[str, ...]) -> int:
        handed.append(list(given[:-1]))
        return sessions(Path(given[-1].removeprefix("--report-dir=")))

    monkeypatch.setattr(run_command, "run_suite", run_suite)
    folder = ["--report-dir", str(tmp_path)]
    assert run_cli(["run", *words, *folder]) == 0
    assert handed == [[*left, *folder]] * rounds


def test_without_the_number_the_words_are_handed_on_as_they_are(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    handed: list[tuple[str, ...]] = []
    monkeypatch.setattr(run_command, "run_suite", lambda words: handed.append(words) or 0)
    words = ("-q", "a.py", "--maxfail=1", "-xvs", "-n2", "--report-dir", "x")
    assert run_cli(["run", *words]) == 0
    assert handed == [words]


@pytest.mark.parametrize("words", [["--repeat"], ["--repeat", "0"], ["--repeat=many"]])
def test_a_number_that_is_none_is_told(
    words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_cli(["run", *words]) == 2
    assert "'--repeat'" in capsys.readouterr().err


def test_a_suite_that_wavers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """On the scripted node: a test that fails every other round."""
    monkeypatch.setattr(run_command, "supply", lambda *_: None)
    monkeypatch.chdir(tmp_path)
    counted = tmp_path / "counted"
    (tmp_path / "conftest.py").write_text(CONFTEST)
    (tmp_path / "test_it.py").write_text(
        "import pathlib\n"
        f"counted = pathlib.Path({str(counted)!r})\n"
        "def test_steady(node): pass\n"
        "def test_wavers(node):\n"
        "    counted.write_text((counted.read_text() if counted.exists() else '') + 'x')\n"
        "    assert len(counted.read_text()) % 2\n"
    )
    words = ["--target", "host", "--report-dir", "reports", "-p", "no:cacheprovider", "test_it.py"]
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parents[2]))
    assert run_cli(["run", "--repeat", "2", *words]) == 1
    said = capsys.readouterr().out
    assert "2 tests in 2 rounds: 1 wavered" in said
    assert "test_it.py::test_wavers  PASS 1, FAIL 1" in said
    assert (tmp_path / "reports" / "round-02" / "report.html").is_file()
