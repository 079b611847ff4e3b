"""The adaptive controller and the packets it sends."""

from __future__ import annotations

from harness.node.node import Node
from harness.sensing.structs.controller import Decision, Observation, SwitchRequest
from kernels_ref.packets import Packet, decode


class ControllerApi(Node):
    """Sets observations, and gives decisions and packets."""

    def observe(self, observation: Observation) -> None:
        """Sets what the fast loop collects from now on."""
        self.request("observe", observation)

    def decide(self, observation: Observation) -> Decision:
        """The controller's decision on an observation; changes nothing."""
        return self._ask(Decision, "decide", observation)

    def mirror(self, on: bool = True) -> None:
        """Sends every packet to the console as well."""
        self.request("mirror", SwitchRequest(int(on)))

    @property
    def packets(self) -> list[Packet]:
        """The mirrored packets since the last clear. Raises PacketError for a malformed one."""
        return [decode(data) for data in self.packet_bytes]

    def wait_packet(self, magic: int, timeout: float | None = None) -> Packet:
        """The first packet with that magic since the last clear; waits while there is none."""
        start = magic.to_bytes(4, "little")
        return decode(
            self._wait_for(
                lambda: next((p for p in self._inbox.packets if p[:4] == start), None),
                f"waiting for a packet 0x{magic:08X}",
                timeout,
            )
        )
