"""When the frames of a boot were taken.

A raw frame carries no time. There are three sources for it, the best first:

   1. The node's own clock, which is in its packets: mostly feature states, five a second. A frame
   was taken before the packets that came after it, and after those that came before it. Between two
   packets the numbers of the frames are counted, lost ones too, so a rate that changes does no
   harm. 2. The capture's clock. Where it keeps step with the node's clock, it says where in such an
   interval a frame lies, which matters when frames come unevenly. Where it does not, it only shows
   how fast somebody recorded: a node with a stepped clock sends an hour in seconds. Imported
   recordings have no packets with the node's time, so the capture's clock is all that there is. 3.
   A rate that the user gives.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from harness.sensing.replay.order import Part

MIN_RATE, MAX_RATE = 0.01, 1000.0  # frames a second; other rates are not plausible
_STEADY = 0.5  # share of the capture's intervals that must be above 0
_SAME = 0.2  # how much a given rate may differ from the capture's
_JITTER_US = 50_000.0  # of the network between node and capture
_SLOWER = 0.1  # how much an interval may be longer or shorter in the capture
_IN_STEP = 0.8  # share of intervals that must agree before the capture's clock is used
_SMOOTHED = 25  # marks, or 5 s of feature states, over which the network's delay is smoothed
_NEAR = 10  # pieces of the line, or 2 s of feature states, that give the rate at its ends
_BACK_S = 1.0  # swapped datagrams explain no more

Times = NDArray[np.float64]
_SAY_RATE = "Give the number of frames a second: --rate."


class Clock(StrEnum):
    """Where the times of frames come from."""

    BOTH = "the node's clock, and the capture's between its packets"
    NODE = "the node's clock"
    CAPTURE = "the capture's clock"
    RATE = "an even rate"


class NoClock(Exception):
    """The times of the frames are not known. what, remedy: for a person."""

    def __init__(self, what: str, remedy: str) -> None:
        super().__init__(f"{what}. {remedy}")
        self.what = what
        self.remedy = remedy


@dataclass
class Timed:
    """ts_us: of each frame, never falling. period_us: the mean from one number to the next."""

    ts_us: list[int]
    period_us: float
    clock: Clock
    notes: list[str] = field(default_factory=list)


def check_rate(rate_hz: float) -> None:
    """Raises NoClock for a rate that is not plausible."""
    if not MIN_RATE <= rate_hz <= MAX_RATE:
        what = f"--rate {rate_hz:g} is not a possible number of frames a second"
        raise NoClock(what, f"Give {MIN_RATE:g} to {MAX_RATE:g}.")


def times_of(part: Part, rate_hz: float | None) -> Timed:
    """The times of a boot's frames. Raises NoClock."""
    numbers = np.array([frame.number for frame in part.frames], np.float64)
    told = _by_node(part, numbers)
    if told is not None:
        us, clock = told
        notes = [] if rate_hz is None else ["--rate is not needed: the node's clock has the times"]
    else:
        us, clock, notes = _without_node(part, numbers, rate_hz)
    us = np.maximum.accumulate(us)
    spanned, counted = us[-1] - us[0], numbers[-1] - numbers[0]
    period = spanned / counted if counted and spanned > 0 else 1e6 / (rate_hz or 1.0)
    return Timed([round(t) for t in us], period, clock, notes)


# ---- the node's clock -------------------------------------------------------------------------


def _by_node(part: Part, numbers: Times) -> tuple[Times, Clock] | None:
    """Times by the node's clock; None without two packets that have frames between them."""
    low, high = _intervals(part)
    counted = _by_number(numbers, low, high)
    if counted is None:
        return None
    capture = _capture_on_node(part)
    if capture is None:
        return counted, Clock.NODE
    return np.clip(np.maximum.accumulate(capture), low, high), Clock.BOTH


def _intervals(part: Part) -> tuple[Times, Times]:
    """The node's times before and after each frame [frames], infinite where they are not known.
    Both never fall, so that swapped datagrams demand nothing impossible."""
    stamps = np.array([mark.ts_us for mark in part.marks], np.float64)
    places = np.array([mark.place for mark in part.marks], np.int64)
    where = np.array([frame.place for frame in part.frames], np.int64)
    before = np.searchsorted(places, where)  # how many marks come before each frame
    low = np.concatenate([[-np.inf], stamps])[before]
    high = np.concatenate([stamps, [np.inf]])[before]
    return np.minimum.accumulate(low[::-1])[::-1], np.maximum.accumulate(high)


def _by_number(numbers: Times, low: Times, high: Times) -> Times | None:
    """Times by counting frames; None where fewer than two packets lie between frames.

    A packet separates the frames before it from those after it: at its time, as many frames had
    been taken, to within half a frame. A line goes through these points, and continues beyond them
    with the slope that it has near its ends.
    """
    parted = np.flatnonzero(np.isfinite(high[:-1]) & (high[:-1] <= low[1:]))
    if len(parted) < 2:
        return None
    even = _evenly(numbers, low, high, parted)
    if even is not None:
        return even
    count = (numbers[parted] + numbers[parted + 1]) / 2
    once = high[parted] == low[parted + 1]  # one packet between two frames; several are a pause
    if np.sum(once) < 2:
        return np.asarray(np.clip(np.interp(numbers, count, high[parted]), low, high))
    x, t = count[once], high[parted[once]]
    for i, at in zip(parted[~once], count[~once], strict=True):
        x, t = _with_pause(x, t, at, high[i], low[i + 1])
    return np.clip(_through(x, t, numbers), low, high)


