"""A day of the firmware's time, measured every hour: nothing may grow."""

from __future__ import annotations

from scipy.stats import linregress

from harness.node import Node
from harness.plugin.fixtures import Measure

HOURS = 24
ROUNDS_AN_HOUR = 36_000


def test_nothing_grows(node: Node, measure: Measure) -> None:
    in_use, heap = [], []
    for hour in range(1, HOURS + 1):
        node.advance(seconds=3600)
        assert node.call("pool_rounds").value == hour * ROUNDS_AN_HOUR
        in_use.append(int(node.call("pool_in_use").value))
        heap.append(node.status().heap_free)
        measure("blocks in use", in_use[-1], "blocks", 64)
    trend = linregress(range(HOURS), in_use)
    measure("trend of the blocks in use", trend.slope, "blocks an hour", 0.0)
    assert trend.slope <= 0.0, f"{trend.slope:.2f} blocks more every hour: {in_use}"
    assert min(heap) == max(heap), f"the heap changed: {heap}"
