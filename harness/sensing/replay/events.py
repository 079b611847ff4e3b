"""Who sent what in a recording, and which of its packets have the node's time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from harness.sensing.reception.facts import node_of, time_us
from harness.sensing.reception.item import Datagram, Item, NodeStarted
from kernels_ref.packets import (
    EdgeVitals,
    FeatureState,
    FeatureVector,
    FusedVitals,
    Packet,
    PacketError,
    RawCsiFrame,
    TemporalClassification,
    decode,
)

_KINDS: tuple[type[Packet], ...] = (
    FeatureState,
    FeatureVector,
    TemporalClassification,
    EdgeVitals,
    FusedVitals,
)

"""The most frequent first: the first kind of which a recording has two is its clock."""
_BACK_US = 1_000_000  # no datagram is as late as this


@dataclass(frozen=True, order=True)
class Sender:
    """A node: its id, and the address of its datagrams; "" where they had none."""

    node: int
    address: str = ""

    def __str__(self) -> str:
        return f"node {self.node}" + (f" from {self.address}" if self.address else "")


@dataclass(frozen=True)
class Arrived:
    """A packet. time: when it was heard, in seconds since 1970; None where nobody noted it."""

    packet: Packet
    time: float | None


@dataclass(frozen=True)
class Started:
    """The node said that it has restarted."""


Event = Arrived | Started


@dataclass
class Stream:
    """What came from one sender, in the order of arrival. raw: how many raw frames."""

    events: list[Event] = field(default_factory=list)
    sources: set[str] = field(default_factory=set)
    raw: int = 0


def streams_of(items: Iterable[Item]) -> dict[Sender, Stream]:
    """The packets of each sender, and the starts that it reported."""
    streams: dict[Sender, Stream] = {}
    for item in items:
        if isinstance(item, Datagram):
            _note(streams, item)
        elif isinstance(item, NodeStarted):
            for stream in streams.values():
                if item.source in stream.sources:
                    stream.events.append(Started())
    return streams


def _note(streams: dict[Sender, Stream], datagram: Datagram) -> None:
    try:
        packet = decode(datagram.data)
    except PacketError:
        return  # `hil decode` says which and why
    node = node_of(packet)
    if node is None:
        return
    stream = streams.setdefault(Sender(node, datagram.sender or ""), Stream())
    stream.events.append(Arrived(packet, datagram.time))
    stream.sources.add(datagram.source)
    stream.raw += isinstance(packet, RawCsiFrame)


@dataclass(frozen=True)
class Mark:
    """ts_us: the node's time in microseconds. time: when it was heard, in seconds since 1970, or
    None. place: its place among the recording's events."""

    ts_us: int
    time: float | None
    place: int


def clock_kind(events: Sequence[Event]) -> type[Packet] | None:
    """The kind of packets that shows the node's time best; None where no kind has two packets."""
    kinds = [type(event.packet) for event in events if isinstance(event, Arrived)]
    return next((kind for kind in _KINDS if kinds.count(kind) > 1), None)


def mark_of(event: Arrived, place: int) -> Mark | None:
    """The time in the packet; None where it has none."""
    us = time_us(event.packet)
    return None if us is None else Mark(us, event.time, place)


def steps_back(events: Sequence[Event], kind: type[Packet] | None) -> Iterator[tuple[int, int]]:
    """Where the node's clock goes back and stays there: the places of the packets before and
    after."""
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
