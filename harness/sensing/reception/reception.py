"""What a test or a tool listens with: sources, and one checker for all of them."""

from __future__ import annotations

import contextlib
import queue
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Self, TypeVar

from harness.errors import BenchError, NodeSilent
from harness.sensing.node import SensingNode
from harness.sensing.reception.checker import Checked, Refused, StreamChecker
from harness.sensing.reception.item import Datagram, Item
from harness.sensing.reception.source import PacketSource
from kernels_ref.packets import Packet

PacketT = TypeVar("PacketT", bound=Packet)

_SLICE_S = 0.2
_ON_THE_WAY_S = 10.0  # on a loaded machine, for what the network has taken


class Reception:
    """Listens inside a `with` block. `collect` looks at what has come, in the caller's thread.

    checker: of everything since the beginning. refused: what was not a packet. nodes: those whose
    packets come over a network, which may be slow or lose some. A console needs no such care.
    """

    def __init__(self, sources: Sequence[PacketSource], nodes: Sequence[SensingNode] = ()) -> None:
        self.sources = list(sources)
        self.checker = StreamChecker()
        self.refused: list[Refused] = []
        self._nodes = list(nodes)
        self._owed: Owed | None = None
        self._arrived = 0  # datagrams so far
        self._heard: queue.SimpleQueue[Item | Exception] = queue.SimpleQueue()
        self._kept: list[Packet] = []

    def __enter__(self) -> Self:
        try:
            for source in self.sources:
                source.start(self._heard.put)
            self._owed = Owed(self._nodes) if self._nodes else None
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()

    def close(self) -> None:
        """Stops listening."""
        for source in self.sources:
            source.stop()

    def reset_numbers(self) -> None:
        """The nodes were restored: from now on their numbers start again."""
        self.collect()
        for source in self.sources:
            self.checker.reset_numbers(source.name)

    def collect(self) -> list[Packet]:
        """The packets that have come since the last call; over a network, all that the nodes have
        sent. Raises what ended a source, and DatagramsLost."""
        self._keep_what_came()
        self._await_owed()
        return self._take_kept()

    def came(self) -> list[Packet]:
        """The packets that have come to this machine since the last call, without a question to
        the nodes, which may be gone. Raises what ended a source."""
        self._keep_what_came()
        return self._take_kept()

    def problems(self) -> list[str]:
        """A sentence for everything that is wrong with what the nodes have sent. What this machine
        has lost does not count. Raises what `collect` raises."""
        self._keep_what_came()
        self._await_owed()
        return self.checker.problems()

    def wait_for(
        self, enough: Callable[[list[Packet]], bool], doing: str, timeout: float
    ) -> list[Packet]:
        """Collects until `enough` is true. Raises NodeSilent when that takes too long,
        DatagramsLost when the nodes have sent more than has come."""
        deadline = time.monotonic() + timeout
        self._keep_what_came()
        while not enough(self._kept):
            left = deadline - time.monotonic()
            if left <= 0:
                self._await_owed()
                raise NodeSilent(doing, timeout)
            self._keep_next(min(left, _SLICE_S))
        return self._take_kept()

    def _await_owed(self) -> None:
        """Waits until everything that the nodes have sent over the network is here."""
        if self._owed is None:
            return
        sent = self._owed.total()
        deadline = time.monotonic() + _ON_THE_WAY_S
        while self._arrived < sent:
            left = deadline - time.monotonic()
            if left <= 0:
                raise DatagramsLost(sent, self._arrived, _ON_THE_WAY_S)
            self._keep_next(min(left, _SLICE_S))

    def _keep_next(self, seconds: float) -> None:
        """Waits for something to come."""
        with contextlib.suppress(queue.Empty):
            self._take(self._heard.get(timeout=seconds))
        self._keep_what_came()

    def _keep_what_came(self) -> None:
        for source in self.sources:
            source.settle()
        for _ in range(self._heard.qsize()):  # what comes meanwhile is left for the next call
            self._take(self._heard.get())

    def _take_kept(self) -> list[Packet]:
        kept, self._kept = self._kept, []
        return kept

    def _take(self, heard: Item | Exception) -> None:
        if isinstance(heard, Exception):
            raise heard
        self._arrived += isinstance(heard, Datagram)
        result = self.checker.take(heard)
        if isinstance(result, Checked):
            self._kept.append(result.packet)
        elif isinstance(result, Refused):
            self.refused.append(result)


class DatagramsLost(BenchError):
    """Datagrams of the nodes got lost in the network, so they were not judged."""

    def __init__(self, sent: int, arrived: int, waited_s: float) -> None:
        super().__init__(
            f"The nodes sent {sent} datagrams over the network, and {arrived} of them had arrived"
            f" {waited_s:.0f} s later: {sent - arrived} were lost on this machine.",
            "Is it short of memory for sockets, or very busy?",
        )
        self.sent = sent
        self.arrived = arrived


@dataclass
class _Counted:
    """A node's counter at the last look. restored: the `restore` from which it counts."""

    restored: int
    sent: int


class Owed:
    """How many datagrams have to arrive: what the nodes have sent to the session's port since this
    object was made, by their own counters.

    Each `restore` sets a node's counter to 0; what it sent between the last look and a `restore` is
    not known.
    """

    def __init__(self, nodes: Sequence[SensingNode]) -> None:
        self._nodes = list(nodes)
        self._counted = [_Counted(node.restored, _sent(node)) for node in self._nodes]
        self._total = 0

    def total(self) -> int:
        """Asks every node. Raises what `Node.status` raises."""
        for node, counted in zip(self._nodes, self._counted, strict=True):
            sent = _sent(node)
            if node.restored != counted.restored:
                counted.restored, counted.sent = node.restored, 0
            self._total += sent - counted.sent
            counted.sent = sent
        return self._total


def _sent(node: SensingNode) -> int:
    """How many it has sent to the session's port: none between a start and the first `restore`."""
    return node.status().packets_network if node.restored else 0
