"""Models of other classes and windows than the build's, and of what they were trained on: the node
runs what fits, and says of the rest why not."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from harness.sensing.node import SensingNode
from harness.sensing.structs.settings import Setting
from harness.sensing.structs.state import HeadState, SensingBootReport, WeightsSource
from hil_tests.support.judge import Judge
from hil_tests.support.model import NODE_SHAPE, REFERENCE, Model, random_frames, random_model
from hil_tests.support.packets import classifications
from hil_tests.support.refusal import refused
from kernels_ref import Feed, FeedKind
from kernels_ref.packets import TemporalFeed

pytestmark = [
    pytest.mark.needs("head"),
    pytest.mark.needs("flash"),
    pytest.mark.reboots,
    pytest.mark.usefixtures("clean_weights"),
]

INVALID_ARG, INVALID_STATE = 0x102, 0x103
STATES = Feed(FeedKind.STATES, spectrum_hop=0, window_len=64)
SPECTRA = Feed(FeedKind.SPECTRA, spectrum_hop=10, window_len=64)


def trained_on(feed: Feed, seed: int = 301) -> Model:
    model = random_model(NODE_SHAPE, seed)
    return Model(dataclasses.replace(model.parsed, feed=feed).serialize())


def with_feed(node: SensingNode, feed: TemporalFeed, hop: int) -> SensingBootReport:
    node.setting(Setting.TEMPORAL_FEED, feed)
    node.setting(Setting.SPECTRUM_HOP, hop)
    return node.reset()


def check_runs(node: SensingNode, judge: Judge, model: Model, window_len: int) -> None:
    """More frames than the window holds: the newest are classified."""
    node.restore()
    node.mirror(True)
    frames = random_frames(np.random.default_rng(302), window_len + 7)
    for start in range(0, len(frames), 16):
        node.push_frames(frames[start : start + 16])
        node.classify()
    result = node.classify()
    assert result.n_frames == window_len
    expected = model.expect(frames[-window_len:])
    judge.within("logits", ("class",), result.logits, expected.logits, expected.budget)


@pytest.mark.parametrize("n_classes", [2, 3, 6, 8, 16])
def test_a_model_of_any_number_of_classes_runs(
    node: SensingNode, judge: Judge, n_classes: int
) -> None:
    model = random_model(dataclasses.replace(NODE_SHAPE, n_classes=n_classes), 303)
    node.upload_weights(model.blob)
    boot = node.reset()
    assert boot.head_state == HeadState.ON, boot.head_reason
    assert boot.weights_crc == model.crc
    assert (boot.n_classes, boot.max_classes) == (n_classes, 16)
    check_runs(node, judge, model, 256)
    node.advance(seconds=1)
    assert {packet.n_classes for packet in classifications(node)} == {n_classes}


def test_an_extended_model_runs_in_the_task(node: SensingNode, judge: Judge) -> None:
    """Everything at once, as a trained model has it."""
    shape = dataclasses.replace(NODE_SHAPE, n_classes=6, mlp_width=24, input_affine=True)
    model = random_model(shape, 304)
    model = Model(dataclasses.replace(model.parsed, feed=STATES).serialize())
    node.upload_weights(model.blob)
    boot = node.reset()
    assert (boot.head_state, boot.weights_crc) == (HeadState.ON, model.crc), boot.head_reason
    check_runs(node, judge, model, STATES.window_len)


def test_a_window_of_its_own_survives_a_restore(node: SensingNode, judge: Judge) -> None:
    model = trained_on(STATES)
    node.upload_weights(model.blob)
    node.reset()
    for _ in range(2):
        check_runs(node, judge, model, STATES.window_len)


def test_the_longest_window_is_the_build_s(node: SensingNode, judge: Judge) -> None:
    longest = node.boot.window_len
    model = trained_on(dataclasses.replace(STATES, window_len=longest))
    node.upload_weights(model.blob)
    assert node.reset().weights_crc == model.crc
    check_runs(node, judge, model, longest)


def test_a_window_that_is_too_long_is_refused(node: SensingNode) -> None:
    longer = node.boot.window_len + 1
    model = trained_on(dataclasses.replace(STATES, window_len=longer))
    with refused("ESP_ERR_INVALID_ARG", what="a window that the node does not keep"):
        node.upload_weights(model.blob)
    slot = node.upload_weights(model.blob, force=True).slot
    node.setting(Setting.EMBED_WEIGHTS, 0)
    boot = node.reset()
    assert (boot.head_state, boot.head_error) == (HeadState.OFF, INVALID_ARG)
    assert boot.head_reason == f"slot {slot} wants {longer} frames, not up to {longer - 1}"


OTHER_FEED = {
    "states": (trained_on(STATES), TemporalFeed.SPECTRUM, 10, "wants states, not spectra"),
    "spectra": (
        trained_on(SPECTRA),
        TemporalFeed.STATE,
        10,
        "wants spectra every 200 ms, not states",
    ),
    "another hop": (
        trained_on(SPECTRA),
        TemporalFeed.SPECTRUM,
        3,
        "wants spectra every 200 ms, not every 60 ms",
    ),
}


@pytest.mark.parametrize("name", OTHER_FEED)
def test_a_model_of_another_feed_alone_turns_the_head_off(node: SensingNode, name: str) -> None:
    model, feed, hop, reason = OTHER_FEED[name]
    slot = node.upload_weights(model.blob).slot
    node.setting(Setting.EMBED_WEIGHTS, 0)
    boot = with_feed(node, feed, hop)
    said = f"a model that {reason} runs"
    assert (boot.head_state, boot.head_error) == (HeadState.OFF, INVALID_STATE), said
    assert boot.slot_error[slot] == INVALID_STATE
    assert boot.head_reason == f"slot {slot} {reason}"
    assert (node.status().head_state, node.status().head_error) == (HeadState.OFF, INVALID_STATE)


@pytest.mark.parametrize("older", [True, False], ids=["older slot", "image"])
def test_a_model_of_another_feed_falls_back_to_what_fits(node: SensingNode, older: bool) -> None:
    first = trained_on(STATES, 305)
    if older:
        node.upload_weights(first.blob)
    slot = node.upload_weights(trained_on(SPECTRA).blob).slot
    boot = node.reset()
    assert boot.head_state == HeadState.ON, boot.head_reason
    assert (boot.weights_source == WeightsSource.EMBEDDED) == (not older)
    assert boot.weights_crc == (first.crc if older else REFERENCE.crc)
    assert boot.slot_error[slot] == INVALID_STATE
    assert f"slot {slot} wants spectra every 200 ms" in boot.head_reason


def test_the_head_goes_with_the_settings(node: SensingNode) -> None:
    """Without a reset: a restore puts settings in force."""
    model = trained_on(SPECTRA)
    node.upload_weights(model.blob)
    assert with_feed(node, TemporalFeed.SPECTRUM, 10).weights_crc == model.crc
    for hop, runs in ((10, True), (5, False), (10, True)):
        node.setting(Setting.SPECTRUM_HOP, hop)
        node.restore()
        boot = node.boot_report()
        assert boot.head_state == HeadState.ON
        assert (boot.weights_crc == model.crc) == runs, f"hop {hop}: {boot.head_reason}"


def test_a_hop_does_not_matter_to_states(node: SensingNode) -> None:
    model = trained_on(STATES)
    node.upload_weights(model.blob)
    assert with_feed(node, TemporalFeed.STATE, 3).weights_crc == model.crc
