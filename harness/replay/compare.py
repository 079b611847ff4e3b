"""What a node sent of its features, against the twin and against what was recorded."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from harness.replay.feed import Replay
from harness.soak.logits import features
from kernels_ref.edge.twin import EdgeTwin, Features
from kernels_ref.packets import FeatureState, FeatureVector, Packet

STATE_NAMES = (
    "motion",
    "presence",
    "respiration_bpm",
    "respiration_conf",
    "heartbeat_bpm",
    "heartbeat_conf",
    "anomaly",
    "env_shift",
    "coherence",
)
_VECTOR = tuple(f"vector[{i}]" for i in range(8))
SMALLEST = 2.0**-149


@dataclass(frozen=True)
class Tick:
    """Features that were sent: when, in microseconds, and the values by name."""

    ts_us: int
    values: dict[str, float]


@dataclass
class FeatureErrors:
    """One feature over all ticks [n]: what was sent, what is right, how far apart they may be."""

    name: str
    ts_us: NDArray[np.int64]
    sent: NDArray[np.float64]
    right: NDArray[np.float64]
    bound: NDArray[np.float64]

    @property
    def worst_share(self) -> float:
        """The largest error as a share of its bound."""
        return float(np.max(np.abs(self.sent - self.right) / self.bound))

    @property
    def worst_error(self) -> float:
        return float(np.max(np.abs(self.sent - self.right)))


def ticks_of(packets: Sequence[Packet], shift_us: int = 0) -> list[Tick]:
    """The features in the packets; times with `shift_us` taken off."""
    ticks = []
    for packet in packets:
        if isinstance(packet, FeatureState):
            values = dict(zip(STATE_NAMES, features(packet), strict=True))
            ticks.append(Tick(packet.ts_us - shift_us, values))
        elif isinstance(packet, FeatureVector):
            values = dict(zip(_VECTOR, packet.features, strict=True))
            ticks.append(Tick(packet.timestamp_us - shift_us, values))
    return ticks


def twin_errors(replay: Replay) -> list[FeatureErrors]:
    """Every feature that the node sent, beside the twin's after the same frames."""
    twin = EdgeTwin()
    rows: dict[str, list[tuple[int, float, float, float]]] = {}
    pushed, state = 0, None
    for packet, taken in zip(replay.packets, replay.taken, strict=True):
        for frame in replay.frames[pushed:taken]:
            state = twin.push(frame)
        pushed = taken
        if state is None:
            continue  # before the first frame there is nothing to say
        for tick in ticks_of([packet]):
            for name, sent in tick.values.items():
                right, bound = _right(state, name)
                rows.setdefault(name, []).append((tick.ts_us, sent, right, bound + SMALLEST))
    return [_errors(name, found) for name, found in rows.items()]


def _right(state: Features, name: str) -> tuple[float, float]:
    if name.startswith("vector"):
        index = _VECTOR.index(name)
        return float(state.vector.value[index]), float(state.vector.bound[index])
    found = state.floats[name]
    return float(found.value), float(found.bound)


def _errors(name: str, rows: list[tuple[int, float, float, float]]) -> FeatureErrors:
    ts_us, sent, right, bound = (np.array(column) for column in zip(*rows, strict=True))
    return FeatureErrors(name, ts_us, sent, right, bound)
