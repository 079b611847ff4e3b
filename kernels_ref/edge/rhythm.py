"""Rhythms: breathing and heartbeat in the amplitudes; what is computed when, and the answers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

import numpy as np

from kernels_ref.edge.bounded import (
    UNIT,
    ZERO,
    Bounded,
    Float64,
    exact,
    f32,
    smaller,
    towards,
    zeros,
)
from kernels_ref.edge.config import Quality
from kernels_ref.edge.decisions import DeviceFeatures, decide
from kernels_ref.edge.front import Bin
from kernels_ref.edge.rhythm_peak import Peaks, peaks
from kernels_ref.edge.rhythm_series import HOP, WINDOW, WINDOW_HOPS, Series
from kernels_ref.edge.rhythm_spectrum import (
    BREATH_HALVES,
    HEART_HALVES,
    PAIRS,
    Noise,
    Unknown,
    breath_weights,
    heart_weights,
    kernel,
    level,
    mean_rate,
    powers,
    root_of,
    running_mean,
    strengths,
    together,
    transform,
)

MEMORY, MIN_WINDOWS, MAX_MISSED, FORGET_MISSED = 24, 6, 7, 24
VALID_CONF, SECOND_CLEAR = f32(0.9), 2.5
BREATH_LIMITS, HEART_LIMITS = (5.75, 30.0), (50.0, 118.0)
HEART_CLEAR = 5.0
MIN_FRESH = 500
MAX_MOVES = 40
LOUD = float(np.float32(0.08) * np.float32(0.08))
RESTLESS = float(np.float32(0.045) * np.float32(0.045))
BREATH_KNOWN, HARMONIC_EACH = 0.5, 0.25
KNOTS = (
    (1.0, 0.0),
    (1.25, f32(0.3)),
    (1.5, f32(0.55)),
    (1.75, f32(0.72)),
    (f32(2.05), f32(0.9)),
    (2.5, f32(0.97)),
    (4.0, 1.0),
)
ADDS, STRENGTHS = 8, 2  # rates in one piece of work
MAX_PIECES = 6  # of work in one bin that has a frame; a bin without one does none

T = TypeVar("T")


@dataclass(frozen=True)
class Rate:
    """A rate a minute and its confidence; persons: how many breathe at rates of their own."""

    bpm: Bounded
    conf: Bounded
    persons: int


NOTHING = [Rate(ZERO, ZERO, 0)]
ANYTHING = [Rate(Bounded(60.0, 60.0), Bounded(0.5, 0.5), 1)]


class Rhythm:
    """The last answers, `breath` and `heart`, and whether they are valid now."""

    def __init__(self) -> None:
        self._breath_waves = kernel(BREATH_HALVES)
        self._heart_waves = kernel(HEART_HALVES)
        self.restart()

    def restart(self) -> None:
        """Forget everything that was seen."""
        self.series = Series()
        self._moved = self._loud = self._restless = False
        self._moves = self._missed = self._owed = self.windows = 0
        self._recent: list[int] = []
        self._work: Iterator[None] | None = None
        rates = len(BREATH_HALVES), len(HEART_HALVES)
        self._together = zeros(rates[0], PAIRS)
        self._heart_noise = zeros(PAIRS)
        self._heart_strength = zeros(rates[1])
        self._lost = False  # whether rounding has been as large as a signal
        self._breaths, self._hearts = NOTHING, NOTHING
        self.breath_valid = self.heart_valid = False

    @property
    def breath(self) -> Rate:
        """The breathing rate; where several answers are possible, the device's one."""
        return self._breaths[0]

    @property
    def heart(self) -> Rate:
        """The heart rate, chosen likewise."""
        return self._hearts[0]

    def take(self, seen: Bin, moving: bool, device: DeviceFeatures | None = None) -> None:
        """Take one bin.

        moving: a body's movement hides the rhythm; device: a device's features after this bin.
        """
        if not np.array_equal(self.series.mask, seen.mask):
            self.restart()
        self._moved |= moving
        if self.series.take(seen):
            self._take_sample()
        self._owed += self._work is not None
        for _ in range(0 if seen.held else min(self._owed, MAX_PIECES)):
            self._owed -= 1
            self._do_piece()
        if device is not None:
            self._follow(device)
        self._judge(moving, device)

    def _do_piece(self) -> None:
        if self._work is not None and next(self._work, False) is False:
            self._work = None

    def _take_sample(self) -> None:
        self._moves += self._moved
        self._moved = False
        if self.series.samples % HOP:
            return
        self._recent = [*self._recent[-WINDOW_HOPS + 1 :], self._moves]
        self._moves = 0
        if self.series.samples < WINDOW:
            return
        self._begin_window()

    def _begin_window(self) -> None:
        self._work = None
        self._missed = min(self._missed + 1, FORGET_MISSED)
        if self._missed == FORGET_MISSED:
            self.windows = 0
            self._lost = False
            self._breaths, self._hearts = NOTHING, NOTHING
        power = self.series.power()
        self._loud, self._restless = power > LOUD, power > RESTLESS
        if self._loud or (sum(self._recent) > MAX_MOVES and self._restless):
            return
        self._owed = 0
        self._work = self._look(np.stack(self.series.rows[-WINDOW:]).astype(np.float64))

    def _judge(self, moving: bool, device: DeviceFeatures | None) -> None:
        hidden = self._loud or (moving and self._restless)
        now = not hidden and self._missed <= MAX_MISSED

        def decided(flag: Quality) -> bool | None:
            return None if device is None else bool(device.quality_flags & flag)

        self.breath_valid = now and _valid(
            self.breath, VALID_CONF, BREATH_LIMITS, decided(Quality.RESPIRATION_VALID)
        )
        self.heart_valid = (now and self.windows >= MIN_WINDOWS) and _valid(
            self.heart, 0.5, HEART_LIMITS, decided(Quality.HEARTBEAT_VALID)
        )

    # ---- a window, in pieces as the device does it ----------------------------------------------

    def _look(self, rows: Float64) -> Iterator[None]:
        """The work of a window. Every piece but the last one ends with a yield."""
        yield from self._look_for_breath(rows)
        n = len(HEART_HALVES)
        yield from [None] * n
        x = self._unless_lost(lambda: level(transform(rows, self._heart_waves, heart_weights())))
        yield from [None] * (1 + len(range(0, n, ADDS)))
        noise = self._unless_lost(lambda: self._root_heart(x))
        yield
        for r in range(0, n, ADDS):
            self._unless_lost(partial(self._add_heart, noise, x, slice(r, r + ADDS)))
            yield
        found = self._unless_lost(self._heart_answers)
        self._hearts = ANYTHING if found is None else found or NOTHING

    def _look_for_breath(self, rows: Float64) -> Iterator[None]:
        n = len(BREATH_HALVES)
        yield from [None] * n
        self.windows = min(self.windows + 1, MEMORY)
        x = self._unless_lost(lambda: level(transform(rows, self._breath_waves, breath_weights())))
        yield
        for r in range(0, n, ADDS):
            self._unless_lost(partial(self._add_breath, x, slice(r, r + ADDS)))
            yield
        noise = self._unless_lost(lambda: root_of(mean_rate(self._together)))
        yield from [None] * (1 + len(range(0, n, STRENGTHS)))
        found = self._unless_lost(lambda: self._breath_answers(noise))
        self._breaths = ANYTHING if found is None else found or NOTHING
        self._missed = 0 if self._breaths is not NOTHING else self._missed
        yield

    def _unless_lost(self, step: Callable[[], T]) -> T | None:
        """Once rounding is as large as a signal, any answer is right until the data is all new."""
        try:
            return None if self._lost else step()
        except Unknown:
            self._lost = True
            return None

    @property
    def _share(self) -> float:
        return f32(1.0 / self.windows)

    def _add_breath(self, x: Bounded | None, some: slice) -> None:
        assert x is not None
        _put(self._together, some, towards(self._together[some], together(x[some]), self._share))

    def _breath_answers(self, noise: Noise | None) -> list[Rate]:
        found = peaks(strengths(noise, self._together))
        return [a for p in found for a in _breaths(p, self.windows)]

    def _root_heart(self, x: Bounded | None) -> Noise | None:
        assert x is not None
        now = running_mean(together(x))
        self._heart_noise = towards(self._heart_noise, now, self._share)
        return root_of(self._heart_noise)

    def _add_heart(self, noise: Noise | None, x: Bounded | None, some: slice) -> None:
        assert x is not None
        if noise is not None:
            now = towards(self._heart_strength[some], powers(noise, x[some]), self._share)
            _put(self._heart_strength, some, now)

    def _heart_answers(self) -> list[Rate]:
        enough = self.series.fresh >= MIN_FRESH
        found = list(peaks(self._heart_strength))
        return [a for p in found for b in self._breaths for a in _hearts(p, b, enough)]

    # ---- ties -----------------------------------------------------------------------------------

    def _follow(self, device: DeviceFeatures) -> None:
        self._breaths = _nearest(self._breaths, device.respiration_bpm, device.respiration_conf)
        self._hearts = _nearest(self._hearts, device.heartbeat_bpm, device.heartbeat_conf)


