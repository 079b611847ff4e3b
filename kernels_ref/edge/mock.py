"""Synthetic channel state, bit for bit what the node's `mock_csi` makes, and what is true of it.

A room is drawn from a seed: per subcarrier an amplitude and a phase. A person in it changes both:

    amplitude  A_base + A_person * exp(-d² / sigma²) * shading + noise
    phase      phi_base + (2 pi way / lambda + chest) * reflection + noise

with `d` the person's distance from the link, `way` how far they are from where they came in, and
`chest` the phase that breathing and heart add. All of it is integer arithmetic: an angle is a
fraction of a turn times 2^32, an amplitude is times 2^8.
"""

from __future__ import annotations

import dataclasses
from enum import IntEnum

import numpy as np
import numpy.typing as npt

from kernels_ref.edge.mock_fixed import cosine, draw, exponential, mix, normal, sine

RATE_HZ = 20
PERIOD_US = 50_000
SUBCARRIERS = 56
CHANNEL = 6
SWEEP = (1, 6, 11)
SWEEP_DWELL_FRAMES = 10
ACCESS_POINT = bytes.fromhex("02c511000001")
STRANGER = bytes.fromhex("02c511000002")
NOISE_FLOOR = -92
BOUNDARY_RSSI = (-128, -127, -100, -91, -90, -50, -1, 0, 1, 127)
RING_FRAMES = 8
HOLD_CYCLE, HOLD_FROM = 80, 60
OVERSIZE_EACH = 10

Ints = npt.NDArray[np.int64]
_MASK = 0xFFFFFFFF

MAX_PERSONS = 2
_NEAREST_UM, _SPREAD_UM = 1_600_000, 800_000
_WAY_IN_UM, WAY_IN_FRAMES = 600_000, 60
_WALK_UM, _WALK_SPREAD_UM, _GAIT_UM = 350_000, 200_000, 2_000
_FALL_FRAME, _FALL_SPREAD = 200, 100
_RUSH, _FLIGHT = 5, 3
_FALL_UM, _FALL_SPREAD_UM = 20_000, 3_500
_BREATH_LEAST, _BREATH_SPREAD, _HEART = 8_300, 2_100, 1_040


class Scenario(IntEnum):
    """What is played."""

    EMPTY = 0
    STATIC_PERSON = 1
    WALKING = 2
    FALL = 3
    MULTI_PERSON = 4
    CHANNEL_SWEEP = 5
    MAC_FILTER = 6
    RING_OVERFLOW = 7
    RSSI_BOUNDARY = 8
    ZERO_LENGTH = 9


class _Draw(IntEnum):
    PLACE = 0
    BREATH_RATE = 1
    BREATH_DEPTH = 2
    BREATH_START = 3
    HEART_RATE = 4
    HEART_START = 5
    WALK_LENGTH = 6
    WALK_RATE = 7
    FALL_TIME = 8
    FALL_FORCE = 9


@dataclasses.dataclass(frozen=True)
class Person:
    """One person as drawn: rates a minute; `fall_frame` None for one who does not fall.

    `settled_frame`: from here on they stand (or lie) still, None for one who walks.
    """

    breaths_bpm: float
    heart_bpm: float
    walks: bool
    fall_frame: int | None
    settled_frame: int | None


@dataclasses.dataclass(frozen=True)
class Truth:
    """What was synthesised. Frames count from the scenario's beginning."""

    scenario: Scenario
    persons: tuple[Person, ...]


def truth(scenario: Scenario, seed: int) -> Truth:
    """What a scenario holds."""
    return Truth(scenario, tuple(_person(scenario, seed, p) for p in range(_persons(scenario))))


def frames(
    scenario: Scenario, seed: int, count: int, *, room_frame: int = 0, channel: int | None = None
) -> npt.NDArray[np.int8]:
    """The first `count` frames of a scenario: pairs (I, Q), int8 [count, SUBCARRIERS, 2].

    `room_frame`: how many frames the room had seen before. `channel`: of all frames; None for the
    scenario's own, which the sweep changes.
    """
    used = channels(scenario, count) if channel is None else np.full(count, channel)
    out = np.empty((count, SUBCARRIERS, 2), np.int8)
    for number in np.unique(used):
        rows = np.flatnonzero(used == number).astype(np.int64)
        out[rows] = _frames(scenario, seed, rows, room_frame, int(number))
    return out


