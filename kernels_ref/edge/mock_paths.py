"""The field of a room at the receiver: a direct path, echoes, and paths that change.

A path of length d turns carrier k by d f_k / c, with the carrier's own frequency f_k. The strength
of the direct path is 2^15.
"""

from __future__ import annotations

import dataclasses

import numpy as np

from kernels_ref.edge.mock_fixed import Ints, cosine, oscillation, sine
from kernels_ref.edge.mock_persons import Mover, movers
from kernels_ref.edge.mock_scenario import Scenario, drawn

EDGE = 26
"""Carriers -26 to 26 of a long training field; the middle one is not sent."""
CARRIERS = 2 * EDGE + 1
ECHOES = 5

_SPACING = 1146  # turns an um between neighbours, times 2^40
_KHZ_UM = 15_382_929  # turns an um and kHz, times 2^62


@dataclasses.dataclass(frozen=True)
class _Swing:
    """A path that swings. Its draws begin with number `first`: least value and spread of the rate
    (thousandths a minute), the place and the reach (um) and the strength; then comes the angle."""

    first: int
    ranges: tuple[tuple[int, int], ...]


_DRIFT = _Swing(0x411, ((300, 700), (2_000_000, 8_000_000), (2_000, 6_000), (600, 1_000)))
"""A slow change that every room has, within minutes."""
_FAN = _Swing(0x421, ((120_000, 420_001), (2_000_000, 5_000_000), (20_000, 40_001), (2_000, 3_000)))


def field(scenario: Scenario, seed: int, channel: int, t_us: Ints, room_us: Ints) -> Ints:
    """The field, real and imaginary part [n, CARRIERS, 2], at the times t_us [n] of the scenario,
    which are room_us [n] of the room; the direct path has strength 2^15."""
    still = np.zeros_like(t_us)
    direct = Mover(still + 32768, 0, still)
    paths = [direct, *(_echo(seed, number, still) for number in range(ECHOES))]
    paths.append(_swinging(_DRIFT, seed, room_us))
    if scenario is Scenario.FAN:
        paths.append(_swinging(_FAN, seed, t_us))
    paths += movers(scenario, seed, t_us)
    return sum((_over_carriers(path, channel) for path in paths), np.zeros(1, np.int64))


def fan_rate(seed: int) -> int:
    """How fast the fan of a room turns, in thousandths of a turn a minute."""
    return drawn(seed, _FAN.first, *_FAN.ranges[0])


def _echo(seed: int, number: int, still: Ints) -> Mover:
    """The path over a wall, which is 2 to 35 m longer than the direct one."""
    first = 0x400 + 3 * number
    strength = drawn(seed, first, 2_000, 7_500)
    angle = drawn(seed, first + 1, 0, 1 << 32)
    return Mover(still + strength, angle, still + drawn(seed, first + 2, 2_000_000, 33_000_000))


def _swinging(swing: _Swing, seed: int, t_us: Ints) -> Mover:
    rate, place, depth, strength = (
        drawn(seed, swing.first + i, *swing.ranges[i]) for i in range(len(swing.ranges))
    )
    way = place + (depth * sine(oscillation(rate, t_us)) >> 15)
    angle = drawn(seed, swing.first + len(swing.ranges), 0, 1 << 32)
    return Mover(np.zeros_like(t_us) + strength, angle, way)


def _over_carriers(path: Mover, channel: int) -> Ints:
    """The path's part of the field [n, CARRIERS, 2]."""
    khz = 2_412_000 + 5_000 * (channel - 1)
    centre = khz * _KHZ_UM >> 30
    step = path.way_um * _SPACING >> 8
    start = path.angle - path.way_um * centre + EDGE * step
    return turned(path.strength, start, -step)


def turned(strength: Ints, start: Ints, step: Ints) -> Ints:
    """[n, CARRIERS, 2], a phasor of `strength` [n] that begins at the angle `start` and turns by
    `step` from each carrier to the next."""
    real, imag = _share(strength, cosine(start)), _share(strength, sine(start))
    along, across = cosine(step), sine(step)
    out = np.empty((len(strength), CARRIERS, 2), np.int64)
    for k in range(CARRIERS):
        out[:, k, 0], out[:, k, 1] = real, imag
        real, imag = _share(real, along, -imag, across), _share(real, across, imag, along)
    return out


def _share(a: Ints, b: Ints, c: Ints | int = 0, d: Ints | int = 0) -> Ints:
    part: Ints = a * b + c * d + (1 << 14) >> 15
    return part
