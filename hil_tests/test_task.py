"""The temporal task over stepped time: cadence, sequence, winner, margin, start and stop."""

from __future__ import annotations

import numpy as np
import pytest

from harness.compare import Budget
from harness.sensing.node import SensingNode
from harness.sensing.structs.controller import Observation
from harness.sensing.structs.state import HeadState
from hil_tests.support.judge import Judge
from hil_tests.support.model import REFERENCE, random_frames
from hil_tests.support.packets import check_sequence, classifications
from hil_tests.support.refusal import refused

pytestmark = pytest.mark.needs("head")

SECOND_US = 1_000_000
ESP_ERR_NOT_FOUND = 0x105


def test_a_packet_every_second(node: SensingNode) -> None:
    node.mirror(True)
    node.advance(seconds=12)
    sent = classifications(node)
    assert [packet.ts_us for packet in sent] == [SECOND_US * i for i in range(1, 13)]


def test_sequence_numbers_start_at_one_and_never_repeat(node: SensingNode) -> None:
    node.mirror(True)
    node.advance(seconds=12)
    check_sequence([packet.seq for packet in classifications(node)])
    assert node.status().temporal_seq == 12


def test_no_packet_before_its_time(node: SensingNode) -> None:
    node.mirror(True)
    node.advance(ms=999)
    assert classifications(node) == []
    node.advance(ms=1)
    assert len(classifications(node)) == 1


@pytest.mark.parametrize("steps_ms", [[1000] * 4, [333] * 12 + [4], [4000], [7, 993, 2500, 500]])
def test_the_cadence_does_not_depend_on_how_time_is_advanced(
    node: SensingNode, steps_ms: list[int]
) -> None:
    node.mirror(True)
    for step in steps_ms:
        node.advance(ms=step)
    assert [packet.ts_us for packet in classifications(node)] == [
        SECOND_US * i for i in range(1, 5)
    ]


def test_a_packet_says_what_the_oracle_says_of_the_same_frames(
    node: SensingNode, judge: Judge
) -> None:
    """The frames are the node's own: nine features of the observation, padded with zeros."""
    seen = Observation(0.1, 0.75, 14.5, 0.5, 71.0, 0.25, 0.125, 0.0625, 0.875, 20, 0)
    node.mirror(True)
    node.observe(seen)
    node.advance(seconds=2)
    frame = np.zeros(REFERENCE.shape.input_dim, np.float32)
    frame[:9] = [0.1, 0.75, 14.5, 0.5, 71.0, 0.25, 0.125, 0.0625, 0.875]
    for packet, n in zip(classifications(node), (5, 10), strict=True):
        expected = REFERENCE.expect(np.tile(frame, (n, 1)))
        ordered = np.sort(expected.logits)
        margin = ordered[-1] - ordered[-2]
        twice = Budget(expected.budget.terms * 2)  # a margin is the difference of two logits
        assert packet.argmax == int(np.argmax(expected.logits))
        judge.within("top logit", (), packet.top_logit, ordered[-1], expected.budget)
        judge.within("margin", (), packet.top1_minus_top2, margin, twice)


def test_the_winner_and_margin_are_those_of_the_logits(node: SensingNode) -> None:
    rng = np.random.default_rng(11)
    node.mirror(True)
    for _ in range(6):
        node.push_frames(random_frames(rng, 20))
        node.advance(seconds=1)
        packet = classifications(node)[-1]
        logits = node.classify().logits
        ordered = np.sort(logits)
        assert packet.argmax == int(np.argmax(logits))
        assert np.float32(packet.top_logit) == logits[packet.argmax]
        assert np.float32(packet.top1_minus_top2) == ordered[-1] - ordered[-2]


def test_a_tie_goes_to_the_lowest_class(node: SensingNode) -> None:
    """Frames of zeros give logits of zeros: all classes are equal."""
    node.mirror(True)
    node.push_frames(np.zeros((3, REFERENCE.shape.input_dim), np.float32))
    node.observe(Observation())
    node.advance(seconds=1)
    (packet,) = classifications(node)
    assert node.classify().logits.tolist() == [0.0] * 4
    assert packet.argmax == 0, f"a tie of all classes went to class {packet.argmax}, expected 0"
    assert (packet.top_logit, packet.top1_minus_top2) == (0.0, 0.0)


def test_without_a_frame_there_is_nothing_to_classify(node: SensingNode) -> None:
    with refused("ESP_ERR_INVALID_STATE"):
        node.classify()


def test_stop_ends_the_packets_and_start_begins_them_again_at_one(node: SensingNode) -> None:
    shape = REFERENCE.shape
    node.mirror(True)
    node.advance(seconds=2)
    node.stop_task()
    node.advance(seconds=3)
    assert len(classifications(node)) == 2
    node.start_task(input_dim=shape.input_dim, window_len=256, n_classes=shape.n_classes)
    node.advance(seconds=2)
    check_sequence([packet.seq for packet in classifications(node)[2:]])
    assert len(classifications(node)) == 4


def test_features_flow_while_the_task_is_stopped(node: SensingNode) -> None:
    node.stop_task()
    before = node.status().feature_seq
    node.advance(seconds=2)
    assert node.status().feature_seq - before == 10


def test_status_says_how_often_is_classified(node: SensingNode) -> None:
    node.push_frames(random_frames(np.random.default_rng(7), 3))
    node.advance(seconds=3)
    assert node.status().classify_gap_ms == node.boot_report().classify_period_ms
    node.stop_task()
    assert node.status().classify_gap_ms == 0


def test_a_stopped_task_takes_no_frames(node: SensingNode) -> None:
    node.stop_task()
    result = node.push_frames(random_frames(np.random.default_rng(1), 2))
    assert (result.accepted, result.rejected, result.last_error) == (0, 2, ESP_ERR_NOT_FOUND)
    for call in (node.stop_task, node.classify, node.hold_task):
        with refused("ESP_ERR_NOT_FOUND"):
            call()


def test_a_running_task_is_not_started_twice(node: SensingNode) -> None:
    with refused("ESP_ERR_INVALID_STATE"):
        node.start_task(input_dim=16, window_len=256, n_classes=4)


@pytest.mark.parametrize(
    ("input_dim", "n_classes"),
    [(0, 4), (4096, 4), (2**32 - 1, 4), (16, 17), (16, 2**32 - 1), (15, 4), (16, 3)],
)
def test_a_shape_that_does_not_fit_is_refused_at_start(
    node: SensingNode, input_dim: int, n_classes: int
) -> None:
    node.stop_task()
    with refused("ESP_ERR_INVALID_ARG"):
        node.start_task(input_dim=input_dim, window_len=256, n_classes=n_classes)
    node.start_task(input_dim=16, window_len=256, n_classes=4)
    assert node.status().head_state == HeadState.ON


def test_restore_brings_back_the_state_after_boot(node: SensingNode) -> None:
    fresh = node.status()
    node.mirror(True)
    node.push_frames(random_frames(np.random.default_rng(2), 40))
    node.advance(seconds=5)
    node.stop_task()
    node.restore()
    again = node.status()
    for field in (
        "now_us",
        "head_state",
        "queue_depth",
        "queue_drops",
        "frames_pushed",
        "frames_short",
        "classify_count",
        "temporal_seq",
        "feature_seq",
        "controller_state",
        "heap_free",
    ):
        assert getattr(again, field) == getattr(fresh, field), field
    with refused("ESP_ERR_INVALID_STATE", what="classifying an empty ring"):
        node.classify()