def channels(scenario: Scenario, count: int) -> npt.NDArray[np.int64]:
    """The channel of each frame [count]. A hop comes before the frame of the same time."""
    frame = np.arange(count, dtype=np.int64)
    if scenario is not Scenario.CHANNEL_SWEEP:
        return np.full(count, CHANNEL, np.int64)
    return np.asarray(SWEEP, np.int64)[(frame + 1) // SWEEP_DWELL_FRAMES % len(SWEEP)]


def rssi(scenario: Scenario, seed: int, count: int, *, room_frame: int = 0) -> Ints:
    """The signal strength of each frame [count], dBm."""
    if scenario is Scenario.RSSI_BOUNDARY:
        return np.resize(np.asarray(BOUNDARY_RSSI, np.int64), count)
    level = 45 + int(draw(seed, 0x300)) % 20
    index = np.arange(count, dtype=np.int64) + room_frame + 0x80000000
    flutter = normal(draw(seed, index))
    sway: Ints = np.sign(flutter) * (np.abs(flutter) // 148)  # C rounds to zero
    return sway - level


def kept(scenario: Scenario, count: int) -> npt.NDArray[np.bool_]:
    """Which of the first `count` frames get through the ring [count]."""
    frame = np.arange(count)
    if scenario is not Scenario.RING_OVERFLOW:
        return np.ones(count, np.bool_)
    return frame % HOLD_CYCLE < HOLD_FROM + RING_FRAMES


# ---- the room ---------------------------------------------------------------------------------


def _frames(
    scenario: Scenario, seed: int, rows: Ints, room_frame: int, channel: int
) -> npt.NDArray[np.int8]:
    """Frames of one channel, at `rows` [n] of the scenario; int8 [n, SUBCARRIERS, 2]."""
    k = np.arange(SUBCARRIERS, dtype=np.int64)
    own = int(draw(seed, 0x100 + channel))
    base = (
        40 * 256
        + _scaled(10 * 256, _wave(own, 0, 0x02000000, k))
        + _scaled(4 * 256, _wave(own, 2, 0x0A000000, k))
    )
    bend = 10000 * sine(draw(own, 6) + (k << 25))
    start = draw(own, 4) + k * (int(draw(own, 5)) >> 5) + bend
    khz = 2_412_000 + 5_000 * (channel - 1) + k * 312 + k // 2
    khz = khz - (SUBCARRIERS // 2) * 312 - SUBCARRIERS // 4
    turns_per_um = khz * 15_382_929 >> 30

    noise = draw(seed ^ 0x5EED0000, rows + room_frame)[:, None]
    loud = normal(mix(noise + 2 * k))
    late = normal(mix(noise + 2 * k + 1))
    amplitude = base + (loud * 111 >> 7)
    phase = start + late * 46247
    for p in range(_persons(scenario)):
        place, way, chest = _pose(scenario, seed, p, rows)
        angle = draw(own, 7 + p) + k * (0x04924925 * (p + 1))
        share = 224 + (cosine(angle) >> 10)
        mm = (place + _WAY_IN_UM + way) // 1000
        strength = _scaled(12 * 256, exponential((mm * mm << 12) // 2_250_000))
        amplitude = amplitude + _scaled(strength[:, None], sine(angle))
        phase = phase + (way[:, None] * share >> 8) * turns_per_um + (chest >> 8)[:, None] * share
    return np.stack([_rounded(amplitude * f(phase)) for f in (cosine, sine)], axis=-1)


def _wave(own: int, first: int, least_step: int, k: Ints) -> Ints:
    step = least_step + (int(draw(own, first + 1)) >> 6)
    return sine(draw(own, first) + k * step)


def _scaled(amplitude: Ints | int, share: Ints) -> Ints:
    return amplitude * share >> 15


def _rounded(value: Ints) -> npt.NDArray[np.int8]:
    whole: Ints = np.clip((value + (1 << 22)) >> 23, -127, 127)
    return whole.astype(np.int8)


# ---- the persons ------------------------------------------------------------------------------


def _persons(scenario: Scenario) -> int:
    if scenario is Scenario.MULTI_PERSON:
        return MAX_PERSONS
    return int(scenario in (Scenario.STATIC_PERSON, Scenario.WALKING, Scenario.FALL))


def _of(scenario: Scenario, seed: int, person: int, what: _Draw) -> int:
    kind = int(scenario) * MAX_PERSONS + person
    return int(draw(seed, 0x1000 + kind * len(_Draw) + what))


def _breaths(scenario: Scenario, seed: int, person: int) -> int:
    """Thousandths of a breath a minute."""
    drawn = _of(scenario, seed, person, _Draw.BREATH_RATE)
    if scenario is Scenario.MULTI_PERSON:  # they are told apart by it
        return 10_000 + 7_000 * person + drawn % 3_001
    return 12_000 + drawn % 8_001


def _beats(scenario: Scenario, seed: int, person: int) -> int:
    """Thousandths of a beat a minute."""
    return 60_000 + _of(scenario, seed, person, _Draw.HEART_RATE) % 25_001


def _fall_frame(scenario: Scenario, seed: int, person: int) -> int:
    return _FALL_FRAME + _of(scenario, seed, person, _Draw.FALL_TIME) % _FALL_SPREAD


def _person(scenario: Scenario, seed: int, person: int) -> Person:
    walks = scenario is Scenario.WALKING
    fall = _fall_frame(scenario, seed, person) if scenario is Scenario.FALL else None
    settled = WAY_IN_FRAMES if fall is None else fall + 2 * _RUSH + _FLIGHT
    return Person(
        breaths_bpm=_breaths(scenario, seed, person) / 1000,
        heart_bpm=_beats(scenario, seed, person) / 1000,
        walks=walks,
        fall_frame=fall,
        settled_frame=None if walks else settled,
    )


def _oscillation(milli_a_minute: int, frame: Ints) -> Ints:
    """The angle of an oscillation after `frame` frames."""
    return ((milli_a_minute << 32) // (1000 * 60 * RATE_HZ)) * frame & _MASK


def _pose(scenario: Scenario, seed: int, person: int, frame: Ints) -> tuple[int, Ints, Ints]:
    """The person's place, and per frame their way from where they came in (um), and the chest's
    phase as a signed angle."""
    place = _NEAREST_UM + _of(scenario, seed, person, _Draw.PLACE) % _SPREAD_UM
    way = -(_WAY_IN_UM * _eased(frame, WAY_IN_FRAMES) >> 16)
    if scenario is Scenario.WALKING:
        way = way + _walked(scenario, seed, person, frame)
    if scenario is Scenario.FALL:
        way = way + _fallen(scenario, seed, person, frame)
    depth = _BREATH_LEAST + _of(scenario, seed, person, _Draw.BREATH_DEPTH) % _BREATH_SPREAD
    breath = _oscillation(_breaths(scenario, seed, person), frame)
    beat = _oscillation(_beats(scenario, seed, person), frame)
    chest = depth * sine(breath + _of(scenario, seed, person, _Draw.BREATH_START))
    chest = chest + _HEART * sine(beat + _of(scenario, seed, person, _Draw.HEART_START))
    return place, way, chest * _eased(frame, WAY_IN_FRAMES) >> 16  # felt from the way in on


def _eased(frame: Ints, length: int) -> Ints:
    """0 to 2^16 over `length` frames, at rest at both ends."""
    u = np.minimum(frame, length) * 65536 // length
    part: Ints = (u * u >> 16) * (3 * 65536 - 2 * u) >> 16
    return part


def _walked(scenario: Scenario, seed: int, person: int, frame: Ints) -> Ints:
    """To and fro, with the body's sway at every step."""
    since = np.maximum(frame - WAY_IN_FRAMES, 0)
    half = _WALK_UM + _of(scenario, seed, person, _Draw.WALK_LENGTH) % _WALK_SPREAD_UM
    rate = 7_000 + _of(scenario, seed, person, _Draw.WALK_RATE) % 2_000
    to_and_fro = 32768 - cosine(_oscillation(rate, since))
    gait = sine(_oscillation(15 * rate, since))
    walked = -(half * to_and_fro >> 15) + (_GAIT_UM * gait >> 15)
    return np.where(frame < WAY_IN_FRAMES, 0, walked)


def _fallen(scenario: Scenario, seed: int, person: int, frame: Ints) -> Ints:
    """Acceleration, flight, impact."""
    force = _FALL_UM + _of(scenario, seed, person, _Draw.FALL_FORCE) % _FALL_SPREAD_UM
    since = np.maximum(frame - _fall_frame(scenario, seed, person), 0)
    rush = np.minimum(since, _RUSH)
    flight = np.clip(since - _RUSH, 0, _FLIGHT)
    impact = np.clip(since - _RUSH - _FLIGHT, 0, _RUSH)
    way = rush * rush + 2 * _RUSH * flight + impact * (2 * _RUSH - impact)
    fallen: Ints = way * force // 2
    return fallen
