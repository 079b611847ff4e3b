"""A board in front of a person: does its radio hear, and do its features move?"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from harness.cli.console import table_text
from harness.node.structs import ClockMode
from harness.sensing.node import SensingNode
from harness.sensing.reception.facts import features
from harness.sensing.reception.reception import Reception
from harness.sensing.structs.controller import ControllerState
from harness.sensing.structs.csi import CsiSource, CsiStatus
from kernels_ref.packets import FeatureState

DEFAULT_LIVE_S = 30.0

_LOOK_S = 1.0
_SHOWN = (("motion", 0), ("presence", 1), ("breaths", 2), ("heart", 4), ("coherence", 8))


@dataclass(frozen=True)
class LivePlan:
    """seconds: how long to look. min_yield: how many frames a second capture has to take. rssi_dbm:
    the levels that a receiver on a desk can see; outside of them it cannot decode anything."""

    seconds: float
    min_yield: int
    rssi_dbm: tuple[int, int] = (-100, -5)


@dataclass(frozen=True)
class LiveSecond:
    """What came in one look: counts of frames, levels in dBm, the last features that were sent."""

    seconds: float
    received: int
    accepted: int
    refused: int
    dropped: int
    rssi: int
    noise_floor: int
    channel: int
    state: str
    features: tuple[float, ...] | None


@dataclass
class LiveResult:
    """seconds: the looks. wrong: a sentence for everything that is not as expected. moves: the span
    of each feature's values."""

    plan: LivePlan
    seconds: list[LiveSecond] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    moves: dict[str, float] = field(default_factory=dict)
    received: int = 0
    accepted: int = 0
    lasted_s: float = 0.0
    rssi: tuple[int, int] = (0, 0)

    @property
    def yield_hz(self) -> float:
        """Frames a second that capture took."""
        return self.accepted / self.lasted_s if self.lasted_s > 0 else 0.0


def watch_radio(
    node: SensingNode,
    reception: Reception,
    plan: LivePlan,
    tell: Callable[[LiveSecond], None],
    stop: threading.Event | None = None,
) -> LiveResult:
    """Looks at the node for the plan's time, in real time, and says what was wrong.

    tell: gets each look as it comes. stop: ends it early.
    """
    stop = stop or threading.Event()
    result = LiveResult(plan)
    node.restore(ClockMode.REAL)
    reception.reset_numbers()
    node.mirror(True)
    begun_us = node.status().now_us
    first = before = node.csi_status()
    values: list[dict[str, float]] = []
    while result.lasted_s < plan.seconds and not stop.wait(_LOOK_S):
        packets = reception.collect()
        node.clear_packets()
        values += [features(packet) for packet in packets if isinstance(packet, FeatureState)]
        status, now = node.status(), node.csi_status()
        result.lasted_s = (status.now_us - begun_us) / 1e6
        state = ControllerState(status.controller_state).name.lower()
        latest = tuple(values[-1].values()) if values else None
        result.seconds.append(_second(result.lasted_s, before, now, state, latest))
        tell(result.seconds[-1])
        before = now
    result.received = before.received - first.received
    result.accepted = before.accepted - first.accepted
    result.rssi = (before.rssi_min, before.rssi_max)
    for name in values[0] if values else ():
        span = float(np.ptp([each[name] for each in values]))
        result.moves[name.replace("_", " ")] = span
    result.wrong = [*_wrong(result, before), *reception.problems()]
    return result


def _wrong(result: LiveResult, last: CsiStatus) -> list[str]:
    if last.source != CsiSource.RADIO:
        return ["The radio is not on: the node's log says why."]
    if not result.received:
        question = "is the node in a network, or is anything sent on its channel?"
        return [f"The radio's callback was not called once: {question}"]
    wrong = []
    if still := sum(not second.received for second in result.seconds):
        looks = len(result.seconds)
        wrong.append(f"The radio's callback was not called in {still} of {looks} looks.")
    low, high = result.plan.rssi_dbm
    if not low <= result.rssi[0] <= result.rssi[1] <= high:
        seen = f"{result.rssi[0]} to {result.rssi[1]} dBm"
        wrong.append(f"RSSI is {seen}, expected {low} to {high} dBm.")
    if result.yield_hz < result.plan.min_yield:
        wrong.append(
            f"Capture took {result.yield_hz:.1f} frames a second, expected at least"
            f" {result.plan.min_yield}."
        )
    if not result.moves:
        wrong.append("No feature state came.")
    elif not any(result.moves.values()):
        wrong.append(f"No feature moved in {result.lasted_s:.0f} s.")
    return wrong


def _second(
    seconds: float,
    before: CsiStatus,
    now: CsiStatus,
    state: str,
    latest: tuple[float, ...] | None,
) -> LiveSecond:
    received, accepted = now.received - before.received, now.accepted - before.accepted
    dropped = now.dropped - before.dropped
    return LiveSecond(
        seconds,
        received,
        accepted,
        received - accepted - dropped,
        dropped,
        now.rssi,
        now.noise_floor,
        now.channel,
        state,
        latest,
    )


def live_table(result: LiveResult) -> str:
    """A row for each look, the figures of the whole time below, and what is wrong."""
    counts = ("s", "frames", "taken", "refused", "dropped", "RSSI", "noise", "channel")
    columns = (*counts, *(name for name, _ in _SHOWN), "state")
    looks = table_text(columns, map(_cells, result.seconds), numbers=slice(0, -1))
    low, high = result.plan.rssi_dbm
    moving = [name for name, span in result.moves.items() if span > 0]
    rows = [
        ("callbacks", f"{result.received} in {result.lasted_s:.1f} s", "they advance"),
        ("yield", f"{result.yield_hz:.1f} a second", f">= {result.plan.min_yield} a second"),
        ("RSSI", f"{result.rssi[0]} to {result.rssi[1]} dBm", f"{low} to {high} dBm"),
        ("features that move", ", ".join(moving) or "none", "at least one"),
    ]
    summary = table_text(("figure", "measured", "expected"), rows)
    return "\n".join([looks, "", summary, *(f"WRONG: {sentence}" for sentence in result.wrong)])


def live_line(second: LiveSecond) -> str:
    """One look in one line."""
    return "  ".join(cell for cell in _cells(second) if cell)


def _cells(second: LiveSecond) -> list[str]:
    values = second.features
    return [
        f"{second.seconds:.0f}",
        str(second.received),
        str(second.accepted),
        str(second.refused),
        str(second.dropped),
        str(second.rssi),
        str(second.noise_floor),
        str(second.channel),
        *("" if values is None else f"{values[index]:.2f}" for _, index in _SHOWN),
        second.state,
    ]
