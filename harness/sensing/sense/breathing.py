"""How fast somebody breathes: at the end of three minutes, and in single minutes.

A fresh node hears a recording of a person whose pace is known from its start, and learns the room
with the person in it. Windows of 60 s begin every 30 s. A fresh node hears each, and its answer is
what it says at the first frame after 60 s, or at the recording's end.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from harness.sensing.edge_library import EdgeLibrary
from harness.sensing.figure import Figure, by_subject, over_subjects, share
from harness.sensing.recordings.frames import Frames, Recording
from harness.sensing.recordings.labels import BREATHING, EMPTY, NOBODY
from harness.sensing.sense.listening import Job, listen
from harness.sensing.sense.rooms import Heard, Stretch

WINDOW_US, EVERY_US = 60_000_000, 30_000_000
WHOLE_US = 170_000_000  # a recording of three minutes
_MIN_US = 59_000_000  # this still counts as a minute
RIGHT_WITHIN = 1.0  # breaths a minute

_WHOLE_TARGETS = {10.0: 18 / 18, 15.0: 17 / 18, 20.0: 14 / 18}
_WINDOW_TARGET, _VALID_RIGHT, _VALID_SHARE = 0.78, 0.97, 0.60


@dataclass(frozen=True)
class Answer:
    """What the node said of one stretch."""

    subject: str
    pace: float
    bpm: float
    valid: bool

    @property
    def error(self) -> float:
        return abs(self.bpm - self.pace)

    @property
    def right(self) -> bool:
        return self.error <= RIGHT_WITHIN


@dataclass(frozen=True)
class Breather:
    """The answers of one recording. whole: None where it is shorter than three minutes."""

    whole: Answer | None
    windows: list[Answer]


def jobs(recordings: Sequence[Recording]) -> list[Job]:
    """A job for each recording whose pace is known."""
    return [Job(hear, (recording,)) for recording in recordings if is_measured(recording)]


def is_measured(recording: Recording) -> bool:
    return recording.truth_bpm is not None and recording.label not in NOBODY


def hear(library: EdgeLibrary, recording: Recording) -> Breather:
    """The answers of a recording; runs in another process."""
    frames = recording.frames()
    begin, end = int(frames.us[0]), int(frames.us[-1])
    whole = None
    if end - begin >= WHOLE_US:
        whole = _answer(library, frames, recording)
    starts = range(begin, max(begin, end - _MIN_US) + 1, EVERY_US)
    windows = [
        _answer(library, _window(frames, start), recording)
        for start in starts
        if end - start >= _MIN_US
    ]
    return Breather(whole, windows)


def _window(frames: Frames, start: int) -> Frames:
    """The frames of a minute, and the first one after it, which shows that it is over."""
    first, after = np.searchsorted(frames.us, [start, start + WINDOW_US])
    return frames.chosen(slice(int(first), int(after) + 1))


def _answer(library: EdgeLibrary, frames: Frames, recording: Recording) -> Answer:
    told = listen(library, frames)
    last = told.features[-1]
    subject = recording.subject or f"{recording.data_set} {recording.session}"
    assert recording.truth_bpm is not None
    return Answer(
        subject,
        recording.truth_bpm,
        float(last["respiration_bpm"]),
        bool(told.breathing_is_valid()[-1]),
    )


def figures(breathers: Sequence[Breather]) -> list[Figure]:
    """The figures of all recordings with a known pace."""
    found = []
    whole = [breather.whole for breather in breathers if breather.whole]
    for pace in sorted({answer.pace for answer in whole}):
        found.append(_at_pace(pace, [answer for answer in whole if answer.pace == pace]))
    windows = [answer for breather in breathers for answer in breather.windows]
    valid = [answer for answer in windows if answer.valid]
    return [
        *found,
        _share("breathing within 1 a minute after 60 s", windows, "right", _WINDOW_TARGET),
        _share("called valid after 60 s, and right", valid, "right", _VALID_RIGHT, "valid"),
        _share("called valid after 60 s", windows, "valid", _VALID_SHARE),
    ]


def _at_pace(pace: float, answers: list[Answer]) -> Figure:
    n, target = len(answers), _WHOLE_TARGETS.get(pace)

    def right(drawn: Sequence[Answer]) -> float:
        return n * share([answer.right for answer in drawn])

    return Figure(
        f"breathing within 1 a minute after 180 s, at {pace:g}",
        sum(answer.right for answer in answers),
        None if target is None else int(n * target + 1e-9),
        unit=f"of {n}",
        interval=over_subjects(_subjects(answers), right),
    )


def _share(
    name: str, answers: list[Answer], what: str, target: float, of: str = "windows"
) -> Figure:
    """The share of the answers of which an attribute is true."""

    def hits(drawn: Sequence[Answer]) -> float:
        return share([getattr(answer, what) for answer in drawn])

    value = hits(answers) if answers else None
    interval = over_subjects(_subjects(answers), hits)
    return Figure(name, value, target, interval=interval, note=f"{len(answers)} {of}")


def _subjects(answers: list[Answer]) -> list[list[Answer]]:
    return by_subject(answers, lambda answer: answer.subject)


# ---- nobody breathes --------------------------------------------------------------------------

_EMPTY_SHARE = 1 / 22
"""Of the empty stretches, so many may have breathing called valid, in sets without breathing."""


def figures_of_empty_rooms(heard: Sequence[Heard]) -> list[Figure]:
    """The negative control: breathing that is told of an empty room. In a set that has people who
    breathe, none may be reported of the same rooms without them."""
    stretches = [one for each in heard for one in each.stretches]
    with_breath = {one.data_set for one in stretches if one.label == BREATHING}
    empty = [one for one in stretches if one.label == EMPTY]
    control = [one for one in empty if one.data_set in with_breath]
    others = [one for one in empty if one.data_set not in with_breath]
    return [
        _called("breathing called valid, empty rooms of sets with breathing", control, 0.0),
        _called("breathing called valid, empty rooms elsewhere", others, _EMPTY_SHARE),
    ]


def _called(name: str, stretches: Sequence[Stretch], share: float) -> Figure:
    told = [one.name for one in stretches if one.breathes]
    return Figure(
        name,
        len(told) if stretches else None,
        int(share * len(stretches)),
        at_least=False,
        unit=f"of {len(stretches)}",
        note=", ".join(told[:4]),
    )
