"""Uploading weights: in pieces, interrupted, resumed, aborted; and a reset at any point of it."""

from __future__ import annotations

import numpy as np
import pytest

from harness.device.base import Device
from harness.node.framing import Request, encode_request
from harness.sensing.node import SensingNode
from harness.sensing.structs.state import HeadState, WeightsSource
from harness.sensing.structs.weights import WeightsChunkRequest
from hil_tests.support.judge import Judge
from hil_tests.support.model import NODE_SHAPE, Model, random_frames, random_model
from hil_tests.support.refusal import refused
from kernels_ref import ModelShape, WeightDtype

pytestmark = [
    pytest.mark.needs("head"),
    pytest.mark.needs("flash"),
    pytest.mark.usefixtures("clean_weights"),
]

CHUNK = 256
RESUME_GRAIN = 256  # after a reset, the last bytes that were received are asked for again
FIRST = random_model(NODE_SHAPE, 101, WeightDtype.FLOAT16)
SECOND = random_model(NODE_SHAPE, 102, WeightDtype.FLOAT16)


def begin(node: SensingNode, model: Model) -> int:
    """Open an upload; return the offset to go on from."""
    return node.weights_begin(len(model.blob), model.crc).resume_offset


def send(node: SensingNode, model: Model, start: int, end: int) -> None:
    for offset in range(start, end, CHUNK):
        node.weights_chunk(offset, model.blob[offset : min(offset + CHUNK, end)])


def check_runs(node: SensingNode, judge: Judge, model: Model) -> None:
    """The node computes with `model`."""
    frames = random_frames(np.random.default_rng(4), 12)
    node.restore()
    node.push_frames(frames)
    expected = model.expect(frames)
    judge.within("logits", ("class",), node.classify().logits, expected.logits, expected.budget)


def test_a_committed_blob_is_used_at_once_and_after_a_reset(
    node: SensingNode, judge: Judge
) -> None:
    commit = node.upload_weights(FIRST.blob)
    assert commit.generation == 1
    check_runs(node, judge, FIRST)
    boot = node.reset()
    assert boot.weights_source in (WeightsSource.SLOT_0, WeightsSource.SLOT_1)
    assert (boot.weights_len, boot.weights_crc) == (len(FIRST.blob), FIRST.crc)
    check_runs(node, judge, FIRST)


def test_slots_are_written_in_turn_and_the_newest_is_used(node: SensingNode, judge: Judge) -> None:
    commits = [node.upload_weights(model.blob) for model in (FIRST, SECOND, FIRST, SECOND)]
    assert [commit.generation for commit in commits] == [1, 2, 3, 4]
    assert [commit.slot for commit in commits] in ([0, 1, 0, 1], [1, 0, 1, 0])
    check_runs(node, judge, SECOND)
    assert node.reset().weights_generation == 4


def test_an_interrupted_upload_is_resumed_where_it_stopped(node: SensingNode, judge: Judge) -> None:
    assert begin(node, FIRST) == 0
    send(node, FIRST, 0, 5 * CHUNK)
    assert begin(node, FIRST) == 5 * CHUNK
    send(node, FIRST, 5 * CHUNK, len(FIRST.blob))
    node.weights_commit()
    check_runs(node, judge, FIRST)


@pytest.mark.reboots
def test_an_upload_is_resumed_after_a_reset(node: SensingNode, judge: Judge) -> None:
    begin(node, FIRST)
    send(node, FIRST, 0, 9 * CHUNK)
    node.reset()
    resumed = begin(node, FIRST)
    assert 9 * CHUNK - RESUME_GRAIN <= resumed <= 9 * CHUNK
    send(node, FIRST, resumed, len(FIRST.blob))
    node.weights_commit()
    check_runs(node, judge, FIRST)


def test_another_upload_does_not_go_on_from_the_first(node: SensingNode, judge: Judge) -> None:
    begin(node, FIRST)
    send(node, FIRST, 0, 5 * CHUNK)
    assert begin(node, SECOND) == 0
    send(node, SECOND, 0, len(SECOND.blob))
    node.weights_commit()
    check_runs(node, judge, SECOND)


