"""Accuracy, F1, ties; recordings spread over labels and persons; the card beside a model."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from harness.errors import BenchError
from harness.sensing.accuracy.card import Card, NoCard, of_unseen_persons, read_card, spread
from harness.sensing.accuracy.score import score_of
from harness.sensing.recordings.frames import Recording, frames_of
from hil_tests.support.judged import Sides, accuracy_table, judged

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


CARD = Card("moving", ("moving", "still", "nobody"), frozenset({"set/a", "set/b"}))
LABELS = ("walking", "breathing", "empty")


def test_only_persons_who_are_held_out_and_what_is_of_the_task() -> None:
    every = [
        a_recording(f"{label}-{who}", label, who)
        for label in (*LABELS, "jump")
        for who in ("a", "b", "c")
    ]
    found = of_unseen_persons(every, CARD)
    assert {one.subject for one in found} == {"a", "b"}
    assert Counter(one.label for one in found) == {"walking": 2, "breathing": 2, "empty": 2}


def test_a_few_are_spread_over_labels_and_persons() -> None:
    every = [
        a_recording(f"{label}-{who}-{i}", label, who)
        for label in LABELS
        for who in ("a", "b")
        for i in range(5)
    ]
    few = spread(of_unseen_persons(every, CARD), 6)
    assert Counter(one.label for one in few) == {"walking": 2, "breathing": 2, "empty": 2}
    assert {one.subject for one in few[:2]} == {"a", "b"}
    assert len({one.name for one in few}) == 6
    assert len(spread(every, 1000)) == len(every)


def test_one_label_with_few_recordings_does_not_end_the_rest() -> None:
    every = [
        a_recording("f", "empty", "a"),
        *(a_recording(f"w{i}", "walking", "a") for i in "12345"),
    ]
    assert Counter(one.label for one in spread(every, 4)) == {"empty": 1, "walking": 3}


def test_a_card_of_other_classes_is_refused() -> None:
    with pytest.raises(BenchError, match="classes of the task moving are moving, nobody; they are"):
        of_unseen_persons([], Card("moving", ("moving", "nobody"), frozenset()))


# ---- the card -----------------------------------------------------------------------------------


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
