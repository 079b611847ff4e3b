"""Which windows a model is judged by: those of persons whom it has not seen."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from harness.errors import BenchError
from harness.sensing.accuracy.card import Card
from harness.sensing.datasets import Task, Window, person_of, task_named, windows
from harness.sensing.datasets.windows import parts_of
from harness.sensing.edge_library import EdgeLibrary
from harness.sensing.recordings import Recording

STEP_S = 10.0
"""From one window of a long recording to the next."""


def task_of(card: Card) -> Task:
    """Raises BenchError where the card's classes are not the task's."""
    task = task_named(card.task)
    if task.classes != card.classes:
        raise BenchError(
            f"The card's classes of the task {card.task} are {', '.join(card.classes)}; they are "
            f"{', '.join(task.classes)} here.",
            "Train the model anew.",
        )
    return task


def of_strangers(recordings: Sequence[Recording], card: Card) -> list[Recording]:
    """What shows the task and somebody whom the model was not trained on."""
    task = task_of(card)
    return [
        recording
        for recording in recordings
        if person_of(recording) in card.held_out and parts_of(task, recording)
    ]


def spread(recordings: Sequence[Recording], most: int) -> list[Recording]:
    """At most so many, one label after the other and, for each, another person than before."""
    left: dict[str, list[Recording]] = {}
    for recording in recordings:
        left.setdefault(recording.label, []).append(recording)
    taken: list[Recording] = []
    while len(taken) < most and any(left.values()):
        for label in sorted(label for label, some in left.items() if some)[: most - len(taken)]:
            seen = {person_of(recording) for recording in taken}
            some = left[label]
            new = [recording for recording in some if person_of(recording) not in seen]
            taken.append((new or some)[0])
            some.remove(taken[-1])
    return taken


def windows_by_recording(
    recordings: Sequence[Recording], card: Card, library: EdgeLibrary, hop: int
) -> list[list[Window]]:
    """The windows of each recording, in time."""
    found = windows(task_of(card), recordings, library, hop, STEP_S)
    return [list(some) for _, some in groupby(found, key=lambda one: str(one.recording))]
