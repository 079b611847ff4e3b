"""The settings in NVS, written from outside as `hil provision` does, and what they change."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

import pytest

from harness.device import Device
from harness.node.node import Node
from harness.node.structs import BootReport, HeadState, WeightsSource
from harness.nvs import NVS_OFFSET, NVS_SIZE, make_image
from harness.nvs.settings import Value

pytestmark = [pytest.mark.needs("nvs"), pytest.mark.reboots]

Provision = Callable[[Mapping[str, Value]], BootReport]


@pytest.fixture
def write_partition(node: Node, device: Device) -> Iterator[Callable[[bytes], BootReport]]:
    """Stops the node, writes the partition, starts it; afterwards the partition is empty again."""

    def write(image: bytes) -> BootReport:
        device.stop()
        device.connection.close()
        device.write_flash(NVS_OFFSET, image)
        device.start()
        node.connection.open()
        return node.wait_boot(after="new settings")

    yield write
    write(b"\xff" * NVS_SIZE)


@pytest.fixture
def provision(write_partition: Callable[[bytes], BootReport]) -> Provision:
    """Boots with these settings and no other."""
    return lambda settings: write_partition(make_image(settings))


@pytest.mark.parametrize("node_id", [0, 7, 255])
def test_the_node_id_is_in_every_packet(node: Node, provision: Provision, node_id: int) -> None:
    provision({"node_id": node_id})
    assert _node_ids(node) == {node_id}


@pytest.mark.needs("network")
def test_where_packets_go(node: Node, provision: Provision) -> None:
    before = len(node.log)
    provision({"target_host": "127.0.0.1", "target_port": 40123})
    node.wait_log("packets go to 127.0.0.1:40123", start=before)


def test_a_head_that_is_not_started(provision: Provision) -> None:
    assert provision({"start_head": 0}).head_state == HeadState.OFF
    assert provision({"start_head": 1}).head_state == HeadState.ON


def test_weights_of_the_image_that_are_not_used(provision: Provision) -> None:
    boot = provision({"embed_weights": 0})
    assert boot.head_state == HeadState.OFF
    assert boot.weights_source == WeightsSource.NONE


def test_settings_that_nobody_acts_on_harm_nobody(provision: Provision) -> None:
    boot = provision(
        {"edge_tier": 2, "thr_motion": 200, "hop_table": b"\x01\x06\x0b", "hop_dwell_ms": 100}
    )
    assert boot.head_state == HeadState.ON


def test_a_damaged_partition_means_defaults(
    node: Node, write_partition: Callable[[bytes], BootReport]
) -> None:
    """The node starts with its defaults instead of not at all."""
    boot = write_partition(bytes(range(256)) * (NVS_SIZE // 256))
    assert boot.head_state == HeadState.ON
    assert _node_ids(node) == {1}


def _node_ids(node: Node) -> set[int]:
    node.restore()
    node.mirror(True)
    node.advance(seconds=2)
    return {packet.node_id for packet in node.packets}
