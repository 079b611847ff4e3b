"""Line rates and uploads, the paced port, and which sources run unasked."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from harness.connection import SerialConnection, connect_to
from harness.node import Timing
from harness.sensing.benchmark.line import BytesLost, rates
from harness.sensing.benchmark.ports import paced_port, served_port
from harness.sensing.benchmark.sources import ON_REQUEST, SOURCES, chosen
from harness.sensing.node import SensingNode
from tests.harness.fake_device import FakeConnection, FakeNode
from tests.harness.fake_program import make_executable

BASE85 = 4 / 5  # of a line at most


@pytest.fixture
def fake() -> FakeNode:
    return FakeNode()


@pytest.fixture
def node(fake: FakeNode) -> Iterator[SensingNode]:
    node = SensingNode(FakeConnection(fake))
    node.connection.open()
    fake.power_on()
    node.wait_boot()
    yield node
    node.connection.close()


def test_an_upload_is_set_beside_its_line(node: SensingNode) -> None:
    found = rates(node, rounds=1)
    assert 0 < found.upload < found.occupied <= found.line
    assert found.share == found.upload / found.line < BASE85
    assert found.upload / found.occupied == pytest.approx(0.78, abs=0.01)


def test_a_baud_rate_is_the_line_s_unless_more_goes_through(node: SensingNode) -> None:
    node.connection.baud = 10**13
    assert rates(node, rounds=1).line == 1e12
    node.connection.baud = 9600  # what a USB port was told, to which it does not keep
    assert rates(node, rounds=1).share < BASE85


def test_bytes_that_do_not_arrive_are_no_rate(node: SensingNode, fake: FakeNode) -> None:
    def forgets(data: bytes, receive=fake.receive) -> None:
        receive(data)
        fake.commands.rx_bytes -= len(data) // 2

    fake.receive = forgets  # type: ignore[method-assign]
    with pytest.raises(BytesLost, match="were sent, the node counted"):
        rates(node, rounds=1)


def test_an_upload_that_is_not_what_arrives_is_no_rate(node: SensingNode, fake: FakeNode) -> None:
    fake.commands.do_arena_get = lambda payload: b"\0" * int.from_bytes(payload[4:8], "little")
    with pytest.raises(BytesLost):
        rates(node, rounds=1)


@pytest.mark.skipif(os.name != "posix", reason="needs a pseudo-terminal")
def test_a_paced_port_carries_every_byte_to_a_node_and_back(tmp_path: Path) -> None:
    with paced_port(make_executable(tmp_path, "native"), 921_600) as port:
        node = SensingNode(SerialConnection(port, 921_600))
        node.connection.open()
        node.wait_boot()
        data = os.urandom(5000)
        assert node.request("echo", data[:1200]) == data[:1200]
        node.arena_put(0, data)
        assert node.arena_get(0, len(data)) == data
        node.connection.close()


def test_what_takes_minutes_is_measured_only_when_named() -> None:
    assert set(chosen(())) == set(SOURCES) - set(ON_REQUEST)
    assert "harness" in chosen(()) and "suite" not in chosen(())
    assert chosen(("suite", "oracle")) == ["oracle", "suite"]


@pytest.mark.skipif(os.name != "posix", reason="needs a pseudo-terminal")
def test_nothing_of_a_paced_port_reads_on_when_it_is_closed(tmp_path: Path) -> None:
    before = set(threading.enumerate())
    with paced_port(make_executable(tmp_path, "native"), 921_600):
        during = set(threading.enumerate()) - before
    assert len(during) == 2
    assert not any(thread.is_alive() for thread in during)


@pytest.mark.skipif(os.name != "posix", reason="needs a pseudo-terminal")
@pytest.mark.parametrize("scheme", ["rfc2217", "socket"])
def test_a_served_port_does_so_over_the_network(tmp_path: Path, scheme: str) -> None:
    with (
        paced_port(make_executable(tmp_path, "native"), 921_600) as port,
        served_port(port, 921_600, scheme) as address,
    ):
        assert address.startswith(f"{scheme}://")
        # whoever opens the port throws away what had come, so the report of the boot is asked for
        node = SensingNode(connect_to(address, 921_600), timing=Timing(resend_s=0.5, probe_s=0.5))
        node.connection.open()
        node.wait_boot()
        data = bytes(range(256)) * 8
        node.arena_put(0, data)
        assert node.arena_get(0, len(data)) == data
        node.connection.close()
