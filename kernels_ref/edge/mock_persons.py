"""The persons of a scenario: how they come in, breathe, walk and fall.

Lengths are in um, along the path from the sender over the person to the receiver. Times are in us
since the scenario began.
"""

from __future__ import annotations

import dataclasses
from enum import IntEnum

import numpy as np

from kernels_ref.edge.mock_fixed import Ints, cosine, draw, eased, oscillation, sine
from kernels_ref.edge.mock_scenario import MAX_PERSONS, Scenario, drawn, persons

WAY_IN_US = 5_000_000
_WAY_IN_UM = 2_400_000

PARTS = 4
"""Parts of a body: the chest, and three others that move with it in their own way."""
_LEGS = (1, 2)
_STRENGTHS = ((4_500, 4_500), (2_500, 3_000), (2_500, 3_000), (5_500, 5_000))
_SHARES = ((24, 73), (4, 85), (4, 85), (4, 21))
"""Least value and spread for each part. A share says how much of a walk is in the length of the
part's path, of 256: nobody walks along the line of sight, and a path over a wall changes slowly."""


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
    PART = 15  # the first draw of the parts, which have len(_Part) each


_RANGES = {
    _Draw.PLACE: (2_500_000, 5_000_000),
    _Draw.BREATH_DEPTH: (2_000, 3_000),
    _Draw.HEART_RATE: (60_000, 25_001),  # thousandths a minute
    _Draw.HEART_DEPTH: (150, 150),
    _Draw.SWAY_RATE: (900, 1_200),
    _Draw.SWAY_DEPTH: (500, 1_500),
    _Draw.WALK_LENGTH: (700_000, 400_000),
    _Draw.WALK_RATE: (7_000, 2_000),
    _Draw.FALL_TIME: (10_000_000, 5_000_000),
    _Draw.FALL_RUSH: (400_000, 100_000),
    _Draw.FALL_IMPACT: (100_000, 50_000),
    _Draw.FALL_FORCE: (8_000, 1_401),  # mm/s²
}
"""Least value and spread of what is drawn for each person."""


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
    """One person: rates a minute, times in seconds since the scenario began.

    `fall_s` is None for a person who does not fall. From `settled_s` on the person stands or lies
    still; it is None for a person who walks. `breath_mm`: by how much breathing lengthens and
    shortens the path.
    """

    breaths_bpm: float
    breath_mm: float
    heart_bpm: float
    walks: bool
    fall_s: float | None
    settled_s: float | None


@dataclasses.dataclass(frozen=True)
class Mover:
    """A path that changes: its strength (the direct path has 2^15), the angle that its reflection
    adds, and its length, at each of n times."""

    strength: Ints
    angle: int
    way_um: Ints


def person(scenario: Scenario, seed: int, number: int) -> Person:
    """The facts about one of the scenario's persons."""
    one = _Drawn(scenario, seed, number)
    walks = scenario is Scenario.WALKING
    falls = scenario is Scenario.FALL
    fall_us = one.get(_Draw.FALL_TIME)
    lies_us = fall_us + one.get(_Draw.FALL_RUSH) + one.get(_Draw.FALL_IMPACT)
    settled_us = lies_us if falls else WAY_IN_US
    return Person(
        breaths_bpm=one.breaths / 1000,
        breath_mm=one.get(_Draw.BREATH_DEPTH) / 1000,
        heart_bpm=one.get(_Draw.HEART_RATE) / 1000,
        walks=walks,
        fall_s=fall_us / 1e6 if falls else None,
        settled_s=None if walks else settled_us / 1e6,
    )


def movers(scenario: Scenario, seed: int, t_us: Ints) -> list[Mover]:
    """The paths over the scenario's persons at the times t_us [n]."""
    found: list[Mover] = []
    for number in range(persons(scenario)):
        found += _body(_Drawn(scenario, seed, number), t_us)
    return found


class _Drawn:
    """The draws of one person."""

    def __init__(self, scenario: Scenario, seed: int, number: int) -> None:
        self.scenario, self._seed, self._number = scenario, seed, number
        self._first = 0x1000 + (int(scenario) * MAX_PERSONS + number) * _DRAWS

    def word(self, what: int) -> int:
        return int(draw(self._seed, self._first + what))

    def get(self, what: _Draw) -> int:
        return self._drawn(what, *_RANGES[what])

    def part(self, part: int, what: _Part, least: int, spread: int) -> int:
        return self._drawn(_Draw.PART + part * len(_Part) + what, least, spread)

    @property
    def breaths(self) -> int:
        """Thousandths a minute; two persons in one room always breathe at different rates."""
        if self.scenario is Scenario.MULTI_PERSON:
            return self._drawn(_Draw.BREATH_RATE, 10_000 + 7_000 * self._number, 3_001)
        return self._drawn(_Draw.BREATH_RATE, 12_000, 8_001)

    def _drawn(self, what: int, least: int, spread: int) -> int:
        return drawn(self._seed, self._first + what, least, spread)


