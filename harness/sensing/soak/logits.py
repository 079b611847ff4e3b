"""The head against the oracle, on the frames that the node itself fed it with."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from harness.errors import NodeSilent
from harness.sensing.node import SensingNode
from harness.sensing.reception.facts import features
from harness.sensing.structs.state import HeadState
from kernels_ref.edge.config import BIN_US
from kernels_ref.packets import FeatureState, Packet, TemporalFeed

_TRIES = 20

Judge = Callable[[NDArray[np.float32], NDArray[np.float32]], float]
"""(frames [n, 9 or 16], logits [n_classes]) -> the worst logit's error as a share of its budget."""

_SEQ = 1 << 16
_SECOND_US = 1_000_000
_SPARE = 64  # frames kept beyond a window
_LOOKS = 4  # how often to look from one spectrum to the next


class HeadCheck:
    """Compares what the head says with the oracle, on the frames in the node's window; all of them
    since the last restore are known.

    judge: compares with the oracle. frames: lets time pass, and looks at frames meanwhile.
    """

    def __init__(self, node: SensingNode, judge: Judge) -> None:
        self._node, self._judge = node, judge
        self.frames = frames_of(node)
        self.is_on = node.status().head_state == HeadState.ON
        self.saw_more_than_zeros = False

    def measure(self, collect: Callable[[], Sequence[Packet]]) -> float:
        """Classifies now and compares. collect: gives the packets that have come meanwhile.

        In real time a frame may come between two requests; then both are repeated. Raises
        FramesUnknown.
        """
        for _ in range(_TRIES):
            before = self.frames.count()
            found = self._node.classify()
            self.frames.note(collect())
            if self.frames.count() == before:
                frames = self.frames.window(before, found.n_frames)
                self.saw_more_than_zeros |= bool(np.any(frames))
                return self._judge(frames, found.logits)
        raise NodeSilent(f"classifying {_TRIES} times, and never without a new frame", 0.0)


class FramesUnknown(Exception):
    """Frames are missing, so nobody knows what the node classified."""

    def __init__(self, wanted: int, known: int) -> None:
        super().__init__(f"the node classified {wanted} frames, and {known} of them are known here")


class States:
    """Feature states, which come as packets with numbers."""

    look_s = 5.0

    def __init__(self, node: SensingNode) -> None:
        self._node = node
        self._states: deque[FeatureState] = deque(maxlen=node.boot.window_len + _SPARE)

    def note(self, packets: Sequence[Packet]) -> None:
        """Notes the packets since the last call."""
        self._states.extend(packet for packet in packets if isinstance(packet, FeatureState))

    def look(self) -> None:
        """There is nothing to ask the node for."""

    def advance(self, seconds: int) -> None:
        """Lets stepped time pass."""
        self._node.advance(seconds=seconds)

    def forget(self) -> None:
        """Forgets all frames: the node has restarted, and its window is empty."""
        self._states.clear()

    def count(self) -> int:
        """A number that grows with every frame that the head gets."""
        return self._node.status().feature_seq

    def window(self, count: int, n_frames: int) -> NDArray[np.float32]:
        """The last frames up to that count, oldest first: [n, D]. Raises FramesUnknown."""
        states = [s for s in self._states if (count - s.seq) % _SEQ < _SEQ // 2][-n_frames:]
        numbers = [s.seq for s in states]
        wanted = [(count - n_frames + 1 + i) % _SEQ for i in range(n_frames)]
        if numbers != wanted:
            raise FramesUnknown(n_frames, len(set(numbers) & set(wanted)))
        return np.array([list(features(state).values()) for state in states], np.float32)


class Spectra:
    """Spectra, which the node is asked for: it gives the last one, and how many there were. It is
    asked several times from one to the next. A spectrum that came together with another is lost."""

    look_s = 0.1

    def __init__(self, node: SensingNode) -> None:
        self._node = node
        self._known: dict[int, tuple[float, ...]] = {}
        self._keep = node.boot.window_len + _SPARE
        self._step_us = max(1, node.settings().spectrum_hop // _LOOKS) * BIN_US

    def note(self, packets: Sequence[Packet]) -> None:
        """Packets do not have them."""

    def look(self) -> None:
        told = self._node.sense_status().features
        self._known[told.spectra] = told.spectrum
        while len(self._known) > self._keep:
            del self._known[next(iter(self._known))]

    def advance(self, seconds: int) -> None:
        left_us = seconds * _SECOND_US
        while left_us > 0:
            step_us = min(self._step_us, left_us)
            self._node.advance(us=step_us)
            self.look()
            left_us -= step_us

    def forget(self) -> None:
        self._known.clear()

    def count(self) -> int:
        self.look()
        return next(reversed(self._known))

    def window(self, count: int, n_frames: int) -> NDArray[np.float32]:
        wanted = range(count - n_frames + 1, count + 1)
        known = [self._known[number] for number in wanted if number in self._known]
        if len(known) != n_frames:
            raise FramesUnknown(n_frames, len(known))
        return np.array(known, np.float32)


Frames = States | Spectra
"""What is known of the frames that the head gets. look_s: how often to look, in real time."""


def frames_of(node: SensingNode) -> Frames:
    """Chosen by the feed in the node's boot report."""
    return Spectra(node) if node.boot.temporal_feed == TemporalFeed.SPECTRUM else States(node)
