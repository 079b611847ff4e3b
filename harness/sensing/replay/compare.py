"""Compares the features that a node sent with the twin's, and with the recorded ones."""

from __future__ import annotations

import bisect
import contextlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from harness.sensing.reception.facts import features
from harness.sensing.replay.feed import Replay, Tell
from kernels_ref.edge.config import SILENCE_US
from kernels_ref.edge.twin import EdgeTwin, Features, FrameRefused
from kernels_ref.packets import EdgeVitals, FeatureState, FeatureVector, Packet

_VECTOR = tuple(f"vector[{i}]" for i in range(8))
_VECTOR_FALL = 6  # this value of the vector says whether there was a fall since the last vector
_VITALS_NAMES = ("motion_energy", "presence_score", "n_persons")
SMALLEST = 2.0**-149


@dataclass(frozen=True)
class Tick:
    """Features that were sent. ts_us: when, in microseconds. values: by name."""

    ts_us: int
    values: dict[str, float]


@dataclass
class FeatureErrors:
    """One feature over all ticks [n]: the value that was sent, the right one, the allowed error."""

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


@dataclass
class Compared:
    """errors: of every feature that was sent. decided_otherwise: a decision of the node that
    rounding cannot explain; nothing after it was compared. Empty without such a decision.
    """

    errors: list[FeatureErrors]
    decided_otherwise: str = ""


def ticks_of(packets: Sequence[Packet], shift_us: int = 0) -> list[Tick]:
    """The features in the packets. shift_us: is subtracted from the times."""
    found = []
    for packet in packets:
        if isinstance(packet, FeatureState):
            found.append(Tick(packet.ts_us - shift_us, features(packet)))
        elif isinstance(packet, FeatureVector):
            values = dict(zip(_VECTOR, packet.features, strict=True))
            found.append(Tick(packet.timestamp_us - shift_us, values))
        elif isinstance(packet, EdgeVitals):
            said = (packet.motion_energy, packet.presence_score, float(packet.n_persons))
            values = dict(zip(_VITALS_NAMES, said, strict=True))
            found.append(Tick(packet.timestamp_ms * 1000 - shift_us, values))
    return found


def compare_with_twin(replay: Replay, tell: Tell = lambda _done, _all: None) -> Compared:
    """Compares every feature that the node sent with the twin's after the same frames.

    The twin gets the node's decision on each frame, and follows it where rounding can explain the
    difference. A frame with the time of a packet was taken before the packet.
    """
    rows: dict[str, list[tuple[int, float, float, float]]] = {}
    falls_told = 0
    decided_otherwise = ""
    try:
        for tick, right in _beside(replay, tell):
            for name, sent in tick.values.items():
                value, bound = _right(right, name, falls_told)
                rows.setdefault(name, []).append((tick.ts_us, sent, value, bound + SMALLEST))
            if _VECTOR[0] in tick.values:
                falls_told = right.falls
    except AssertionError as differs:
        decided_otherwise = str(differs)
    return Compared([_errors(name, found) for name, found in rows.items()], decided_otherwise)


def _beside(replay: Replay, tell: Tell) -> Iterator[tuple[Tick, Features]]:
    """What the node sent, with the twin's features at that time."""
    listener = _Listener(replay, tell)
    for tick in sorted(ticks_of(replay.packets), key=lambda tick: tick.ts_us):
        yield tick, listener.at(tick.ts_us)


class _Listener:
    """A twin that gets the frames that the node got."""

    def __init__(self, replay: Replay, tell: Tell) -> None:
        self._twin = EdgeTwin()
        self._replay, self._tell = replay, tell
        self._times = [frame.ts_us for frame in replay.frames]
        self._taken = 0
        self._heard_us: int | None = None  # None: nothing was heard for so long that nobody knows

    def at(self, ts_us: int) -> Features:
        """Its features after all frames up to this time."""
        end = bisect.bisect_right(self._times, ts_us)
        for i in range(self._taken, end):
            self._silence_until(self._times[i] - 1)  # the silence ends just before the frame
            with contextlib.suppress(FrameRefused):  # the node refuses the frame too, and counts it
                self._twin.push(self._replay.frames[i], self._replay.seen[i])
            self._heard_us = self._times[i]
            self._tell(i, len(self._times))
        self._taken = end
        self._silence_until(ts_us)
        return self._twin.features()

    def _silence_until(self, ts_us: int) -> None:
        if self._heard_us is not None and ts_us - self._heard_us >= SILENCE_US:
            self._twin.silent()
            self._heard_us = None


def _right(state: Features, name: str, falls_told: int) -> tuple[float, float]:
    """The twin's value, and by how much the node's may differ."""
    if name == "n_persons":
        return float(state.n_persons), 0.0
    if name not in _VECTOR:
        found = state.floats[name]
        return float(found.value), float(found.bound)
    index = _VECTOR.index(name)
    if index == _VECTOR_FALL:
        return float(state.falls != falls_told), 0.0
    return float(state.vector.value[index]), float(state.vector.bound[index])


def _errors(name: str, rows: list[tuple[int, float, float, float]]) -> FeatureErrors:
    ts_us, sent, right, bound = (np.array(column) for column in zip(*rows, strict=True))
    return FeatureErrors(name, ts_us, sent, right, bound)
