"""Budgets that a test states, against the arithmetic that they are about."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from harness.compare import (
    Allowance,
    AllowanceInvalid,
    Labels,
    ToleranceExceeded,
    absolute,
    compare,
    dot,
    exp,
    relative,
    total,
    ulp,
)

LABELS = Labels("case", ("index",))
U = 2.0**-24


def share(actual: object, expected: object, allowed: object) -> float:
    """Of the budget, by the worst element."""
    budget = allowed.of(expected)  # type: ignore[attr-defined]
    return compare(actual, expected, budget, LABELS).ratio  # type: ignore[arg-type]


def test_absolute_and_relative_are_what_they_say_and_add_up() -> None:
    expected = np.array([0.0, 2.0, -8.0])
    limit = (absolute(0.5) + relative(0.25)).of(expected).limit((3,))
    assert limit.tolist() == [0.5, 1.0, 2.5]
    assert absolute([1.0, 2.0, 3.0]).of(expected).limit((3,)).tolist() == [1.0, 2.0, 3.0]


def test_a_failure_names_each_term() -> None:
    both = r"(?s)0\.1 absolute: noise of the ADC.* 0\.002 0\.001 of \|expected\|: allowed"
    with pytest.raises(ToleranceExceeded, match=both):
        share([1.0], [2.0], absolute(0.1, "noise of the ADC") + relative(1e-3))
    with pytest.raises(ToleranceExceeded, match=r"0\.002 0\.001 of \|expected\|: allowed"):
        share([1.0], [2.0], absolute(0.1) + relative(1e-3))


@pytest.mark.parametrize(
    ("make", "value", "said"),
    [
        (lambda: absolute(0.5), 0.5, "absolute: allowed"),
        (lambda: relative(0.25), 2.0, "0.25 of |expected|: allowed"),
        (lambda: relative(0.25, "the sensor's"), 2.0, "0.25 of |expected|: the sensor's"),
        (lambda: ulp(2), 2 * 8 * 2 * U, "2 ulp of float32: rounding"),
        (lambda: ulp(2, np.float16, "stored"), 2 * 8 * 2.0**-10, "2 ulp of float16: stored"),
        (lambda: total(3, 1.0), 2 * U, "total(2): a sum of 3 numbers, each rounded to float32"),
        (lambda: dot(3, 1.0), 3 * U, "dot(3): a dot product of 3 terms, each rounded to float32"),
        (lambda: exp(1.0), 8 * 5 * U, "exp: a rounded argument, and 2 ulp of the function"),
        (lambda: exp(1.0, 0.5), 8 * 2 * U, "exp: a rounded argument, and 0.5 ulp of the function"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_each_says_how_much_and_why(make: Callable[[], Allowance], value: float, said: str) -> None:
    """Where -8 is expected."""
    allowed = make()
    assert allowed.of([-8.0]).describe((1,), (0,)) == f"{value:.3g} {said}"
    assert allowed.of([-8.0]).limit((1,)) == pytest.approx(value, rel=1e-6)


def test_numbers_of_narrow_types_allow_what_their_values_do() -> None:
    """Of int8 there is no 128, so that -128 would be its own size."""
    lowest = np.int8(-128)
    assert relative(0.5).of(lowest).limit(()) == 64.0
    assert exp(lowest).of(1.0).limit(()) == pytest.approx((4 + 128) * U)
    tenth = np.float16(0.1)
    assert dot(3, tenth).of(0.0).limit(()) == pytest.approx(3 * U * float(tenth), rel=1e-6)


def test_nothing_may_be_allowed() -> None:
    assert absolute(0.0).of(1.0).limit(()) == relative(0.0).of(1.0).limit(()) == 0.0


@pytest.mark.parametrize("dtype", [np.float16, np.float32])
def test_half_an_ulp_is_one_rounding(dtype: type) -> None:
    exact = np.random.default_rng(5).uniform(0.01, 100.0, 20_000)
    worst = share(exact.astype(dtype), exact, ulp(0.5, dtype))
    assert 0.99 < worst <= 1.0
    with pytest.raises(ToleranceExceeded):
        share(np.nextafter(exact.astype(dtype), dtype(0)), exact, ulp(0.5, dtype))


@pytest.mark.parametrize("n", [1, 2, 7, 64, 1000])
def test_sums_and_products_of_float32_stay_within(n: int) -> None:
    """In order, one by one, the worst order that there is; and not by a factor of thousands."""
    rng = np.random.default_rng(n)
    worst = 0.0
    for _ in range(50):
        a, b = (rng.uniform(0.1, 1.0, n).astype(np.float32) for _ in range(2))
        summed = np.add.accumulate(a, dtype=np.float32)[-1]
        product = np.add.accumulate(a * b, dtype=np.float32)[-1]
        wide_a, wide_b = a.astype(np.float64), b.astype(np.float64)
        share(summed, wide_a.sum(), total(n, np.abs(wide_a).sum()))
        worst = max(worst, share(product, wide_a @ wide_b, dot(n, np.abs(wide_a) @ np.abs(wide_b))))
    assert worst > 1e-3


def test_they_are_highams_bounds() -> None:
    assert total(1001, 3.0).of(0.0).limit(()) == pytest.approx(3000 * U / (1 - 1000 * U), rel=1e-12)
    assert dot(10, 2.0).of(0.0).limit(()) == pytest.approx(20 * U / (1 - 10 * U), rel=1e-12)
    assert total(1, 5.0).of(0.0).limit(()) == 0.0  # nothing is added


def test_cancellation_is_allowed_for_by_the_magnitude() -> None:
    a = np.array([1e7, 1.0, -1e7], np.float32)
    b = np.array([1.0, 0.1, 1.0], np.float32)
    got = np.add.accumulate(a * b, dtype=np.float32)[-1]
    exact = a.astype(np.float64) @ b.astype(np.float64)
    assert abs(got - exact) > 0.05  # far more than the result's own rounding
    share(got, exact, dot(3, np.abs(a.astype(float)) @ np.abs(b.astype(float))))
    with pytest.raises(ToleranceExceeded):
        share(got, exact, dot(3, abs(exact)))


def test_exp_of_a_rounded_argument() -> None:
    x = np.random.default_rng(9).uniform(-80.0, 80.0, 20_000)
    got = np.exp(x.astype(np.float32)).astype(np.float64)
    worst = share(got, np.exp(x), exp(x))
    assert 0.3 < worst <= 1.0


@pytest.mark.parametrize("value", [-1.0, np.nan, np.inf, [1.0, -2.0]])
def test_what_cannot_be_a_budget_is_refused(value: object) -> None:
    with pytest.raises(AllowanceInvalid, match=r"absolute\(.*\): it must be a number from 0 on"):
        absolute(value)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("name", "value", "make"),
    [
        ("absolute", -1.0, lambda value: absolute(value)),
        ("relative", -0.5, relative),
        ("ulp", np.inf, ulp),
        ("exp", -2.0, lambda value: exp(1.0, value)),
        ("total", -3.0, lambda value: total(2, value)),
        ("dot", -4, lambda value: dot(value, 1.0)),
    ],
)
def test_a_refusal_names_which_and_its_value(
    name: str, value: float, make: Callable[[float], Allowance]
) -> None:
    with pytest.raises(AllowanceInvalid) as refused:
        make(value)
    assert (refused.value.name, refused.value.value) == (name, value)
    assert str(refused.value).startswith(f"{name}({value}): ")


@pytest.mark.parametrize("n", [-1, 1 << 24])
def test_a_count_that_says_nothing_is_refused(n: int) -> None:
    with pytest.raises(AllowanceInvalid):
        dot(n, 1.0)
