"""`needs(...)`: what a test needs of its target, and which tests are skipped for it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from harness.errors import BenchError
from harness.plugin.hil_session import HIL_SESSION
from harness.plugin.options import Choice
from harness.target import CAPABILITIES, Capability, UnknownCapability

MEMORY, NODES = "memory", "nodes"


class NeedWithoutNumber(BenchError):
    """needs("memory") or needs("nodes") without the number that belongs to it."""

    def __init__(self, name: str, test: str, given: object) -> None:
        what = "no number follows" if given is None else f"{given!r} follows, which is not a number"
        super().__init__(
            f"{test} needs {name!r}, and {what}.", f'Write for example needs("{name}", 2).'
        )
        self.name = name


@dataclass(frozen=True)
class Need:
    """One thing that a test needs. `amount` is 0 for a capability, which has no number."""

    name: str
    amount: int = 0


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Skips the tests that the target cannot run, if the target is known by now."""
    skip_what_lacks(config, items)


def skip_what_lacks(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Skips the tests that the target cannot run, each with the reason."""
    hil = config.stash.get(HIL_SESSION, None)
    if hil is None:
        return
    for item in items:
        try:
            reason = missing_capability(item, hil.choice)
            reason = reason or missing_nodes(item, hil.choice.count)
        except (UnknownCapability, NeedWithoutNumber) as error:
            hil.end(error)
            return
        if reason:
            item.add_marker(pytest.mark.skip(reason=reason))


def needs_of(item: pytest.Item) -> Iterator[Need]:
    """Everything the test needs, in the order of its markers.

    Raises: UnknownCapability, NeedWithoutNumber.
    """
    for marker in item.iter_markers("needs"):
        arguments = iter(marker.args)
        for name in arguments:
            if name in (MEMORY, NODES):
                amount = next(arguments, None)
                if not isinstance(amount, int) or isinstance(amount, bool):
                    raise NeedWithoutNumber(name, item.nodeid, amount)
                yield Need(name, amount)
            elif name in CAPABILITIES:
                yield Need(name)
            else:
                raise UnknownCapability(str(name), item.nodeid)


def missing_capability(item: pytest.Item, choice: Choice) -> str:
    """Why the target cannot run the test; empty when it can. Every need is looked at, so that a
    misspelt one is found on every target.

    Raises: UnknownCapability, NeedWithoutNumber.
    """
    missing = [
        need.name
        for need in list(needs_of(item))
        if need.name in CAPABILITIES and Capability(need.name) not in choice.capabilities
    ]
    if not missing:
        return ""
    offer = CAPABILITIES[Capability(missing[0])]
    return f"needs {missing[0]}: target {choice.label} does not have {offer}"


def missing_nodes(item: pytest.Item, count: int) -> str:
    """Why the session has too few nodes; empty when it has enough."""
    wanted = _most(item, NODES)
    if wanted <= count:
        return ""
    return f"needs {wanted} nodes: the session has {count}; --count {wanted} gives them"


def missing_memory(item: pytest.Item, arena_bytes: int) -> str:
    """Why the node's scratch memory is too small; empty when it is large enough."""
    wanted = _most(item, MEMORY)
    if wanted <= arena_bytes:
        return ""
    return f"needs {wanted} bytes of scratch memory: the node has {arena_bytes}"


def _most(item: pytest.Item, name: str) -> int:
    return max((need.amount for need in needs_of(item) if need.name == name), default=0)