@dataclasses.dataclass(frozen=True)
class _Pose:
    """A body at each of n times: how far it has come in (of 2^16); how much walking, falling and
    breathing have changed its path, in um; and the place of the limbs, in 2^-15 of their reach."""

    here: Ints
    walked: Ints
    fallen: Ints
    chest: Ints
    limbs: Ints


def _body(one: _Drawn, t_us: Ints) -> list[Mover]:
    here = eased(t_us, WAY_IN_US)
    walked = -(_WAY_IN_UM * here >> 16)
    limbs = fallen = np.zeros_like(t_us)
    if one.scenario is Scenario.WALKING:
        since = np.maximum(t_us - WAY_IN_US, 0)
        walked = walked + _walked(one, since)
        limbs = _oscillates(8 * one.get(_Draw.WALK_RATE), since)
    if one.scenario is Scenario.FALL:
        fallen = _fallen(one, t_us)
    pose = _Pose(here, walked, fallen, _chest(one, t_us), limbs)
    return [_part(one, part, pose) for part in range(PARTS)]


def _part(one: _Drawn, part: int, pose: _Pose) -> Mover:
    """The path over one part: the chest moves with the whole pose, the others only in part."""
    trunk = part == 0
    place = one.get(_Draw.PLACE) + _WAY_IN_UM
    place += 0 if trunk else one.part(part, _Part.PLACE, 0, 9_000_000)
    share = one.part(part, _Part.SHARE, *_SHARES[part])
    drop = 256 if trunk else one.part(part, _Part.DROP, 160, 161)
    breath = 256 if trunk else one.part(part, _Part.BREATH, 64, 129)
    way = place + (pose.walked * share + pose.fallen * drop + pose.chest * breath >> 8)
    if part in _LEGS:
        limb = one.part(part, _Part.LIMB, 40_000, 50_000) * pose.limbs >> 15
        way = way - limb if part == _LEGS[0] else way + limb  # one behind, the other before
    strength = one.part(part, _Part.STRENGTH, *_STRENGTHS[part]) * pose.here >> 16
    return Mover(strength, one.part(part, _Part.ANGLE, 0, 1 << 32), way)


def _oscillates(milli_a_minute: int, t_us: Ints) -> Ints:
    return sine(oscillation(milli_a_minute, t_us))


def _chest(one: _Drawn, t_us: Ints) -> Ints:
    """What breathing, heart and the sway of a sitting person add to the path, in um."""
    depth, heart = one.get(_Draw.BREATH_DEPTH), one.get(_Draw.HEART_DEPTH)
    sway = one.get(_Draw.SWAY_DEPTH)
    breath = oscillation(one.breaths, t_us) + one.word(_Draw.BREATH_START)
    beat = oscillation(one.get(_Draw.HEART_RATE), t_us) + one.word(_Draw.HEART_START)
    moved: Ints = depth * sine(breath) + heart * sine(beat)
    moved = moved + sway * _oscillates(one.get(_Draw.SWAY_RATE), t_us)
    return moved >> 15


def _walked(one: _Drawn, since_us: Ints) -> Ints:
    """What a walk to and fro adds to the path."""
    to_and_fro = 32768 - cosine(oscillation(one.get(_Draw.WALK_RATE), since_us))
    return -(one.get(_Draw.WALK_LENGTH) * to_and_fro >> 15)


def _fallen(one: _Drawn, t_us: Ints) -> Ints:
    """What a fall adds to the path: acceleration, then an impact that stops the body."""
    force = one.get(_Draw.FALL_FORCE)
    rush_us, impact_us = one.get(_Draw.FALL_RUSH), one.get(_Draw.FALL_IMPACT)
    since = np.maximum(t_us - one.get(_Draw.FALL_TIME), 0)
    rush = np.minimum(since, rush_us) // 1000  # ms
    late = np.clip(since - rush_us, 0, impact_us) // 1000
    rush_ms, impact_ms = rush_us // 1000, impact_us // 1000
    stopped = force * rush_ms * (2 * impact_ms * late - late * late) // (2000 * impact_ms)
    way: Ints = force * rush * rush // 2000 + stopped  # mm/s² ms² are thousandths of um
    return way
