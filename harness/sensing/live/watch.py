"""Looking at a node while it senses."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from harness.node.structs import ClockMode
from harness.sensing.live.plan import LivePlan
from harness.sensing.node import SensingNode
from harness.sensing.reception import Reception
from harness.sensing.soak.heard import features
from harness.sensing.structs import ControllerState, CsiSource, CsiStatus
from kernels_ref.packets import FeatureState

_LOOK_S = 1.0
FEATURE_NAMES = (
    "motion",
    "presence",
    "respiration bpm",
    "respiration conf",
    "heartbeat bpm",
    "heartbeat conf",
    "anomaly",
    "env shift",
    "coherence",
)


@dataclass(frozen=True)
class LiveSecond:
    """What came in one look. Frames are counts; levels in dBm; features the last ones sent."""

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
    """seconds: the looks. wrong: what is not as expected, a sentence each. moves: for each feature
    the span of its values.
    """

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


class LiveWatch:
    """Watches for the plan's time, in real time. `tell` gets each look as it comes."""

    def __init__(
        self,
        node: SensingNode,
        reception: Reception,
        plan: LivePlan,
        tell: Callable[[LiveSecond], None],
        stop: threading.Event | None = None,
    ) -> None:
        self._node, self._reception, self._plan, self._tell = node, reception, plan, tell
        self._stop = stop or threading.Event()

    def run(self) -> LiveResult:
        """Every look, and what was wrong. Ends early when it is stopped."""
        result = LiveResult(self._plan)
        self._node.restore(ClockMode.REAL)
        self._reception.begins_anew()
        self._node.mirror(True)
        begun_us = self._node.status().now_us
        first = before = self._node.csi_status()
        values: list[tuple[float, ...]] = []
        while result.lasted_s < self._plan.seconds and not self._stop.wait(_LOOK_S):
            states = [p for p in self._reception.collect() if isinstance(p, FeatureState)]
            self._node.clear_packets()
            values += [tuple(features(state)) for state in states]
            status, now = self._node.status(), self._node.csi_status()
            result.lasted_s = (status.now_us - begun_us) / 1e6
            state = ControllerState(status.controller_state).name.lower()
            latest = values[-1] if values else None
            result.seconds.append(_second(result.lasted_s, before, now, state, latest))
            self._tell(result.seconds[-1])
            before = now
        self._judge(result, first, before, values)
        return result

    def _judge(
        self,
        result: LiveResult,
        first: CsiStatus,
        last: CsiStatus,
        values: list[tuple[float, ...]],
    ) -> None:
        result.received = last.received - first.received
        result.accepted = last.accepted - first.accepted
        result.rssi = (last.rssi_min, last.rssi_max)
        if values:
            spans = np.ptp(np.array(values), axis=0)
            result.moves = dict(zip(FEATURE_NAMES, map(float, spans), strict=True))
        result.wrong = [*self._wrong(result, last), *self._reception.problems()]

    def _wrong(self, result: LiveResult, last: CsiStatus) -> list[str]:
        if last.source != CsiSource.RADIO:
            return ["The radio is not on: the node's log says why."]
        if not result.received:
            question = "is the node in a network, or is anything sent on its channel?"
            return [f"The radio's callback was not called once: {question}"]
        wrong = []
        if any(not second.received for second in result.seconds):
            still = sum(not second.received for second in result.seconds)
            wrong.append(f"The radio's callback stood still in {still} of {_looks(result)}.")
        low, high = self._plan.rssi_dbm
        if not low <= result.rssi[0] <= result.rssi[1] <= high:
            seen = f"{result.rssi[0]} to {result.rssi[1]} dBm"
            wrong.append(f"RSSI is {seen}, expected {low} to {high} dBm.")
        if result.yield_hz < self._plan.min_yield:
            wrong.append(
                f"Capture took {result.yield_hz:.1f} frames a second, expected at least"
                f" {self._plan.min_yield}."
            )
        if not result.moves:
            wrong.append("No feature state came.")
        elif not any(result.moves.values()):
            wrong.append(f"No feature moved in {result.lasted_s:.0f} s.")
        return wrong


def _looks(result: LiveResult) -> str:
    return f"{len(result.seconds)} looks"


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
