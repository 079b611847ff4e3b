"""Peaks among the strengths of the rates, and how clear they are: all that rounding allows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from kernels_ref.edge.bounded import Bounded
from kernels_ref.edge.rhythm_spectrum import Unknown

WIDTH, APART = 5, 8


@dataclass(frozen=True)
class Second:
    """The second peak: its place, how clear it is, and how clear the first one is without it."""

    place: Bounded
    clear: Bounded
    several: Bounded


@dataclass(frozen=True)
class Peaks:
    """place: of the first peak, in steps of the rates; alone: how clear that peak is, if the second
    one counts against it; second: another peak, or None."""

    place: Bounded
    alone: Bounded
    second: Second | None


def peaks(strength: Bounded) -> Iterator[Peaks]:
    """The twin's own choice first, then what rounding may make of it; nothing if all are 0."""
    value, bound = strength.value, strength.bound
    if not np.any(value > 0):
        return
    if np.any(value - bound <= 0):
        raise Unknown
    at = np.arange(len(value))
    usual = Bounded(float(np.median(value)), float(bound.max()))
    for first in _possible(strength, at):
        apart = np.abs(at - first)
        alone = _clear(strength, first, _highest(strength, apart > WIDTH), usual)
        place = _place(strength, first)
        for second in _seconds(strength, at[apart >= APART]):
            if second is None:
                yield Peaks(place, alone, None)
                continue
            others = _highest(strength, (apart > WIDTH) & (np.abs(at - second) > WIDTH))
            found = Second(
                _place(strength, second),
                _clear(strength, second, others, usual),
                _clear(strength, first, others, usual),
            )
            yield Peaks(place, alone, found)


def _seconds(strength: Bounded, inside: np.ndarray) -> list[int | None]:
    """The highest peak among the places `inside`, then what rounding may make of it."""
    value, bound = strength.value, strength.bound
    inside = inside[(inside > 0) & (inside < len(value) - 1)]
    over = value[inside] - np.maximum(value[inside - 1], value[inside + 1])
    slack = bound[inside] + np.maximum(bound[inside - 1], bound[inside + 1])
    sure, maybe = inside[over > slack], inside[over >= -slack]
    least = (value - bound)[sure].max() if len(sure) else 0.0
    peaks_of_its_own = inside[over >= 0]
    own: int | None = None
    if len(peaks_of_its_own):
        own = int(peaks_of_its_own[np.argmax(value[peaks_of_its_own])])
    others: list[int | None] = [int(i) for i in maybe if (value + bound)[i] >= least and i != own]
    if own is not None and not len(sure):
        others.append(None)
    return [own, *others]


def _possible(strength: Bounded, inside: np.ndarray) -> list[int]:
    """The highest of the places `inside`, then those that rounding may put above it."""
    if not len(inside):
        return []
    value, bound = strength.value, strength.bound
    top = int(inside[np.argmax(value[inside])])
    near = inside[value[inside] + bound[inside] >= value[top] - bound[top]]
    return [top, *(int(i) for i in near if i != top)]


def _highest(strength: Bounded, where: np.ndarray) -> Bounded:
    return Bounded(float(strength.value[where].max()), float(strength.bound[where].max()))


def _clear(strength: Bounded, top: int, rest: Bounded, usual: Bounded) -> Bounded:
    height = Bounded(float(strength.value[top]), float(strength.bound[top]))
    if rest.bound >= 0.5 * rest.value or usual.bound >= 0.5 * usual.value:
        raise Unknown
    return height / rest * (height / usual).sqrt()


def _place(strength: Bounded, top: int) -> Bounded:
    """The place of the peak by a parabola; half a step either way if rounding hides its bend."""
    if top in (0, len(strength.value) - 1):
        return Bounded(float(top), 0.0)
    left, middle, right = (
        Bounded(float(strength.value[i]), float(strength.bound[i])) for i in (top - 1, top, top + 1)
    )
    bend = middle * 2.0 - left - right
    if bend.value <= bend.bound:
        return Bounded(float(top), 0.5)
    offset = ((right - left) * 0.5 / bend).clipped(-0.5, 0.5)
    return offset + float(top)
