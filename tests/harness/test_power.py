"""`hil reliability --only power`: what it says, and how interrupted updates are judged."""

from __future__ import annotations

import random
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from harness.cli.app import run_cli
from harness.errors import BenchError
from harness.project import power
from harness.sensing.node.weights import upload_crc
from harness.sensing.power import Kill, Sweep, Wrong, run_sweeps
from harness.sensing.power.blobs import node_blob, small_blobs
from harness.sensing.power.updates import NEW, OLD, SettingsUpdate, WeightsUpdate
from harness.sensing.power.updates import Wrong as WrongUpdate
from harness.sensing.structs.state import HeadState, SettingsLost, WeightsSource
from kernels_ref import WeightBlob

LOST = Wrong("weights", "one cut", "erased", 17, "the weights in use are no whole blob")


class FakeNode:
    """Takes updates; `refuse_after` of them its power is gone."""

    def __init__(self) -> None:
        self.refuse_after = 10**6
        self.crc = 0
        self.value = 0

    def weights_begin(self, total_len: int, crc: int) -> Any:
        del total_len
        self._next = crc
        return SimpleNamespace(resume_offset=0)

    def weights_send(self, blob: bytes, start: int) -> None:
        del blob, start
        self._take()

    def weights_commit(self) -> None:
        self._take()
        self.crc = self._next

    def setting(self, key: int, value: int) -> None:
        del key
        self._take()
        self.value = value

    def settings(self) -> Any:
        return SimpleNamespace(thr_still=self.value / 1000)

    def boot(self, **otherwise: Any) -> Any:
        usual = {
            "head_state": HeadState.ON,
            "head_reason": "weights from slot 0",
            "weights_source": WeightsSource.SLOT_0,
            "weights_crc": self.crc,
            "settings_lost": SettingsLost.KEPT,
        }
        return SimpleNamespace(**usual | otherwise)

    def _take(self) -> None:
        self.refuse_after -= 1
        if self.refuse_after < 0:
            raise BenchError("no power")


@pytest.fixture
def node() -> Any:
    return FakeNode()


def interrupted(update: Any, node: Any, after: int) -> None:
    update.draw()
    node.refuse_after = after
    with pytest.raises(BenchError):
        update.make(node)
    node.refuse_after = 10**6


def made(update: Any, node: Any) -> None:
    update.draw()
    update.make(node)


def test_weights_may_be_the_old_or_the_new_ones_after_an_interruption(node: Any) -> None:
    update = WeightsUpdate(random.Random(1))
    made(update, node)
    assert update.judge(node, node.boot()) == NEW
    old = node.crc
    interrupted(update, node, after=1)
    assert update.judge(node, node.boot()) == OLD
    assert update.judge(node, node.boot(weights_crc=node._next)) == NEW
    update.make(node)
    with pytest.raises(WrongUpdate, match="told as done"):
        update.judge(node, node.boot(weights_crc=old))


@pytest.mark.parametrize(
    ("otherwise", "message"),
    [
        ({"weights_crc": 7}, "00000007, are not those old or new"),
        ({"weights_source": WeightsSource.EMBEDDED}, "the head is ON"),
        ({"head_state": HeadState.OFF, "head_reason": "no weights"}, "the head is OFF: no weights"),
    ],
)
def test_weights_that_are_neither_are_wrong(node: Any, otherwise: Any, message: str) -> None:
    update = WeightsUpdate(random.Random(1))
    made(update, node)
    interrupted(update, node, after=0)
    with pytest.raises(WrongUpdate, match=message):
        update.judge(node, node.boot(**otherwise))


@pytest.mark.parametrize(
    ("value", "found"), [(0, ""), (9, ""), (10, NEW), (11, NEW), (12, "")], ids=str
)
def test_a_setting_is_the_one_that_was_told_last_or_the_next(
    node: Any, value: int, found: str
) -> None:
    update = SettingsUpdate()
    interrupted(update, node, after=10)
    node.value = value
    if found:
        assert update.judge(node, node.boot()) == found
    else:
        with pytest.raises(WrongUpdate, match=f"the setting is {value}, and 10 was told as done"):
            update.judge(node, node.boot())


def test_settings_that_are_said_to_be_lost_are(node: Any) -> None:
    update = SettingsUpdate()
    update.draw()
    assert update.judge(node, node.boot()) == OLD
    with pytest.raises(WrongUpdate, match="lost: DAMAGED"):
        update.judge(node, node.boot(settings_lost=SettingsLost.DAMAGED))


