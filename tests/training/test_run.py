"""`hil train`: on persons who never lived, so that what is learnt is known."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
import torch

from harness.sensing.datasets.physics import NOTHING, WithoutModel
from harness.sensing.datasets.split import PersonOnBothSides
from harness.sensing.datasets.tasks import ACTIONS_TASK, MOVING_TASK
from harness.sensing.datasets.windows import Window, windows
from harness.sensing.edge_library import EdgeLibrary, open_edge_library
from harness.sensing.recordings.frames import Recording
from harness.sensing.recordings.labels import BREATHING, FALL, WALKING
from kernels_ref import TemporalClassifier, WeightBlob
from tests.harness.synthetic_recordings import persons, recording
from training.run import session
from training.run.checkpoint import Checkpoint, WrongCheckpoint
from training.run.draws import Draws, statistics
from training.run.falls import false_falls_an_hour, recall_at_precision, threshold_at_recall
from training.run.figures import figures
from training.run.loop import Training
from training.run.model import HOP, new_model
from training.run.predictions import Prediction, probabilities
from training.run.progress import Progress
from training.run.recipe import Recipe
from training.run.session import Plan, train, write_model
from training.run.streams import Stream, StreamStore, streams

TASK = replace(ACTIONS_TASK, frames=12)
TINY = Recipe(epochs=2, draws=32, batch=16, copies=1)
PERSONS = 5
Row = npt.NDArray[np.float64]


@pytest.fixture(scope="module")
def library() -> EdgeLibrary:
    return open_edge_library()


@pytest.fixture(scope="module")
def recordings() -> list[Recording]:
    return persons(PERSONS, seconds=8.0)


@pytest.fixture(scope="module")
def heard(library: EdgeLibrary, recordings: list[Recording]) -> list[Stream]:
    return streams(TASK, recordings, library, copies=1, least=20, seed=1)


def a_training(heard: list[Stream], recipe: Recipe = TINY, seed: int = 3) -> Training:
    mean, deviation = statistics(heard)
    model = new_model(TASK, mean, deviation, seed)
    return Training(model, Draws(TASK, heard, recipe, HOP, deviation), recipe, seed)


def weights(training: Training) -> list[torch.Tensor]:
    return [value.clone() for value in training.model.state_dict().values()]


def same(some: list[torch.Tensor], others: list[torch.Tensor]) -> bool:
    return all(map(torch.equal, some, others))


# ---- a training ---------------------------------------------------------------------------------


def test_a_seed_is_a_model(heard: list[Stream]) -> None:
    made = []
    for seed in (3, 3, 4):
        training = a_training(heard, seed=seed)
        training.run()
        made.append(weights(training))
    assert same(made[0], made[1])
    assert not same(made[0], made[2])


class Killed(Exception):
    pass


def test_a_training_that_was_stopped_goes_on_as_if_it_had_not(
    heard: list[Stream], tmp_path: Path
) -> None:
    recipe = replace(TINY, epochs=3)
    whole = a_training(heard, recipe)
    whole.run()
    checkpoint = Checkpoint(tmp_path / "some.pt", "this one")

    def kill(epoch: int, _epochs: int, _loss: float) -> None:
        if epoch == 2:
            raise Killed

    with pytest.raises(Killed):
        a_training(heard, recipe).run(checkpoint, kill)
    resumed = a_training(heard, recipe)
    resumed.run(checkpoint)
    assert resumed.losses == whole.losses
    assert same(weights(resumed), weights(whole))
    with pytest.raises(WrongCheckpoint, match="is of another training: it was made by this one"):
        a_training(heard, recipe).run(Checkpoint(checkpoint.path, "another"))
    checkpoint.path.write_bytes(b"nothing")
    with pytest.raises(WrongCheckpoint, match="it cannot be read"):
        a_training(heard, recipe).run(checkpoint)


def test_what_moves_is_learnt_and_labels_are_their_own(
    library: EdgeLibrary, recordings: list[Recording], heard: list[Stream]
) -> None:
    """On a person not trained on. Labels shifted by one, in streams or in windows, fail this."""
    unseen = "made/p0"
    seen = [one for one in heard if one.person != unseen]
    recipe = replace(TINY, epochs=10, draws=192, batch=16, rate=6e-3, mixing=0.0, average=0.9)
    training = a_training(seen, recipe)
    training.run()
    test = windows(TASK, [r for r in recordings if r.subject == "p0"], library, HOP, 2.0)
    said = probabilities(training.model, [one.features for one in test]).argmax(axis=1)
    right = [int(c) == window.label for c, window in zip(said, test, strict=True)]
    assert np.mean(right) > 0.8, [TASK.classes[c] for c in said]


def test_streams_have_the_label_and_the_person_of_their_recording(heard: list[Stream]) -> None:
    for one in heard:
        label, subject, _ = one.name.removeprefix("made/").rsplit("-", 2)
        assert TASK.classes[one.label] == TASK.of_label[label]
        assert one.person == f"made/{subject}"


# ---- persons of training only ----------------------------------------------------------------


@pytest.fixture
def plan(tmp_path: Path) -> Plan:
    return Plan(TASK, TINY, seed=1, folds=2, step_s=4.0, keep=tmp_path / "keep", resume=False)


def test_the_scale_is_of_persons_of_training_alone(
    library: EdgeLibrary, recordings: list[Recording], plan: Plan, tmp_path: Path
) -> None:
    trained = train(plan, recordings, library, Progress())
    assert len(trained.held_out) == 1
    every = session.streams_of(plan, recordings, library, Progress())
    seen = [one for one in every if one.person not in trained.held_out]
    mean, deviation = statistics(seen)
    affine = trained.model.affine
    assert np.allclose(affine.scale.numpy(), 1 / deviation, rtol=1e-6)
    assert np.allclose(affine.offset.numpy(), -mean / deviation, rtol=1e-5, atol=1e-6)
    others, _ = statistics(every)
    assert not np.allclose(others, mean, rtol=1e-4), "the fault would not be seen"
    assert {one.window.person for one in trained.predictions if one.fold == 0} == trained.held_out
    write_and_check(trained, tmp_path)


def write_and_check(trained: session.Trained, folder: Path) -> None:
    """The file is what the oracle runs, and the card says whom the model has not seen."""
    path = folder / "models" / "some.rvne"
    write_model(trained, path, ["made"])
    blob = WeightBlob.parse(path.read_bytes())
    assert blob.feed is not None
    assert (blob.feed.spectrum_hop, blob.feed.window_len) == (HOP, TASK.frames)
    card = json.loads(path.with_suffix(".json").read_text())
    assert card["classes"] == list(TASK.classes)
    assert set(card["held_out"]) == trained.held_out
    one = trained.predictions[0].window
    logits = TemporalClassifier.from_blob(blob).logits(one.features)
    with torch.no_grad():
        mine = trained.model(torch.from_numpy(one.features)).numpy()
    assert np.abs(logits - mine).max() < 0.05, "but for weights in float16"


def test_a_training_with_other_persons_left_out_is_not_gone_on_from(
    library: EdgeLibrary,
    recordings: list[Recording],
    plan: Plan,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Its checkpoint has seen whoever is tested now."""
    one = replace(plan, folds=1, recipe=replace(TINY, epochs=1))
    train(one, recordings, library, Progress())
    again = train(replace(one, resume=True), recordings, library, Progress())
    assert len(again.curves[0]) == 1
    monkeypatch.setattr(session, "SPLIT_SEED", session.SPLIT_SEED + 1)
    with pytest.raises(WrongCheckpoint, match="fold 0 without made/p"):
        train(replace(one, resume=True), recordings, library, Progress())


