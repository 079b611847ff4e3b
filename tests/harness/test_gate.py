"""The gate's arithmetic: intervals, neighbour orders, bounds; and the command without PyTorch."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.stats import spearmanr

import harness.sensing.pytorch
from harness.cli.app import run_cli
from harness.sensing.gate.criteria import Criterion, Verdict, criteria, opens
from harness.sensing.gate.figures import Figures, Interval, interval
from harness.sensing.gate.latency import measure_latency
from harness.sensing.gate.order import neighbour_orders, rank_one, spearman
from harness.sensing.gate.table import rows, sentences
from harness.sensing.recordings.manifest import VARIABLE

RNG = np.random.default_rng(5)


def mean(matrix: np.ndarray) -> float:
    return float(matrix.mean())


# ---- intervals ----------------------------------------------------------------------------------


def test_an_interval_holds_the_truth_as_often_as_it_says() -> None:
    """Seeds and persons each add a part of their own; the truth is 0."""
    hits = 0
    for world in range(150):
        rng = np.random.default_rng(world)
        rows_, columns = rng.normal(0, 1, (8, 1)), rng.normal(0, 1, (1, 12))
        found = interval(mean, rows_ + columns + rng.normal(0, 0.3, (8, 12)), draws=200)
        hits += found.low <= 0 <= found.high
    assert 0.85 <= hits / 150 <= 1.0, f"{hits} of 150"


def test_persons_count_and_windows_do_not_stand_for_them() -> None:
    """One person who is far from all others makes the interval wide, however many seeds."""
    matrix = np.tile([0.0, 0.0, 0.0, 1.0], (50, 1))
    found = interval(mean, matrix)
    assert found.value == 0.25
    assert (found.low, found.high) == (0.0, 0.75)


def test_what_both_encoders_share_is_no_chance() -> None:
    """Persons differ by far more than the encoders do, and the same ones are drawn of both."""
    dense = RNG.normal(3, 1, (3, 10))
    found = interval(lambda a, b: float((b - a).mean()), dense, dense + 0.01)
    assert found.high - found.low < 1e-9


def test_an_interval_is_the_same_twice() -> None:
    matrix = RNG.normal(0, 1, (3, 7))
    assert interval(mean, matrix) == interval(mean, matrix)


def test_matrices_of_several_shapes_are_refused() -> None:
    with pytest.raises(ValueError, match="shapes"):
        interval(lambda a, b: 0.0, np.zeros((2, 3)), np.zeros((3, 2)))
    with pytest.raises(ValueError, match="shapes"):
        interval(mean)


# ---- orders -------------------------------------------------------------------------------------


@pytest.mark.parametrize("step", [0.0, 0.1, 1.0], ids=["distinct", "some ties", "many ties"])
def test_spearman_is_scipys(step: float) -> None:
    for _ in range(20):
        a, b = RNG.normal(0, 1, (2, 30))
        if step:
            a, b = np.round(a / step), np.round(b / step)
        assert spearman(a, b) == pytest.approx(spearmanr(a, b).statistic, abs=1e-12)


def test_a_constant_list_has_no_order() -> None:
    assert spearman(np.zeros(5), np.arange(5.0)) == 0.0


def test_neighbour_orders_are_scipys() -> None:
    first = RNG.normal(0, 1, (80, 6))
    second = first + RNG.normal(0, 0.5, (80, 6))
    found = neighbour_orders(first, second)
    for i in (0, 17, 79):
        near, other = (
            np.array([x @ e[i] / np.linalg.norm(x) / np.linalg.norm(e[i]) for x in e])
            for e in (first, second)
        )
        others = [j for j in np.argsort(-near, kind="stable") if j != i][:50]
        assert found[i] == pytest.approx(spearmanr(near[others], other[others]).statistic)
    assert 0.1 < found.mean() < 0.95


def test_the_same_space_turned_and_scaled_has_the_same_orders() -> None:
    first = RNG.normal(0, 1, (60, 4))
    turn = np.linalg.qr(RNG.normal(0, 1, (4, 4)))[0]
    assert neighbour_orders(first, 3.0 * first @ turn) == pytest.approx(1.0)


def test_the_orders_are_of_the_nearest_by_the_first() -> None:
    """Far away the second encoder may differ as it likes."""
    angle = np.linspace(0, 1.2, 40)
    first = np.stack([np.cos(angle), np.sin(angle)], axis=1)
    second = first.copy()
    second[20:] = second[20:][::-1]
    assert neighbour_orders(first, second, most=5)[0] == pytest.approx(1.0)
    assert neighbour_orders(first, second, most=39)[0] < 0.9


def test_too_few_windows_have_no_order() -> None:
    with pytest.raises(ValueError, match="shapes"):
        neighbour_orders(np.zeros((2, 3)), np.zeros((2, 3)))


def test_rank_one_passes_over_the_windows_of_one_recording() -> None:
    """The nearest of all is of the same recording and counts for nothing."""
    embeddings = np.array([[1.0, 0.0], [1.0, 0.01], [1.0, 0.5], [1.0, 0.1], [0.0, 1.0]])
    persons = np.array([0, 0, 0, 1, 1])
    recordings = np.array([0, 0, 1, 2, 3])
    assert list(rank_one(embeddings, persons, recordings)) == [False, False, False, False, False]
    persons[3] = 0
    assert list(rank_one(embeddings, persons, recordings)) == [True, True, True, True, False]


# ---- verdicts -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("low", "high", "verdict"),
    [
        (-0.5, 0.0099, Verdict.HOLDS),
        (-0.5, 0.01, Verdict.HOLDS),
        (0.0, 0.0101, Verdict.OPEN),
        (0.01, 0.02, Verdict.OPEN),
        (0.0101, 0.02, Verdict.FAILS),
    ],
)
def test_a_bound_that_is_the_most(low: float, high: float, verdict: Verdict) -> None:
    assert Criterion("c", "f", Interval(0.0, low, high), 0.01, at_most=True).verdict is verdict


@pytest.mark.parametrize(
    ("low", "high", "verdict"),
    [
        (0.95, 0.99, Verdict.HOLDS),
        (0.96, 0.99, Verdict.HOLDS),
        (0.9499, 0.99, Verdict.OPEN),
        (0.90, 0.95, Verdict.OPEN),
        (0.90, 0.9499, Verdict.FAILS),
    ],
)
def test_a_bound_that_is_the_least(low: float, high: float, verdict: Verdict) -> None:
    assert Criterion("c", "f", Interval(0.9, low, high), 0.95, at_most=False).verdict is verdict


def figures(**changed: Any) -> Figures:
    """Of two seeds and four persons, by which every criterion holds."""
    loss = np.array([[1.0, 2.0, 3.0, 4.0], [1.5, 2.5, 3.5, 4.5]])
    rank = np.array([[0.9, 0.8, 0.7, 0.6], [0.95, 0.85, 0.75, 0.65]])
    counts = {"persons": 18, "unseen": 4, "persons_in_a_fold": 4, "folds": 1, "seeds": 2}
    told = counts | {"steps": 3, "batch": 4, "windows": 99, "length": 64}
    same = Figures(loss, loss, rank, rank, np.full((2, 4), 0.99), np.full((2, 4), 0.7), told)
    return dataclasses.replace(same, **changed)


FAST = Interval(20.0, 18.0, 22.0)


def verdicts(told: Figures, latency: Interval = FAST) -> list[Verdict]:
    return [criterion.verdict for criterion in criteria(told, latency)]


def test_the_gate_opens_where_all_four_hold() -> None:
    assert verdicts(figures()) == [Verdict.HOLDS] * 4
    assert opens(criteria(figures(), FAST))


def test_each_criterion_alone_keeps_it_shut() -> None:
    good = figures()
    wrong = [
        (figures(sparse_loss=good.dense_loss * 1.02), FAST),
        (figures(sparse_rank1=good.dense_rank1 - 0.02), FAST),
        (figures(order=np.full((2, 4), 0.94)), FAST),
        (good, Interval(4.0, 3.9, 4.1)),
    ]
    for i, (told, latency) in enumerate(wrong):
        expected = [Verdict.FAILS if j == i else Verdict.HOLDS for j in range(4)]
        assert verdicts(told, latency) == expected
        assert not opens(criteria(told, latency))


def test_bounds_that_are_just_met_are_met() -> None:
    good = figures()
    told = figures(
        sparse_loss=good.dense_loss * 1.01,
        sparse_rank1=good.dense_rank1 - 0.01,
        order=np.full((2, 4), 0.95),
    )
    assert verdicts(told, Interval(5.0, 5.0, 5.0)) == [Verdict.HOLDS] * 4


def test_a_sparse_encoder_that_is_better_holds() -> None:
    good = figures()
    told = figures(sparse_loss=good.dense_loss * 0.8, sparse_rank1=good.dense_rank1 + 0.05)
    assert verdicts(told) == [Verdict.HOLDS] * 4


def test_an_open_criterion_keeps_it_shut() -> None:
    """Three persons lose nothing, one loses all: other persons might decide either way."""
    good = figures()
    loss = good.dense_loss.copy()
    loss[:, 3] *= 1.05
    found = criteria(figures(sparse_loss=loss), FAST)
    assert found[0].verdict is Verdict.OPEN
    assert not opens(found)


# ---- what is printed, and the command -----------------------------------------------------------


def test_what_is_said_beside_the_criteria() -> None:
    told = figures()
    latency = measure_latency(64, rounds=3)
    found = criteria(told, latency.fast)
    assert [row[5] for row in rows(found)][:3] == ["holds"] * 3
    said = "\n".join(sentences(told, latency, found))
    assert "this is of a person's session" in said
    assert "18 persons, 4 of them left out" in said
    assert "differ by the seed alone reach 0.700" in said


def test_figures_are_read_as_they_were_written(tmp_path: Path) -> None:
    figures().write(tmp_path / "f.json")
    again = Figures.read(tmp_path / "f.json")
    assert np.array_equal(again.dense_loss, figures().dense_loss)
    assert again.told == figures().told


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda told: told.pop("order"), "order"),
        (lambda told: told.update(order=[[0.5]]), "order is"),
        (lambda told: told["order"][0].__setitem__(0, float("nan")), "not finite"),
    ],
)
def test_figures_that_are_none_are_refused(
    tmp_path: Path, change: Any, words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    figures().write(tmp_path / "f.json")
    told = json.loads((tmp_path / "f.json").read_text())
    change(told)
    (tmp_path / "f.json").write_text(json.dumps(told))
    assert run_cli(["gate", "--figures", str(tmp_path / "f.json")]) == 2
    said = capsys.readouterr().err
    assert "is not a file of a gate's figures" in said and words in said


@pytest.mark.parametrize(("order", "status"), [(0.99, 0), (0.5, 1)])
def test_the_exit_status_is_the_gate_s(
    tmp_path: Path, order: float, status: int, capsys: pytest.CaptureFixture[str]
) -> None:
    figures(order=np.full((2, 4), order)).write(tmp_path / "f.json")
    assert run_cli(["gate", "--figures", str(tmp_path / "f.json"), "--json"]) == status
    told = json.loads(capsys.readouterr().out)
    assert told["opens"] is (status == 0)
    assert [one["name"] for one in told["criteria"]][2] == "order of the 50 nearest"


def test_without_recordings_it_says_so(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv(VARIABLE, raising=False)
    assert run_cli(["gate", "--quick"]) == 2
    assert f"set {VARIABLE} to the folder" in capsys.readouterr().err


def test_without_pytorch_it_says_how_to_have_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    missing = dataclasses.replace(harness.sensing.pytorch.TORCH, locate=lambda: None)
    monkeypatch.setattr(harness.sensing.pytorch, "TORCH", missing)
    monkeypatch.setattr(harness.sensing.pytorch, "MADE_BY_HIL", "nothing of this name")
    assert run_cli(["gate", "--quick", "--data", str(tmp_path)]) == 2
    said = capsys.readouterr().err
    assert "PyTorch is needed to train the gate's encoders" in said
    assert "--train" in said and "pip install '.[train]'" in said
