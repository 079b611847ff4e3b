"""A model into a node: what is refused and why, the proof, and the way back.

`hil deploy` runs the first test with the model that it is given; the others make their own.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

import numpy as np
import pytest
from numpy.typing import NDArray

from harness.errors import BenchError
from harness.plugin.hil_session import HilSession
from harness.sensing.deploy.deployment import DeployFailed, RollbackFailed
from harness.sensing.deploy.fit import Refused
from harness.sensing.deploy.model import LastDeployed, ModelFile, model_of, read_model
from harness.sensing.node import SensingNode
from harness.sensing.structs.settings import Setting
from harness.sensing.structs.state import HeadState, WeightsSource
from hil_tests.support.deploying import Deploy
from hil_tests.support.model import NODE_SHAPE, Model, random_model
from kernels_ref import Feed, FeedKind, ModelShape
from kernels_ref.packets import TemporalFeed

Function = TypeVar("Function", bound=Callable[..., None])


def on_a_clean_node(test: Function) -> Function:
    """Its weights are empty and its settings as delivered, before the test and after it."""
    for mark in (
        pytest.mark.needs("head"),
        pytest.mark.needs("flash"),
        pytest.mark.reboots,
        pytest.mark.usefixtures("clean_weights"),
    ):
        test = mark(test)
    return test


FIRST, SECOND = random_model(NODE_SHAPE, 301), random_model(NODE_SHAPE, 302)


def a_file(model: Model, name: str = "it.rvne") -> ModelFile:
    return model_of(model.blob, Path(name))


@pytest.mark.deploy
@pytest.mark.needs("flash")
def test_a_model_is_deployed(
    deploy: Deploy, hil_session: HilSession, pytestconfig: pytest.Config
) -> None:
    """The model that --model names, into the node as it is found."""
    option, terminal = pytestconfig.option, hil_session.terminal
    if option.model is None:
        raise BenchError("No model was named.", "Type: hil deploy MODEL")
    planned = deploy.planned(read_model(option.model), option.set_settings)
    planned.tell, planned.progress = terminal.say, terminal.percent("uploading")
    deployed = planned.run()
    terminal.say(str(deployed))
    if not option.port:
        LastDeployed(hil_session.choice.build_dir).note(deployed.model)
        where = hil_session.choice.target.name
        terminal.say(f"an emulated node begins anew: pytest -m accuracy --target {where} gives it")


# ---- what is not deployed -----------------------------------------------------------------------


def never(_frames: NDArray[np.float32], _logits: NDArray[np.float32]) -> None:
    raise AssertionError("the logits are another model's")


def as_was(node: SensingNode) -> tuple[object, ...]:
    boot = node.boot_report()
    return boot.head_state, boot.weights_source, boot.weights_crc, boot.weights_generation


@on_a_clean_node
def test_the_first_and_the_next(node: SensingNode, deploy: Deploy) -> None:
    """The boot report of a new start names it; the one before stays in the other slot."""
    first = deploy(a_file(FIRST))
    assert (first.boot.weights_crc, first.boot.weights_generation) == (FIRST.crc, 1)
    second = deploy(a_file(SECOND))
    assert (second.boot.weights_crc, second.boot.weights_generation) == (SECOND.crc, 2)
    assert second.slot == 1 - first.slot
    assert second.boot.boot_nonce == node.boot.boot_nonce
    assert node.status().frames_pushed == 0, "what was tried is still in the window"
    assert deploy.planned(a_file(SECOND)).run().slot == second.slot


@on_a_clean_node
def test_what_runs_already_is_proven_and_not_written(node: SensingNode, deploy: Deploy) -> None:
    deploy(a_file(FIRST))
    again = deploy(a_file(FIRST))
    assert not again.is_new
    assert again.boot.weights_generation == 1
    assert any("already" in line for line in deploy.said)


@on_a_clean_node
@pytest.mark.parametrize(
    ("shape", "words"),
    [
        (ModelShape(9, 1, 1, 2, 1, 4), "takes 9 floats a frame, the node's frames have 16"),
        (ModelShape(16, 1, 1, 2, 1, 17), "tells 17 classes apart, a node at most 16"),
    ],
    ids=["input", "classes"],
)
def test_another_shape_is_refused(
    node: SensingNode, deploy: Deploy, shape: ModelShape, words: str
) -> None:
    before = as_was(node)
    with pytest.raises(Refused, match=words):
        deploy(a_file(random_model(shape, 1)))
    assert as_was(node) == before


@on_a_clean_node
def test_more_than_a_slot_holds_is_refused(node: SensingNode, deploy: Deploy) -> None:
    info = node.partition_info()
    wide = (info.slot_size[0] // 4 // (4 * 16)) + 64
    with pytest.raises(Refused, match="a slot of its flash holds"):
        deploy(a_file(random_model(ModelShape(16, 1, 1, wide, 1, 4), 1)))


# ---- what it was trained on ---------------------------------------------------------------------


def of_spectra(model: Model, hop: int = 5, window: int = 64) -> ModelFile:
    told = replace(model.parsed, feed=Feed(FeedKind.SPECTRA, hop, window))
    return model_of(told.serialize(), Path("it.rvne"))


@on_a_clean_node
def test_another_feed_is_refused_and_nothing_is_set(node: SensingNode, deploy: Deploy) -> None:
    before, settings = as_was(node), node.settings()
    words = (
        r"trained on spectra every 100 ms, and on the node temporal_feed is 0 \(states\) and has "
        r"to be 1 \(spectra\), spectrum_hop is 10 and has to be 5. Let it be set with: hil deploy "
        "--set"
    )
    with pytest.raises(Refused, match=words):
        deploy(of_spectra(FIRST))
    assert (as_was(node), node.settings()) == (before, settings)


@on_a_clean_node
def test_the_feed_is_set_where_that_is_wanted(node: SensingNode, deploy: Deploy) -> None:
    boot = deploy(of_spectra(FIRST), may_set=True).boot
    assert boot.temporal_feed == TemporalFeed.SPECTRUM
    assert (node.settings().temporal_feed, node.settings().spectrum_hop) == (1, 5)


@on_a_clean_node
def test_a_window_longer_than_the_node_s_is_refused(node: SensingNode, deploy: Deploy) -> None:
    longer = node.boot.window_len + 1
    with pytest.raises(Refused, match=f"looks at {longer} frames, the node keeps"):
        deploy(of_spectra(FIRST, window=longer), may_set=True)


@on_a_clean_node
def test_settings_are_taken_back_with_the_model(node: SensingNode, deploy: Deploy) -> None:
    planned = deploy.planned(of_spectra(SECOND), may_set=True)
    planned.judge = never
    with pytest.raises(DeployFailed, match="Rolled back"):
        planned.run()
    settings = node.settings()
    assert (settings.temporal_feed, settings.spectrum_hop) == (0, 10)
    assert node.boot.temporal_feed == TemporalFeed.STATE


@on_a_clean_node
def test_a_head_that_is_not_to_start_is_said(node: SensingNode, deploy: Deploy) -> None:
    node.setting(Setting.START_HEAD, 0)
    node.restore()
    with pytest.raises(Refused, match="start_head is 0 and has to be 1"):
        deploy(a_file(FIRST))
    assert deploy(a_file(FIRST), may_set=True).boot.head_state is HeadState.ON


# ---- what does not run, and the way back ------------------------------------------------


@on_a_clean_node
@pytest.mark.parametrize("older", [False, True], ids=["from the image", "from a slot"])
def test_what_does_not_compute_is_taken_back(
    node: SensingNode, deploy: Deploy, older: bool
) -> None:
    """Proven by the boot report: what ran before runs again."""
    if older:
        deploy(a_file(FIRST))
    before = as_was(node)
    planned = deploy.planned(a_file(SECOND))
    planned.judge = never
    words = "generation 1" if older else "the weights of its image"
    with pytest.raises(DeployFailed, match=f"the logits are .*Rolled back: .*{words}"):
        planned.run()
    assert as_was(node) == before
    assert node.reset().weights_crc == (FIRST.crc if older else before[2])


@on_a_clean_node
def test_what_is_read_back_has_to_be_the_model(
    node: SensingNode, deploy: Deploy, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A byte of flash that says another thing is seen, whatever the boot report says."""
    read = node.partition_read

    def worn(offset: int, length: int) -> bytes:
        data = bytearray(read(offset, length))
        if length == len(SECOND.blob):
            data[100] ^= 4
        return bytes(data)

    monkeypatch.setattr(node, "partition_read", worn)
    with pytest.raises(DeployFailed, match=r"what lies in slot . has CRC .*: byte 100 is"):
        deploy(a_file(SECOND))


@on_a_clean_node
def test_a_way_back_that_fails_is_said(
    node: SensingNode, deploy: Deploy, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The slot that is not erased runs on, and that is not called rolled back."""
    planned = deploy.planned(a_file(SECOND))
    planned.judge = never
    monkeypatch.setattr(node, "partition_erase", lambda _offset, _length: None)
    with pytest.raises(RollbackFailed, match="The way back failed as well: the node ran"):
        planned.run()
    assert node.boot.weights_crc == SECOND.crc


@on_a_clean_node
def test_an_upload_that_breaks_off_changes_nothing(
    node: SensingNode, deploy: Deploy, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = as_was(node)
    commit: Callable[[], object] = node.weights_commit

    def breaks() -> object:
        raise KeyboardInterrupt

    monkeypatch.setattr(node, "weights_commit", breaks)
    with pytest.raises(KeyboardInterrupt):
        deploy(a_file(SECOND))
    monkeypatch.setattr(node, "weights_commit", commit)
    assert as_was(node) == before
    assert node.reset().weights_source is WeightsSource.EMBEDDED
    assert node.boot.head_state is HeadState.ON
