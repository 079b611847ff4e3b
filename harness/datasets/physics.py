"""What the node says of the same windows without any model: movement, presence, falls."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from harness.datasets.spectra import timed
from harness.datasets.tasks import NOBODY, Task
from harness.datasets.windows import Window
from harness.edge_library import EdgeLibrary
from harness.recordings.labels import FALL, MOVING, STILL

NOTHING = -1
"""Said of a window of which the features say no class of the task."""
_PRESENT = 0.5


def said_without_model(task: Task, windows: Sequence[Window], library: EdgeLibrary) -> list[int]:
    """The class of each window, as the edge features have it at its end; NOTHING where they say
    none. The node hears each recording from its beginning, and learns its room from it.

    Moving is `active`, still is presence without it, nobody is neither. A fall is one that was told
    since the window's beginning; of other actions the features say nothing.
    """
    said = [NOTHING] * len(windows)
    places: dict[str, list[int]] = {}
    for place, window in enumerate(windows):
        places.setdefault(str(window.recording), []).append(place)
    for theirs in places.values():
        frames = timed(windows[theirs[0]].recording.frames())
        told = library.session().push(frames)
        for place in theirs:
            window = windows[place]
            end = int(np.searchsorted(frames.us, window.end_us))
            begin = int(np.searchsorted(frames.us, window.end_us - window.reach_us))
            falls = int(told["falls"][end]) - int(told["falls"][begin])
            said[place] = _class_of(task, told[end], falls)
    return said


def _class_of(task: Task, now: np.void, falls: int) -> int:
    if FALL in task.classes:
        return task.classes.index(FALL) if falls else NOTHING
    if now["active"]:
        return task.classes.index(MOVING)
    return task.classes.index(STILL if now["presence"] >= _PRESENT else NOBODY)
