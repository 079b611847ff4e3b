"""Frames of a room as a radio takes them: a direct path, echoes, and bodies that change their way.

Written for the tests of movement and falls. Sender and receiver have clocks of their own, the gain
steps, samples are rounded to int8, frames come unevenly.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kernels_ref.edge.config import CsiFrame

Float64 = NDArray[np.float64]
Way = Callable[[Float64], Float64]
"""Metres that a body adds to its path at times in seconds [n]."""

LIGHT_M_S, CARRIER_HZ, SPACING_HZ = 299_792_458.0, 2.437e9, 312_500.0
CARRIERS = np.array([k for k in range(-26, 27) if k])
PAIRS = 64


@dataclass(frozen=True)
class Radio:
    """rate_hz and jitter of the frames; strength of a body's path over the direct one's."""

    rate_hz: float = 50.0
    jitter: float = 0.3  # of a frame's period, standard deviation
    body: float = 0.25
    level: float = 25.0  # counts
    noise: float = 0.4  # counts


def still(t: Float64) -> Float64:
    """Breathe 15 times a minute, 4 mm deep."""
    return 0.004 * np.sin(2 * np.pi * 0.25 * t)


def walk(start_s: float, end_s: float = np.inf, reach_m: float = 1.2) -> Way:
    """To and fro between two times, at up to 1 m/s; still before and after."""

    def way(t: Float64) -> Float64:
        since = np.clip(t, start_s, end_s) - start_s
        return still(t) + reach_m * np.sin(2 * np.pi * since / 7.5)

    return way


def fall(at_s: float, pull: float = 8.5, seconds: float = 0.45, stop_s: float = 0.12) -> Way:
    """Stand, fall with `pull` m/s² for `seconds`, come to rest within `stop_s`, lie still."""

    def way(t: Float64) -> Float64:
        since = np.clip(t - at_s, 0, seconds)
        late = np.clip(t - at_s - seconds, 0, stop_s)
        fallen = pull * since**2 / 2 + pull * seconds * (late - late**2 / (2 * stop_s))
        return still(t) + fallen

    return way


def fan(start_s: float, end_s: float, swing_m: float = 0.05, hz: float = 7.3) -> Way:
    """Swing between two times."""

    def way(t: Float64) -> Float64:
        on = (t >= start_s) & (t < end_s)
        return np.where(on, swing_m * np.sin(2 * np.pi * hz * t), 0.0)

    return way


def frames(
    seconds: float, way: Way | None = None, radio: Radio | None = None, seed: int = 1
) -> list[CsiFrame]:
    """The frames of `seconds`; without a way nobody is there."""
    radio = radio or Radio()
    rng = np.random.default_rng(seed)
    t = np.arange(int(seconds * radio.rate_hz)) / radio.rate_hz
    t = t + rng.uniform(0, radio.jitter, len(t)) / radio.rate_hz
    field = _path(np.zeros(1), 1.0, 0.0)
    for _ in range(5):
        echo = rng.uniform(0.05, 0.25), rng.uniform(0, 2 * np.pi)
        field = field + _path(rng.uniform(2, 30, 1), *echo)
    field = np.broadcast_to(field, (len(t), len(CARRIERS)))
    if way is not None:
        for share in (1.0, 0.8, 0.55):  # parts of a body move along in part
            turn = rng.uniform(0, 2 * np.pi)
            field = field + _path(3.0 + share * way(t), radio.body * share / 1.5, turn)
    return _received(t, field, radio, rng)


def _path(metres: Float64, strength: float, turn: float) -> NDArray[np.complex128]:
    wave = 2 * np.pi * (CARRIER_HZ + CARRIERS * SPACING_HZ) / LIGHT_M_S
    found: NDArray[np.complex128] = strength * np.exp(1j * (turn - metres[:, None] * wave))
    return found


def _received(
    t: Float64, field: NDArray[np.complex128], radio: Radio, rng: np.random.Generator
) -> list[CsiFrame]:
    n = len(t)
    gain = radio.level * rng.choice([1.0, 1.2, 1.4, 0.8], (n, 1), p=[0.6, 0.2, 0.1, 0.1])
    slope = rng.normal(-0.2, 0.03, (n, 1))
    clocks = np.exp(1j * (rng.uniform(0, 2 * np.pi, (n, 1)) + slope * CARRIERS))
    noise = rng.normal(0, radio.noise, (2, n, len(CARRIERS)))
    z = gain * field * clocks + noise[0] + 1j * noise[1]
    iq = np.zeros((n, PAIRS, 2), np.int8)
    place = CARRIERS % PAIRS
    iq[:, place, 0] = np.clip(np.rint(z.imag), -128, 127)
    iq[:, place, 1] = np.clip(np.rint(z.real), -128, 127)
    return [CsiFrame(round(s * 1e6), pairs, PAIRS) for s, pairs in zip(t, iq, strict=True)]
