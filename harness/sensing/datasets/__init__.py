"""Recordings as data sets: windows of the spectra that a node's head is fed with.

tasks     what a model tells apart
spectra   the node's front end over a recording
windows   windows with label, person and session
physics   what the node says of them without a model
telling   when a fall is told
radio     the same recordings on a worse day of the radio
split     by person, never by window
"""

from harness.sensing.datasets.physics import NOTHING, WithoutModel, said_without_model
from harness.sensing.datasets.spectra import Spectra, spectra_of, timed
from harness.sensing.datasets.split import (
    FOLDS,
    SPLIT_SEED,
    PersonOnBothSides,
    TooFewPersons,
    apart,
    check_apart,
    folds_of,
)
from harness.sensing.datasets.tasks import (
    ACTIONS_TASK,
    MOVING_TASK,
    TASKS,
    Task,
    person_of,
    task_named,
)
from harness.sensing.datasets.windows import NoWindows, Window, windows

__all__ = [
    "ACTIONS_TASK",
    "FOLDS",
    "MOVING_TASK",
    "NOTHING",
    "SPLIT_SEED",
    "TASKS",
    "NoWindows",
    "PersonOnBothSides",
    "Spectra",
    "Task",
    "TooFewPersons",
    "Window",
    "WithoutModel",
    "apart",
    "check_apart",
    "folds_of",
    "person_of",
    "said_without_model",
    "spectra_of",
    "task_named",
    "timed",
    "windows",
]
