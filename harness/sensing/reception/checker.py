"""Every packet against the schema, and every stream against itself.

A stream is what one node sends of one kind of packet. Its sequence numbers grow by one and wrap,
its times do not go back, and it has a rate. Nodes are told apart by their id and by the address
that their packets come from, or by what is listened to where there is none.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import NamedTuple

from harness.sensing.reception.facts import Facts, facts_of, node_of, seq_of, time_of
from harness.sensing.reception.item import (
    Datagram,
    Item,
    LinesLost,
    NodeStarted,
    OtherPort,
    PassedOver,
    Unreadable,
)
from harness.sensing.reception.sequence import Clock, Sequence, Step
from kernels_ref.packets import Packet, PacketError, decode

_FAR_BACK_US = 1_000_000
"""A clock that goes back farther was restarted: no network delivers a packet so late."""
_SLOW_FAR_BACK_US = 3_000_000  # for packets without a number, which would show that one is late


class StreamKey(NamedTuple):
    """Which stream: its origin (address or source), the node's id, the packet's name."""

    origin: str
    node: int | None
    packet: str


@dataclass(frozen=True)
class Checked:
    """A datagram that is a packet."""

    datagram: Datagram
    packet: Packet


@dataclass(frozen=True)
class Refused:
    """An item that is not a packet. `error` is None when it did not even hold a datagram."""

    item: Datagram | Unreadable
    reason: str
    error: PacketError | None


@dataclass
class Stream:
    """One kind of packet from one node. Node times in microseconds, arrivals in seconds.

    origin: the node's address, or else the source. backwards: packets with an earlier time than the
    packet before them. restarts: of the clock, in a stream without numbers. shortest_us, widest_us:
    the shortest and the longest time between two packets.
    """

    origin: str
    node: int | None
    packet: str
    count: int = 0
    sequence: Sequence | None = None
    backwards: int = 0
    restarts: int = 0
    shortest_us: int | None = None
    widest_us: int | None = None
    sources: set[str] = field(default_factory=set)
    _raw: int | None = None
    _raw_before: int | None = None  # for a restart that turns out to be a late packet
    _may_restart: bool = False
    _spanned_us: int = 0
    _intervals: int = 0
    _arrived: float | None = None
    _arrived_s: float = 0.0
    _arrivals: int = 0  # intervals between two

    @property
    def rate_hz(self) -> float | None:
        """Packets a second, by the node's own clock where packets carry it, else as they came."""
        if self._intervals and self._spanned_us > 0:
            return self._intervals * 1e6 / self._spanned_us
        return self._arrivals / self._arrived_s if self._arrived_s > 0 else None

    @property
    def missing(self) -> int:
        return self.sequence.missing if self.sequence else 0

    def called(self, with_origin: bool) -> str:
        """The stream's name for a person."""
        node = "no node" if self.node is None else f"node {self.node}"
        return f"{node} at {self.origin} {self.packet}" if with_origin else f"{node} {self.packet}"

    def reset_numbers(self) -> None:
        """The node has restarted: its numbers and times start again."""
        self._raw = self._arrived = None
        if self.sequence:
            self.sequence.reset_numbers()

    def node_restarted(self) -> None:
        """Another stream of the node has shown that it restarted."""
        self._may_restart = True
        if self.sequence:
            self.sequence.node_restarted()

    def note(self, packet: Packet, datagram: Datagram) -> Step:
        """The next packet of the stream."""
        self.count += 1
        self.sources.add(datagram.source)
        raw, facts = time_of(packet), facts_of(packet)
        clock = self._clock(raw, facts)
        step = Step.ON
        if (seq := seq_of(packet)) is not None:
            self.sequence = self.sequence or Sequence(facts.seq_bits)
            step = self.sequence.note(seq, hash(datagram.data), clock)
        elif clock is Clock.FAR_BACK:
            self.restarts += not self._may_restart
            step = Step.RESTART
        if raw is not None:
            self._note_time(raw, facts, clock, step)
        self._may_restart = False
        if datagram.time is not None:
            self._note_arrival(datagram.time, step)
        return step

    def _clock(self, raw: int | None, facts: Facts) -> Clock:
        """How a time compares with the one before."""
        if raw is None:
            return Clock.NONE
        if self._raw is None:
            return Clock.ON
        modulus = 1 << facts.time_bits
        back = (self._raw - raw) % modulus
        if not 0 < back <= modulus // 2:
            return Clock.ON
        far_us = _FAR_BACK_US if facts.seq else _SLOW_FAR_BACK_US
        return Clock.FAR_BACK if back * facts.unit_us > far_us else Clock.BACK

    def _note_time(self, raw: int, facts: Facts, clock: Clock, step: Step) -> None:
        is_back = clock in (Clock.BACK, Clock.FAR_BACK)
        if step is Step.RESTART or (is_back and self._may_restart):
            self._raw, self._raw_before = raw, self._raw
            return
        if is_back and step in (Step.LATE, Step.REPEATED):
            return
        if step is Step.RESUMED:
            self._raw = self._raw_before
            is_back = False
        if self._raw is not None:
            if is_back:
                self.backwards += 1
            else:
                self._note_interval((raw - self._raw) % (1 << facts.time_bits) * facts.unit_us)
        self._raw = raw

    def _note_arrival(self, arrived: float, step: Step) -> None:
        """The time that a restart takes is not an interval between two packets."""
        if self._arrived is not None and step is not Step.RESTART:
            self._arrived_s += arrived - self._arrived
            self._arrivals += 1
        self._arrived = arrived

    def _note_interval(self, step_us: int) -> None:
        self._spanned_us += step_us
        self._intervals += 1
        self.shortest_us = step_us if self.shortest_us is None else min(step_us, self.shortest_us)
        self.widest_us = step_us if self.widest_us is None else max(step_us, self.widest_us)

    def problems(self, with_origin: bool = False) -> list[str]:
        """What is wrong with the stream, a sentence each."""
        found = []
        who = self.called(with_origin)
        sequence = self.sequence
        if sequence and sequence.missing:
            begin, count = sequence.gaps[0]
            first = f"the first gap is {count} from {begin} on"
            found.append(f"{who}: {sequence.missing} sequence numbers are missing; {first}")
        if sequence and sequence.repeated:
            found.append(f"{who}: {sequence.repeated} sequence numbers came twice")
        if sequence and sequence.restarts:
            found.append(f"{who}: the sequence restarted {sequence.restarts} times")
        if self.restarts:
            found.append(f"{who}: the clock restarted {self.restarts} times")
        if self.backwards:
            found.append(f"{who}: the time went back {self.backwards} times")
        return found


