"""What a model has to tell apart, which recordings show it, and the rule for reporting a fall.

A fall is reported when the model says it several times and something has moved. The packets of a
node have both, once a second: what the model says, and `motion_energy`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

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


EVERY_US = 1_000_000
IN_A_ROW = 3
"""How many classifications in a row have to say it. What a window shows stays in it for a while;
the effect of a single odd frame does not."""
MOVED = 2.6
"""By which factor the movement of a window has to exceed its lower quartile. The quartile stands
for the room's own level, and the factor is that of `active`."""
_QUIET = 25.0


def growth(energy: npt.NDArray[np.float32]) -> float:
    """The greatest `motion_energy` of a window over its lower quartile; 0 where nothing moved.

    energy: [n], once a second, of one window.
    """
    greatest, quiet = float(energy.max()), float(np.percentile(energy, _QUIET))
    if greatest <= 0:
        return 0.0
    return greatest / quiet if quiet > 0 else float("inf")


def fall_certainty(values: Sequence[float], grown: float) -> float:
    """How certain a fall is: the smallest of the last `IN_A_ROW` probabilities. 0 where there are
    not as many yet, or too little moved. A fall is reported from some threshold on.

    values: probabilities of a fall, the latest first, a second apart.
    """
    if len(values) < IN_A_ROW or grown < MOVED:
        return 0.0
    return min(values[:IN_A_ROW])
