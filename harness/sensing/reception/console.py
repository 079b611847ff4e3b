"""The packets that a node mirrors on its console."""

from __future__ import annotations

import re
import time
from collections.abc import Callable

from harness.connection import connect_to
from harness.node.console import Console, LogLine
from harness.node.framing import Event, Reply
from harness.sensing.node import SensingNode
from harness.sensing.reception.item import Datagram, Item, LinesLost, NodeStarted, Unreadable
from harness.sensing.reception.source import PacketSource, Sink

DAMAGED_LINE = "damaged console line"

_WORD = 1 << 32
_HALF = _WORD // 2
PACKET_LINE = re.compile(r"#! [0-9a-f]{8} packet ")


class MirrorReader:
    """Turns a console's events into items, and notices missing events."""

    def __init__(
        self, source: str, sink: Callable[[Item], None], clock: Callable[[], float | None]
    ) -> None:
        self._source, self._sink, self._clock = source, sink, clock
        self._next: int | None = None

    def event(self, event: Event) -> None:
        """The next event of the console."""
        place = f"event {event.seq}"
        if event.name == "boot":
            self._sink(NodeStarted(self._source, place))
        elif self._next is not None and 0 < (gap := (event.seq - self._next) % _WORD) < _HALF:
            self._sink(LinesLost(gap, self._source, place))
        self._next = (event.seq + 1) % _WORD
        if event.name == "packet":
            self._sink(Datagram(event.payload, self._clock(), self._source, place))

    def log_line(self, line: LogLine) -> None:
        """A line that is not a message: it becomes an item where it should have been a packet."""
        if PACKET_LINE.search(line.text):
            self._sink(Unreadable(DAMAGED_LINE, self._source))


def console_reader(
    source: str, sink: Callable[[Item], None], clock: Callable[[], float | None] = time.time
) -> Console:
    """A console whose packets go to `sink`, noted with the time of `clock`."""
    reader = MirrorReader(source, sink, clock)

    def message(message: Reply | Event) -> None:
        if isinstance(message, Event):
            reader.event(message)

    return Console(message, reader.log_line, keep=0)


class ConsoleSource(PacketSource):
    """A serial port, or an address that stands for one. It only listens: a node mirrors its packets
    when somebody has switched that on."""

    def __init__(self, port: str, baud: int) -> None:
        self.name = port
        self._connection = connect_to(port, baud)

    def start(self, sink: Sink) -> None:
        """Raises BenchError when the port cannot be opened."""
        console = console_reader(self.name, sink)
        self._connection.on_bytes = console.feed
        self._connection.on_interrupted = console.flush
        self._connection.on_lost = lambda: sink(self._connection.lost("listening"))
        self._connection.open()

    def stop(self) -> None:
        """Closes the port."""
        self._connection.close()


class NodeSource(PacketSource):
    """A node that the harness drives; its mirror is switched on while it is listened to."""

    def __init__(self, node: SensingNode, name: str = "") -> None:
        self.name = name or node.connection.name
        self._node = node
        self._reader: MirrorReader | None = None

    def start(self, sink: Sink) -> None:
        """Raises what `Node.mirror` raises."""
        self._reader = MirrorReader(self.name, sink, time.time)
        self._node.tap_events(self._reader.event)
        self._node.mirror(True)

    def stop(self) -> None:
        """Stops listening. The mirror stays as it is: the node may be gone."""
        if self._reader is not None:
            self._node.untap_events(self._reader.event)
            self._reader = None
