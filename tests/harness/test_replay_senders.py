"""Whose frames are replayed, where several nodes are in one recording."""

from __future__ import annotations

import pytest

from harness.cli.app import run_cli
from harness.sensing.reception.item import Item
from harness.sensing.replay.frames import NothingToReplay, read_recording
from tests.harness.replayable import evenly, items, longest, raws, sent, times


def mixed(*streams: list[Item]) -> list[Item]:
    return [item for together in zip(*streams, strict=True) for item in together]


def test_several_nodes_are_told_apart() -> None:
    both = mixed(items(sent(80, 1)), items(sent(80, 2)))
    assert times(read_recording(both, node=2)) == evenly(range(1, 81))
    with pytest.raises(NothingToReplay, match=r"frames of nodes 1, 2\. Say which: --node\."):
        read_recording(both)
    with pytest.raises(
        NothingToReplay, match=r"no raw frame of node 3; it has frames of nodes 1, 2"
    ):
        read_recording(both, node=3)


def test_nodes_of_one_id_are_told_apart_by_their_address() -> None:
    near = items(raws(range(1, 101)), [0.05 * n for n in range(100)], "192.0.2.11")
    far = items(raws(range(3001, 3101)), [0.05 * n for n in range(100)], "192.0.2.12")
    both = mixed(near, far)
    said = r"node 1 from 192\.0\.2\.11 \(100\), node 1 from 192\.0\.2\.12 \(100\)\. .*: --sender\."
    with pytest.raises(NothingToReplay, match=said):
        read_recording(both)
    for address, first in (("192.0.2.11", 1), ("192.0.2.12", 3001)):
        recorded = read_recording(both, sender=address)
        assert [frame.packet.seq for frame in longest(recorded).frames] == list(
            range(first, first + 100)
        )
        assert longest(recorded).lost == 0
        assert recorded.heard == 100
    other = read_recording(both, sender="192.0.2.11").notes
    assert other == [
        "not replayed: node 1 from 192.0.2.12 (100 frames); --node and --sender choose"
    ]


def test_an_id_that_moved_to_another_node_needs_both() -> None:
    parts = [("192.0.2.11", 1), ("192.0.2.12", 1), ("192.0.2.12", 2)]
    three = mixed(*(items(raws(range(40), node), None, address) for address, node in parts))
    with pytest.raises(NothingToReplay, match="--node and --sender"):
        read_recording(three, rate_hz=20.0)
    assert read_recording(three, 1, 20.0, "192.0.2.12").heard == 40


def test_a_recording_of_nothing() -> None:
    with pytest.raises(NothingToReplay, match=r"it has no raw frame\. Record with raw frames"):
        read_recording([])


def test_the_command_says_what_is_not_there(capsys: pytest.CaptureFixture[str]) -> None:
    assert run_cli(["replay", "no/such.pcap"]) == 2
    assert "no/such.pcap" in capsys.readouterr().err
