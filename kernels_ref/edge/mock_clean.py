"""The clean scenario: a radio without own clocks, gain control or loss, and one sitting person.

    amplitude  A_base + A_person * exp(-d² / sigma²) * shading + noise
    phase      phi_base + (2 pi way / lambda + chest) * reflection + noise

with `d` the person's distance from the link, `way` their distance from where they came in, and
`chest` the phase that breathing and heart add: breathing shows in the phase alone. An angle is a
fraction of a turn times 2^32; an amplitude is in counts times 2^8. There are 56 carriers, in rising
order, with the real part first.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from kernels_ref.edge.mock_fixed import Ints, cosine, draw, eased, exponential, mix, normal, sine
from kernels_ref.edge.mock_scenario import RATE_HZ, drawn

CARRIERS = 56
WAY_IN_FRAMES = 60
_WAY_IN_UM = 600_000
_PERSON = 0x1014  # the first of the draws below
_PLACE, _RATE, _DEPTH, _START, _HEART_RATE, _HEART_START = range(6)
_HEART = 1_040  # turns times 2^17


def breaths(seed: int) -> int:
    """The breathing rate of the person, in thousandths a minute."""
    return drawn(seed, _PERSON + _RATE, 12_000, 8_001)


def beats(seed: int) -> int:
    """The heart rate of the person, in thousandths a minute."""
    return drawn(seed, _PERSON + _HEART_RATE, 60_000, 25_001)


def clean_frames(seed: int, channel: int, frame: Ints, room_frame: Ints) -> npt.NDArray[np.int8]:
    """The pairs (real, imaginary) of frames `frame` [n] of the scenario, int8 [n, CARRIERS, 2]."""
    k = np.arange(CARRIERS, dtype=np.int64)
    own = int(draw(seed, 0x100 + channel))
    noise = draw(seed ^ 0x5EED0000, room_frame)[:, None]
    amplitude = _base(own, k) + (normal(mix(noise + 2 * k)) * 111 >> 7)
    phase = _start(own, k) + normal(mix(noise + 2 * k + 1)) * 46247
    angle = draw(own, 7) + k * 0x04924925
    share = 224 + (cosine(angle) >> 10)
    way = -(_WAY_IN_UM * eased(frame, WAY_IN_FRAMES) >> 16)
    mm = (drawn(seed, _PERSON + _PLACE, 1_600_000, 800_000) + _WAY_IN_UM + way) // 1000
    shade = _scaled(12 * 256, exponential((mm * mm << 12) // 2_250_000))
    amplitude = amplitude + _scaled(shade[:, None], sine(angle))
    phase = phase + (way[:, None] * share >> 8) * _turns_per_um(channel, k)
    phase = phase + (_chest(seed, frame) >> 8)[:, None] * share
    pairs = np.stack([amplitude * f(phase) for f in (cosine, sine)], axis=-1)
    rounded: Ints = np.clip(pairs + (1 << 22) >> 23, -127, 127)
    return rounded.astype(np.int8)


def _base(own: int, k: Ints) -> Ints:
    ripple = _scaled(4 * 256, _wave(own, 2, 0x0A000000, k))
    return 40 * 256 + _scaled(10 * 256, _wave(own, 0, 0x02000000, k)) + ripple


def _start(own: int, k: Ints) -> Ints:
    bend = 10000 * sine(draw(own, 6) + (k << 25))
    return draw(own, 4) + k * (int(draw(own, 5)) >> 5) + bend


def _turns_per_um(channel: int, k: Ints) -> Ints:
    khz = 2_412_000 + 5_000 * (channel - 1) + k * 312 + k // 2
    return (khz - (CARRIERS // 2) * 312 - CARRIERS // 4) * 15_382_929 >> 30


def _wave(own: int, first: int, least_step: int, k: Ints) -> Ints:
    step = least_step + (int(draw(own, first + 1)) >> 6)
    return sine(draw(own, first) + k * step)


def _scaled(amplitude: Ints | int, share: Ints) -> Ints:
    return amplitude * share >> 15


def _chest(seed: int, frame: Ints) -> Ints:
    depth = drawn(seed, _PERSON + _DEPTH, 8_300, 2_100)
    breath = _oscillation(breaths(seed), frame) + draw(seed, _PERSON + _START)
    beat = _oscillation(beats(seed), frame) + draw(seed, _PERSON + _HEART_START)
    return (depth * sine(breath) + _HEART * sine(beat)) * eased(frame, WAY_IN_FRAMES) >> 16


def _oscillation(milli_a_minute: int, frame: Ints) -> Ints:
    return ((milli_a_minute << 32) // (1000 * 60 * RATE_HZ)) * frame & 0xFFFFFFFF
