"""The node's free heap, as far as it is the node's."""

from __future__ import annotations

from harness.sensing.node import SensingNode

_LOOKS = 20


def settled_heap(node: SensingNode) -> int:
    """The most free heap of several looks, in bytes.

    A network below the node holds a frame that it has received for a moment; what leaks stays.
    """
    return max(node.status().heap_free for _ in range(_LOOKS))
