"""The node's free heap, as far as it is the node's."""

from __future__ import annotations

from harness.node import Node

_LOOKS = 20


def settled_heap(node: Node) -> int:
    """The most free heap of several looks, in bytes.

    A network below the node holds a frame that it has received for a moment; what leaks stays.
    """
    return max(node.status().heap_free for _ in range(_LOOKS))
