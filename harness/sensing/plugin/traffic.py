"""Every packet that a node mirrored in a session, against the schema."""

from __future__ import annotations

import queue
from collections import Counter

from harness.node.framing import Event
from harness.node.node import Node
from kernels_ref.packets import PacketError, decode


class Traffic:
    """decoded: packets by name. refused: datagrams that are none, by reason.

    Packets are decoded by `settle`, between tests: it takes 20 us each.
    """

    def __init__(self, node: Node) -> None:
        self.decoded: Counter[str] = Counter()
        self.refused: Counter[str] = Counter()
        self._heard: queue.SimpleQueue[bytes] = queue.SimpleQueue()
        node.tap_events(self._take)

    def _take(self, event: Event) -> None:
        if event.name == "packet":
            self._heard.put(event.payload)

    def settle(self) -> None:
        """Decodes what has come."""
        while not self._heard.empty():
            try:
                packet = decode(self._heard.get())
            except PacketError as error:
                self.refused[error.reason.value] += 1
            else:
                self.decoded[packet.SCHEMA.layout.name] += 1
