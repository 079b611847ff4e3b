"""Timing of several ways to do a thing, against each other."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Mapping
from typing import TypeVar

Key = TypeVar("Key")


def interleaved_medians(
    ways: Mapping[Key, tuple[Callable[[], object], int]], rounds: int
) -> dict[Key, float]:
    """Median seconds of one call of each way.

    Args:
        ways: the function, and how many calls of it make one measurement.
        rounds: measurements of each way. They are made in turn, so that a busy machine slows all
            ways alike; a round that is not measured comes first.
    """
    seconds: dict[Key, list[float]] = {key: [] for key in ways}
    for done in range(rounds + 1):
        for key, (function, calls) in ways.items():
            start = time.perf_counter()
            for _ in range(calls):
                function()
            if done:
                seconds[key].append((time.perf_counter() - start) / calls)
    return {key: statistics.median(runs) for key, runs in seconds.items()}
