"""The proof of the verdicts is itself held against sessions that lie, hang, leave and lose."""

from __future__ import annotations

import dataclasses
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from harness.cli.app import run_cli
from harness.node.framing import Reply, encode_reply, find_message
from harness.reliability import runs as many_runs
from harness.reliability import scene
from harness.reliability.faults import KINDS, Truth
from harness.reliability.inside.wire import Disturbance, Wire
from harness.reliability.leftover import MARK, Leftover, kill_all, processes_of, what_is_left
from harness.reliability.matrix import matrix_rows, times
from harness.reliability.outcome import COLUMNS, HANG, OTHER, TORN, Outcome, judge
from harness.reliability.plan import QUICK, Run, draw, draw_all, pairs
from harness.reliability.session import Ended, go_through
from harness.reliability.witnesses import NOTHING, Witnesses, junit_verdict
from harness.target import project_root
from tests.harness.session_runner import CONFTEST

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="needs /proc and pseudo-terminals")

SEED = 1


def first(kind: str, device: str = "scripted") -> Run:
    """The first run of the seed with this fault on this device."""
    runs = draw_all(SEED, QUICK)
    return next(run for run in runs if (run.kind.name, run.device) == (kind, device))


def said(word: str, tests: str = "PASS", **otherwise: str) -> Witnesses:
    """A session all of whose witnesses say the same, but for some."""
    same = dict.fromkeys(("status", "terminal", "journal", "page", "junit"), word) | otherwise
    each = {f"test_work[{number}]": tests for number in range(3)}
    return Witnesses(
        **same, sentence="", tests=each, measured=[1, 2], afterwards=NOTHING, output=""
    )


def ended(run: Run, heard: Witnesses, **otherwise: object) -> Ended:
    """A session in order, but for some."""
    usual = Ended(
        run=run,
        witnesses=heard,
        leftover=Leftover(),
        seconds=1.0,
        is_hang=False,
        fault_came=True,
        measured=2,
        lost=[],
    )
    return dataclasses.replace(usual, **otherwise)  # type: ignore[arg-type]


def cells(outcomes: list[Outcome]) -> dict[tuple[str, str], str]:
    """Those of the matrix that are not 0, by truth and word."""
    found = {}
    for truth, *counts in matrix_rows(outcomes):
        words = zip(COLUMNS, counts, strict=True)
        found |= {(truth, word): count for word, count in words if count != "0"}
    return found


# ---- the plan --------------------------------------------------------------------------------


def test_a_seed_draws_the_same_runs_again_and_another_seed_others() -> None:
    assert draw_all(7, 300) == draw_all(7, 300)
    assert draw(7, 123) == draw_all(7, 300)[123]
    assert [run.dice for run in draw_all(7, 300)] != [run.dice for run in draw_all(8, 300)]


def test_the_quick_form_has_every_fault_on_every_device_where_it_can_be() -> None:
    assert len(pairs()) <= QUICK
    for seed in range(5):
        met = {(run.kind.name, run.device) for run in draw_all(seed, QUICK)}
        assert met == {(kind.name, device) for kind, device in pairs()}


def test_what_is_true_follows_from_what_was_drawn() -> None:
    runs = draw_all(SEED, 2000)
    before = [run for run in runs if run.wrong_before]
    assert before and {run.truth for run in before} == {Truth.FAIL, Truth.NONE}
    late = [run for run in runs if run.comes_too_late]
    assert late and {run.truth for run in late} == {Truth.PASS}
    assert {run.truth for run in runs} == set(Truth)
    assert all(run.test > 0 for run in before)


# ---- the matrix ------------------------------------------------------------------------------


def test_a_session_in_order_is_on_the_diagonal() -> None:
    outcome = judge(ended(first("nothing"), said("PASS")))
    assert outcome.is_good and outcome.said == "PASS"
    assert cells([outcome]) == {("PASS", "PASS"): "1"}


@pytest.mark.parametrize(
    ("kind", "heard", "column"),
    [
        ("wrong answer", said("PASS"), "PASS"),
        ("nothing", said("FAIL"), "FAIL"),
        ("supply drops", said("FAIL"), "FAIL"),
        ("nothing", said("PASS", junit="BENCH"), TORN),
        ("nothing", said("PASS", page=NOTHING), TORN),
        ("SIGKILL", said("signal 9"), TORN),
        ("nothing", said("status 3"), "ODD"),
        ("nothing", said("PASS", tests="SKIP"), OTHER),
        ("supply drops", said("BENCH"), OTHER),
    ],
)
def test_a_lie_is_off_the_diagonal(kind: str, heard: Witnesses, column: str) -> None:
    outcome = judge(ended(first(kind), heard))
    assert outcome.said == column and outcome.said in COLUMNS and outcome.problem
    assert not outcome.is_right
    assert not outcome.is_good
    assert cells([outcome]) == {(str(outcome.run.truth), column): "1"}


