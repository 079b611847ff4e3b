"""The windows of persons whom a model has not seen, as raw frames."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from harness.accuracy.card import Card
from harness.datasets import person_of
from harness.recordings import Frames, Recording
from harness.recordings.labels import BREATHING, STILL

WINDOW_US = 20_000_000
_STILLS = 3  # windows of each recording of somebody still, evenly spread


@dataclass(frozen=True)
class Case:
    """One window. label: place in the card's classes. begin_us, end_us: by the recording's clock;
    the whole recording where they are None."""

    recording: Recording
    person: str
    label: int
    begin_us: float | None = None
    end_us: float | None = None

    def frames(self) -> Frames:
        """What the node has to hear."""
        frames = self.recording.frames()
        if self.begin_us is None or self.end_us is None:
            return frames
        first = int(frames.us[0])
        return frames.between(first + self.begin_us, first + self.end_us)

    def __str__(self) -> str:
        since = "" if self.begin_us is None else f" from {self.begin_us / 1e6:.0f} s"
        return f"{self.recording}{since}"


def cases_of(recordings: Sequence[Recording], card: Card) -> list[Case]:
    """Every window of the persons whom the card holds out, in the recordings' order."""
    found: list[Case] = []
    for recording in recordings:
        if recording.subject and person_of(recording) in card.held_out:
            found += _of(recording, card)
    return found


def _of(recording: Recording, card: Card) -> Iterator[Case]:
    word = STILL if recording.label == BREATHING else recording.label
    if word not in card.classes:
        return
    person, label = person_of(recording), card.classes.index(word)
    if word != STILL:
        yield Case(recording, person, label)
        return
    seconds = recording.frames().seconds
    for i in range(_STILLS):
        begin_us = (seconds * 1e6 - WINDOW_US) * i / (_STILLS - 1)
        yield Case(recording, person, label, begin_us, begin_us + WINDOW_US)


def spread(cases: Sequence[Case], most: int) -> list[Case]:
    """At most so many of them, as evenly as can be over classes and persons."""
    if most >= len(cases):
        return list(cases)
    groups: dict[tuple[int, str], list[Case]] = {}
    for case in cases:
        groups.setdefault((case.label, case.person), []).append(case)
    by_class: dict[int, list[list[Case]]] = {}
    for (label, _), group in sorted(groups.items(), key=lambda item: item[0]):
        by_class.setdefault(label, []).append(group)
    taken: list[Case] = []
    turn = 0
    while len(taken) < most:
        for label in sorted(by_class):
            rest = by_class[label]
            group = rest[(turn + label) % len(rest)]
            if group and len(taken) < most:
                taken.append(group.pop(0))
        by_class = {k: [g for g in v if g] for k, v in by_class.items()}
        by_class = {k: v for k, v in by_class.items() if v}
        turn += 1
    return taken
