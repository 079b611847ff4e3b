"""The radio between a room and a frame: when frames arrive, and how its clocks, gain and converter
change the field.

Some words are drawn for each slot; what is drawn once for a room is in `Radio`.
"""

from __future__ import annotations

import dataclasses

import numpy as np
import numpy.typing as npt

from kernels_ref.edge.mock_fixed import Ints, draw, mix, normal
from kernels_ref.edge.mock_paths import CARRIERS, EDGE, turned
from kernels_ref.edge.mock_scenario import Scenario, drawn

PAIRS = 64
_GAINS = (4096, 4925, 5786, 3407)  # 0, 1.6, 3.0 and -1.6 dB, times 2^12
_BLOCK, _SILENT_AT, _SILENT_MIN, _SILENT_SPREAD = 512, 450, 6, 19  # slots
_STEP_FROM_US, _STEP_EACH_US = 10_000_000, 6_000_000
_STEPS = (4096, 2053, 6492, 2900)  # 0, -6, 4 and -3 dB, times 2^12


@dataclasses.dataclass(frozen=True)
class Radio:
    """What is drawn for the radio of a room.

    Attributes:
        level: of the direct path, in counts times 2^9.
        noise: what a noise of 1 (see `_triangle`) adds, in counts times 2^21.
        loss: the share of lost frames, times 2^16.
        delay_us: four times the mean wait for the channel.
        slope: the phase between neighbouring carriers, 2^32 a turn.
        slope_jitter: what a draw of 1 (see `normal`) adds to the slope of a frame.
        steady: how many frames of 256 have the usual gain.
        is_classic: the radio of an ESP32: the first four bytes of a frame are no channel state.
    """

    level: int
    noise: int
    loss: int
    delay_us: int
    slope: int
    slope_jitter: int
    steady: int
    is_classic: bool


def radio(seed: int) -> Radio:
    """The radio of the room with this seed."""
    return Radio(
        level=512 * drawn(seed, 0x500, 11, 8),
        noise=drawn(seed, 0x501, 3_800, 4_000),
        loss=drawn(seed, 0x502, 500, 2_800),
        delay_us=drawn(seed, 0x503, 12_000, 36_001),
        slope=drawn(seed, 0x504, 0, 8_000_000),
        slope_jitter=3_000 + drawn(seed, 0x505, 0, 256) ** 3 // 1_000,
        steady=drawn(seed, 0x506, 150, 60),
        is_classic=drawn(seed, 0x507, 0, 2) == 1,
    )


@dataclasses.dataclass(frozen=True)
class Slots:
    """What happens to the frames of n slots; `delay_us`: when in its slot a frame is sent."""

    delay_us: Ints
    lost: npt.NDArray[np.bool_]
    late: npt.NDArray[np.bool_]
    twice: npt.NDArray[np.bool_]
    odd: npt.NDArray[np.bool_]
    word: Ints


def slots(seed: int, slot: Ints) -> Slots:
    """What happens in the room's slots `slot` [n]."""
    own = radio(seed)
    first = draw(seed ^ 0x41520000, slot)
    second = mix(first)
    third = mix(second + 1)
    waited = (first & 0xFFFF) * (first >> 16) >> 16
    silence = draw(seed ^ 0x51EC0000, slot // _BLOCK)
    begins = (silence >> 3) % _SILENT_AT
    since = slot % _BLOCK - begins
    silent = (silence & 7 == 0) & (since >= 0)
    silent &= since < _SILENT_MIN + (silence >> 16) % _SILENT_SPREAD
    return Slots(
        delay_us=1_000 + (waited * own.delay_us >> 16),
        lost=silent | (second & 0xFFFF < own.loss),
        late=second >> 16 & 0xFF == 0,
        twice=second >> 24 == 0,
        odd=third & 0x3FF == 0,
        word=third,
    )


def received(scenario: Scenario, seed: int, slot: Ints, t_us: Ints, field: Ints) -> Ints:
    """The frames' pairs (imaginary, real) [n, PAIRS, 2], from the field [n, CARRIERS, 2]."""
    own, sent = radio(seed), slots(seed, slot)
    gain = _gain(own, sent.word)
    if scenario is Scenario.GAIN_STEP:
        steps = np.maximum(t_us - _STEP_FROM_US, -1) // _STEP_EACH_US + 1
        gain = gain * np.asarray(_STEPS)[steps % len(_STEPS)] >> 12
    clocks = mix(sent.word + 1)
    slope = own.slope + normal(mix(clocks)) * own.slope_jitter
    turn = turned(own.level * gain >> 12, clocks - EDGE * slope, slope)
    field = np.where(sent.odd[:, None, None], field[:, ::-1], field) + 4 >> 3
    real = field[..., 0] * turn[..., 0] - field[..., 1] * turn[..., 1]
    imag = field[..., 0] * turn[..., 1] + field[..., 1] * turn[..., 0]
    noise = mix(draw(seed ^ 0x5EED0000, slot)[:, None] + np.arange(CARRIERS))
    pairs = np.zeros((len(slot), PAIRS, 2), np.int64)
    place = np.arange(-EDGE, EDGE + 1) % PAIRS
    pairs[:, place, 0] = _rounded(imag + _triangle(noise >> 16) * own.noise)
    pairs[:, place, 1] = _rounded(real + _triangle(noise) * own.noise)
    pairs[:, 0] = 0
    if own.is_classic:
        first = draw(seed ^ 0x0F1E0000, slot)[:, None] >> 8 * np.arange(4) & 0xFF
        pairs[:, :2] = (first - ((first & 0x80) << 1)).reshape(-1, 2, 2)
    return pairs


def _gain(own: Radio, word: Ints) -> Ints:
    """The gain of each frame, times 2^12: the usual one or one of three others, with a flutter."""
    steady = (word >> 9 & 0xFF) < own.steady
    which = np.where(steady, 0, 1 + (word >> 17) % 3)
    flutter = 4096 + ((word >> 19 & 0x1FF) - 256)
    gain: Ints = np.asarray(_GAINS)[which] * flutter >> 12
    return gain


def _triangle(word: Ints) -> Ints:
    """The sum of two uniform bytes, minus its mean; the standard deviation is 104.5."""
    return (word & 0xFF) + (word >> 8 & 0xFF) - 255


def _rounded(value: Ints) -> Ints:
    whole: Ints = np.clip(value + (1 << 20) >> 21, -127, 127)
    return whole
