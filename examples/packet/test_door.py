"""A packet of this firmware, from the device to its fields."""

from __future__ import annotations

import pytest
from door import DOOR_MAGIC, DoorNode

from harness.errors import NodeError


@pytest.mark.parametrize(("angle", "is_open"), [(0, 0), (4, 0), (5, 1), (180, 1)])
def test_the_door_says_how_it_stands(node: DoorNode, angle: int, is_open: int) -> None:
    node.advance(seconds=2)
    packet = node.move(angle)
    assert (packet.magic, packet.time_us) == (DOOR_MAGIC, 2_000_000)
    assert (packet.angle_deg, packet.is_open) == (angle, is_open)


def test_beyond_its_hinges_it_refuses(node: DoorNode) -> None:
    with pytest.raises(NodeError, match=r"ESP_ERR_INVALID_ARG.*angle_deg 181: at most 180"):
        node.move(181)