class StreamChecker:
    """Takes items in the order of their arrival.

    decoded: packets by name. refused: by reason. lines_lost: lines of a console that did not
    arrive. other_ports: datagrams of a capture that went to ports which are not read, by port.
    packet_ports: those of these ports that got a datagram which begins like a node's. passed_over:
    what else a capture holds, by kind.
    """

    def __init__(self) -> None:
        self.streams: dict[StreamKey, Stream] = {}
        self.decoded: Counter[str] = Counter()
        self.refused: Counter[str] = Counter()
        self.other_ports: Counter[int] = Counter()
        self.packet_ports: set[int] = set()
        self.passed_over: Counter[str] = Counter()
        self.lines_lost = 0
        self.starts = 0
        self._addresses: dict[int, list[str]] = {}

    def take(self, item: Item) -> Checked | Refused | None:
        """Counts one item; returns a datagram decoded, or with the reason why it is not."""
        if isinstance(item, Datagram):
            return self._datagram(item)
        if isinstance(item, Unreadable):
            return self._refuse(item, item.reason, None)
        if isinstance(item, NodeStarted):
            self.starts += 1
            self.reset_numbers(item.source)
        elif isinstance(item, LinesLost):
            self.lines_lost += item.count
        elif isinstance(item, OtherPort):
            self.other_ports[item.port] += 1
            if item.is_packet:
                self.packet_ports.add(item.port)
        elif isinstance(item, PassedOver):
            self.passed_over[item.kind] += item.count
        return None

    def _datagram(self, datagram: Datagram) -> Checked | Refused:
        try:
            packet = decode(datagram.data)
        except PacketError as error:
            return self._refuse(datagram, error.reason.value, error)
        key = StreamKey(datagram.origin, node_of(packet), packet.SCHEMA.layout.name)
        self.decoded[key.packet] += 1
        stream = self.streams.get(key)
        if stream is None:
            stream = self.streams[key] = Stream(*key)
            self._note_address(key.node, datagram.sender)
        if stream.note(packet, datagram) is Step.RESTART:
            self._node_restarted(key)
        return Checked(datagram, packet)

    def _note_address(self, node: int | None, sender: str | None) -> None:
        if node is not None and sender is not None:
            addresses = self._addresses.setdefault(node, [])
            if sender not in addresses:
                addresses.append(sender)

    def _node_restarted(self, key: StreamKey) -> None:
        for other, stream in self.streams.items():
            if other[:2] == key[:2] and other != key:
                stream.node_restarted()

    def _refuse(
        self, item: Datagram | Unreadable, reason: str, error: PacketError | None
    ) -> Refused:
        self.refused[reason] += 1
        return Refused(item, reason, error)

    def reset_numbers(self, source: str) -> None:
        """The node at this source has started or was restored: its numbers start again."""
        for stream in self.streams.values():
            if source in stream.sources:
                stream.reset_numbers()

    @property
    def nodes(self) -> list[int]:
        """The ids of the nodes that were heard."""
        return sorted({key.node for key in self.streams if key.node is not None})

    @property
    def shared_ids(self) -> dict[int, list[str]]:
        """Ids that several addresses use, with these addresses."""
        return {node: found for node, found in self._addresses.items() if len(found) > 1}

    def of_node(self, node: int) -> dict[str, Stream]:
        """Its streams by the packet's name. Raises ValueError when several nodes have the id."""
        of_id = [stream for key, stream in self.streams.items() if key.node == node]
        origins = sorted({stream.origin for stream in of_id})
        if len(origins) > 1:
            raise ValueError(f"node id {node} is used at {', '.join(origins)}: say which")
        return {stream.packet: stream for stream in of_id}

    @property
    def missing(self) -> int:
        """How many sequence numbers of all streams did not come."""
        return sum(stream.missing for stream in self.streams.values())

    def problems(self) -> list[str]:
        """Everything that is wrong with what came, a sentence each."""
        found = [f"{count} could not be decoded: {why}" for why, count in self.refused.items()]
        if self.lines_lost:
            found.append(f"{self.lines_lost} lines were lost between the console and here")
        for stream in self.streams.values():
            found += stream.problems(with_origin=stream.node in self.shared_ids)
        return found
