"""A node: what a test can ask of any firmware that has the agent."""

from __future__ import annotations

from harness.node.exports import ExportsApi
from harness.node.layout import StructLayout
from harness.node.schema import declared_structs


class Node(ExportsApi):
    """The only user of the agent's protocol; it alone decides what silence and restarts mean.

    A firmware's own calls are methods of a class below this one. What it adds to boot report and
    status is in the structs that `boot_report_type` and `status_type` name there, and what it takes
    with `restore` in that of `restore_request`.
    """

    @property
    def packet_bytes(self) -> list[bytes]:
        """What the firmware has sent as events called `packet` since the last clear."""
        with self._inbox.changed:
            return list(self._inbox.packets)


def agent_layouts() -> list[StructLayout]:
    """What the schema says of every struct of the agent."""
    return [struct.layout() for struct in declared_structs("harness.node")]
