"""A tiny suite that uses a node all the time, and says when a fault may happen."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator

import pytest

from harness.node import Node
from harness.plugin.fixtures import Measure
from harness.reliability.faults import Phase
from harness.reliability.plan import STEPS, TESTS

BYTES = 300


def work(node: Node, dice: random.Random) -> None:
    """Sends requests whose answers are known."""
    data = dice.randbytes(BYTES)
    node.arena_put(64, data)
    assert node.arena_get(64, BYTES) == data
    node.advance(ms=10)


@pytest.fixture
def around(node: Node, number: int, come_to: Callable[..., None]) -> Iterator[None]:
    """Uses the node before the test and after it."""
    come_to(Phase.SETUP, number)
    work(node, random.Random(number))
    yield
    come_to(Phase.TEARDOWN, number)
    work(node, random.Random(number))


@pytest.mark.usefixtures("around")
@pytest.mark.parametrize("number", range(TESTS))
def test_work(
    node: Node,
    number: int,
    measure: Measure,
    come_to: Callable[..., None],
    told: Callable[..., None],
) -> None:
    """Measures something at each step."""
    for step in range(STEPS):
        value = 10 * number + step
        measure("step", value, "")
        told(measured=value)
        come_to(Phase.CALL, number, step)
        work(node, random.Random(value))
