"""The comparison: what passes, what fails, and what the failure says."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

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


def failing() -> np.ndarray:
    """Of [2, 3, 4] two elements that are not zero."""
    actual = np.zeros((2, 3, 4))
    actual[0, 1, 2] = 3e-6
    actual[1, 2, 3] = -5e-6
    return actual


UNEVEN = Budget(
    (
        Term("flat", np.asarray(1e-6), "chosen for the test"),
        Term("of a row", np.full((3, 1), 2.5e-7), "broadcast"),
    )
)


def test_the_failure_names_element_values_budget_and_command() -> None:
    with pytest.raises(ToleranceExceeded) as failure:
        compare(failing(), np.zeros((2, 3, 4)), UNEVEN, LABELS, explain=lambda: "the cause")
    assert str(failure.value).splitlines() == [
        "attention: 2 of 24 elements are beyond the error budget.",
        "  cause   the cause",
        "  worst   token 1, head 2, dim 3: device -5e-06, oracle 0, error 5e-06 = 4 x the budget",
        "  budget  1.25e-06 here, the sum of",
        "            1e-06 flat: chosen for the test",
        "          + 2.5e-07 of a row: broadcast",
        "  first   token 0, head 1, dim 2: device 3e-06, oracle 0",
        "  repeat  pytest 'hil_tests/x.py::test[n3]'",
    ]
    assert failure.value.comparison == Comparison(
        "attention", pytest.approx(4.0), 5e-6, pytest.approx(1.25e-6), (1, 2, 3), 24
    )


def test_an_element_that_uses_its_budget_up_is_not_among_those_beyond() -> None:
    with pytest.raises(ToleranceExceeded) as failure:
        compare([1.0, 2.0, 3.0], [0.0] * 3, flat(1.0), Labels("x", ("i",)))
    assert str(failure.value).startswith("x: 2 of 3 elements ")
    assert "\n  first   i 1: " in str(failure.value)


def test_the_failure_leaves_out_what_nobody_knows() -> None:
    for explain in (None, lambda: None):
        with pytest.raises(ToleranceExceeded) as failure:
            compare([0.0, 3.0], [0.0, 1.0], flat(1.0), Labels("x", ("i",)), explain=explain)
        assert str(failure.value).splitlines() == [
            "x: 1 of 2 elements are beyond the error budget.",
            "  worst   i 1: device 3, oracle 1, error 2 = 2 x the budget",
            "  budget  1 here, the sum of",
            "            1 flat: chosen for the test",
            "  first   i 1: device 3, oracle 1",
        ]


def test_a_failure_points_at_the_line_of_the_test() -> None:
    one, two = np.zeros(1, np.float32), np.ones(1, np.float32)
    for check in (
        lambda: compare(one, two, flat(0.5), LABELS),
        lambda: same_bits(one, two, LABELS),
    ):
        with pytest.raises(AssertionError) as failure:
            check()
        shown = {entry.path.name for entry in failure.traceback.filter(failure)}
        assert Path(__file__).name in shown and "tolerance.py" not in shown


def test_an_element_is_named_by_its_axes_or_by_its_numbers() -> None:
    assert LABELS.element((3, 1, 0)) == "token 3, head 1, dim 0"
    assert LABELS.element((3, 1)) == "index 3, index 1"
    assert Labels("the loss", ()).element(()) == "the loss"


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_a_value_that_is_not_finite_is_beyond_every_budget(value: float) -> None:
    actual = np.array([0.0, value])
    with pytest.raises(ToleranceExceeded) as failure:
        compare(actual, np.zeros(2), flat(1e30), Labels("x", ("i",)))
    assert failure.value.comparison.worst == (1,)


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize(
    "signalling", [np.uint32(0x7FA00000).view(np.float32), np.uint64(0x7FF4 << 48).view(np.float64)]
)
def test_a_nan_that_signals_is_beyond_the_budget_and_no_warning(signalling: np.floating) -> None:
    actual = np.zeros(2, signalling.dtype)
    actual[1] = signalling
    with pytest.raises(ToleranceExceeded) as failure:
        compare(actual, np.zeros(2), flat(1.0), Labels("x", ("i",)))
    assert failure.value.comparison.worst == (1,)


@pytest.mark.filterwarnings("error")
def test_an_error_beyond_any_share_is_infinitely_many_budgets() -> None:
    with pytest.raises(ToleranceExceeded) as failure:
        compare([1e300], [0.0], flat(1e-300), Labels("x", ("i",)))
    assert failure.value.comparison.ratio == np.inf


def test_numbers_of_any_kind_are_compared_as_float64() -> None:
    third = np.array([Fraction(1, 3)], dtype=object)
    labels = Labels("x", ("i",))
    assert compare(third, [0.0], flat(1.0), labels).error == 1 / 3
    assert compare([0.0], third, flat(1.0), labels).error == 1 / 3


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


@pytest.mark.parametrize("check", ["compare", "same_bits"])
def test_another_shape_is_said_as_such(check: str) -> None:
    device, oracle = np.zeros((2, 1)), np.zeros((1, 2))
    with pytest.raises(ShapeDiffers) as failure:
        if check == "compare":
            compare(device, oracle, flat(1.0), LABELS)
        else:
            same_bits(device, oracle, LABELS)
    assert str(failure.value) == (
        "attention: the device's shape is (2, 1), the oracle's (1, 2)\n"
        "  repeat  pytest 'hil_tests/x.py::test[n3]'"
    )
    assert failure.value.actual == (2, 1) and failure.value.truth == (1, 2)


def test_another_shape_without_a_command_is_one_line() -> None:
    with pytest.raises(ShapeDiffers) as failure:
        compare(np.zeros(2), np.zeros(3), flat(1.0), Labels("x", ("i",)))
    assert str(failure.value) == "x: the device's shape is (2,), the oracle's (3,)"


def test_an_oracle_that_is_not_finite_is_the_caller_s_mistake() -> None:
    for value in (np.nan, np.inf):
        with pytest.raises(ValueError) as failure:
            compare([0.0, 0.0], [value, 0.0], flat(1.0), Labels("x", ("i",)))
        assert str(failure.value) == (
            "x: the oracle's own result is not finite. The device was not judged; mend the case."
        )


def test_nothing_to_compare_is_within_any_budget() -> None:
    nothing = np.zeros((0, 2))
    assert compare(nothing, nothing, flat(0.0), LABELS) == Comparison(
        "attention", 0.0, 0.0, 0.0, (), 0
    )


def test_same_bits_tells_zeros_and_neighbours_apart() -> None:
    one = np.array([1.0, 0.0, 2.0], np.float32)
    same_bits(one, one.copy(), LABELS)
    with pytest.raises(BitsDiffer, match="1 of 3 elements"):
        same_bits(one, np.array([1.0, -0.0, 2.0], np.float32), LABELS)
    with pytest.raises(BitsDiffer, match="index 2"):
        same_bits(one, np.nextafter(one, np.array([1, 0, 9], np.float32)), LABELS)


def test_same_bits_shows_the_first_element_as_number_and_as_bits() -> None:
    first = np.array([[[1.0, 2.0], [3.0, 4.0]]], np.float32)
    second = np.array([[[1.0, 2.0], [3.5, 4.5]]], np.float32)
    with pytest.raises(BitsDiffer) as failure:
        same_bits(first, second, LABELS)
    assert str(failure.value) == (
        "attention: 2 of 4 elements differ between two runs on the same inputs,"
        f" first token 0, head 1, dim 0: {first[0, 1, 0]!r} (40400000) and then"
        f" {second[0, 1, 0]!r} (40600000)\n  repeat  pytest 'hil_tests/x.py::test[n3]'"
    )


def test_same_bits_of_another_type_are_not_the_same() -> None:
    with pytest.raises(ShapeDiffers):
        same_bits(np.zeros(2, np.int32), np.zeros(2, np.float32), LABELS)


def test_same_bits_reads_arrays_whatever_their_order_in_memory() -> None:
    rows = np.arange(6, dtype=np.float32).reshape(2, 3)
    same_bits(rows, np.asfortranarray(rows), LABELS)
    other = rows + np.float32([[0, 0, 0], [0, 0, 1]])
    with pytest.raises(BitsDiffer, match=r"1 of 6 elements .* first index 1, index 2: "):
        same_bits(np.asfortranarray(rows), np.asfortranarray(other), LABELS)


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
    budget = Budget((Term("of each", np.array([1.0, limit]), "chosen for the test"),))
    with pytest.raises(GoldenModelUnusable) as failure:
        compare([0.0, 0.0], [0.0, 0.0], budget, Labels("x", ("i",)))
    assert str(failure.value) == (
        "x: the budget of an element is no number or below 0."
        " The device was not judged; mend the case."
    )
    assert issubclass(GoldenModelUnusable, BenchError)
