"""Who sent what in a recording: nodes told apart by their id and, where there is one, address."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from harness.sensing.reception.facts import node_of
from harness.sensing.reception.item import Datagram, Item, NodeStarted
from kernels_ref.packets import Packet, PacketError, RawCsiFrame, decode


@dataclass(frozen=True, order=True)
class Sender:
    """A node: its id, and the address that its datagrams came from; "" where they had none."""

    node: int
    address: str = ""

    def __str__(self) -> str:
        return f"node {self.node}" + (f" from {self.address}" if self.address else "")


@dataclass(frozen=True)
class Arrived:
    """A packet and when it was heard, in seconds since 1970; None where nobody noted it."""

    packet: Packet
    time: float | None


@dataclass(frozen=True)
class Started:
    """The node said that it has started anew."""


Event = Arrived | Started


@dataclass
class Stream:
    """What came of one sender, in the order of arrival; raw: how many raw frames."""

    events: list[Event] = field(default_factory=list)
    sources: set[str] = field(default_factory=set)
    raw: int = 0


def streams_of(items: Iterable[Item]) -> dict[Sender, Stream]:
    """The packets of each sender, and its starts where they were told."""
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