def _with_pause(
    x: Times, t: Times, at: float, begins_us: float, ends_us: float
) -> tuple[Times, Times]:
    """The points of the line, with two more where frames paused from begins_us at the latest to
    ends_us at the earliest. Before and after the pause they came at their usual rate."""
    period = float(np.median(np.diff(t) / np.diff(x)))
    i = int(np.searchsorted(x, at))
    before = min(begins_us, t[i - 1] + (at - x[i - 1]) * period) if i > 0 else begins_us
    after = max(ends_us, t[i] - (x[i] - at) * period) if i < len(x) else ends_us
    return np.insert(x, i, [at - 0.125, at + 0.125]), np.insert(t, i, [before, after])


def _evenly(numbers: Times, low: Times, high: Times, parted: NDArray[np.int64]) -> Times | None:
    """Times at one rate for all frames, in the middle of all possible ones; None where none is."""
    from scipy.optimize import linprog  # imported here: it takes as long as all other imports

    edges = np.unique(np.concatenate([parted, parted + 1]))
    x, begin_us = numbers[edges] - numbers[0], high[parted[0]]
    limits = np.concatenate([high[edges] - begin_us, begin_us - low[edges]]) / 1e6
    rows = np.stack([np.ones_like(x), x], axis=1)
    told = np.isfinite(limits)
    line = np.zeros(2)
    for wanted in (1.0, -1.0):  # the earliest times and the latest
        found = linprog(
            c=[wanted, wanted * float(x.mean())],
            A_ub=np.concatenate([rows, -rows])[told],
            b_ub=limits[told],
            bounds=[(None, None), (0.0, None)],
        )
        if not found.success or found.x[1] <= 0:
            return None
        line += found.x / 2
    return np.asarray(begin_us + (line[0] + line[1] * (numbers - numbers[0])) * 1e6)


def _through(x: Times, t: Times, at: Times) -> Times:
    """The line through the points (x, t), continued at both ends with the slope that it has
    there."""
    us = np.interp(at, x, t)
    slopes = np.diff(t) / np.diff(x)
    before, after = at < x[0], at > x[-1]
    us[before] = t[0] + (at[before] - x[0]) * np.median(slopes[:_NEAR])
    us[after] = t[-1] + (at[after] - x[-1]) * np.median(slopes[-_NEAR:])
    return us


def _capture_on_node(part: Part) -> Times | None:
    """The capture's times of the frames, moved to the node's clock; None where the two clocks do
    not keep step."""
    heard = _heard(part)
    arrived = np.array([np.nan if m.time is None else m.time * 1e6 for m in part.marks])
    if heard is None or np.isnan(arrived).any():
        return None
    stamps = np.array([mark.ts_us for mark in part.marks], np.float64)
    taken, passed = np.diff(stamps), np.diff(arrived)
    in_step = np.abs(passed - taken) <= _JITTER_US + _SLOWER * taken
    spans = taken.sum(), passed.sum()
    if in_step.mean() < _IN_STEP or abs(spans[1] - spans[0]) > _SLOWER * spans[0] + 1e6:
        return None
    after = _smoothed(stamps - arrived)
    order = np.argsort(arrived, kind="stable")
    return heard + np.interp(heard, arrived[order], after[order])


def _smoothed(values: Times) -> Times:
    """Each value replaced by the median of its neighbours."""
    half = min(_SMOOTHED, len(values)) // 2
    padded = np.pad(values, half, mode="edge")
    return np.asarray(
        np.median(np.lib.stride_tricks.sliding_window_view(padded, 2 * half + 1), axis=1)
    )


# ---- without it -------------------------------------------------------------------------------


def _without_node(
    part: Part, numbers: Times, rate_hz: float | None
) -> tuple[Times, Clock, list[str]]:
    heard, why = _capture_alone(part)
    if heard is not None and rate_hz is not None:
        stated = (numbers[-1] - numbers[0]) * 1e6 / (heard[-1] - heard[0])
        if not math.isclose(stated, rate_hz, rel_tol=_SAME):
            why = f"by its capture times {stated:.4g} frames a second came, not {rate_hz:g}"
            heard = None
    if heard is not None:
        return heard - heard[0] + _mostly(heard), Clock.CAPTURE, []
    if rate_hz is None:
        node = _STANDS if part.marks else "no packet has the node's time"
        raise NoClock(f"{node}, and {why}", _SAY_RATE)
    note = [] if why == _NOT_NOTED else [f"the capture's times are not used: {why}"]
    return (numbers - numbers[0] + 1) * 1e6 / rate_hz, Clock.RATE, note


_STANDS = "the node's clock does not move between its frames"
_NOT_NOTED = "it has no capture times"


def _capture_alone(part: Part) -> tuple[Times | None, str]:
    """The capture's times [frames] where they are plausible; else the reason why not."""
    heard = _heard(part)
    if heard is None:
        return None, _NOT_NOTED
    as_heard = heard[np.argsort([frame.place for frame in part.frames])]
    steps = np.diff(as_heard)
    if len(steps) == 0 or not np.any(steps):
        return None, "its capture times are all the same"
    if steps.min() < -_BACK_S * 1e6:
        return None, "its capture times go back"
    if np.mean(steps > 0) < _STEADY:
        return None, "most of its frames have the capture time of the one before"
    rate = 1e6 / _mostly(np.sort(heard))
    if not MIN_RATE <= rate <= MAX_RATE:
        return None, f"by its capture times {rate:.3g} frames a second came"
    return np.sort(heard), ""  # swapped datagrams get their times in order


def _mostly(rising: Times) -> float:
    """The usual interval between two different times."""
    steps = np.diff(rising)
    return float(np.median(steps[steps > 0]))


def _heard(part: Part) -> Times | None:
    """When each frame was heard, in microseconds; None where nobody noted it."""
    times = [frame.time for frame in part.frames]
    if any(time is None for time in times):
        return None
    return np.array(times, np.float64) * 1e6
