"""The same inputs give the same bits twice."""

from __future__ import annotations

import numpy as np
import pytest

from harness.sensing.node import SensingNode
from harness.sensing.structs.controller import Observation
from hil_tests.support.attention_case import AttentionCase
from hil_tests.support.judge import ATTENTION_AXES, Judge
from hil_tests.support.model import SMALL, random_frames


def scripted_run(node: SensingNode) -> list[bytes]:
    """Return every packet of ten seconds in which much happens."""
    rng = np.random.default_rng(77)
    node.restore()
    node.mirror(True)
    for _ in range(10):
        values = (float(np.float32(x)) for x in rng.uniform(0, 1, 9))
        node.observe(Observation(*values, int(rng.integers(0, 10)), 0))
        node.push_frames(random_frames(rng, 12))
        node.advance(ms=int(rng.integers(1, 1500)))
    return node.packet_bytes


def test_packets_of_two_runs_are_the_same_bytes(node: SensingNode) -> None:
    first, second = scripted_run(node), scripted_run(node)
    assert len(first) > 20
    assert len(first) == len(second)
    for number, (a, b) in enumerate(zip(first, second, strict=True)):
        assert a == b, f"packet {number}: {a.hex()} and then {b.hex()}"


@pytest.mark.reboots
def test_a_reset_between_two_runs_changes_no_byte(node: SensingNode) -> None:
    first = scripted_run(node)
    node.reset()
    assert scripted_run(node) == first


@pytest.mark.needs("head")
def test_attention_twice(node: SensingNode, judge: Judge) -> None:
    case = AttentionCase(n=60, heads=(4, 2), d=9)
    first = node.attention(*case.tensors(), case.config)
    node.attention(*AttentionCase(n=61, seed=9).tensors(), case.config)
    second = node.attention(*case.tensors(), case.config)
    judge.same("attention", ATTENTION_AXES, first.out, second.out)
    assert first.scratch_bytes == second.scratch_bytes


@pytest.mark.needs("head", "instruction-counts")
def test_a_step_and_a_classify_cost_the_same_twice(node: SensingNode) -> None:
    frames = random_frames(np.random.default_rng(6), 30)
    counts = []
    for _ in range(2):
        node.restore()
        node.push_frames(frames)
        counts.append(node.classify().cycles)
    assert counts[0] == counts[1] > 0


@pytest.mark.needs("head")
def test_logits_twice_and_after_other_work(node: SensingNode, judge: Judge) -> None:
    frames = random_frames(np.random.default_rng(5), 33)
    node.push_frames(frames)
    first = node.classify().logits
    judge.same("logits", ("class",), first, node.classify().logits)
    node.restore()
    node.push_frames(frames * np.float32(3))
    node.classify()
    node.restore()
    node.push_frames(frames)
    judge.same("logits", ("class",), first, node.classify().logits)


@pytest.mark.needs("head")
def test_two_heads_over_the_same_blob_agree(node: SensingNode, judge: Judge) -> None:
    frames = random_frames(np.random.default_rng(5), 20, 3)
    logits = []
    for _ in range(2):
        with node.head(SMALL.blob, input_dim=3, window_len=32, n_classes=3) as head:
            head.push(frames)
            logits.append(head.classify().logits)
    judge.same("logits", ("class",), *logits)
