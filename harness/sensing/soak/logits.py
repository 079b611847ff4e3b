"""The head against the oracle, on the frames that the node itself fed it with."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from harness.errors import NodeSilent
from harness.sensing.node import SensingNode
from harness.sensing.soak.heard import frames_of
from harness.sensing.structs import HeadState
from kernels_ref.packets import Packet

_TRIES = 20

Judge = Callable[[NDArray[np.float32], NDArray[np.float32]], float]
"""(frames [n, 9 or 16], logits [n_classes]) -> the worst logit's error as a share of its budget."""


class HeadCheck:
    """Knows the frames in the node's window, for it has seen every one since restore.

    `judge` compares with the oracle. frames: lets time pass, and looks meanwhile.
    """

    def __init__(self, node: SensingNode, judge: Judge) -> None:
        self._node, self._judge = node, judge
        self.frames = frames_of(node)
        self.is_on = node.status().head_state == HeadState.ON
        self.saw_more_than_zeros = False

    def note(self, packets: Sequence[Packet]) -> None:
        """The packets since the last call."""
        self.frames.note(packets)

    def forget(self) -> None:
        """The node's window is empty: it has started anew."""
        self.frames.forget()

    def measure(self, collect: Callable[[], Sequence[Packet]]) -> float:
        """Classifies now and compares. `collect` gives the packets that have come meanwhile.

        In real time a frame may come between two questions; then it asks again. Raises
        FramesUnknown.
        """
        for _ in range(_TRIES):
            before = self.frames.count()
            found = self._node.classify()
            self.note(collect())
            if self.frames.count() == before:
                frames = self.frames.window(before, found.n_frames)
                self.saw_more_than_zeros |= bool(np.any(frames))
                return self._judge(frames, found.logits)
        raise NodeSilent(f"classifying {_TRIES} times, and never without a new frame", 0.0)
