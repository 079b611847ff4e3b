"""Whether a room is the same each time that it is empty, seen without the node.

How much the amplitudes change from frame to frame, relative to their mean, is a level of the room's
own: of its radios and of what else moves in it. Where the empty stretches of a session differ in it
by more than a fifth, the room is not steady.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from harness.sensing.recordings import Frames

DIFFER_BY = 1.2
_LEAST_FRAMES = 100


def is_steady(stretches: Sequence[Frames]) -> bool:
    """Of one session's empty stretches; a single one is."""
    levels = [change(part) for part in stretches if len(part) >= _LEAST_FRAMES]
    return not levels or max(levels) <= DIFFER_BY * min(levels)


def change(frames: Frames) -> float:
    """Median over the frames of the mean |n_k(t) - n_k(t-1)|, n_k = |z_k| / mean |z|; of the
    carriers that are never zero, in the frames of the commonest length."""
    lengths, counts = np.unique(frames.length, return_counts=True)
    length = int(lengths[counts.argmax()])
    pairs = frames.iq[frames.length == length, :length].reshape(-1, length // 2, 2)
    amplitude = np.hypot(pairs[..., 0].astype(np.float64), pairs[..., 1])
    amplitude = amplitude[:, (amplitude > 0).all(axis=0)]
    if not amplitude.shape[1]:
        return 0.0
    relative = amplitude / amplitude.mean(axis=1, keepdims=True)
    return float(np.median(np.abs(np.diff(relative, axis=0)).mean(axis=1)))