def test_abort_leaves_what_was_there(node: SensingNode, judge: Judge) -> None:
    node.upload_weights(FIRST.blob)
    begin(node, SECOND)
    send(node, SECOND, 0, len(SECOND.blob))
    node.weights_abort()
    for call in (node.weights_commit, node.weights_abort):
        with refused("ESP_ERR_INVALID_STATE"):
            call()
    check_runs(node, judge, FIRST)
    assert node.reset().weights_crc == FIRST.crc


@pytest.mark.reboots
@pytest.mark.parametrize("sent", [0, 1, 7 * CHUNK, len(SECOND.blob)], ids=str)
def test_a_reset_during_an_update_leaves_the_old_blob(
    node: SensingNode, judge: Judge, sent: int
) -> None:
    node.upload_weights(FIRST.blob)
    begin(node, SECOND)
    send(node, SECOND, 0, sent)
    boot = node.reset()
    assert boot.head_state == HeadState.ON
    assert (boot.weights_generation, boot.weights_crc) == (1, FIRST.crc)
    check_runs(node, judge, FIRST)


@pytest.mark.parametrize("older", [False, True], ids=["alone", "with an older one"])
def test_the_slot_in_use_is_spared_when_its_header_is_damaged(
    node: SensingNode, judge: Judge, older: bool
) -> None:
    """The head reads its weights where they lie; a worn-out header makes them no less used."""
    if older:
        node.upload_weights(SECOND.blob)
    in_use = node.upload_weights(FIRST.blob)
    start = node.partition_info().slot_offset[in_use.slot]
    node.partition_write(start, bytes(4))
    opened = node.weights_begin(len(SECOND.blob), SECOND.crc)
    assert opened.slot != in_use.slot, "the upload erased the weights of the running head"
    frames = random_frames(np.random.default_rng(4), 12)
    node.push_frames(frames)
    expected = FIRST.expect(frames)
    judge.within("logits", ("class",), node.classify().logits, expected.logits, expected.budget)
    send(node, SECOND, opened.resume_offset, len(SECOND.blob))
    assert node.weights_commit().generation == in_use.generation + 1
    check_runs(node, judge, SECOND)


@pytest.mark.reboots
@pytest.mark.needs("power-cut")
@pytest.mark.parametrize("moment", ["in a chunk", "in the first chunk", "in the commit"])
def test_power_that_fails_leaves_the_old_blob_or_the_new_one(
    node: SensingNode, judge: Judge, device: Device, moment: str
) -> None:
    """The last line is on its way, or half executed, when the power goes."""
    node.upload_weights(FIRST.blob)
    begin(node, SECOND)
    if moment == "in the commit":
        send(node, SECOND, 0, len(SECOND.blob))
        next_id = node.hello().last_id + 1
        node.send_raw(encode_request(Request(next_id, "weights_commit", b"")))
    else:
        sent = 0 if "first" in moment else 6 * CHUNK
        send(node, SECOND, 0, sent)
        next_id = node.hello().last_id + 1
        chunk = WeightsChunkRequest(sent).build() + SECOND.blob[sent : sent + CHUNK]
        node.send_raw(encode_request(Request(next_id, "weights_chunk", chunk)))
    device.power_cycle()
    boot = node.wait_boot(after="power came back")
    assert boot.head_state == HeadState.ON
    whole = {FIRST.crc: FIRST, SECOND.crc: SECOND}
    assert boot.weights_crc in (whole if "commit" in moment else [FIRST.crc])
    check_runs(node, judge, whole[boot.weights_crc])


def test_a_refused_commit_leaves_the_old_blob(node: SensingNode, judge: Judge) -> None:
    node.upload_weights(FIRST.blob)
    broken = bytearray(SECOND.blob)
    broken[1500] ^= 1
    with refused("ESP_ERR_INVALID_CRC", what="the commit of a corrupt blob"):
        node.upload_weights(bytes(broken))
    check_runs(node, judge, FIRST)
    assert node.reset().weights_crc == FIRST.crc


