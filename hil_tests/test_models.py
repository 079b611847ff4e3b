"""The project's own models, on every target: brought into the node, and right about what it hears.

Right is what the oracle says of the same spectra. How right they are about persons is measured by
test_accuracy.py, which needs recordings; this needs none.
"""

from __future__ import annotations

import pytest

from harness.sensing.accuracy.card import read_card
from harness.sensing.deploy.model import ModelFile
from harness.sensing.node import SensingNode
from harness.sensing.soak.logits import frames_of
from hil_tests.support.deploying import Deploy, deployed
from hil_tests.support.judge import Judge
from hil_tests.support.model import Model
from hil_tests.support.models import chosen_models
from hil_tests.support.packets import classifications
from kernels_ref.edge.mock import Scenario
from kernels_ref.packets import TemporalFeed

pytestmark = [
    pytest.mark.needs("head"),
    pytest.mark.needs("flash"),
    pytest.mark.needs("stepped-clock"),
]

SECONDS = 24  # a window of 48 spectra, 400 ms apart, and what the first of them takes
MOST_BYTES = 48 * 1024


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """The models that the session is about."""
    found = chosen_models(metafunc.config, last=False)
    metafunc.parametrize("model", found, ids=[model.name for model in found])


def test_a_model_classifies_what_the_node_hears(
    node: SensingNode, judge: Judge, deploy: Deploy, model: ModelFile
) -> None:
    """A synthetic room from the radio's frames on: every logit, and every packet's class."""
    assert model.feed is not None
    assert len(model.data) <= MOST_BYTES
    assert len(read_card(model.path).classes) == model.shape.n_classes
    with deployed(deploy, model) as done:
        assert done.boot.temporal_feed == TemporalFeed.SPECTRUM
        node.restore()
        node.mirror(True)
        node.mock_scenario(Scenario.WALKING, 5)
        frames = frames_of(node)
        frames.advance(SECONDS)
        count, found = frames.count(), node.classify()
        assert found.n_frames == min(count, model.feed.window_len)
        window = frames.window(count, found.n_frames)
        sent = classifications(node)
    expected = Model(model.data).expect(window)
    judge.within("logits", ("class",), found.logits, expected.logits, expected.budget)
    assert len(sent) >= SECONDS - 3
    assert {packet.n_classes for packet in sent} == {model.shape.n_classes}
    assert {packet.feed for packet in sent} == {TemporalFeed.SPECTRUM}
