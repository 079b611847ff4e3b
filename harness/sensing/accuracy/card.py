"""A model's card, NAME.json for NAME.rvne, and the windows that the model is judged by.

These are of persons whom the model was not trained on.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from harness.errors import BenchError
from harness.sensing.datasets.tasks import Task, person_of, task_named
from harness.sensing.datasets.windows import Window, parts_of, windows
from harness.sensing.edge_library import EdgeLibrary
from harness.sensing.recordings.frames import Recording

_NEEDED = ("task", "classes", "held_out")

STEP_S = 10.0
"""The time from one window of a long recording to the next."""


class NoCard(BenchError):
    """The model's classes, or the persons it was not trained on, are not known."""

    def __init__(self, model: Path, why: str) -> None:
        super().__init__(
            f"How right {model} is cannot be measured: {why}.",
            f"Put its card {model.with_suffix('.json').name} beside it, as hil train writes it.",
        )
        self.model = model


@dataclass(frozen=True)
class Card:
    """task: its name in harness.sensing.datasets. classes: words, in the order of the logits.
    held_out: persons whom the model was not trained on; empty where it was trained on everybody."""

    task: str
    classes: tuple[str, ...]
    held_out: frozenset[str]


def read_card(model: Path) -> Card:
    """The card of a model, in the same folder. Raises NoCard."""
    path = model.with_suffix(".json")
    try:
        told = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise NoCard(model, f"{path.name} is not there") from None
    except (OSError, ValueError) as error:
        raise NoCard(model, f"{path.name} cannot be read, {error}") from None
    missing = [name for name in _NEEDED if not isinstance(told, dict) or name not in told]
    if missing:
        raise NoCard(model, f"{path.name} does not say {missing[0]}")
    return Card(str(told["task"]), tuple(map(str, told["classes"])), frozenset(told["held_out"]))


def task_of(card: Card) -> Task:
    """Raises BenchError where the card's classes are not the task's."""
    task = task_named(card.task)
    if task.classes != card.classes:
        raise BenchError(
            f"The card's classes of the task {card.task} are {', '.join(card.classes)}; they are "
            f"{', '.join(task.classes)} here.",
            "Train the model again.",
        )
    return task


def of_unseen_persons(recordings: Sequence[Recording], card: Card) -> list[Recording]:
    """The recordings of the task that show persons whom the model was not trained on."""
    task = task_of(card)
    return [
        recording
        for recording in recordings
        if person_of(recording) in card.held_out and parts_of(task, recording)
    ]


def spread(recordings: Sequence[Recording], most: int) -> list[Recording]:
    """At most `most` recordings: the labels in turn, and if possible always another person."""
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
    """The windows of each recording, in the order of time."""
    found = windows(task_of(card), recordings, library, hop, STEP_S)
    return [list(some) for _, some in groupby(found, key=lambda one: str(one.recording))]
