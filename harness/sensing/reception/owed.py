"""How many datagrams have to arrive, by what the nodes themselves have counted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from harness.errors import BenchError
from harness.sensing.node import SensingNode


class DatagramsLost(BenchError):
    """The network took datagrams of the nodes, and they did not arrive: nobody judged them."""

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
    """Where a node's counter stood at the last look. restored: which `restore` it counts from."""

    restored: int
    sent: int


class Owed:
    """What the nodes have sent to the session's port since this was made.

    A node sends there from each `restore` on, and counts from there; what it sent between the last
    look and a `restore` is not known.
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
    """How many it has sent to the session's port; none before a restart's first `restore`."""
    return node.status().packets_network if node.restored else 0
