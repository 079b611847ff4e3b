"""How long to look, and what is expected."""

from __future__ import annotations

from dataclasses import dataclass

DEFAULT_LIVE_S = 30.0


@dataclass(frozen=True)
class LivePlan:
    """seconds: to look for. min_yield: frames a second that capture has to take. rssi_dbm: what a
    receiver on a desk can see: below the one there is nothing to decode, above the other none is.
    """

    seconds: float
    min_yield: int
    rssi_dbm: tuple[int, int] = (-100, -5)
