"""Booting with weights that are missing, damaged or wrong: the head is off, says why, and the
physics path does not notice."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from harness.sensing.node import SensingNode
from harness.sensing.structs.settings import Setting
from harness.sensing.structs.state import HeadState, SensingBootReport, WeightsSource
from hil_tests.support.model import NODE_SHAPE, REFERENCE, random_model
from hil_tests.support.packets import classifications, packets_of
from hil_tests.support.refusal import refused
from kernels_ref import ModelShape
from kernels_ref.packets import FeatureState

pytestmark = [
    pytest.mark.needs("head"),
    pytest.mark.needs("flash"),
    pytest.mark.reboots,
    pytest.mark.usefixtures("clean_weights"),
]

NOT_FOUND, INVALID_ARG, INVALID_CRC = 0x105, 0x102, 0x109
FIRST = random_model(NODE_SHAPE, 201)
SECOND = random_model(NODE_SHAPE, 202)


def boot_without_embedded(node: SensingNode) -> SensingBootReport:
    node.setting(Setting.EMBED_WEIGHTS, 0)
    return node.reset()


def expect_head_off(node: SensingNode, boot: SensingBootReport, error: int) -> None:
    """The head is off for `error` and says so; features flow; the task's calls are safe."""
    assert boot.head_state == HeadState.OFF
    assert boot.head_error == error, f"{boot.head_error:#x}: {boot.head_reason}"
    assert len(boot.head_reason) > 10, "the boot report does not say why the head is off"
    node.restore()
    status = node.status()
    assert (status.head_state, status.head_error) == (HeadState.OFF, error)
    node.mirror(True)
    node.advance(seconds=3)
    assert len(packets_of(node, FeatureState)) == 15
    assert classifications(node) == []
    result = node.push_frames(np.zeros((1, 16), np.float32))
    assert (result.accepted, result.last_error) == (0, NOT_FOUND)
    with refused("ESP_ERR_NOT_FOUND"):
        node.classify()


def corrupt(node: SensingNode, slot: int, offset: int) -> None:
    """Clear the bits of one byte of a slot, as worn-out flash would."""
    at = node.partition_info().slot_offset[slot] + offset
    while node.partition_read(at, 1) == b"\0":
        at += 1
    node.partition_write(at, b"\0")


def test_no_weights_anywhere(node: SensingNode) -> None:
    boot = boot_without_embedded(node)
    assert boot.weights_source == WeightsSource.NONE
    assert boot.slot_error == (NOT_FOUND, NOT_FOUND)
    expect_head_off(node, boot, NOT_FOUND)


def test_the_embedded_blob_comes_back_when_it_is_allowed_again(node: SensingNode) -> None:
    boot_without_embedded(node)
    node.setting(Setting.EMBED_WEIGHTS, 1)
    boot = node.reset()
    assert (boot.head_state, boot.weights_source) == (HeadState.ON, WeightsSource.EMBEDDED)


@pytest.mark.parametrize("where", ["header", "blob"])
def test_a_corrupt_slot_is_not_used(node: SensingNode, where: str) -> None:
    slot = node.upload_weights(FIRST.blob).slot
    offset = 4 if where == "header" else node.partition_info().blob_offset + 3000
    corrupt(node, slot, offset)
    boot = boot_without_embedded(node)
    assert boot.slot_error[slot] == INVALID_CRC
    expect_head_off(node, boot, INVALID_CRC)


def test_a_corrupt_slot_falls_back_to_the_embedded_blob_and_says_so(node: SensingNode) -> None:
    slot = node.upload_weights(FIRST.blob).slot
    corrupt(node, slot, node.partition_info().blob_offset + 3000)
    boot = node.reset()
    assert (boot.head_state, boot.weights_source) == (HeadState.ON, WeightsSource.EMBEDDED)
    assert boot.slot_error[slot] == INVALID_CRC


def test_a_corrupt_newest_slot_falls_back_to_the_older_one(node: SensingNode) -> None:
    node.upload_weights(FIRST.blob)
    slot = node.upload_weights(SECOND.blob).slot
    corrupt(node, slot, node.partition_info().blob_offset + 3000)
    boot = node.reset()
    assert (boot.head_state, boot.weights_crc) == (HeadState.ON, FIRST.crc)
    assert boot.slot_error[slot] == INVALID_CRC


