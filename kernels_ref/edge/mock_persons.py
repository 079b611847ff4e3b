"""The persons of a scenario: how they come in, breathe, walk and fall.

Lengths are those of the path from sender to receiver by way of the person, in um; times in us since
the scenario began.
"""

from __future__ import annotations

import dataclasses
from enum import IntEnum

import numpy as np

from kernels_ref.edge.mock_fixed import cosine, draw, oscillation, sine
from kernels_ref.edge.mock_scenario import MAX_PERSONS, Ints, Scenario, drawn, persons

WAY_IN_US = 5_000_000
_WAY_IN_UM = 2_400_000
_BREATH_UM, _BREATH_SPREAD_UM = 2_000, 3_000
_HEART_UM, _HEART_SPREAD_UM = 150, 150
_SWAY_UM, _SWAY_SPREAD_UM = 500, 1_500
_WALK_UM, _WALK_SPREAD_UM = 700_000, 400_000
_LIMB_UM, _LIMB_SPREAD_UM = 40_000, 50_000
_FALL_US, _FALL_SPREAD_US = 10_000_000, 5_000_000
_RUSH_US, _RUSH_SPREAD_US = 400_000, 100_000
_IMPACT_US, _IMPACT_SPREAD_US = 100_000, 50_000
_FORCE_MM_S2, _FORCE_SPREAD_MM_S2 = 8_000, 1_401

PARTS = 4
"""Of a body: the chest, and three that move with it in their own way."""
_LEGS = (1, 2)
_STRENGTHS = ((4_500, 4_500), (2_500, 3_000), (2_500, 3_000), (5_500, 5_000))
_SHARES = ((24, 73), (4, 85), (4, 85), (4, 21))
"""Least and spread, of each part; how much of a walk is in the length of its path is of 256. None
walks along the line of sight, and what goes by way of a wall changes slowly."""


class _Draw(IntEnum):
    PLACE = 0
    BREATH_RATE = 1
    BREATH_DEPTH = 2
    BREATH_START = 3
    HEART_RATE = 4
    HEART_DEPTH = 5
    HEART_START = 6
    SWAY_RATE = 7
    SWAY_DEPTH = 8
    WALK_LENGTH = 9
    WALK_RATE = 10
    FALL_TIME = 11
    FALL_RUSH = 12
    FALL_IMPACT = 13
    FALL_FORCE = 14
    PART = 15  # the first of PARTS times six


class _Part(IntEnum):
    STRENGTH = 0
    PLACE = 1
    SHARE = 2
    BREATH = 3
    LIMB = 4
    ANGLE = 5
    DROP = 6


_DRAWS = _Draw.PART + PARTS * len(_Part)


@dataclasses.dataclass(frozen=True)
class Person:
    """One person as drawn: rates a minute; times in seconds since the scenario began.

    `fall_s` is None for one who does not fall. From `settled_s` on they stand (or lie) still; None
    for one who walks. `breath_mm`: how far breathing lengthens and shortens the path.
    """

    breaths_bpm: float
    breath_mm: float
    heart_bpm: float
    walks: bool
    fall_s: float | None
    settled_s: float | None


@dataclasses.dataclass(frozen=True)
class Mover:
    """A path that changes: its strength (of the direct one's 2^15), the angle that its reflection
    adds, and its length at every moment asked for [n]."""

    strength: Ints
    angle: int
    way_um: Ints


def person(scenario: Scenario, seed: int, number: int) -> Person:
    """What was drawn for one of the scenario's persons."""
    one = _Drawn(scenario, seed, number)
    walks = scenario is Scenario.WALKING
    falls = scenario is Scenario.FALL
    fall_us = one.fall_us + one.rush_us + one.impact_us
    settled_us = fall_us if falls else WAY_IN_US
    return Person(
        breaths_bpm=one.breaths / 1000,
        breath_mm=one.get(_Draw.BREATH_DEPTH, _BREATH_UM, _BREATH_SPREAD_UM) / 1000,
        heart_bpm=one.beats / 1000,
        walks=walks,
        fall_s=one.fall_us / 1e6 if falls else None,
        settled_s=None if walks else settled_us / 1e6,
    )


def movers(scenario: Scenario, seed: int, t_us: Ints) -> list[Mover]:
    """The paths by way of the scenario's persons at times t_us [n]."""
    found: list[Mover] = []
    for number in range(persons(scenario)):
        found += _body(_Drawn(scenario, seed, number), t_us)
    return found


class _Drawn:
    """One person's draws."""

    def __init__(self, scenario: Scenario, seed: int, number: int) -> None:
        self.scenario, self._seed, self._number = scenario, seed, number
        self._first = 0x1000 + (int(scenario) * MAX_PERSONS + number) * _DRAWS

    def word(self, what: int) -> int:
        return int(draw(self._seed, self._first + what))

    def get(self, what: int, least: int, spread: int) -> int:
        return drawn(self._seed, self._first + what, least, spread)

    def part(self, part: int, what: _Part, least: int, spread: int) -> int:
        return self.get(_Draw.PART + part * len(_Part) + what, least, spread)

    @property
    def breaths(self) -> int:
        """Thousandths a minute. Two persons are told apart by it."""
        if self.scenario is Scenario.MULTI_PERSON:
            return self.get(_Draw.BREATH_RATE, 10_000 + 7_000 * self._number, 3_001)
        return self.get(_Draw.BREATH_RATE, 12_000, 8_001)

    @property
    def beats(self) -> int:
        """Thousandths a minute."""
        return self.get(_Draw.HEART_RATE, 60_000, 25_001)

    @property
    def fall_us(self) -> int:
        return self.get(_Draw.FALL_TIME, _FALL_US, _FALL_SPREAD_US)

    @property
    def rush_us(self) -> int:
        return self.get(_Draw.FALL_RUSH, _RUSH_US, _RUSH_SPREAD_US)

    @property
    def impact_us(self) -> int:
        return self.get(_Draw.FALL_IMPACT, _IMPACT_US, _IMPACT_SPREAD_US)