def _put(into: Bounded, some: slice, what: Bounded) -> None:
    into.value[some], into.bound[some] = what.value, what.bound


def _nearest(answers: list[Rate], bpm: float, conf: float) -> list[Rate]:
    """The answers, with the one that the device gave first."""
    if len(answers) == 1:
        return answers
    return sorted(answers, key=lambda a: abs(a.bpm.value - bpm) / 60.0 + abs(a.conf.value - conf))


def _valid(rate: Rate, least: float, limits: tuple[float, float], device: bool | None) -> bool:
    inside = smaller(rate.bpm - limits[0], exact(limits[1]) - rate.bpm)
    return decide("a valid rate", smaller(inside, rate.conf - least), device)


def _breaths(found: Peaks, windows: int) -> Iterator[Rate]:
    one = _bpm(found.place, BREATH_HALVES)
    heard = float(min(windows, MIN_WINDOWS))
    for clear, persons in _clearness(found, one):
        yield Rate(one, confidence(clear) * heard / float(MIN_WINDOWS), persons)


def _clearness(found: Peaks, one: Bounded) -> Iterator[tuple[Bounded, int]]:
    if found.second is None:
        yield found.alone, 1
        return
    other = _bpm(found.second.place, BREATH_HALVES)
    harmonic = _is_multiple(one, other) | _is_multiple(other, one)
    clear = _outcomes(found.second.clear - SECOND_CLEAR)
    for two in {c and not h for c in clear for h in harmonic}:
        yield (found.second.several, 2) if two else (found.alone, 1)


