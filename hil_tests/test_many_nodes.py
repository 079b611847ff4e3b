"""Several nodes at once: each is itself, and what it sends is its own. Asked for with --count."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from harness.sensing.node import SensingNode
from harness.sensing.reception.facts import node_of
from harness.sensing.reception.reception import Reception
from kernels_ref.edge.mock import RATE_HZ, Scenario, heard
from kernels_ref.packets import FeatureState, RawCsiFrame

pytestmark = [pytest.mark.needs("nodes", 2), pytest.mark.needs("stepped-clock")]

SECONDS = 10
ENOUGH_S = 60.0


def advance_together(nodes: list[SensingNode], seconds: int) -> None:
    with ThreadPoolExecutor(len(nodes)) as pool:
        list(pool.map(lambda node: node.advance(seconds=seconds), nodes))


def test_ids_and_boots_are_distinct(nodes: list[SensingNode]) -> None:
    assert [node.settings().node_id for node in nodes] == list(range(1, len(nodes) + 1))
    nonces = [node.boot.boot_nonce for node in nodes]
    assert len(set(nonces)) == len(nodes), "two nodes have one boot nonce: are they one node?"
    assert len({node.boot.elf_sha256 for node in nodes}) == 1


def test_packets_belong_to_the_node_that_sent_them(
    nodes: list[SensingNode], reception: Reception
) -> None:
    """Each node plays a scenario of its own room, all of them at once; none loses a packet and none
    has another's."""
    for number, node in enumerate(nodes, 1):
        node.mock_scenario(Scenario.WALKING, seed=number)
    advance_together(nodes, SECONDS)
    rooms = range(1, len(nodes) + 1)
    sent = {seed: heard(Scenario.WALKING, seed, SECONDS * RATE_HZ).iq for seed in rooms}
    wanted = sum(map(len, sent.values()))

    def is_all(packets: list[Any]) -> bool:
        return sum(isinstance(packet, RawCsiFrame) for packet in packets) >= wanted

    packets = reception.wait_for(is_all, f"waiting for {wanted} raw frames", ENOUGH_S)
    assert reception.refused == []
    assert reception.problems() == []
    assert reception.checker.nodes == list(range(1, len(nodes) + 1))
    for number in reception.checker.nodes:
        streams = reception.checker.of_node(number)
        assert streams["feature_state"].count == SECONDS * 5
        assert streams["feature_state"].rate_hz == pytest.approx(5.0)
        own = [p for p in packets if isinstance(p, RawCsiFrame) and node_of(p) == number]
        assert b"".join(frame.iq for frame in own) == sent[number].tobytes(), f"node {number}"


def test_one_node_that_restarts_leaves_the_others_alone(
    nodes: list[SensingNode], reception: Reception
) -> None:
    advance_together(nodes, 2)
    before = [node.boot.boot_nonce for node in nodes]
    nodes[1].reset()
    after = [node.boot.boot_nonce for node in nodes]
    assert after[1] != before[1]
    assert after[:1] + after[2:] == before[:1] + before[2:]
    others = [node for node in nodes if node is not nodes[1]]
    advance_together(others, 2)
    features = 4 * 5 * len(others)

    def is_all(packets: list[Any]) -> bool:
        own = [p for p in packets if isinstance(p, FeatureState) and node_of(p) != 2]
        return len(own) >= features

    reception.wait_for(is_all, f"waiting for {features} feature states", ENOUGH_S)
    assert reception.problems() == []
    assert [node.settings().node_id for node in nodes] == list(range(1, len(nodes) + 1))


@pytest.mark.needs("power-cut")
def test_a_node_keeps_its_id_through_a_power_cut(
    nodes: list[SensingNode], devices: list[Any]
) -> None:
    devices[-1].power_cycle()
    nodes[-1].wait_boot(after="a power cycle")
    assert nodes[-1].settings().node_id == len(nodes)
