"""The head against the oracle, on the features that the node itself sent."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from harness.errors import NodeSilent
from harness.node.node import Node
from harness.node.structs import HeadState
from kernels_ref.packets import FeatureState, Packet

_TRIES = 20
_SEQ = 1 << 16

Judge = Callable[[NDArray[np.float32], NDArray[np.float32]], float]
"""(frames [n, 9], logits [n_classes]) -> the worst logit's error as a share of its budget."""


class HeadCheck:
    """Knows the frames in the node's window, for it has seen every feature state since restore.

    `judge` compares with the oracle.
    """

    def __init__(self, node: Node, judge: Judge) -> None:
        self._node, self._judge = node, judge
        self._states: deque[FeatureState] = deque(maxlen=node.boot.window_len + 64)
        self.is_on = node.status().head_state == HeadState.ON
        self.saw_more_than_zeros = False

    def note(self, packets: Sequence[Packet]) -> None:
        """The packets since the last call."""
        self._states.extend(packet for packet in packets if isinstance(packet, FeatureState))

    def forget(self) -> None:
        """The node's window is empty: it has started anew."""
        self._states.clear()

    def measure(self, collect: Callable[[], Sequence[Packet]]) -> float:
        """Classifies now and compares. `collect` gives the packets that have come meanwhile.

        In real time a frame may come between two questions; then it asks again.
        """
        for _ in range(_TRIES):
            before = self._node.status().feature_seq
            found = self._node.classify()
            self.note(collect())
            if self._node.status().feature_seq == before:
                frames = self._window(before, found.n_frames)
                return self._judge(frames, found.logits)
        raise NodeSilent(f"classifying {_TRIES} times, and never without a new frame", 0.0)

    def _window(self, last_seq: int, n_frames: int) -> NDArray[np.float32]:
        """The last frames up to a sequence number, oldest first: [n, 9]."""
        states = [s for s in self._states if (last_seq - s.seq) % _SEQ < _SEQ // 2][-n_frames:]
        numbers = [s.seq for s in states]
        wanted = [(last_seq - n_frames + 1 + i) % _SEQ for i in range(n_frames)]
        if numbers != wanted:
            raise FramesUnknown(n_frames, len(set(numbers) & set(wanted)))
        frames = np.array([features(state) for state in states], np.float32)
        self.saw_more_than_zeros |= bool(np.any(frames))
        return frames


class FramesUnknown(Exception):
    """Feature states are missing, so what the node classified is not known."""

    def __init__(self, wanted: int, known: int) -> None:
        super().__init__(
            f"the node classified {wanted} frames, and {known} of them came as packets"
        )


def features(state: FeatureState) -> list[float]:
    """The nine floats of a feature frame, in the controller's order."""
    return [
        state.motion_score,
        state.presence_score,
        state.respiration_bpm,
        state.respiration_conf,
        state.heartbeat_bpm,
        state.heartbeat_conf,
        state.anomaly_score,
        state.env_shift_score,
        state.node_coherence,
    ]
