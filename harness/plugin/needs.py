"""`needs(...)`: what a test needs of its target, and the skips that come of it."""

from __future__ import annotations

import pytest

from harness.plugin.bench import BENCH
from harness.plugin.options import Choice
from harness.target import CAPABILITIES, Capability, UnknownCapability

MEMORY, NODES = "memory", "nodes"


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Skips what the target cannot offer, with the reason."""
    bench = config.stash.get(BENCH, None)
    if bench is None:
        return
    for item in items:
        try:
            reason = missing_capability(item, bench.choice)
            reason = reason or missing_nodes(item, bench.choice.count)
        except UnknownCapability as error:
            bench.end(error)
            return
        if reason:
            item.add_marker(pytest.mark.skip(reason=reason))


def missing_capability(item: pytest.Item, choice: Choice) -> str:
    """Why the target cannot run the test; empty when it can.

    Raises: UnknownCapability.
    """
    for marker in item.iter_markers("needs"):
        for name in marker.args:
            if name in (MEMORY, NODES):
                break  # the next argument is a number
            if name not in CAPABILITIES:
                raise UnknownCapability(str(name), item.nodeid)
            if Capability(name) not in choice.capabilities:
                offer = CAPABILITIES[Capability(name)]
                return f"needs {name}: target {choice.label} does not have {offer}"
    return ""


def missing_nodes(item: pytest.Item, count: int) -> str:
    """Why the session has too few nodes; empty when it has enough."""
    for marker in item.iter_markers("needs"):
        if NODES in marker.args:
            wanted = int(marker.args[marker.args.index(NODES) + 1])
            if wanted > count:
                return f"needs {wanted} nodes: the session has {count}; --count {wanted} gives them"
    return ""


def missing_memory(item: pytest.Item, arena_bytes: int) -> str:
    """Why the node's scratch memory does not suffice; empty when it does."""
    for marker in item.iter_markers("needs"):
        if MEMORY in marker.args:
            wanted = int(marker.args[marker.args.index(MEMORY) + 1])
            if wanted > arena_bytes:
                return f"needs {wanted} bytes of scratch memory: the node has {arena_bytes}"
    return ""
