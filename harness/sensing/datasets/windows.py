"""Windows of spectra, each with its label and the person whom it shows."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from harness.errors import BenchError
from harness.sensing.datasets.spectra import (
    SECOND_US,
    SPECTRUM_BINS,
    Spectra,
    moved_us,
    spectra_of,
    timed,
)
from harness.sensing.datasets.tasks import EVERY_US, IN_A_ROW, Task, person_of
from harness.sensing.edge_library import EdgeLibrary
from harness.sensing.recordings.frames import Frames, Recording, Span
from harness.sensing.recordings.labels import FALL
from kernels_ref.edge.config import BIN_US

Features = npt.NDArray[np.float32]

MIN_SHARE = 0.5
"""The share of a window's spectra that have to be there."""
_SETTLED_US = 2 * SECOND_US
"""Left out after a change of the label: a spectrum covers the 1.28 s before it, and people are not
punctual."""


class NoWindows(BenchError):
    """The recordings have nothing of the task."""

    def __init__(self, task: Task) -> None:
        super().__init__(
            f"No recording shows anything of the task {task.name}.",
            f"Its labels are {', '.join(sorted(task.of_label))}.",
        )


@dataclass(frozen=True)
class Window:
    """What a node's ring holds at one moment of a recording, heard from its beginning.

    Attributes:
        recording: which one it is a part of.
        person: whom it shows; nobody is in training and in test.
        session: windows of one session have the same room, places and devices.
        label: the place of its class among the task's classes.
        end_us: the moment, by the clock of `frames()`.
        hop: bins of 20 ms from one spectrum to the next.
        features: float32 [T, 16], oldest first, at most the task's number of them.
        earlier: for a task with falls, what the ring held one second before, and two seconds
            before, as the rule for a fall needs it; fewer where nothing had come yet.
    """

    recording: Recording
    person: str
    session: str
    label: int
    end_us: int
    hop: int
    features: Features = field(repr=False, compare=False)
    earlier: tuple[Features, ...] = field(default=(), repr=False, compare=False)

    @property
    def reach_us(self) -> int:
        """The time from the first frame that counts in one of its spectra to its end."""
        return (len(self.features) * self.hop + SPECTRUM_BINS) * BIN_US

    def frames(self) -> Frames:
        """What a node has to hear: everything from the recording's beginning to the moment."""
        heard = timed(self.recording.frames())
        return heard.between(0, self.end_us + 1)


def windows(
    task: Task,
    recordings: Sequence[Recording],
    library: EdgeLibrary,
    hop: int,
    step_s: float = 1.0,
    tell: Callable[[int, int], None] = lambda _done, _all: None,
) -> list[Window]:
    """All windows of a task, in the recordings' order: one at the end of each recording of an
    action, and one every `step_s` seconds of all others. tell(done, all) after each recording.

    Raises: NoWindows, BadRecording.
    """
    shown = [one for one in recordings if parts_of(task, one)]
    found: list[Window] = []
    for done, recording in enumerate(shown, 1):
        spectra = spectra_of(library, timed(recording.frames()), hop)
        found += _of(task, recording, spectra, hop, step_s)
        tell(done, len(shown))
    if not found:
        raise NoWindows(task)
    return found


def parts_of(task: Task, recording: Recording) -> list[Span]:
    """The spans of a recording whose label is of the task, by the recording's clock; begin and end
    are -1 for a recording that has one label for all of it."""
    if task.named and not recording.subject:
        return []
    spans = recording.spans or (Span(recording.label, -1, -1),)
    return [span for span in spans if task.class_of(span.label) is not None]


def _of(
    task: Task, recording: Recording, spectra: Spectra, hop: int, step_s: float
) -> Iterator[Window]:
    person = person_of(recording)
    session = f"{recording.data_set}/{recording.session or recording.name}"
    for span in parts_of(task, recording):
        label = task.class_of(span.label)
        assert label is not None
        for end in _ends(task, recording, span, spectra, step_s):
            end_us = int(spectra.us[end - 1])
            features, earlier = _held(task, spectra, end), _earlier(task, spectra, end_us)
            yield Window(recording, person, session, label, end_us, hop, features, earlier)


def _earlier(task: Task, spectra: Spectra, end_us: int) -> tuple[Features, ...]:
    if FALL not in task.classes:
        return ()
    before = [end_us - EVERY_US * ago for ago in range(1, IN_A_ROW)]
    ends = np.searchsorted(spectra.us, before, side="right")
    return tuple(_held(task, spectra, int(end)) for end in ends if end)


def _held(task: Task, spectra: Spectra, end: int) -> Features:
    """What the ring holds after `end` spectra."""
    return spectra.values[max(0, end - task.frames) : end]


def _ends(
    task: Task, recording: Recording, span: Span, spectra: Spectra, step_s: float
) -> list[int]:
    """For each window, how many spectra have come at its end."""
    if span.label in task.whole:
        return [len(spectra)] if len(spectra) >= task.frames * MIN_SHARE else []
    part = cut(recording, span, spectra)
    ends, next_us = [], 0
    for end in range(part.start + task.frames, part.stop + 1):
        if spectra.us[end - 1] >= next_us:
            ends.append(end)
            next_us = int(spectra.us[end - 1] + step_s * SECOND_US)
    return ends


def cut(recording: Recording, span: Span, spectra: Spectra) -> slice:
    """Which spectra are of the span alone: its first two seconds are left out."""
    if span.begin_us < 0:
        return slice(0, len(spectra))
    moved = moved_us(recording.frames())
    begin, end = span.begin_us + moved + _SETTLED_US, span.end_us + moved
    return slice(int(np.searchsorted(spectra.us, begin)), int(np.searchsorted(spectra.us, end)))
