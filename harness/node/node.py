"""A node: what a test can ask of any firmware that has the agent."""

from __future__ import annotations

from harness.node.exports import ExportsApi
from harness.node.layout import StructLayout
from harness.node.schema import declared_structs


class Node(ExportsApi):
    """The only user of the agent's protocol. It alone decides what silence and restarts mean.

    A firmware with commands of its own derives a class with a method for each. That class names the
    structs with the firmware's own fields: `boot_report_type`, `status_type`, `restore_request`.
    """

    @property
    def packet_bytes(self) -> list[bytes]:
        """What the firmware has sent as events called `packet` since `clear_packets`."""
        with self._inbox.changed:
            return list(self._inbox.packets)


def agent_layouts() -> list[StructLayout]:
    """The layout of every struct of the agent, by the schema."""
    return [struct.layout() for struct in declared_structs("harness.node")]
