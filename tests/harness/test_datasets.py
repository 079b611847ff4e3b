"""Data sets: windows are what a node's ring holds, labels are their own, persons stand apart."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest

from harness.sensing.datasets.physics import NOTHING, said_without_model
from harness.sensing.datasets.radio import Disturbance, disturbed, drawn
from harness.sensing.datasets.spectra import spectra_of, timed
from harness.sensing.datasets.split import (
    PersonOnBothSides,
    TooFewPersons,
    apart,
    check_apart,
    folds_of,
)
from harness.sensing.datasets.tasks import (
    ACTIONS_TASK,
    EVERY_US,
    IN_A_ROW,
    MOVED,
    MOVING_TASK,
    growth,
    person_of,
)
from harness.sensing.datasets.windows import NoWindows, Window, windows
from harness.sensing.edge_library import EdgeLibrary, open_edge_library
from harness.sensing.recordings.frames import Span
from harness.sensing.recordings.labels import BREATHING, EMPTY, FALL, GET_UP, MOVING, WALKING
from tests.harness.synthetic_recordings import SPEEDS, persons, recording

HOP = 20
TASK = replace(ACTIONS_TASK, frames=16)


@pytest.fixture(scope="module")
def library() -> EdgeLibrary:
    return open_edge_library()


@pytest.fixture(scope="module")
def made(library: EdgeLibrary) -> list[Window]:
    return windows(TASK, persons(3), library, HOP)


def test_a_window_is_of_its_recording(made: list[Window]) -> None:
    """Its label is the label of the recording it is of, and not of the one beside it."""
    for window in made:
        word = TASK.classes[window.label]
        assert word == TASK.of_label[window.recording.label]
        assert window.person == f"made/{window.recording.subject}"
    counts = Counter(window.recording.label for window in made)
    assert all(counts[label] == 3 for label in SPEEDS if label != BREATHING)
    assert counts[BREATHING] > 3 * 10


def test_labels_are_what_moves(made: list[Window]) -> None:
    """Speeds rise from get up to walking: the loudest band tells whose label a window
    has. Labels that are shifted by one recording, or by one class, fail this."""
    order = [GET_UP, FALL, WALKING]
    for person in {window.person for window in made}:
        theirs = {w.recording.label: w for w in made if w.person == person}
        bands = []
        for label in order:
            window = theirs[label]
            assert TASK.classes[window.label] == label
            middle = window.features[len(window.features) // 2]
            bands.append(int(np.argmax(middle[:8])))
        assert bands == sorted(set(bands)), dict(zip(order, bands, strict=True))


def test_features_are_the_last_spectra_of_the_frames(
    library: EdgeLibrary, made: list[Window]
) -> None:
    """What a node has in its ring when it has heard the window's frames."""
    for window in made[:3] + [one for one in made if one.recording.label == BREATHING][4:6]:
        heard = spectra_of(library, window.frames(), HOP)
        assert np.array_equal(heard.values[-TASK.frames :], window.features)
        assert window.features.shape == (min(len(heard), TASK.frames), 16)
        assert int(heard.us[-1]) == window.end_us


def test_spans_of_a_session(library: EdgeLibrary) -> None:
    """Labels that change within a recording: no window holds anything of the other label."""
    start = 7_000_000
    spans = (
        Span(EMPTY, start, start + 20_000_000),
        Span(MOVING, start + 20_000_000, start + 40_000_000),
        Span("unlabelled", start + 40_000_000, start + 60_000_000),
    )
    one = recording(EMPTY, "", seconds=60.0, spans=spans)
    task = replace(MOVING_TASK, frames=8)
    found = windows(task, [one], library, HOP)
    assert {task.classes[window.label] for window in found} == {"nobody", MOVING}
    moved = int(timed(one.frames()).us[0] - one.frames().us[0])
    reach_us = task.frames * HOP * 20_000
    for window in found:
        span = spans[0] if task.classes[window.label] == "nobody" else spans[1]
        assert span.begin_us + moved <= window.end_us - reach_us
        assert window.end_us < span.end_us + moved


def test_nothing_of_the_task(library: EdgeLibrary) -> None:
    with pytest.raises(NoWindows, match="No recording shows anything of the task actions"):
        windows(TASK, [recording("singing", "p1")], library, HOP)


# ---- split --------------------------------------------------------------------------------------


def test_a_split_by_window_is_refused(made: list[Window]) -> None:
    """Every other window into the test: the persons of the test are trained on."""
    with pytest.raises(PersonOnBothSides, match="Split by person, never by window") as caught:
        check_apart(made[::2], made[1::2])
    assert caught.value.persons == {"made/p0", "made/p1", "made/p2"}


def test_folds_hold_out_each_person_once(made: list[Window]) -> None:
    names = [window.person for window in made]
    folds = folds_of(names, 3, seed=1)
    assert sorted(person for fold in folds for person in fold) == sorted(set(names))
    assert folds == folds_of(reversed(names), 3, seed=1)
    for fold in folds:
        training, test = apart(made, fold)
        assert {one.person for one in test} == fold
        assert len(training) + len(test) == len(made)
        assert not fold & {one.person for one in training}


def test_folds_have_their_share_of_each_data_set() -> None:
    persons = [f"{name}/{i}" for name, count in (("a", 18), ("b", 7)) for i in range(count)]
    for seed in range(5):
        folds = folds_of(persons, 5, seed)
        for name, most in (("a", 4), ("b", 2)):
            counts = [sum(person.startswith(name) for person in fold) for fold in folds]
            assert (min(counts), max(counts)) == (most - 1, most)


