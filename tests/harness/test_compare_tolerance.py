"""The comparison: what passes, what fails, and what the failure says."""

from __future__ import annotations

import numpy as np
import pytest

from harness.compare import (
    BitsDiffer,
    Budget,
    Comparison,
    GoldenModelUnusable,
    Labels,
    ShapeDiffers,
    Term,
    ToleranceExceeded,
    compare,
    same_bits,
)
from harness.errors import BenchError

LABELS = Labels("attention", ("token", "head", "dim"), "pytest 'hil_tests/x.py::test[n3]'")


def flat(limit: float) -> Budget:
    return Budget((Term("flat", np.asarray(limit), "chosen for the test"),))


def test_within_the_budget_reports_the_worst_element() -> None:
    truth = np.zeros((2, 3, 4))
    actual = truth.copy()
    actual[1, 2, 3] = 0.75e-6
    actual[0, 1, 0] = -0.5e-6
    seen: list[Comparison] = []
    outcome = compare(actual, truth, flat(1e-6), LABELS, seen.append)
    assert outcome.worst == (1, 2, 3)
    assert outcome.ratio == pytest.approx(0.75)
    assert outcome.count == 24
    assert seen == [outcome]


def test_exactly_the_budget_passes_and_the_next_float_does_not() -> None:
    compare(np.array([1e-6]), np.array([0.0]), flat(1e-6), Labels("x", ("i",)))
    with pytest.raises(ToleranceExceeded):
        compare(np.array([np.nextafter(1e-6, 1)]), np.zeros(1), flat(1e-6), Labels("x", ("i",)))


def test_the_failure_names_element_values_budget_and_command() -> None:
    truth = np.zeros((2, 3, 4))
    actual = truth.copy()
    actual[0, 1, 2] = 3e-6
    actual[1, 2, 3] = 5e-6
    with pytest.raises(ToleranceExceeded) as failure:
        compare(actual, truth, flat(1e-6), LABELS, explain=lambda: "the cause")
    text = str(failure.value)
    assert "2 of 24 elements" in text
    assert "cause   the cause" in text
    assert "worst   token 1, head 2, dim 3: device 5e-06, oracle 0" in text
    assert "5 x the budget" in text
    assert "first   token 0, head 1, dim 2: device 3e-06" in text
    assert "1e-06 flat: chosen for the test" in text
    assert "repeat  pytest 'hil_tests/x.py::test[n3]'" in text
    assert failure.value.comparison.worst == (1, 2, 3)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_a_value_that_is_not_finite_is_beyond_every_budget(value: float) -> None:
    actual = np.array([0.0, value])
    with pytest.raises(ToleranceExceeded) as failure:
        compare(actual, np.zeros(2), flat(1e30), Labels("x", ("i",)))
    assert failure.value.comparison.worst == (1,)


def test_worst_is_measured_against_each_element_s_own_limit() -> None:
    budget = Budget((Term("uneven", np.array([1.0, 100.0]), ""),))
    outcome = compare([0.5, 10.0], [0.0, 0.0], budget, Labels("x", ("i",)))
    assert outcome.worst == (0,)


def test_a_failure_is_recorded_before_it_is_raised() -> None:
    seen: list[Comparison] = []
    with pytest.raises(ToleranceExceeded):
        compare([1.0], [0.0], flat(0.5), Labels("x", ("i",)), seen.append)
    assert [outcome.ratio for outcome in seen] == [2.0]


def test_an_explanation_is_not_asked_for_when_all_is_well() -> None:
    compare([0.0], [0.0], flat(1.0), Labels("x", ("i",)), explain=lambda: pytest.fail("asked"))


def test_another_shape_is_said_as_such() -> None:
    with pytest.raises(ShapeDiffers, match=r"\(2,\).*\(3,\)"):
        compare(np.zeros(2), np.zeros(3), flat(1.0), Labels("x", ("i",)))


def test_an_oracle_that_is_not_finite_is_the_caller_s_mistake() -> None:
    with pytest.raises(ValueError, match="not finite"):
        compare([0.0], [np.nan], flat(1.0), Labels("x", ("i",)))


def test_nothing_to_compare_is_within_any_budget() -> None:
    assert compare(np.zeros((0, 2)), np.zeros((0, 2)), flat(0.0), LABELS).count == 0


def test_same_bits_tells_zeros_and_neighbours_apart() -> None:
    one = np.array([1.0, 0.0, 2.0], np.float32)
    same_bits(one, one.copy(), LABELS)
    with pytest.raises(BitsDiffer, match="1 of 3 elements"):
        same_bits(one, np.array([1.0, -0.0, 2.0], np.float32), LABELS)
    with pytest.raises(BitsDiffer, match="index 2"):
        same_bits(one, np.nextafter(one, np.array([1, 0, 9], np.float32)), LABELS)


def test_same_bits_takes_equal_nans_for_equal() -> None:
    nan = np.array([np.nan], np.float32)
    same_bits(nan, nan.copy(), LABELS)


def test_where_the_budget_is_zero_only_the_same_value_passes() -> None:
    budget = Budget((Term("of each", np.array([0.0, 1.0]), "chosen for the test"),))
    assert compare([0.0, 0.5], [0.0, 0.0], budget, Labels("x", ("i",))).ratio == 0.5
    with pytest.raises(ToleranceExceeded) as failure:
        compare([0.0, 10.0], [0.0, 0.0], budget, Labels("x", ("i",)))
    assert failure.value.comparison.worst == (1,)
    with pytest.raises(ToleranceExceeded) as failure:
        compare([1e-30, 0.5], [0.0, 0.0], budget, Labels("x", ("i",)))
    assert failure.value.comparison.worst == (0,)
    assert failure.value.comparison.ratio == np.inf


@pytest.mark.parametrize("limit", [np.nan, np.inf, -1.0])
def test_a_budget_that_is_none_judges_nothing(limit: float) -> None:
    with pytest.raises(GoldenModelUnusable, match="the budget of an element is no number"):
        compare([0.0, 10.0], [0.0, 0.0], flat(limit), Labels("x", ("i",)))
    assert issubclass(GoldenModelUnusable, BenchError)
