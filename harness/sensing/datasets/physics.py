"""What the node says of the same windows without a model: movement, presence, falls."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from harness.sensing.datasets.spectra import timed
from harness.sensing.datasets.tasks import EVERY_US, NOBODY, Task, growth
from harness.sensing.datasets.windows import Window
from harness.sensing.edge_library import EdgeLibrary
from harness.sensing.recordings.labels import FALL, MOVING, STILL

NOTHING = -1
"""The place of a window for which the features say no class of the task."""
_PRESENT = 0.5


@dataclass(frozen=True)
class WithoutModel:
    """What the features say of a window. place: of a class of the task; NOTHING where they say
    none. grown: by which factor its movement has grown."""

    place: int
    grown: float


def said_without_model(
    task: Task, windows: Sequence[Window], library: EdgeLibrary
) -> list[WithoutModel]:
    """What the edge features say at the end of each window. The node hears each recording from its
    beginning, and learns the room from it.

    Moving means `active`, still means presence without it, nobody means neither. A fall is one that
    was reported since the window's beginning; about other actions the features say nothing.
    """
    said: dict[int, WithoutModel] = {}
    places: dict[str, list[int]] = {}
    for place, window in enumerate(windows):
        places.setdefault(str(window.recording), []).append(place)
    for theirs in places.values():
        frames = timed(windows[theirs[0]].recording.frames())
        features = library.session().push(frames)
        for place in theirs:
            window = windows[place]
            end = int(np.searchsorted(frames.us, window.end_us))
            begin = int(np.searchsorted(frames.us, window.end_us - window.reach_us))
            falls = int(features["falls"][end]) - int(features["falls"][begin])
            energy = features["motion_energy"][_each_second(frames.us, window)]
            said[place] = WithoutModel(_class_of(task, features[end], falls), growth(energy))
    return [said[place] for place in range(len(windows))]


def _each_second(us: npt.NDArray[np.int64], window: Window) -> npt.NDArray[np.intp]:
    """The frames after which the features of a window are sent, from its end backwards."""
    first_us = max(window.end_us - window.reach_us, int(us[0]))
    moments = np.arange(window.end_us, first_us - 1, -EVERY_US)
    return np.searchsorted(us, moments, side="right") - 1


def _class_of(task: Task, now: np.void, falls: int) -> int:
    if FALL in task.classes:
        return task.classes.index(FALL) if falls else NOTHING
    if now["active"]:
        return task.classes.index(MOVING)
    return task.classes.index(STILL if now["presence"] >= _PRESENT else NOBODY)
