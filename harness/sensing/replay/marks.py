"""What a recording tells of the node's clock: the packets that carry its time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from harness.sensing.reception.facts import time_us
from harness.sensing.replay.senders import Arrived, Event
from kernels_ref.packets import (
    EdgeVitals,
    FeatureState,
    FeatureVector,
    FusedVitals,
    Packet,
    TemporalClassification,
)

_KINDS: tuple[type[Packet], ...] = (
    FeatureState,
    FeatureVector,
    TemporalClassification,
    EdgeVitals,
    FusedVitals,
)
"""The most frequent first; a recording's clock is the first of which it has two."""

_BACK_US = 1_000_000  # no datagram is so late


@dataclass(frozen=True)
class Mark:
    """ts_us: the node's time in microseconds. time: when it was heard, in seconds since 1970, or
    None. place: its place among the recording's events."""

    ts_us: int
    time: float | None
    place: int


def clock_kind(events: Sequence[Event]) -> type[Packet] | None:
    """The packets that tell the node's time best; None where there are no two."""
    kinds = [type(event.packet) for event in events if isinstance(event, Arrived)]
    return next((kind for kind in _KINDS if kinds.count(kind) > 1), None)


def mark_of(event: Arrived, place: int) -> Mark | None:
    """What the packet says of the time; None where it says nothing."""
    us = time_us(event.packet)
    return None if us is None else Mark(us, event.time, place)


def steps_back(events: Sequence[Event], kind: type[Packet] | None) -> Iterator[tuple[int, int]]:
    """Where the node's clock goes back for good: the places of the packets before and behind."""
    marks = [
        mark
        for place, event in enumerate(events)
        if isinstance(event, Arrived) and type(event.packet) is kind
        if (mark := mark_of(event, place)) is not None
    ]
    highest = -_BACK_US
    for i, mark in enumerate(marks):
        if mark.ts_us >= highest - _BACK_US:
            highest = max(highest, mark.ts_us)
        elif i + 1 == len(marks) or marks[i + 1].ts_us < highest - _BACK_US:
            yield marks[i - 1].place, mark.place
            highest = mark.ts_us