@pytest.mark.parametrize(
    "otherwise",
    [{"lost": [3]}, {"leftover": Leftover(processes=["node (process 7)"])}],
)
def test_what_is_lost_or_left_counts_where_the_verdict_is_right(otherwise: dict) -> None:
    outcome = judge(ended(first("nothing"), said("PASS"), **otherwise))
    assert outcome.is_right and not outcome.is_good


def test_a_session_that_passes_what_is_wrong_is_told_with_the_command_that_repeats_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """A real session, whose suite looks away."""
    run = first("wrong answer")
    suite = Path(project_root(), scene.SUITE, "test_work.py").read_text()
    blind = suite.replace("    assert node.arena_get(64, BYTES) == data\n", BLIND)
    assert blind != suite
    (tmp_path / "test_work.py").write_text(blind)
    (tmp_path / "conftest.py").write_text(CONFTEST)
    monkeypatch.setattr(scene, "SUITE", str(tmp_path))
    monkeypatch.setattr(many_runs, "prepare", lambda devices, say: {})
    status = run_cli(["reliability", "--seed", str(SEED), "--run", str(run.number)])
    out = capfd.readouterr()
    assert status == 1, out
    assert "FAIL: 1 of 1 runs off the diagonal" in out.out
    assert f"repeat: hil reliability --only verdicts --seed 1 --run {run.number}" in out.out
    assert "truth FAIL, said PASS" in out.err


BLIND = """\
    try:
        assert node.arena_get(64, BYTES) == data
    except Exception:
        pass
"""


def test_a_run_past_its_bound_is_a_hang_and_leaves_nothing(tmp_path: Path) -> None:
    with_short_bound = go_through(first("node silent"), tmp_path, bound_s=1.0)
    outcome = judge(with_short_bound)
    assert outcome.said == HANG and with_short_bound.is_hang
    assert not with_short_bound.leftover.processes and not with_short_bound.leftover.locks
    assert cells([outcome]) == {("FAIL", HANG): "1"}
    assert list(tmp_path.iterdir()) == []


def test_a_proof_that_is_stopped_begins_no_other_run(monkeypatch: pytest.MonkeyPatch) -> None:
    def stopped_in(run: Run, _folder: Path) -> Ended:
        os.kill(os.getpid(), signal.SIGINT)
        time.sleep(0.2)
        return ended(run, said("PASS"))

    monkeypatch.setattr(many_runs, "go_through", stopped_in)
    runs = [first("nothing", device) for device in ("scripted", "host", "qemu")]
    told: list[Outcome] = []
    outcomes = many_runs.run_all(runs, 1, told.append, lambda _run, error: pytest.fail(str(error)))
    assert [outcome.run for outcome in outcomes] == runs[:1]
    assert told == outcomes and outcomes[0].is_good