def _hearts(found: Peaks, breath: Rate, enough: bool) -> Iterator[Rate]:
    bpm = _bpm(found.place, HEART_HALVES)
    over = found.alone - 1.0
    top = over.clipped(0.0, np.inf)
    conf = top / (top + (HEART_CLEAR - 1.0))
    for harmonic in sorted(_is_harmonic(breath, bpm)):
        yield Rate(bpm, conf if enough and not harmonic else ZERO, 0)


def confidence(clear: Bounded) -> Bounded:
    """The confidence for a clearness: straight lines between KNOTS, rising throughout."""
    x, y = zip(*KNOTS, strict=True)
    low, value, high = np.interp(
        [clear.value - clear.bound, clear.value, clear.value + clear.bound], x, y
    )
    bound = max(high - value, value - low) + 6 * UNIT
    return Bounded(float(value), float(bound))


def _bpm(place: Bounded, halves: np.ndarray) -> Bounded:
    return (place * float(halves[1] - halves[0]) + float(halves[0])) * 0.5


def _outcomes(margin: Bounded) -> set[bool]:
    """Whether the margin is at least 0; both answers where rounding may turn it."""
    if abs(margin.value) <= margin.bound:
        return {False, True}
    return {bool(margin.value >= 0)}


def _is_multiple(more: Bounded, less: Bounded) -> set[bool]:
    found = {False}
    for n in (2.0, 3.0):
        near = _outcomes(-(abs(more - less * n) - n))
        found = {a or b for a in found for b in near}
    return found


def _is_harmonic(breath: Rate, bpm: Bounded) -> set[bool]:
    known = _outcomes(breath.conf - BREATH_KNOWN)
    if True not in known or breath.bpm.value <= breath.bpm.bound:
        return {False}
    order = float(np.floor(bpm.value / breath.bpm.value + 0.5))
    # Halfway between two orders, where rounding may turn `order`, neither of them is near.
    near = _outcomes(-(abs(bpm - breath.bpm * order) - HARMONIC_EACH * order))
    return near if known == {True} else near | {False}
