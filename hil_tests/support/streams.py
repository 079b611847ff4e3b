"""Everything a node sent, checked as a receiver would check it."""

from __future__ import annotations

from harness.sensing.node import SensingNode
from harness.sensing.reception.checker import StreamChecker
from harness.sensing.reception.item import Datagram


def checked_streams(node: SensingNode) -> StreamChecker:
    """Take in what the node has sent; every byte has to decode, no sequence may have a gap."""
    __tracebackhide__ = True
    checker = StreamChecker()
    for i, data in enumerate(node.packet_bytes):
        checker.take(Datagram(data, None, "mirror", f"event {i}"))
    problems = checker.problems()
    assert not problems, "; ".join(problems)
    assert (node.events_lost, node.events_repeated) == (0, 0)
    return checker