def test_a_chunk_out_of_turn_is_refused_with_the_expected_offset(node: SensingNode) -> None:
    begin(node, FIRST)
    send(node, FIRST, 0, CHUNK)
    with refused("ESP_ERR_INVALID_ARG", what="a gap", saying=f"expected {CHUNK}"):
        node.weights_chunk(3 * CHUNK, FIRST.blob[3 * CHUNK : 4 * CHUNK])


def test_a_repeated_chunk_is_fine_when_it_is_the_same(node: SensingNode, judge: Judge) -> None:
    begin(node, FIRST)
    send(node, FIRST, 0, 3 * CHUNK)
    send(node, FIRST, CHUNK, 2 * CHUNK)
    with refused("ESP_ERR_INVALID_ARG", what="other bytes for a chunk that is there"):
        node.weights_chunk(CHUNK, SECOND.blob[CHUNK : 2 * CHUNK])
    send(node, FIRST, 2 * CHUNK + 100, len(FIRST.blob))  # overlaps what is there
    node.weights_commit()
    check_runs(node, judge, FIRST)


def test_a_chunk_beyond_the_announced_length_is_refused(node: SensingNode) -> None:
    node.weights_begin(100, 0)
    with refused("ESP_ERR_INVALID_SIZE", what="101 bytes of 100"):
        node.weights_chunk(0, bytes(101))


def test_an_incomplete_upload_is_not_committed(node: SensingNode, judge: Judge) -> None:
    begin(node, FIRST)
    send(node, FIRST, 0, 2 * CHUNK)
    with refused("ESP_ERR_INVALID_STATE", what="the commit of half an upload"):
        node.weights_commit()
    send(node, FIRST, 2 * CHUNK, len(FIRST.blob))
    node.weights_commit()
    check_runs(node, judge, FIRST)


def test_without_a_begin_there_is_no_chunk(node: SensingNode) -> None:
    with refused("ESP_ERR_INVALID_STATE"):
        node.weights_chunk(0, bytes(16))


def test_more_than_a_slot_holds_is_refused_before_anything_is_erased(
    node: SensingNode, judge: Judge
) -> None:
    node.upload_weights(FIRST.blob)
    for length in (node.partition_info().slot_size[0], 2**32 - 1):
        with refused("ESP_ERR_INVALID_SIZE"):
            node.weights_begin(length, 0)
    check_runs(node, judge, FIRST)


def test_an_upload_as_large_as_a_slot_spares_the_slot_behind_it(
    node: SensingNode, judge: Judge
) -> None:
    """The blob in use lies in the second slot; the upload takes all of the first."""
    for model in (FIRST, SECOND):
        slot = node.upload_weights(model.blob).slot
    info = node.partition_info()
    assert info.slot_offset[slot] == max(info.slot_offset)
    assert node.weights_begin(info.slot_size[0] - info.blob_offset, 0).slot != slot
    boot = node.reset()
    assert (boot.weights_generation, boot.weights_crc) == (2, SECOND.crc)
    check_runs(node, judge, SECOND)


def test_bytes_that_are_not_what_was_announced_are_not_committed(node: SensingNode) -> None:
    node.weights_begin(len(FIRST.blob), FIRST.crc ^ 1)
    send(node, FIRST, 0, len(FIRST.blob))
    with refused("ESP_ERR_INVALID_CRC", what="an upload with another CRC than announced"):
        node.weights_commit()


def test_a_blob_of_another_shape_needs_force(node: SensingNode) -> None:
    other = random_model(ModelShape(9, 1, 1, 2, 1, 2), 103)
    with refused("ESP_ERR_INVALID_ARG", what="a blob of another shape"):
        node.upload_weights(other.blob)
    node.upload_weights(other.blob, force=True)
