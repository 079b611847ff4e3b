"""Breathing that is told of an empty room: the negative control."""

from __future__ import annotations

from collections.abc import Sequence

from harness.sensing.recordings.labels import BREATHING, EMPTY
from harness.sensing.sense.figure import Figure
from harness.sensing.sense.rooms import Heard, Stretch

_ELSEWHERE = 1 / 22  # of the empty stretches


def figures(heard: Sequence[Heard]) -> list[Figure]:
    """A set that has people breathing has to be right of the same rooms without them."""
    stretches = [one for each in heard for one in each.stretches]
    with_breath = {one.data_set for one in stretches if one.label == BREATHING}
    empty = [one for one in stretches if one.label == EMPTY]
    control = [one for one in empty if one.data_set in with_breath]
    others = [one for one in empty if one.data_set not in with_breath]
    return [
        _called("breathing called valid, empty rooms of sets with breathing", control, 0.0),
        _called("breathing called valid, empty rooms elsewhere", others, _ELSEWHERE),
    ]


def _called(name: str, stretches: Sequence[Stretch], share: float) -> Figure:
    told = [one.name for one in stretches if one.breathes]
    return Figure(
        name,
        len(told) if stretches else None,
        int(share * len(stretches)),
        at_least=False,
        unit=f"of {len(stretches)}",
        note=", ".join(told[:4]),
    )
