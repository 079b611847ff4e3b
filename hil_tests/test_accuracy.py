"""How right a model is on the node: raw frames of persons whom it has not seen, through capture,
carriers, spectrum, ring and head, to the packet; beside the oracle on the same windows.

In an ordinary run a few windows of each model stand for all; `-m accuracy` takes all of them.
"""

from __future__ import annotations

import pytest

from harness.errors import BenchError
from harness.plugin.fixtures import Measure
from harness.plugin.hil_session import HilSession
from harness.sensing.accuracy.card import of_unseen_persons, read_card, spread, windows_by_recording
from harness.sensing.accuracy.score import Score, score_of
from harness.sensing.datasets.windows import Window
from harness.sensing.deploy.model import ModelFile
from harness.sensing.edge_library import EdgeLibrary, open_edge_library
from harness.sensing.node import SensingNode
from harness.sensing.recordings.frames import Recording
from hil_tests.support.deploying import Deploy, deployed
from hil_tests.support.hearing import Heard, hear
from hil_tests.support.judge import Judge
from hil_tests.support.judged import Judged, Sides, accuracy_table, judged
from hil_tests.support.model import Model
from hil_tests.support.models import chosen_models
from hil_tests.support.recordings import every_recording
from kernels_ref import FeedKind

pytestmark = [
    pytest.mark.needs("head"),
    pytest.mark.needs("flash"),
    pytest.mark.needs("stepped-clock"),
]

FEW = 3
"""Recordings of an ordinary run: where the node is emulated, one can take ten seconds."""


@pytest.fixture(scope="module")
def library() -> EdgeLibrary:
    """The firmware's edge features, on this machine."""
    return open_edge_library()


class Accuracy:
    """One model on one node."""

    def __init__(
        self,
        node: SensingNode,
        model: ModelFile,
        judge: Judge,
        library: EdgeLibrary,
        hil: HilSession,
    ) -> None:
        self._node, self._judge, self._library = node, judge, library
        self._known = Model(model.data)
        self._name, self._speaker = model.name, hil.terminal
        self.card = read_card(model.path)
        if model.feed is None or model.feed.kind is not FeedKind.SPECTRA:
            raise BenchError(
                f"{model.path.name} does not say that it was trained on spectra, and of recordings "
                "nothing else is heard.",
                "Export it with what it was trained on.",
            )
        self._feed = model.feed

    def of(self, recordings: list[Recording]) -> list[Judged]:
        """Every window of the recordings."""
        hop = self._feed.spectrum_hop
        groups = windows_by_recording(recordings, self.card, self._library, hop)
        found: list[Judged] = []
        for done, group in enumerate(groups, 1):
            what = f"recording {done} of {len(groups)}, {group[0].recording}"
            self._speaker.progress(f"{self._name}: {what}")
            found += self._one(group)
        self._speaker.clear()
        return found

    def _one(self, group: list[Window]) -> list[Judged]:
        frames = group[-1].frames()
        heard = hear(self._node, frames, [window.end_us for window in group])
        return [self._judged(*pair) for pair in zip(group, heard, strict=True)]

    def _judged(self, window: Window, heard: Heard) -> Judged:
        name = f"{window.recording} at {window.end_us / 1e6:.1f} s"
        spectra = window.features[-self._feed.window_len :]
        assert heard.n_spectra == len(spectra), f"{name}: the ring holds {heard.n_spectra} spectra"
        if heard.packet is not None:
            sent, said = heard.packet.argmax, heard.argmax
            assert sent == said, f"{name}: the packet says class {sent}, the logits {said}"
        expected = self._known.expect(spectra)
        self._judge.within(
            f"logits of {name}", ("class",), heard.logits, expected.logits, expected.budget
        )
        limit = expected.budget.limit(expected.logits.shape)
        return judged(name, window.person, window.label, heard.argmax, expected.logits, limit)


def check(accuracy: Accuracy, seen: list[Judged], model: ModelFile, measure: Measure) -> str:
    """Demand that the device's classes are the oracle's but for ties. Returns the table."""
    labels, classes = [one.label for one in seen], accuracy.card.classes
    device = score_of(labels, [one.device for one in seen], len(classes))
    oracle = score_of(labels, [one.oracle for one in seen], len(classes))
    record(measure, model.name, device, oracle)
    table = accuracy_table(model.name, classes, device, oracle, seen)
    other = [one for one in seen if one.sides is Sides.OTHER]
    assert not other, "\n".join(
        f"{one.name}: the device says {classes[one.device]}, the oracle {classes[one.oracle]}, "
        f"which leads by {one.lead:.3g}; both errors allow {one.budget:.3g}"
        for one in other
    )
    return table


def record(measure: Measure, name: str, device: Score, oracle: Score) -> None:
    """Into the metrics."""
    for what, score in (("the device", device), ("the oracle", oracle)):
        said = f"of {score.windows} windows of persons not trained on, by {what}"
        key = what.removeprefix("the ")
        measure(f"accuracy {name} {key}", score.accuracy, "", description=f"right, {said}")
        measure(f"macro F1 {name} {key}", score.macro_f1, "", description=f"mean F1 {said}")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """The models that the session is about."""
    if "model" in metafunc.fixturenames:
        last = metafunc.definition.get_closest_marker("accuracy") is not None
        found = chosen_models(metafunc.config, last)
        metafunc.parametrize("model", found, ids=[model.name for model in found])


@pytest.fixture
def accuracy(
    node: SensingNode, judge: Judge, library: EdgeLibrary, hil_session: HilSession, model: ModelFile
) -> Accuracy:
    """How right this model is on the session's node."""
    return Accuracy(node, model, judge, library, hil_session)


@pytest.mark.accuracy
def test_accuracy_on_persons_not_trained_on(
    accuracy: Accuracy, deploy: Deploy, hil_session: HilSession, measure: Measure, model: ModelFile
) -> None:
    """Every window of everybody whom the model's card holds out."""
    recordings = of_unseen_persons(every_recording(), accuracy.card)
    with deployed(deploy, model):
        seen = accuracy.of(recordings)
    hil_session.terminal.show(check(accuracy, seen, model, measure))


def test_a_few_windows_classify_as_in_training(
    accuracy: Accuracy, deploy: Deploy, measure: Measure, model: ModelFile
) -> None:
    """One of each class; all of them: -m accuracy."""
    recordings = spread(of_unseen_persons(every_recording(), accuracy.card), FEW)
    with deployed(deploy, model):
        check(accuracy, accuracy.of(recordings), model, measure)
