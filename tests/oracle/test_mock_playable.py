"""The synthetic rooms hold what is to be found in them: the plainest forms there are find it.

Movement is the median over the carriers of a fast running mean less a slow one, breathing the
strongest line of spectra of half a minute, whose logarithms are averaged. Of each there are better
forms; what these find is in the frames.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest
from scipy import signal

from kernels_ref.edge import mock
from kernels_ref.edge.mock import Scenario
from tests.oracle.radio_figures import complex_carriers, gain_free, on_grid

Floats = npt.NDArray[np.float64]
SEEDS = range(1, 51)
LEARNT = 32 * mock.RATE_HZ
IN_S = 6  # by then everybody has come in
PER_MINUTE = np.arange(5.0, 33.01, 0.25)
BAND_HZ, WINDOW, STEP = 5.0, 150, 25  # samples of 30 s and of 5 s


def amplitudes(scenario: Scenario, seed: int, seconds: int) -> tuple[npt.NDArray[np.int64], Floats]:
    """Times [n] and gain-free amplitudes [n, K] from when everybody has come in."""
    heard = mock.heard(scenario, seed, (IN_S + seconds) * mock.RATE_HZ, room_slot=LEARNT)
    heard = heard[heard.ts_us >= IN_S * 1_000_000]
    z, _ = complex_carriers(mock.layout(scenario, seed), heard.iq)
    return heard.ts_us, gain_free(z)


def movement(scenario: Scenario, seed: int, seconds: int = 40) -> Floats:
    """One value a second."""
    grid = on_grid(*amplitudes(scenario, seed, seconds), 20.0)
    fast, slow = (_running(grid, corner_hz) for corner_hz in (5.0, 0.5))
    moved = np.median(np.abs(fast - slow), axis=1)
    return np.convolve(moved, np.full(40, 1 / 40), "valid")[::20]


def _running(grid: Floats, corner_hz: float) -> Floats:
    share = 1 - np.exp(-2 * np.pi * corner_hz / 20.0)
    begin = (1 - share) * grid[:1]
    mean: Floats = signal.lfilter([share], [1, share - 1], grid, axis=0, zi=begin)[0]
    return mean


def breaths(scenario: Scenario, seed: int) -> float:
    """Breaths a minute after a minute."""
    grid = on_grid(*amplitudes(scenario, seed, 61), 2 * BAND_HZ)[:600]
    bands = np.stack([part.mean(axis=1) for part in np.array_split(grid, 16, axis=1)], axis=1)
    high = signal.butter(2, 0.08, "high", fs=2 * BAND_HZ, output="sos")
    x = signal.sosfilt(high, _without_odd(bands) - bands[0], axis=0)
    x = x.reshape(-1, 2, bands.shape[1]).mean(axis=1)
    turn = np.exp(-2j * np.pi * np.outer(PER_MINUTE / 60, np.arange(WINDOW) / BAND_HZ))
    level = np.zeros(len(PER_MINUTE))
    for end in range(WINDOW, len(x) + 1, STEP):
        seen = np.abs(turn @ (np.hanning(WINDOW)[:, None] * x[end - WINDOW : end])) ** 2
        seen *= np.sqrt(PER_MINUTE)[:, None]
        clear = (seen.max(axis=0) / seen.mean(axis=0)) ** 2
        level += np.log((seen * clear).sum(axis=1) / seen.sum())
    return float(PER_MINUTE[level.argmax()])


def _without_odd(bands: Floats) -> Floats:
    """A sample far from the median of the fifteen around it is that median."""
    around = np.lib.stride_tricks.sliding_window_view(
        np.pad(bands, ((7, 7), (0, 0)), "edge"), 15, 0
    )
    middle = np.median(around, axis=-1)
    spread = 1.4826 * np.median(np.abs(around - middle[..., None]), axis=-1)
    return np.where(np.abs(bands - middle) > 3 * spread, middle, bands)


def apart(low: Floats, high: Floats) -> float:
    """The area under the curve: how often one of the high is above one of the low."""
    below = np.searchsorted(np.sort(low), high)
    return float(below.mean() / len(low))


@pytest.mark.parametrize("calm", [Scenario.EMPTY, Scenario.STATIC_PERSON], ids=lambda s: s.name)
def test_who_walks_is_told_from_a_calm_room(calm: Scenario) -> None:
    still = np.concatenate([movement(calm, seed) for seed in SEEDS])
    walking = np.concatenate([movement(Scenario.WALKING, seed) for seed in SEEDS])
    assert apart(still, walking) > 0.99


def test_breathing_is_found_after_a_minute() -> None:
    errors = {
        seed: abs(breaths(Scenario.STATIC_PERSON, seed) - person.breaths_bpm)
        for seed in SEEDS
        for person in mock.truth(Scenario.STATIC_PERSON, seed).persons
    }
    wrong = {seed: error for seed, error in errors.items() if error > 1}
    assert len(wrong) <= 2, f"breaths a minute that it is off by, by seed: {wrong}"


def test_a_step_of_the_gain_is_no_movement() -> None:
    """The gain is common to a frame; what is left of it is coarser rounding."""
    for seed in SEEDS:
        steady = np.median(movement(Scenario.EMPTY, seed))
        assert np.median(movement(Scenario.GAIN_STEP, seed)) < 2.5 * steady, f"seed {seed}"
