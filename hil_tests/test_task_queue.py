"""Frames on their way into the temporal task: queue, drops, padding, refusals."""

from __future__ import annotations

import numpy as np
import pytest

from harness.sensing.node import SensingNode
from hil_tests.support.judge import Judge
from hil_tests.support.model import REFERENCE, random_frames

pytestmark = pytest.mark.needs("head")

DEPTH = 32
ESP_ERR_INVALID_SIZE = 0x104
ESP_ERR_TIMEOUT = 0x107
D = REFERENCE.shape.input_dim


def frames(n: int, seed: int = 3) -> np.ndarray:
    return random_frames(np.random.default_rng(seed), n)


def test_the_queue_is_32_deep_and_every_drop_is_counted(node: SensingNode) -> None:
    node.hold_task()
    result = node.push_frames(frames(DEPTH + 9))
    status = node.status()
    assert (result.accepted, result.rejected, result.last_error) == (DEPTH, 9, ESP_ERR_TIMEOUT)
    assert (status.queue_depth, status.queue_capacity) == (DEPTH, DEPTH)
    assert status.frames_pushed == DEPTH
    assert status.queue_drops == 9, (
        f"9 frames were refused by the full queue, but queue_drops counts {status.queue_drops}:"
        " a drop is not counted"
    )


def test_drops_are_logged_at_most_once_a_second(node: SensingNode) -> None:
    node.hold_task()
    node.push_frames(frames(DEPTH))
    start = node.log_seen
    for _ in range(35):  # 3.5 s, 20 drops a step besides the node's own features
        node.push_frames(frames(20))
        node.advance(ms=100)
    status = node.status()
    assert status.queue_drops == 35 * 20 + 17
    assert status.drop_log_lines == 4
    logged = node.log[-(node.log_seen - start) :]
    warnings = [line for line in logged if "dropped" in line.text]
    assert len(warnings) == 4, [str(line) for line in warnings]


def test_a_full_queue_drains_when_released(node: SensingNode) -> None:
    node.hold_task()
    pushed = frames(DEPTH + 4)
    node.push_frames(pushed)
    node.release_task()
    assert node.status().queue_depth == 0
    held = node.classify()
    assert held.n_frames == DEPTH
    node.restore()
    node.push_frames(pushed[:DEPTH])
    assert node.classify().logits.tobytes() == held.logits.tobytes()


def test_held_frames_are_not_classified(node: SensingNode) -> None:
    node.push_frames(frames(10))
    before = node.classify()
    node.hold_task()
    node.push_frames(frames(10, seed=4))
    assert node.classify().n_frames == before.n_frames == 10


def test_pushing_never_blocks_the_cadence(node: SensingNode) -> None:
    node.hold_task()
    node.push_frames(frames(DEPTH * 3))
    node.advance(seconds=3)
    assert node.status().feature_seq == 15


@pytest.mark.parametrize("length", [0, 1, 9, D - 1])
def test_a_short_frame_is_padded_with_zeros(node: SensingNode, judge: Judge, length: int) -> None:
    long_ones = frames(24)
    node.push_frames(long_ones)
    node.push_frames(long_ones[:5, :length])
    status = node.status()
    short = node.classify().logits
    node.restore()
    by_hand = np.zeros((5, D), np.float32)
    by_hand[:, :length] = long_ones[:5, :length]
    node.push_frames(np.concatenate([long_ones, by_hand]))
    padded = node.classify().logits
    assert status.frames_short == 5
    judge.same(f"a frame of {length} padded by the node and by hand", ("class",), short, padded)


def test_a_short_frame_s_rest_is_zeros_not_the_frame_before(
    node: SensingNode, judge: Judge
) -> None:
    large = np.full((3, D), 50.0, np.float32)
    node.push_frames(large)
    node.push_frames(large[:1, :2])
    window = np.concatenate([large, np.zeros((1, D), np.float32)])
    window[3, :2] = 50.0
    expected = REFERENCE.expect(window)
    judge.within(
        "logits after a short frame",
        ("class",),
        node.classify().logits,
        expected.logits,
        expected.budget,
        lambda: "a short frame is not padded with zeros up to input_dim",
    )


@pytest.mark.parametrize("length", [D + 1, 4 * D])
def test_a_long_frame_is_refused(node: SensingNode, length: int) -> None:
    result = node.push_frames(np.ones((2, length), np.float32))
    assert (result.accepted, result.rejected, result.last_error) == (0, 2, ESP_ERR_INVALID_SIZE)
    assert node.status().frames_pushed == 0


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf], ids=["nan", "inf", "-inf"])
def test_a_frame_that_is_not_finite_is_refused_and_changes_nothing(
    node: SensingNode, judge: Judge, value: float
) -> None:
    good = frames(12)
    bad = good[:1].copy()
    bad[0, D - 1] = value
    node.push_frames(good)
    before = node.classify()
    node.push_frames(bad)
    after = node.classify()
    status = node.status()
    assert (before.n_frames, after.n_frames) == (12, 12)
    assert status.frames_refused == 1
    judge.same("logits around a refused frame", ("class",), before.logits, after.logits)


def test_the_ring_holds_the_newest_256_frames(node: SensingNode, judge: Judge) -> None:
    pushed = frames(300)
    for start in range(0, 300, 30):
        node.push_frames(pushed[start : start + 30])
    result = node.classify()
    expected = REFERENCE.expect(pushed[-256:])
    assert result.n_frames == 256
    judge.within("logits", ("class",), result.logits, expected.logits, expected.budget)