@pytest.mark.parametrize("seed", range(3))
def test_a_partition_of_garbage_is_not_used(node: SensingNode, seed: int) -> None:
    info = node.partition_info()
    garbage = np.random.default_rng(seed).integers(0, 256, 1024, np.uint8).tobytes()
    for start in info.slot_offset:
        node.partition_write(start, garbage)
    boot = boot_without_embedded(node)
    assert boot.slot_error == (INVALID_CRC, INVALID_CRC)
    expect_head_off(node, boot, INVALID_CRC)


wrong_shape = pytest.mark.parametrize(
    "shape",
    [ModelShape(9, 1, 1, 2, 1, 4), ModelShape(16, 1, 1, 2, 1, 17)],
    ids=["input", "classes"],
)


@wrong_shape
def test_a_blob_of_the_wrong_shape_alone_turns_the_head_off(
    node: SensingNode, shape: ModelShape
) -> None:
    slot = node.upload_weights(random_model(shape, 203).blob, force=True).slot
    boot = boot_without_embedded(node)
    assert boot.slot_error[slot] == INVALID_ARG
    expect_head_off(node, boot, INVALID_ARG)
    assert f"{shape.input_dim} -> {shape.n_classes}" in boot.head_reason, boot.head_reason


@wrong_shape
@pytest.mark.parametrize("older", [True, False], ids=["older slot", "image"])
def test_a_blob_of_the_wrong_shape_falls_back_to_what_fits_and_says_so(
    node: SensingNode, shape: ModelShape, older: bool
) -> None:
    if older:
        node.upload_weights(FIRST.blob)
    slot = node.upload_weights(random_model(shape, 203).blob, force=True).slot
    boot = node.reset()
    assert boot.head_state == HeadState.ON, f"the head is off: {boot.head_reason}"
    assert (boot.weights_source == WeightsSource.EMBEDDED) == (not older)
    assert boot.weights_crc == (FIRST.crc if older else REFERENCE.crc)
    assert boot.slot_error[slot] == INVALID_ARG
    assert f"slot {slot} is {shape.input_dim} -> {shape.n_classes}" in boot.head_reason


@pytest.mark.parametrize("older", [True, False], ids=["older slot", "image"])
def test_a_blob_that_does_not_start_falls_back_to_what_does(node: SensingNode, older: bool) -> None:
    """It has the node's shape and a good checksum, but one of its weights is no number."""
    if older:
        node.upload_weights(FIRST.blob)
    weights = FIRST.parsed.weights.copy()
    weights[7] = np.nan
    slot = node.upload_weights(dataclasses.replace(FIRST.parsed, weights=weights).serialize()).slot
    for boot in (node.reset(), node.reset()):
        assert boot.head_state == HeadState.ON, f"the head is off: {boot.head_reason}"
        assert boot.weights_crc == (FIRST.crc if older else REFERENCE.crc)
        assert boot.slot_error[slot] == INVALID_ARG
        assert f"slot {slot} has ESP_ERR_INVALID_ARG" in boot.head_reason
    node.restore()
    assert node.status().head_state == HeadState.ON


@pytest.mark.parametrize("where", ["newest", "image"])
def test_an_upload_spares_the_weights_that_fit(node: SensingNode, where: str) -> None:
    """Beside weights of another shape; and what is uploaded is then the newest of all."""
    other = random_model(ModelShape(9, 1, 1, 2, 1, 4), 203)
    if where == "newest":
        kept = node.upload_weights(FIRST.blob).slot
        assert node.upload_weights(other.blob, force=True).slot != kept
        assert node.upload_weights(SECOND.blob).slot != kept
    else:
        node.upload_weights(other.blob, force=True)
        node.upload_weights(SECOND.blob)
    boot = node.reset()
    assert (boot.head_state, boot.weights_crc) == (HeadState.ON, SECOND.crc)
    assert boot.weights_generation == (3 if where == "newest" else 2)


def test_the_head_stays_off_when_it_is_not_to_start(node: SensingNode) -> None:
    node.setting(Setting.START_HEAD, 0)
    boot = node.reset()
    assert boot.head_state == HeadState.OFF
    assert len(boot.head_reason) > 10
    node.restore()
    node.start_task(input_dim=16, window_len=256, n_classes=4)
    node.push_frames(np.ones((2, 16), np.float32))
    assert node.classify().n_frames == 2


def test_settings_survive_a_panic(node: SensingNode) -> None:
    node.setting(Setting.EMBED_WEIGHTS, 0)
    assert node.panic().weights_source == WeightsSource.NONE
