"""A few recordings that stand for all: those that a node hears, where hearing takes time."""

from __future__ import annotations

from collections.abc import Sequence

from harness.sensing.recordings.frames import Frames, Recording
from harness.sensing.recordings.labels import MOVEMENT

SECONDS = 12.0


def a_few(recordings: Sequence[Recording]) -> list[Recording]:
    """The first of each set, and its first of somebody who moves."""
    found: list[Recording] = []
    for name in dict.fromkeys(recording.data_set for recording in recordings):
        ones = [recording for recording in recordings if recording.data_set == name]
        moving = [recording for recording in ones if recording.label in MOVEMENT]
        found += [ones[0], *(one for one in moving[:1] if one is not ones[0])]
    return found


def beginning(frames: Frames, seconds: float = SECONDS) -> Frames:
    """The frames of the first seconds."""
    first = int(frames.us[0])
    return frames.between(first, first + seconds * 1e6)
