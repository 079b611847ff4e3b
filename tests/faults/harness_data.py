"""Deliberate faults of data sets and of training: each makes a model look better than it is."""

from __future__ import annotations

from tests.faults.workshop import Edit, Fault

TASKS = "harness/sensing/datasets/tasks.py"
SPLIT = "harness/sensing/datasets/split.py"
WINDOWS = "harness/sensing/datasets/windows.py"
SESSION = "training/run/session.py"

HARNESS_DATA = (
    Fault(
        "labels are shifted by one",
        (
            Edit(
                TASKS,
                "else self.classes.index(word)",
                "else (self.classes.index(word) + 1) % len(self.classes)",
            ),
        ),
        "test_datasets.py::test_a_window_is_of_its_recording",
        ("'get-up' == 'fall'",),
    ),
    Fault(
        "windows stand apart, and not persons",
        (
            Edit(
                SPLIT,
                "training = [one for one in ones if one.person not in held_out]",
                "training = list(ones[::2])",
            ),
        ),
        "test_datasets.py::test_folds_hold_out_each_person_once",
        ("PersonOnBothSides", "Split by person, never by window"),
    ),
    Fault(
        "whoever is on both sides is not noticed",
        (Edit(SPLIT, "    if both:\n", "    if both and not training:\n"),),
        "test_datasets.py::test_a_split_by_window_is_refused",
        ("DID NOT RAISE",),
    ),
    Fault(
        "a window has heard what comes after it",
        (
            Edit(
                WINDOWS,
                "spectra.values[max(0, end - task.frames) : end]",
                "spectra.values[max(0, end - task.frames) + 1 : end + 1]",
            ),
        ),
        "test_datasets.py::test_features_are_the_last_spectra_of_the_frames",
        ("assert",),
    ),
)

TRAINING = (
    Fault(
        "features are standardised with the test's statistics as well",
        (
            Edit(
                SESSION,
                "mean, deviation = statistics(seen)",
                "mean, deviation = statistics(every)",
            ),
        ),
        "training/test_run.py::test_the_scale_is_of_persons_of_training_alone",
        ("assert False",),
    ),
    Fault(
        "a training goes by windows of the persons of its test",
        (
            Edit(SESSION, "seen, _ = apart(every, held_out)", "seen = list(every)"),
            Edit(SESSION, "    check_apart(seen, test)\n", ""),
        ),
        "training/test_run.py::test_the_scale_is_of_persons_of_training_alone",
        ("assert False",),
    ),
)
"""Those whose test needs PyTorch."""
