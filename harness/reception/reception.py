"""What a test or a tool listens with: sources, and one checker for all of them."""

from __future__ import annotations

import queue
import time
from collections.abc import Callable, Sequence
from types import TracebackType
from typing import Self, TypeVar

from harness.errors import NodeSilent
from harness.reception.checker import Checked, Refused, StreamChecker
from harness.reception.item import Item
from harness.reception.source import PacketSource
from kernels_ref.packets import Packet

PacketT = TypeVar("PacketT", bound=Packet)

_SLICE_S = 0.2


class Reception:
    """Listens from `with` on. What has come is looked at by `collect`, in the caller's thread.

    checker: over everything since the beginning. refused: what was no packet.
    """

    def __init__(self, sources: Sequence[PacketSource]) -> None:
        self.sources = list(sources)
        self.checker = StreamChecker()
        self.refused: list[Refused] = []
        self._heard: queue.SimpleQueue[Item | Exception] = queue.SimpleQueue()
        self._kept: list[Packet] = []

    def __enter__(self) -> Self:
        try:
            for source in self.sources:
                source.start(self._heard.put)
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Stops listening."""
        for source in self.sources:
            source.stop()

    def begins_anew(self) -> None:
        """The nodes were restored: what comes from now on has numbers from the start."""
        self.collect()
        for source in self.sources:
            self.checker.begins_anew(source.name)

    def collect(self) -> list[Packet]:
        """The packets that have come since the last call. Raises what ended a source."""
        new: list[Packet] = []
        for _ in range(self._heard.qsize()):  # what comes meanwhile is for the next call
            self._take(self._heard.get(), new)
        self._kept += new
        kept, self._kept = self._kept, []
        return kept

    def wait_for(
        self, enough: Callable[[list[Packet]], bool], doing: str, timeout: float
    ) -> list[Packet]:
        """Collects until it is enough. Raises NodeSilent when that takes too long."""
        deadline = time.monotonic() + timeout
        packets = self.collect()
        while not enough(packets):
            left = deadline - time.monotonic()
            if left <= 0:
                self._kept = packets
                raise NodeSilent(doing, timeout)
            try:
                heard = self._heard.get(timeout=min(left, _SLICE_S))
            except queue.Empty:
                continue
            self._take(heard, packets)
            packets += self.collect()
        return packets

    def _take(self, heard: Item | Exception, into: list[Packet]) -> None:
        if isinstance(heard, Exception):
            raise heard
        result = self.checker.take(heard)
        if isinstance(result, Checked):
            into.append(result.packet)
        elif isinstance(result, Refused):
            self.refused.append(result)