def test_a_run_that_cannot_be_done_costs_no_other_and_is_no_pass(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    def broken_in(run: Run, _folder: Path) -> Ended:
        if run.number == 1:
            raise FileNotFoundError("gone")
        return ended(run, said("PASS"))

    monkeypatch.setattr(many_runs, "go_through", broken_in)
    monkeypatch.setattr(many_runs, "prepare", lambda devices, say: {})
    monkeypatch.setattr(many_runs, "judge", lambda e: Outcome(e.run, str(e.run.truth), "", e))
    status = run_cli(
        ["reliability", "--only", "verdicts", "--seed", str(SEED), "--runs", "4", "--jobs", "1"]
    )
    out = capfd.readouterr()
    assert status == 1, out
    assert "it could not be done: FileNotFoundError: gone" in out.err
    assert "could not be done: 1 runs" in out.out
    assert "repeat: hil reliability --only verdicts --seed 1 --run 1\n" in out.out
    assert "FAIL: 0 of 3 runs off the diagonal" in out.out


def test_every_kind_is_in_the_table_of_times() -> None:
    outcomes = [
        Outcome(run, str(run.truth), "", ended(run, said(str(run.truth)), seconds=float(number)))
        for number, run in enumerate(draw_all(SEED, QUICK))
    ]
    rows = times(outcomes)
    assert [row.kind for row in rows] == [kind.name for kind in KINDS]
    assert all(row.median <= row.p99 <= row.worst for row in rows)


# ---- what it looks at ------------------------------------------------------------------------


def test_a_process_that_a_session_started_is_known_by_its_mark() -> None:
    mark = f"test{os.getpid()}"
    sleeps = [sys.executable, "-c", "import time; time.sleep(60)"]
    process = subprocess.Popen(sleeps, env={**os.environ, MARK: mark})
    try:
        deadline = time.monotonic() + 20
        while not (found := processes_of(mark)) and time.monotonic() < deadline:
            time.sleep(0.05)
        assert [each.pid for each in found] == [process.pid]
        assert processes_of(mark[:-1]) == []
        kill_all(mark)
        assert process.wait(20) == -9
    finally:
        process.kill()
        process.wait()
    assert processes_of(mark) == []


def test_a_file_that_goes_while_it_is_looked_for_is_not_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What ends with a session removes its files in its own time."""
    gone, kept = tmp_path / "gone", tmp_path / "kept"
    gone.mkdir()
    kept.touch()
    look = Path.lstat

    def lstat(path: Path) -> os.stat_result:
        if path == gone:
            gone.rmdir()
        return look(path)

    monkeypatch.setattr(Path, "lstat", lstat)
    run_scene = scene.Scene(first("nothing", "host"), tmp_path / "nowhere")
    run_scene.temporary = tmp_path
    monkeypatch.setattr("harness.reliability.leftover._GRACE_S", 0.0)
    assert what_is_left(run_scene, was_killed=False).everything == ["file kept"]


@pytest.mark.parametrize(
    ("counts", "verdict"),
    [
        ((3, 0, 0, 0), "PASS"),
        ((3, 1, 1, 0), "FAIL"),
        ((3, 0, 1, 0), "BENCH"),
        ((3, 0, 0, 3), NOTHING),
        ((0, 0, 0, 0), NOTHING),
    ],
)
def test_what_a_junit_file_says(
    tmp_path: Path, counts: tuple[int, int, int, int], verdict: str
) -> None:
    names = ("tests", "failures", "errors", "skipped")
    facts = " ".join(f'{name}="{count}"' for name, count in zip(names, counts, strict=True))
    path = tmp_path / "junit.xml"
    path.write_text(f"<testsuites><testsuite {facts}/></testsuites>")
    assert junit_verdict(path) == verdict
    path.write_text("<testsuites><testsui")
    assert junit_verdict(path) == NOTHING


# ---- what it does to bytes -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("how", "expected"),
    [("dropped", b"abfg"), ("doubled", b"abcdecdefg"), ("late", b"abcdefg")],
)
def test_bytes_are_disturbed_where_it_was_drawn(how: str, expected: bytes) -> None:
    assert Disturbance(how, "in", 2, 3, 0.0).disturb(b"abcdefg", 2, random.Random(0)) == expected


def test_garbled_bytes_are_others() -> None:
    data = bytes(range(40))
    garbled = Disturbance("garbled", "in", 5, 8, 0.0).disturb(data, 5, random.Random(0))
    assert all(
        (a == b) == (not 5 <= at < 13) for at, (a, b) in enumerate(zip(data, garbled, strict=True))
    )


def test_a_disturbance_counts_the_bytes_of_its_own_way() -> None:
    wire = Wire()
    one = {"how": "dropped", "way": "out", "after": 5, "length": 2, "seconds": 0.0}
    wire.arm([one], 0)
    assert wire.inward(b"0123456789") == b"0123456789"
    assert wire.outward(b"abc") == b"abc"
    assert wire.outward(b"defgh") == b"deh"
    assert wire.outward(b"defgh") == b"defgh"


@pytest.mark.parametrize("how", ["value", "refusal"])
def test_a_lie_has_the_right_checksum(how: str) -> None:
    wire = Wire()
    wire.lie(how)
    wire.outward(b"#> 0000000a arena_get abc 00000000\n")
    line = encode_reply(Reply(10, 0, b"true"))
    heard = wire.inward(line[:9]) + wire.inward(line[9:])
    _, message = find_message(heard.rstrip(b"\n"))
    assert isinstance(message, Reply) and message.id == 10
    assert (message.status != 0) == (how == "refusal") and message.payload != b"true"
    assert wire.inward(line) == line  # once
