"""Booting with weights that are missing, damaged or wrong: the head is off, says why, and the
physics path does not notice."""

from __future__ import annotations

import numpy as np
import pytest

from harness.node import Node
from harness.node.structs import BootReport, HeadState, Setting, WeightsSource
from hil_tests.support.model import NODE_SHAPE, random_model
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


def boot_without_embedded(node: Node) -> BootReport:
    node.setting(Setting.EMBED_WEIGHTS, 0)
    return node.reset()


def expect_head_off(node: Node, boot: BootReport, error: int) -> None:
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


def corrupt(node: Node, slot: int, offset: int) -> None:
    """Clear the bits of one byte of a slot, as worn-out flash would."""
    at = node.partition_info().slot_offset[slot] + offset
    while node.partition_read(at, 1) == b"\0":
        at += 1
    node.partition_write(at, b"\0")


def test_no_weights_anywhere(node: Node) -> None:
    boot = boot_without_embedded(node)
    assert boot.weights_source == WeightsSource.NONE
    assert boot.slot_error == (NOT_FOUND, NOT_FOUND)
    expect_head_off(node, boot, NOT_FOUND)


def test_the_embedded_blob_comes_back_when_it_is_allowed_again(node: Node) -> None:
    boot_without_embedded(node)
    node.setting(Setting.EMBED_WEIGHTS, 1)
    boot = node.reset()
    assert (boot.head_state, boot.weights_source) == (HeadState.ON, WeightsSource.EMBEDDED)


@pytest.mark.parametrize("where", ["header", "blob"])
def test_a_corrupt_slot_is_not_used(node: Node, where: str) -> None:
    slot = node.upload_weights(FIRST.blob).slot
    offset = 4 if where == "header" else node.partition_info().blob_offset + 3000
    corrupt(node, slot, offset)
    boot = boot_without_embedded(node)
    assert boot.slot_error[slot] == INVALID_CRC
    expect_head_off(node, boot, INVALID_CRC)


def test_a_corrupt_slot_falls_back_to_the_embedded_blob_and_says_so(node: Node) -> None:
    slot = node.upload_weights(FIRST.blob).slot
    corrupt(node, slot, node.partition_info().blob_offset + 3000)
    boot = node.reset()
    assert (boot.head_state, boot.weights_source) == (HeadState.ON, WeightsSource.EMBEDDED)
    assert boot.slot_error[slot] == INVALID_CRC


def test_a_corrupt_newest_slot_falls_back_to_the_older_one(node: Node) -> None:
    node.upload_weights(FIRST.blob)
    slot = node.upload_weights(SECOND.blob).slot
    corrupt(node, slot, node.partition_info().blob_offset + 3000)
    boot = node.reset()
    assert (boot.head_state, boot.weights_crc) == (HeadState.ON, FIRST.crc)
    assert boot.slot_error[slot] == INVALID_CRC


@pytest.mark.parametrize("seed", range(3))
def test_a_partition_of_garbage_is_not_used(node: Node, seed: int) -> None:
    info = node.partition_info()
    garbage = np.random.default_rng(seed).integers(0, 256, 1024, np.uint8).tobytes()
    for start in info.slot_offset:
        node.partition_write(start, garbage)
    boot = boot_without_embedded(node)
    assert boot.slot_error == (INVALID_CRC, INVALID_CRC)
    expect_head_off(node, boot, INVALID_CRC)


@pytest.mark.parametrize(
    "shape", [ModelShape(9, 1, 1, 2, 1, 4), ModelShape(16, 1, 1, 2, 1, 3)], ids=["input", "classes"]
)
def test_a_blob_of_the_wrong_shape_turns_the_head_off(node: Node, shape: ModelShape) -> None:
    node.upload_weights(random_model(shape, 203).blob, force=True)
    boot = node.reset()
    assert boot.weights_source != WeightsSource.EMBEDDED, "a silent fall-back"
    expect_head_off(node, boot, INVALID_ARG)
    stated = f"{shape.input_dim}" if shape.input_dim != 16 else f"{shape.n_classes}"
    assert stated in boot.head_reason, boot.head_reason


def test_the_head_stays_off_when_it_is_not_to_start(node: Node) -> None:
    node.setting(Setting.START_HEAD, 0)
    boot = node.reset()
    assert boot.head_state == HeadState.OFF
    assert len(boot.head_reason) > 10
    node.restore()
    node.start_task(input_dim=16, window_len=256, n_classes=4)
    node.push_frames(np.ones((2, 16), np.float32))
    assert node.classify().n_frames == 2


def test_settings_survive_a_panic(node: Node) -> None:
    node.setting(Setting.EMBED_WEIGHTS, 0)
    assert node.panic().weights_source == WeightsSource.NONE
