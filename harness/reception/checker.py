"""Every packet against the schema, and every stream against itself.

A stream is what one node sends of one kind of packet. Its sequence numbers grow by one and wrap,
its times do not go back, and it has a rate.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from harness.reception.facts import Facts, facts_of, node_of, seq_of, time_of
from harness.reception.item import Datagram, Item, LinesLost, NodeStarted, Unreadable
from harness.reception.sequence import Sequence, Step
from kernels_ref.packets import Packet, PacketError, decode


@dataclass(frozen=True)
class Checked:
    """A datagram that is a packet."""

    datagram: Datagram
    packet: Packet


@dataclass(frozen=True)
class Refused:
    """An item that is none. `error` is None when it did not even hold a datagram."""

    item: Datagram | Unreadable
    reason: str
    error: PacketError | None


@dataclass
class Stream:
    """One kind of packet from one node. Node times in microseconds, arrivals in seconds.

    backwards: packets whose time lies before that of the one before. widest_us: longest time
    between two of them.
    """

    node: int | None
    packet: str
    count: int = 0
    sequence: Sequence | None = None
    backwards: int = 0
    shortest_us: int | None = None
    widest_us: int | None = None
    sources: set[str] = field(default_factory=set)
    _raw: int | None = None
    _spanned_us: int = 0
    _intervals: int = 0
    _arrival: tuple[float, float] | None = None
    _arrivals: int = 0

    @property
    def rate_hz(self) -> float | None:
        """Packets a second, by the node's own clock where packets carry it, else as they came."""
        if self._intervals and self._spanned_us > 0:
            return self._intervals * 1e6 / self._spanned_us
        if self._arrival and self._arrivals > 1 and self._arrival[1] > self._arrival[0]:
            return (self._arrivals - 1) / (self._arrival[1] - self._arrival[0])
        return None

    @property
    def missing(self) -> int:
        return self.sequence.missing if self.sequence else 0

    def begins_anew(self) -> None:
        """The node has restarted: numbers and times begin again."""
        self._raw = None
        if self.sequence:
            self.sequence.begins_anew()

    def note(self, packet: Packet, arrival: float | None, source: str) -> None:
        """The next packet of the stream."""
        self.count += 1
        self.sources.add(source)
        raw, facts = time_of(packet), facts_of(packet)
        went_back = self._raw is not None and raw is not None and self._is_behind(raw, facts)
        step = Step.ON
        if (seq := seq_of(packet)) is not None:
            self.sequence = self.sequence or Sequence(facts.seq_bits)
            step = self.sequence.note(seq, went_back)
        if step is Step.RESTART:
            self._raw = None
        if raw is not None and not (went_back and step in (Step.LATE, Step.REPEATED)):
            self._note_time(raw, facts)
        if arrival is not None:
            self._arrivals += 1
            self._arrival = (self._arrival[0] if self._arrival else arrival, arrival)

    def _is_behind(self, raw: int, facts: Facts) -> bool:
        assert self._raw is not None
        modulus = 1 << facts.time_bits
        return (raw - self._raw) % modulus >= modulus // 2

    def _note_time(self, raw: int, facts: Facts) -> None:
        before = self._raw
        if before is not None:
            if self._is_behind(raw, facts):
                self.backwards += 1
            else:
                self._note_interval((raw - before) % (1 << facts.time_bits) * facts.unit_us)
        self._raw = raw

    def _note_interval(self, step_us: int) -> None:
        self._spanned_us += step_us
        self._intervals += 1
        self.shortest_us = step_us if self.shortest_us is None else min(step_us, self.shortest_us)
        self.widest_us = step_us if self.widest_us is None else max(step_us, self.widest_us)

    def problems(self) -> list[str]:
        """What is wrong with the stream, a sentence each."""
        found = []
        who = f"node {self.node} {self.packet}"
        sequence = self.sequence
        if sequence and sequence.missing:
            begin, count = sequence.gaps[0]
            first = f"the first gap is {count} from {begin} on"
            found.append(f"{who}: {sequence.missing} sequence numbers are missing; {first}")
        if sequence and sequence.repeated:
            found.append(f"{who}: {sequence.repeated} sequence numbers came twice")
        if sequence and sequence.restarts:
            found.append(f"{who}: the sequence began anew {sequence.restarts} times")
        if self.backwards:
            found.append(f"{who}: the time went back {self.backwards} times")
        return found


class StreamChecker:
    """Takes items in the order of their arrival.

    decoded: packets by name. refused: by reason. lines_lost: on a console's way here.
    """

    def __init__(self) -> None:
        self.streams: dict[tuple[int | None, str], Stream] = {}
        self.decoded: Counter[str] = Counter()
        self.refused: Counter[str] = Counter()
        self.lines_lost = 0
        self.starts = 0

    def take(self, item: Item) -> Checked | Refused | None:
        """Counts one item; a datagram comes back decoded or with the reason why not."""
        if isinstance(item, NodeStarted):
            self.starts += 1
            self.begins_anew(item.source)
        elif isinstance(item, LinesLost):
            self.lines_lost += item.count
        elif isinstance(item, Unreadable):
            return self._refuse(item, item.reason, None)
        else:
            return self._datagram(item)
        return None

    def _datagram(self, datagram: Datagram) -> Checked | Refused:
        try:
            packet = decode(datagram.data)
        except PacketError as error:
            return self._refuse(datagram, error.reason.value, error)
        name = packet.SCHEMA.layout.name
        self.decoded[name] += 1
        key = (node_of(packet), name)
        stream = self.streams.get(key)
        if stream is None:
            stream = self.streams[key] = Stream(*key)
        stream.note(packet, datagram.time, datagram.source)
        return Checked(datagram, packet)

    def _refuse(
        self, item: Datagram | Unreadable, reason: str, error: PacketError | None
    ) -> Refused:
        self.refused[reason] += 1
        return Refused(item, reason, error)

    def begins_anew(self, source: str) -> None:
        """The node at this source has started, or was restored: its numbers begin again."""
        for stream in self.streams.values():
            if source in stream.sources:
                stream.begins_anew()

    @property
    def nodes(self) -> list[int]:
        """The ids of the nodes that were heard."""
        return sorted({node for node, _ in self.streams if node is not None})

    def of_node(self, node: int) -> dict[str, Stream]:
        """Its streams by the packet's name."""
        return {name: stream for (of, name), stream in self.streams.items() if of == node}

    @property
    def missing(self) -> int:
        """Sequence numbers that did not come, of all streams."""
        return sum(stream.missing for stream in self.streams.values())

    def problems(self) -> list[str]:
        """Everything that is wrong with what came, a sentence each."""
        found = [f"{count} could not be decoded: {why}" for why, count in self.refused.items()]
        if self.lines_lost:
            found.append(f"{self.lines_lost} lines were lost between the console and here")
        for stream in self.streams.values():
            found += stream.problems()
        return found
