"""What a model has to tell apart, and which recordings show it."""

from __future__ import annotations

from dataclasses import dataclass, field

from harness.errors import BenchError
from harness.sensing.recordings.frames import Recording
from harness.sensing.recordings.labels import (
    ACTIONS,
    BREATHING,
    EMPTY,
    FALL,
    FAN,
    GET_UP,
    LIE_DOWN,
    MOVING,
    SIT_DOWN,
    STILL,
    WALKING,
)

NOBODY = "nobody"


@dataclass(frozen=True)
class Task:
    """Classes, and the labels of each.

    Attributes:
        name: as `hil train --task` has it.
        classes: words, in the order of the logits.
        of_label: the class of a recording's label; labels without one are left out.
        frames: how many a window has at most.
        whole: labels of recordings of an action; each is one window, at its end.
        named: whether only recordings count that name the person whom they show.
    """

    name: str
    classes: tuple[str, ...]
    of_label: dict[str, str]
    frames: int
    whole: frozenset[str] = field(default_factory=frozenset)
    named: bool = False

    def class_of(self, label: str) -> int | None:
        """The place of the label's class; None for a label of another task."""
        word = self.of_label.get(label)
        return None if word is None else self.classes.index(word)


ACTIONS_TASK = Task(
    "actions",
    (FALL, GET_UP, LIE_DOWN, SIT_DOWN, WALKING, STILL),
    {**{label: label for label in ACTIONS}, STILL: STILL, BREATHING: STILL},
    frames=48,
    whole=frozenset(ACTIONS),
    named=True,
)
MOVING_TASK = Task(
    "moving",
    (MOVING, STILL, NOBODY),
    {
        MOVING: MOVING,
        WALKING: MOVING,
        STILL: STILL,
        BREATHING: STILL,
        EMPTY: NOBODY,
        FAN: NOBODY,
    },
    frames=24,
)
TASKS = {task.name: task for task in (ACTIONS_TASK, MOVING_TASK)}


def task_named(name: str) -> Task:
    """The task of this name. Raises BenchError where there is none."""
    if name not in TASKS:
        raise BenchError(f"There is no task {name!r}.", f"There are {', '.join(TASKS)}.")
    return TASKS[name]


def person_of(recording: Recording) -> str:
    """Whom a recording shows; the name is different from all names of other data sets. Where a
    recording names nobody, its session stands for the person: a model recognises a room as well."""
    return f"{recording.data_set}/{recording.subject or recording.session or recording.name}"
