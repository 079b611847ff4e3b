"""A leak is told from noise, and from memory that is taken once."""

from __future__ import annotations

import numpy as np
import pytest

from harness.sensing.soak.trend import MIN_VALUES, Trend, trend_of


def trend(values: np.ndarray) -> Trend:
    return trend_of(np.arange(len(values), dtype=float), values)


def test_sixteen_bytes_a_minute_are_found_after_eight_minutes() -> None:
    heap = 60_000.0 - 16 * np.arange(MIN_VALUES)
    found = trend(heap)
    assert found.sinks and found.slope == -16
    assert not trend(heap[:-1]).sinks, "seven values are too few to say so"


def test_a_leak_is_found_in_noise_larger_than_itself() -> None:
    rng = np.random.default_rng(1)
    heap = 60_000 - 16 * np.arange(120) + rng.normal(0, 200, 120)
    found = trend(heap)
    assert found.sinks and found.slope == pytest.approx(-16, abs=4)


def test_a_leak_that_shows_only_every_tenth_minute_is_found() -> None:
    heap = 60_000 - 160 * (np.arange(120) // 10)
    assert trend(heap).sinks


@pytest.mark.parametrize("at", [[1], [2], [30], [59], [60], [119], [40, 80], [30, 60, 90]])
def test_memory_that_is_taken_once_or_twice_is_no_leak(at: list[int]) -> None:
    heap = np.full(120, 60_000.0)
    for minute in at:
        heap[minute:] -= 4096
    assert not trend(heap).sinks


def test_neither_a_level_nor_a_growing_series_sinks() -> None:
    assert not trend(np.full(480, 5.0)).sinks
    assert not trend(np.arange(480.0)).sinks
    assert not trend(np.tile([3.0, 9.0, 5.0], 100)).sinks


@pytest.mark.parametrize("count", [10, 60, 480])
def test_level_noise_is_called_a_leak_about_once_in_a_thousand(count: int) -> None:
    """2,000 series give 2 false alarms or so; 9 would come once in 5,000 such tests."""
    rng = np.random.default_rng(count)
    tries = 2000 if count < 400 else 200
    alarms = sum(trend(rng.normal(size=count)).sinks for _ in range(tries))
    assert alarms < 9


@pytest.mark.parametrize("values", [[], [1.0], [2.0, 1.0]])
def test_too_few_values_say_nothing(values: list[float]) -> None:
    assert not trend(np.array(values)).sinks


def test_against_the_statistic_worked_out_by_hand() -> None:
    """5, 4, 4, 3, 5, 2, 1, 1: one pair grows twice (4 to 5) and 3 to 5; three pairs are equal."""
    values = [5.0, 4.0, 4.0, 3.0, 5.0, 2.0, 1.0, 1.0]
    grow = sum(b > a for i, a in enumerate(values) for b in values[i + 1 :])
    sink = sum(b < a for i, a in enumerate(values) for b in values[i + 1 :])
    assert (grow, sink) == (3, 22)
    # three pairs of equal values: Var S = (8·7·21 - 3·(2·1·9)) / 18 = 62.33, z = (-19 + 1) / 7.895
    found = trend(np.array(values))
    assert found.chance == pytest.approx(0.01131, abs=5e-5)
    slopes = sorted((values[j] - values[i]) / (j - i) for i in range(8) for j in range(i + 1, 8))
    assert found.slope == pytest.approx((slopes[13] + slopes[14]) / 2)
