"""Peaks among the strengths of rates, and how clear they are: every one that rounding allows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from kernels_ref.edge.bounded import Bounded
from kernels_ref.edge.rhythm_spectrum import Unknown

WIDTH, APART = 5, 8


@dataclass(frozen=True)
class Peaks:
    """place: in steps of the rates; alone, several: how clear the first is, the second counted or

    not; second_place, second: of the other. `near` lists what is within rounding of it.
    """

    place: Bounded
    alone: Bounded
    several: Bounded
    second_place: Bounded
    second: Bounded


def peaks(strength: Bounded) -> Iterator[Peaks]:
    """Own choice first, then those that rounding may have made of it. None where all are 0."""
    value, bound = strength.value, strength.bound
    if not np.any(value > 0):
        return
    if np.any(value - bound <= 0):
        raise Unknown
    at = np.arange(len(value))
    usual = Bounded(float(np.median(value)), float(bound.max()))
    for first in _possible(strength, at >= 0):
        apart = np.abs(at - first)
        for second in _possible(strength, apart >= APART):
            alone = _highest(strength, apart > WIDTH)
            others = _highest(strength, (apart > WIDTH) & (np.abs(at - second) > WIDTH))
            yield Peaks(
                place=_place(strength, first),
                alone=_clear(strength, first, alone, usual),
                several=_clear(strength, first, others, usual),
                second_place=_place(strength, second),
                second=_clear(strength, second, others, usual),
            )


def _possible(strength: Bounded, where: np.ndarray) -> list[int]:
    value, bound = strength.value, strength.bound
    inside = np.flatnonzero(where)
    top = int(inside[np.argmax(value[inside])])
    others = [int(i) for i in inside if i != top]
    return [top, *(i for i in others if value[i] + bound[i] >= value[top] - bound[top])]


def _highest(strength: Bounded, where: np.ndarray) -> Bounded:
    return Bounded(float(strength.value[where].max()), float(strength.bound[where].max()))


def _clear(strength: Bounded, top: int, rest: Bounded, usual: Bounded) -> Bounded:
    height = Bounded(float(strength.value[top]), float(strength.bound[top]))
    if rest.bound >= 0.5 * rest.value or usual.bound >= 0.5 * usual.value:
        raise Unknown
    return height / rest * (height / usual).sqrt()


def _place(strength: Bounded, top: int) -> Bounded:
    """By a parabola; anywhere between the neighbours where its bend is within rounding."""
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
