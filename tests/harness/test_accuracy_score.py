"""Accuracy, F1, ties; windows spread over classes and persons; frames as capture takes them."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from harness.accuracy import NoCard, Sides, read_card, score_of
from harness.accuracy.card import Card
from harness.accuracy.cases import Case, cases_of, spread
from harness.accuracy.score import judged
from harness.accuracy.table import accuracy_table
from harness.datasets import timed
from harness.recordings import Frames, Recording, frames_of

LIMIT = np.array([0.1, 0.1, 0.2])


def test_a_score_by_hand() -> None:
    """Two of class 0, both right; two of class 1, one taken for 0; none of class 2, said once."""
    score = score_of([0, 0, 1, 1, 1], [0, 0, 1, 0, 2], 3)
    assert score.accuracy == pytest.approx(3 / 5)
    assert score.recall[:2] == pytest.approx([1.0, 1 / 3])
    assert np.isnan(score.recall[2])
    assert score.precision == pytest.approx([2 / 3, 1.0, 0.0])
    assert score.macro_f1 == pytest.approx((0.8 + 0.5) / 2)


def test_a_class_that_is_never_right_counts_zero() -> None:
    assert score_of([0, 1], [0, 0], 2).macro_f1 == pytest.approx((2 / 3 + 0) / 2)
    assert score_of([], [], 2).accuracy == 0.0


@pytest.mark.parametrize(
    ("device", "second", "sides"),
    [
        (0, 0.5, Sides.SAME),
        (1, 0.85, Sides.TIE),
        (1, 0.8, Sides.TIE),
        (1, 0.79, Sides.OTHER),
        (2, 0.75, Sides.TIE),
    ],
    ids=["the same class", "well within", "just within", "beyond", "another class's budget"],
)
def test_a_tie_is_a_lead_within_both_errors(device: int, second: float, sides: Sides) -> None:
    oracle = np.array([1.0, second, second])
    assert judged("w", "p", 0, device, oracle, LIMIT).sides is sides


def test_the_table_counts_ties_and_names_them() -> None:
    seen = [
        judged("first", "a", 0, 0, np.array([1.0, 0.0, 0.0]), LIMIT),
        judged("second", "b", 0, 1, np.array([1.0, 0.9, 0.0]), LIMIT),
    ]
    score = score_of([0, 0], [0, 1], 3)
    table = accuracy_table("m", ("x", "y", "z"), score, score, seen)
    assert "m: 2 windows of 2 persons" in table
    assert "same class: 1 of 2; ties within both errors: 1; other: 0" in table
    assert "tie: second" in table


# ---- which windows ------------------------------------------------------------------------------


def a_recording(name: str, label: str, subject: str, seconds: int = 20) -> Recording:
    us = np.arange(seconds * 10) * 100_000
    frames = frames_of(us, np.ones((len(us), 128), np.int8))
    return Recording("set", name, label, lambda: frames, subject)


CARD = Card("actions", ("fall", "walking", "still"), frozenset({"set/a", "set/b"}))


def test_only_persons_who_are_held_out() -> None:
    every = [
        a_recording(f"{label}-{who}", label, who)
        for label in ("fall", "walking", "jump")
        for who in ("a", "b", "c", "")
    ]
    found = cases_of(every, CARD)
    assert {case.person for case in found} == {"set/a", "set/b"}
    assert Counter(case.label for case in found) == {0: 2, 1: 2}


def test_somebody_still_is_cut_into_windows() -> None:
    found = cases_of([a_recording("s", "breathing", "a", 180)], CARD)
    assert [case.label for case in found] == [2, 2, 2]
    assert [case.frames().us[0] for case in found] == [0, 80_000_000, 159_900_000]
    assert all(19 <= case.frames().seconds <= 20 for case in found)


def test_a_few_are_spread_over_classes_and_persons() -> None:
    every = [
        a_recording(f"{label}-{who}-{i}", label, who)
        for label in ("fall", "walking", "still")
        for who in ("a", "b")
        for i in range(5)
    ]
    few = spread(cases_of(every, CARD), 6)
    assert Counter(case.label for case in few) == {0: 2, 1: 2, 2: 2}
    assert Counter(case.person for case in few)["set/a"] in (2, 3, 4)
    assert len({str(case) for case in few}) == 6
    everything = cases_of(every, CARD)
    assert spread(everything, 1000) == everything
    assert len(spread(everything, len(everything) - 1)) == len(everything) - 1


def test_one_class_with_few_windows_does_not_end_the_rest() -> None:
    recording = a_recording("r", "fall", "a")
    cases = [Case(recording, "set/a", 0)] + [Case(recording, "set/a", 1)] * 5
    assert Counter(case.label for case in spread(cases, 4)) == {0: 1, 1: 3}


# ---- the card, the frames -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (None, "m.json is not there"),
        ("{", "m.json cannot be read"),
        ("[]", "does not say task"),
        ('{"task": "x", "classes": []}', "does not say held_out"),
    ],
)
def test_a_model_without_a_card_is_said(tmp_path: Path, text: str | None, words: str) -> None:
    if text is not None:
        (tmp_path / "m.json").write_text(text)
    with pytest.raises(NoCard, match=words):
        read_card(tmp_path / "m.rvne")


def test_a_card_is_read(tmp_path: Path) -> None:
    told = {"task": "actions", "classes": ["a", "b"], "held_out": ["s/1"], "accuracy": 0.5}
    (tmp_path / "m.json").write_text(json.dumps(told))
    assert read_card(tmp_path / "m.rvne") == Card("actions", ("a", "b"), frozenset({"s/1"}))


def with_times(us: list[int]) -> Frames:
    return frames_of(us, np.zeros((len(us), 128), np.int8))


def test_frames_keep_their_place_within_a_second_and_never_go_back() -> None:
    """The third came before the second: at the second's time, which the gate has just seen."""
    frames = timed(with_times([7_300_000, 7_320_000, 7_310_000, 7_360_000]))
    assert list(frames.us) == [1_300_000, 1_320_000, 1_360_000]


def test_more_than_a_hundred_a_second_are_thinned_as_capture_does() -> None:
    frames = timed(with_times([5_000 * i for i in range(200)]))
    assert 99 <= len(frames) <= 102