def test_actions_are_of_persons_who_are_named(library: EdgeLibrary) -> None:
    nobody = recording(WALKING, "")
    assert windows(TASK, [nobody, recording(WALKING, "p1")], library, HOP)[0].person == "made/p1"
    with pytest.raises(NoWindows):
        windows(TASK, [nobody], library, HOP)


def test_a_session_without_persons_is_held_out_as_one() -> None:
    """An empty room is known again as a person is."""
    room = replace(recording(EMPTY, ""), session="kitchen")
    other = replace(recording(MOVING, "", 2), session="kitchen")
    assert person_of(room) == person_of(other) == "made/kitchen"


def test_more_folds_than_persons() -> None:
    with pytest.raises(TooFewPersons, match="2 persons cannot be split into 5 folds"):
        folds_of(["a", "b", "a"], 5, seed=1)


# ---- another day of the radio -------------------------------------------------------------------


def test_disturbances_are_the_same_in_every_run_and_none_is_none() -> None:
    one = recording(WALKING, "p1")
    assert drawn(one, 0, 1)[0] == Disturbance()
    assert drawn(one, 2, 1)[0] == drawn(one, 2, 1)[0] != drawn(one, 3, 1)[0]
    how, rng = drawn(one, 0, 1)
    same = disturbed(one.frames(), how, rng)
    assert np.array_equal(same.iq, one.frames().iq)


def test_a_disturbance_does_what_it_says() -> None:
    frames = recording(WALKING, "p1").frames()
    rng = np.random.default_rng(1)
    how = Disturbance(lost=0.3, carriers=0.5, rate_hz=25.0, noise=2.0)
    changed = disturbed(frames, how, rng)
    assert 0.6 < len(changed) / (len(frames) / 2) < 0.8
    carriers = changed.iq.reshape(len(changed), -1, 2).any(axis=(0, 2))
    assert not carriers[27:38].any(), "guards stay silent"
    assert 0.3 < carriers.sum() / 52 < 0.7
    noisy = disturbed(frames, Disturbance(noise=2.0), rng)
    spread = (noisy.iq.astype(float) - frames.iq)[:, 4:50].std()
    assert 1.8 < spread < 2.3


def test_windows_of_a_label_shifted_by_one_are_noticed(made: list[Window]) -> None:
    """`test_labels_are_what_moves` on wrong labels, so that it is known to see them."""
    shifted = [replace(one, label=(one.label + 1) % len(TASK.classes)) for one in made]
    with pytest.raises(AssertionError):
        test_labels_are_what_moves(shifted)


# ---- without a model ----------------------------------------------------------------------------


def test_what_the_node_says_without_a_model(library: EdgeLibrary) -> None:
    """Nobody in an empty room; somebody who walks in the middle of two minutes moves then, and is
    still there when they have ended."""
    task = replace(MOVING_TASK, frames=8)
    walk, room = recording(WALKING, "p1", seconds=140.0), recording(EMPTY, "", seconds=60.0)
    still = replace(room, read=recording(BREATHING, "p3", seconds=60.0).read)
    found = windows(task, [walk, still], library, HOP, 4.0)
    said = [
        (window.recording.label, window.end_us / 1e6, task.classes[one.place])
        for window, one in zip(found, said_without_model(task, found, library), strict=True)
    ]
    assert {word for label, _, word in said if label == EMPTY} == {"nobody"}
    of_walk = [(at, word) for label, at, word in said if label == WALKING]
    assert {word for at, word in of_walk if 45 < at < 100} == {MOVING}
    assert of_walk[-1][1] == "still"
    assert of_walk[0][1] == "nobody"


def test_of_actions_nothing_is_said_without_a_fall(
    library: EdgeLibrary, made: list[Window]
) -> None:
    said = {one.place for one in said_without_model(TASK, made, library)}
    assert said <= {NOTHING, TASK.classes.index(FALL)}


def test_movement_grows_where_somebody_begins_to_move(library: EdgeLibrary) -> None:
    """The window in which the walk of `recording` begins, beside those of somebody still."""
    task = replace(ACTIONS_TASK, frames=24, whole=frozenset())
    walk = recording(WALKING, "p1", seconds=140.0)
    still = recording(BREATHING, "p3", seconds=60.0)
    found = windows(task, [walk, still], library, HOP, 1.0)
    said = list(zip(found, said_without_model(task, found, library), strict=True))
    beginning = [s.grown for w, s in said if w.label == 4 and 38 < w.end_us / 1e6 < 45]
    assert min(beginning) > MOVED, beginning
    quiet = [s.grown for w, s in said if w.label == 5 and w.end_us / 1e6 > 20]
    assert max(quiet) < MOVED, quiet


def test_growth_is_over_the_quiet_quarter() -> None:
    energy = np.array([4.0, 1.0, 1.0, 2.0, 8.0], np.float32)
    assert growth(energy) == 8.0
    assert growth(energy[:0:-1] * 0) == 0.0
    assert growth(np.array([0.0, 0.0, 0.0, 0.0, 1.0], np.float32)) == np.inf


def test_earlier_windows_are_a_second_apart(library: EdgeLibrary) -> None:
    """What was in the ring then, and nothing of a moment before the first spectrum."""
    one = recording(WALKING, "p1", seconds=12.0)
    task = replace(ACTIONS_TASK, frames=12, whole=frozenset())
    made = windows(task, [one], library, HOP, 0.1)
    spectra = spectra_of(library, timed(one.frames()), HOP)
    for window in made:
        assert len(window.earlier) == IN_A_ROW - 1
        for ago, features in enumerate(window.earlier, 1):
            there = spectra.values[spectra.us <= window.end_us - ago * EVERY_US][-12:]
            assert np.array_equal(features, there)
    soon = replace(task, frames=1)
    first = windows(soon, [one], library, HOP, 0.1)[0]
    assert first.earlier == ()
