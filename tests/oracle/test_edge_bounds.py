"""Running error analysis: a float32 evaluation lies within the bound, whatever the numbers."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from kernels_ref.edge.bounded import Bounded, larger, saturate, smaller, towards

SINGLES = st.floats(-1e6, 1e6, width=32).filter(lambda x: x == 0 or abs(x) > 1e-6)
POSITIVE = st.floats(2.0**-20, 1e6, width=32)
F = np.float32


def within(bounded: Bounded, single: np.float32) -> bool:
    return abs(float(single) - float(bounded.value)) <= float(bounded.bound)


def start(x: float) -> tuple[Bounded, np.float32]:
    """A value that is off by what one float32 operation does to it."""
    value = x * 1.000000123
    return Bounded(value, abs(value - float(F(value)))), F(value)


@given(SINGLES, SINGLES, POSITIVE)
def test_arithmetic(a: float, b: float, c: float) -> None:
    (x, x32), (y, y32), (z, z32) = start(a), start(b), start(c)
    assert within(x + y, x32 + y32)
    assert within(x - y, x32 - y32)
    assert within(x * y, x32 * y32)
    assert within(x / z, x32 / z32)
    assert within(abs(x * y - z), abs(x32 * y32 - z32))
    assert within(z.sqrt(), np.sqrt(z32))
    assert within((x * y + z) / z, (x32 * y32 + z32) / z32)
    assert within((x.squared() + z).sqrt(), np.sqrt(x32 * x32 + z32))


@given(st.lists(SINGLES, min_size=1, max_size=60))
def test_sums(values: list[float]) -> None:
    """In order, and backwards."""
    exact = np.array(values) * 1.000000123
    rounded = exact.astype(F)
    x = Bounded(exact, np.abs(exact - rounded))
    for ordered in (rounded, rounded[::-1]):
        total = F(0)
        for value in ordered:
            total += value
        assert within(x.sum(), total)
        assert within(x.mean(), total / F(len(values)))


@given(SINGLES, POSITIVE)
def test_saturation(a: float, b: float) -> None:
    (x, x32), (half, half32) = start(a), start(b)
    made = x32 / (x32 + half32) if x32 > 0 else F(0)
    assert within(saturate(x, half), made)


@given(st.lists(SINGLES, min_size=2, max_size=40), st.floats(0.0009765625, 0.5, width=32))
def test_a_running_mean(values: list[float], share: float) -> None:
    mean, mean32 = Bounded(0.0, 0.0), F(0)
    for value in values:
        x, x32 = start(value)
        mean = towards(mean, x, share)
        mean32 = mean32 + F(share) * (x32 - mean32)
        assert within(mean, mean32)


@given(SINGLES, SINGLES)
def test_the_larger_and_the_smaller(a: float, b: float) -> None:
    (x, x32), (y, y32) = start(a), start(b)
    assert within(larger(x, y), max(x32, y32))
    assert within(smaller(x, y), min(x32, y32))