@dataclasses.dataclass(frozen=True)
class _Pose:
    """How a body is at every moment [n]: how far they have come in (of 2^16), the change of their
    path by walking, falling, and breathing (um), and the limbs, of their reach times 2^15."""

    here: Ints
    walked: Ints
    fallen: Ints
    chest: Ints
    limbs: Ints


def _body(one: _Drawn, t_us: Ints) -> list[Mover]:
    here = _eased(t_us, WAY_IN_US)
    walked = -(_WAY_IN_UM * here >> 16)
    limbs = fallen = np.zeros_like(t_us)
    if one.scenario is Scenario.WALKING:
        since = np.maximum(t_us - WAY_IN_US, 0)
        walked = walked + _walked(one, since)
        limbs = _oscillates(8 * one.get(_Draw.WALK_RATE, 7_000, 2_000), since)
    if one.scenario is Scenario.FALL:
        fallen = _fallen(one, t_us)
    pose = _Pose(here, walked, fallen, _chest(one, t_us), limbs)
    return [_part(one, part, pose) for part in range(PARTS)]


def _part(one: _Drawn, part: int, pose: _Pose) -> Mover:
    """The chest breathes and falls as it does; the others are along with it in part."""
    trunk = part == 0
    place = one.get(_Draw.PLACE, 2_500_000, 5_000_000) + _WAY_IN_UM
    place += 0 if trunk else one.part(part, _Part.PLACE, 0, 9_000_000)
    share = one.part(part, _Part.SHARE, *_SHARES[part])
    drop = 256 if trunk else one.part(part, _Part.DROP, 160, 161)
    breath = 256 if trunk else one.part(part, _Part.BREATH, 64, 129)
    way = place + (pose.walked * share + pose.fallen * drop + pose.chest * breath >> 8)
    if part in _LEGS:
        limb = one.part(part, _Part.LIMB, _LIMB_UM, _LIMB_SPREAD_UM) * pose.limbs >> 15
        way = way - limb if part == _LEGS[0] else way + limb  # one behind, the other before
    strength = one.part(part, _Part.STRENGTH, *_STRENGTHS[part]) * pose.here >> 16
    return Mover(strength, one.part(part, _Part.ANGLE, 0, 1 << 32), way)


def _eased(t_us: Ints, length_us: int) -> Ints:
    """0 to 2^16 over `length_us`, at rest at both ends."""
    u = np.minimum(t_us, length_us) * 65536 // length_us
    part: Ints = (u * u >> 16) * (3 * 65536 - 2 * u) >> 16
    return part


def _oscillates(milli_a_minute: int, t_us: Ints) -> Ints:
    return sine(oscillation(milli_a_minute, t_us))


def _chest(one: _Drawn, t_us: Ints) -> Ints:
    """Breathing, heart, and the sway of one who sits: um."""
    depth = one.get(_Draw.BREATH_DEPTH, _BREATH_UM, _BREATH_SPREAD_UM)
    heart = one.get(_Draw.HEART_DEPTH, _HEART_UM, _HEART_SPREAD_UM)
    sway = one.get(_Draw.SWAY_DEPTH, _SWAY_UM, _SWAY_SPREAD_UM)
    breath = oscillation(one.breaths, t_us) + one.word(_Draw.BREATH_START)
    beat = oscillation(one.beats, t_us) + one.word(_Draw.HEART_START)
    moved: Ints = depth * sine(breath) + heart * sine(beat)
    moved = moved + sway * _oscillates(one.get(_Draw.SWAY_RATE, 900, 1_200), t_us)
    return moved >> 15


def _walked(one: _Drawn, since_us: Ints) -> Ints:
    """To and fro."""
    half = one.get(_Draw.WALK_LENGTH, _WALK_UM, _WALK_SPREAD_UM)
    rate = one.get(_Draw.WALK_RATE, 7_000, 2_000)
    to_and_fro = 32768 - cosine(oscillation(rate, since_us))
    return -(half * to_and_fro >> 15)


def _fallen(one: _Drawn, t_us: Ints) -> Ints:
    """Acceleration, and an impact that takes all the speed away."""
    force = one.get(_Draw.FALL_FORCE, _FORCE_MM_S2, _FORCE_SPREAD_MM_S2)
    since = np.maximum(t_us - one.fall_us, 0)
    rush = np.minimum(since, one.rush_us) // 1000  # ms
    late = np.clip(since - one.rush_us, 0, one.impact_us) // 1000
    rush_ms, impact_ms = one.rush_us // 1000, one.impact_us // 1000
    stopped = force * rush_ms * (2 * impact_ms * late - late * late) // (2000 * impact_ms)
    way: Ints = force * rush * rush // 2000 + stopped  # mm/s² ms² are thousandths of um
    return way