def test_a_person_of_the_test_who_is_trained_on_is_refused(
    library: EdgeLibrary,
    recordings: list[Recording],
    plan: Plan,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A split by window: every other one of everybody."""

    def by_window(every: list[Stream], _held: object) -> tuple[list[Stream], list[Stream]]:
        return every[::2], every[1::2]

    monkeypatch.setattr(session, "apart", by_window)
    with pytest.raises(PersonOnBothSides):
        train(plan, recordings, library, Progress())


def test_streams_are_kept_and_found_again(heard: list[Stream], tmp_path: Path) -> None:
    store = StreamStore(tmp_path)
    store.get({"a": 1}, lambda: heard)
    again = store.get({"a": 1}, lambda: pytest.fail("heard again"))
    assert [(s.name, s.person, s.label) for s in again] == [
        (s.name, s.person, s.label) for s in heard
    ]
    for one, other in zip(again, heard, strict=True):
        assert all(map(np.array_equal, one.copies, other.copies))
    assert store.get({"a": 2}, lambda: heard[:1]) == heard[:1]


# ---- figures ------------------------------------------------------------------------------------


def said(
    label: str,
    fall: float,
    at_s: float = 20.0,
    name: str = "x",
    fold: int = 0,
    before: tuple[float, ...] | None = None,
    grown: float = 9.0,
) -> Prediction:
    """A window of which a fall is said with that probability, and walking with the rest; before it
    as much, unless other probabilities are given."""
    one = recording(label, f"{name}{fold}")
    place = TASK.classes.index(TASK.of_label[label])

    def row(sure: float) -> Row:
        made = np.zeros(len(TASK.classes))
        made[TASK.classes.index(FALL)] = sure
        made[TASK.classes.index(WALKING)] = 1 - sure
        return made

    features = np.zeros((1, 16), np.float32)
    person = f"made/{one.subject}"
    window = Window(one, person, person, place, int(at_s * 1e6), HOP, features)
    earlier = [row(sure) for sure in ((fall, fall) if before is None else before)]
    without = WithoutModel(NOTHING, grown)
    return Prediction(
        window, fold, row(fall), np.reshape(earlier, (-1, len(TASK.classes))), without
    )


def sure(one: Prediction) -> float:
    return one.fall_certainty(TASK.classes.index(FALL))


def test_recall_at_a_precision() -> None:
    falls = [said(FALL, p) for p in (0.9, 0.8, 0.6, 0.5, 0.1)]
    others = [said(WALKING, p) for p in (0.55, 0.3)]
    both = falls + others
    assert recall_at_precision(both, 0, sure) == pytest.approx(0.8), "4 of 5 where 1 is wrong"
    assert recall_at_precision(both, 0, sure, 1.0) == pytest.approx(0.6)
    assert recall_at_precision(others, 0, sure) == 0.0
    assert threshold_at_recall(falls, 0, sure, 0.6) == 0.6


def test_a_threshold_that_finds_nothing_is_none() -> None:
    """A rate at a recall that is not reached would be 0, and met."""
    unmoved = [said(FALL, 0.9, grown=1.0)] * 2 + [said(FALL, 0.9)]
    assert np.isnan(threshold_at_recall(unmoved, 0, sure))
    assert np.isnan(threshold_at_recall([said(WALKING, 0.9)], 0, sure))
    still = [said(BREATHING, 0.9, at_s) for at_s in (20.0, 30.0)]
    name = "false falls an hour lying still, at recall 0.7"
    found = {figure.name: figure for figure in figures(TASK, unmoved + still)}
    assert (found[name].value, found[name].met) == (None, None)
    assert found[f"one window alone, {name}"].value == pytest.approx(360)


def test_a_fall_is_told_when_it_is_said_three_times_and_something_moved() -> None:
    assert sure(said(FALL, 0.9, before=(0.8, 0.7))) == 0.7, "the least of them"
    assert sure(said(FALL, 0.9, before=(0.8, 0.7, 0.1))) == 0.7, "what was earlier is over"
    assert sure(said(FALL, 0.9, before=(0.8,))) == 0.0, "not yet"
    assert sure(said(FALL, 0.9, grown=2.5)) == 0.0, "nothing moved"
    assert sure(said(FALL, 0.9, grown=2.6)) == 0.9
    fall = TASK.classes.index(FALL)
    assert said(FALL, 0.9, before=(0.6, 0.6)).is_fall_by_packets(fall)
    assert not said(FALL, 0.9, before=(0.6, 0.4)).is_fall_by_packets(fall), "walking was ahead"
    assert not said(FALL, 0.9, grown=2.5).is_fall_by_packets(fall)


def test_thresholds_of_other_persons() -> None:
    """Each fold's falls are told by the threshold of the other fold, which is its own too low."""
    made = [said(FALL, 0.9), said(WALKING, 0.6), said(FALL, 0.5, fold=1)]
    still = [said(BREATHING, p, at_s) for p, at_s in ((0.6, 20.0), (0.1, 80.0))]
    found = {figure.name: figure.value for figure in figures(TASK, made + still)}
    assert found["threshold of other persons, falls: recall"] == pytest.approx(0.5)
    assert found["threshold of other persons, falls: precision"] == pytest.approx(0.5)
    rate = "threshold of other persons, false falls an hour lying still"
    assert found[rate] == pytest.approx(60)
    assert found["as packets say it, false falls an hour lying still"] == pytest.approx(60)
    assert found["false falls an hour lying still, at recall 0.7"] == pytest.approx(60)


def test_false_falls_are_told_once_in_a_window() -> None:
    """Ten minutes: a fall is said for 30 s on end, and once more later."""
    times = np.arange(20.0, 621.0)
    probability = np.where((times >= 100) & (times < 130), 0.9, 0.1)
    probability[times == 400] = 0.7
    still = [said(BREATHING, p, t) for p, t in zip(probability, times, strict=True)]
    for threshold, times_told in ((0.5, 3), (0.8, 2), (0.95, 0)):
        rate = false_falls_an_hour(still, lambda one, least=threshold: sure(one) >= least)
        assert rate == pytest.approx(times_told * 6)


def test_figures_are_means_over_folds() -> None:
    """One fold right, one of three times as many windows wrong."""
    made = [said(FALL, 0.9), said(WALKING, 0.1)]
    made += [said(FALL, 0.1, fold=1) for _ in range(3)] + [said(WALKING, 0.9, fold=1)] * 3
    found = {figure.name: figure for figure in figures(TASK, made)}
    assert found["five actions: accuracy"].value == pytest.approx(0.5)
    assert found["five actions: accuracy"].met is False
    assert found["falls: recall"].value == pytest.approx(0.5)
    assert found["five actions: accuracy"].interval is not None


def test_what_is_said_without_a_model_stands_beside() -> None:
    fall = WithoutModel(TASK.classes.index(FALL), 1.0)
    made = [replace(said(FALL, 0.1), physics=fall), said(FALL, 0.9), said(FALL, 0.9)]
    made += [replace(said(WALKING, 0.1), physics=fall)]
    made += [replace(said(BREATHING, 0.1, at_s), physics=fall) for at_s in (20.0, 30.0)]
    made += [said(BREATHING, 0.9, 140.0)]
    found = {figure.name: figure.value for figure in figures(TASK, made)}
    assert found["without a model, falls: recall"] == pytest.approx(1 / 3)
    assert found["without a model, falls: precision"] == pytest.approx(0.5)
    assert found["without a model, false falls an hour lying still"] == pytest.approx(30)
    moving = MOVING_TASK
    one = replace(made[0].window, label=0)
    still, none = np.array([0.0, 1.0, 0.0]), np.zeros((0, 3))
    both = [
        Prediction(one, 0, still, none, WithoutModel(0, 1.0)),
        Prediction(replace(one, label=1), 0, still, none, WithoutModel(2, 1.0)),
    ]
    found = {figure.name: figure.value for figure in figures(moving, both)}
    assert found["recall, mean over classes"] == pytest.approx(0.5)
    assert (found["recall, moving"], found["without a model, recall, moving"]) == (0.0, 1.0)
    assert found["without a model, recall, mean over classes"] == pytest.approx(0.5)
