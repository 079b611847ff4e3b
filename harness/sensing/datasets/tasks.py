"""What a model is to tell apart, and which recordings show it."""

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
    """Classes, and of which label each is.

    Attributes:
        name: as `hil train --task` has it.
        classes: words, in the order of the logits.
        of_label: the class of a recording's label; labels without one are left out.
        whole: labels of recordings that are one window each, at their end: the action lies
            somewhere in it.
        frames: of a window, at most.
        named: whether only recordings count that say whom they show.
    """

    name: str
    classes: tuple[str, ...]
    of_label: dict[str, str]
    frames: int
    whole: frozenset[str] = field(default_factory=frozenset)
    named: bool = False

    def class_of(self, label: str) -> int | None:
        """The place of the label's class; None where it is not of this task."""
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
    """Raises BenchError for a name that there is no task of."""
    if name not in TASKS:
        raise BenchError(f"There is no task {name!r}.", f"There are {', '.join(TASKS)}.")
    return TASKS[name]


def person_of(recording: Recording) -> str:
    """Whom a recording shows, unlike anybody of another data set; of one that names nobody its
    session stands for the person, since rooms and places are known again just as well."""
    return f"{recording.data_set}/{recording.subject or recording.session or recording.name}"