def test_blobs_are_valid_and_differ() -> None:
    for blobs in (small_blobs(1), [node_blob(seed) for seed in range(3)]):
        assert len({upload_crc(blob) for blob in blobs}) == len(blobs)
        assert len({len(blob) for blob in blobs}) == 1
        for blob in blobs:
            assert WeightBlob.parse(blob).serialize() == blob


# ---- the program -----------------------------------------------------------------------------


@pytest.fixture
def program(tmp_path: Path) -> Callable[[str, int], Path]:
    """A program that says something and ends."""

    def made_of(said: str, status: int) -> Path:
        path = tmp_path / "said"
        path.write_text(f"#!{sys.executable}\nprint({said!r})\nraise SystemExit({status})\n")
        path.chmod(0o755)
        return path

    return made_of


@pytest.mark.skipif(sys.platform != "linux", reason="a script is a program by its first line")
@pytest.mark.parametrize(("said", "status"), [("", 0), ("ERROR: AddressSanitizer", 134)])
def test_a_program_that_did_not_come_to_its_end_is_no_proof(
    program: Callable[[str, int], Path], said: str, status: int
) -> None:
    with pytest.raises(BenchError, match=said or f"ended with {status}"):
        run_sweeps(program(said, status))


# ---- the command -----------------------------------------------------------------------------


@pytest.fixture
def outcomes(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """What the sweeps and the kills are said to have come to."""
    said = SimpleNamespace(wrong=None, kills=[], asked=[])

    def sweeps(_program: Path, *, only: list[str], on_wrong: Any, **drawn: Any) -> list[Sweep]:
        of, name = (word.partition("=")[2] for word in only[:2])
        said.asked.append((of, name, *only[2:], drawn["seed"], drawn["one_in"]))
        is_wrong = said.wrong is not None and (said.wrong.of, said.wrong.sweep) == (of, name)
        if is_wrong:
            on_wrong(said.wrong)
        return [Sweep(of, name, 1000, 100, 90, 80, 0, 10, 5, 2, int(is_wrong))]

    monkeypatch.setattr(power, "run_sweeps", sweeps)
    monkeypatch.setattr(power, "build_program", lambda: Path("program"))
    monkeypatch.setattr(power, "_kill", lambda _plan, kills, _tell: kills.extend(said.kills))
    return said


def test_all_sweeps_are_gone_through(
    outcomes: SimpleNamespace, capfd: pytest.CaptureFixture[str]
) -> None:
    outcomes.kills = [Kill(0, "weights", 0.1, False, OLD, 512, "")]
    assert run_cli(["reliability", "--only", "power", "--seed", "3"]) == 0
    every = {(of, name, 3, 1) for of in ("weights", "settings") for name in power.SWEEPS}
    assert set(outcomes.asked) == every
    assert "PASS: 0 lost in 1,261 cuts and 140 faults" in capfd.readouterr().out


def test_quick_takes_a_sample(outcomes: SimpleNamespace) -> None:
    assert run_cli(["reliability", "--only", "power", "--quick"]) == 0
    assert {name for _of, name, *_rest in outcomes.asked} == set(power.SWEEPS)
    assert all(one_in > 1 for *_rest, one_in in outcomes.asked)


def test_what_is_lost_fails_and_is_told_with_the_command_that_repeats_it(
    outcomes: SimpleNamespace, capfd: pytest.CaptureFixture[str]
) -> None:
    outcomes.wrong = LOST
    assert run_cli(["reliability", "--only", "power"]) == 1
    out = capfd.readouterr()
    assert "FAIL: 1 lost in" in out.out
    repeat = 'hil reliability --only power --seed 1 --sweep "weights: one cut" --run 17'
    assert f"repeat: {repeat}\n" in out.out
    assert f"weights, one cut, erased, case 17: {LOST.wrong}" in out.err


def test_a_kill_that_loses_something_fails(outcomes: SimpleNamespace) -> None:
    outcomes.kills = [Kill(0, "weights", 0.1, False, "", 0, "the head is OFF")]
    assert run_cli(["reliability", "--only", "power"]) == 1


def test_one_case_is_done_again_alone(outcomes: SimpleNamespace) -> None:
    words = ["reliability", "--sweep", "weights: one cut", "--run", "17"]
    assert run_cli(words) == 0
    assert outcomes.asked == [("weights", "one cut", "only=17", 1, 1)]


def test_a_sweep_that_is_none_is_said_with_those_that_are(
    outcomes: SimpleNamespace, capfd: pytest.CaptureFixture[str]
) -> None:
    assert run_cli(["reliability", "--only", "power", "--sweep", "weights"]) == 2
    assert outcomes.asked == []
    assert "weights: one cut, settings: one cut" in capfd.readouterr().err.replace("\n", " ")
