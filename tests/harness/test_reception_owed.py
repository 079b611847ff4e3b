"""No figure depends on whether the thread that reads the network has had its turn."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from harness.errors import NodeSilent
from harness.sensing.node import SensingNode
from harness.sensing.reception import reception as module
from harness.sensing.reception.reception import DatagramsLost, Reception
from harness.sensing.reception.udp import UdpSource
from tests.harness.fake_device import FakeConnection, FakeNode
from tests.harness.patience import PATIENCE_S
from tests.harness.session_runner import run_session
from tests.schema.examples import EXAMPLES

DATAGRAMS = [data for _, data in EXAMPLES]


@dataclass
class Nodes:
    """Two nodes that send to one port."""

    fakes: list[FakeNode]
    nodes: list[SensingNode]
    port: UdpSource

    def reception(self) -> Reception:
        return Reception([self.port], self.nodes)


@pytest.fixture
def two() -> Iterator[Nodes]:
    port = UdpSource("127.0.0.1", 0)
    port.claim()
    fakes = [FakeNode(), FakeNode()]
    nodes = [SensingNode(FakeConnection(fake)) for fake in fakes]
    for fake, node in zip(fakes, nodes, strict=True):
        node.connection.open()
        fake.power_on()
        node.wait_boot()
        node.target_port = port.port
        node.restore()
    yield Nodes(fakes, nodes, port)
    port.release()


@pytest.fixture
def no_turn(monkeypatch: pytest.MonkeyPatch) -> None:
    """The thread that reads the network never has its turn."""
    monkeypatch.setattr(UdpSource, "_run", lambda self, _udp: self._ending.wait())


@pytest.fixture
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is on its way is not waited for as long as on a loaded machine."""
    monkeypatch.setattr(module, "_ON_THE_WAY_S", 0.5)


def test_what_has_arrived_is_collected_though_its_reader_has_not_run(
    two: Nodes, no_turn: None
) -> None:
    with two.reception() as reception:
        for count in (1, 300):
            two.fakes[0].over_network(*DATAGRAMS * count)
            assert [packet.encode() for packet in reception.collect()] == DATAGRAMS * count
        two.fakes[1].over_network(DATAGRAMS[0])
        assert len(reception.wait_for(bool, "waiting for one", PATIENCE_S)) == 1
        two.fakes[1].over_network(DATAGRAMS[0])
        assert reception.problems() and len(reception.came()) == 1


def test_a_slow_reader_keeps_the_order(two: Nodes, monkeypatch: pytest.MonkeyPatch) -> None:
    """It and whoever collects read the same port."""
    with two.reception() as reception:
        put = reception._heard.put

        def slow(item: object) -> None:
            time.sleep(0.002)
            put(item)

        two.port._sink = slow
        two.fakes[0].over_network(*DATAGRAMS * 20)
        assert [packet.encode() for packet in reception.collect()] == DATAGRAMS * 20


def test_what_is_still_on_its_way_is_waited_for(two: Nodes) -> None:
    with two.reception() as reception:
        fake = two.fakes[0]
        fake.commands.sent_over_network = 5  # the node has done with them, the network has not
        late = threading.Timer(0.3, fake.over_network, DATAGRAMS[:5])
        late.start()
        assert len(reception.collect()) == 5
        late.join()


def test_what_this_machine_has_lost_is_no_fault_of_the_node(two: Nodes, hurried: None) -> None:
    with two.reception() as reception:
        two.fakes[0].over_network(*DATAGRAMS[:3])
        two.fakes[1].over_network(*DATAGRAMS[:4], lost=2)
        lost = r"sent 7 datagrams .* 5 of them had arrived .*: 2 were lost on this machine"
        for ask in (reception.collect, reception.problems):
            with pytest.raises(DatagramsLost, match=lost):
                ask()
        with pytest.raises(DatagramsLost, match=lost):
            reception.wait_for(lambda packets: len(packets) == 7, "waiting for all", 0.1)
        assert len(reception.came()) == 5


def test_a_node_that_has_sent_too_little_is_at_fault(two: Nodes) -> None:
    with two.reception() as reception:
        two.fakes[0].over_network(DATAGRAMS[0])
        with pytest.raises(NodeSilent, match="waiting for two"):
            reception.wait_for(lambda packets: len(packets) == 2, "waiting for two", 0.1)
        assert len(reception.collect()) == 1


def test_only_what_goes_to_the_session_s_port_is_owed(two: Nodes, hurried: None) -> None:
    """A node sends there from a `restore` on; before, and after a restart, elsewhere."""
    fake, node = two.fakes[0], two.nodes[0]
    fake.over_network(*DATAGRAMS[:4])  # nobody listens yet
    with two.reception() as reception:
        fake.over_network(*DATAGRAMS[:2])
        assert len(reception.collect()) == 2
        node.restore()
        fake.over_network(DATAGRAMS[0])
        assert len(reception.collect()) == 1
        node.reset()
        fake.commands.sent_over_network = 9
        assert reception.collect() == []
        node.restore()
        fake.over_network(*DATAGRAMS[:3])
        assert len(reception.collect()) == 3
        fake.over_network(*DATAGRAMS[:3], lost=1)
        with pytest.raises(DatagramsLost, match="1 were lost"):
            reception.collect()


NETWORK = """
from dataclasses import replace
from harness.sensing.reception import reception
from tests.schema.examples import EXAMPLES

reception._ON_THE_WAY_S = 0.5
FAKE = replace(FAKE, capabilities=FAKE.capabilities | {Capability("network")})
registry.TARGETS = MappingProxyType({**registry.TARGETS, "fake": FAKE})
ALL = [data for _, data in EXAMPLES]
"""

HEARD = """
from fake_target import ALL

def test_all(device, node, reception):
    device.fake.over_network(*ALL * 20)
    assert len(reception.collect()) == 20 * len(ALL)

def test_lost(device, node, reception):
    device.fake.over_network(*ALL, lost=1)
    assert len(reception.collect()) == len(ALL)
"""


def test_in_a_session_it_is_the_bench_s_fault(tmp_path: Path) -> None:
    outcome = run_session(tmp_path, HEARD, fake=NETWORK)
    assert outcome.verdicts == {"test_all": "PASS", "test_lost": "BENCH"}, outcome.output
    assert outcome.status == 2
    assert "1 were lost on this machine" in outcome.end["sentence"]
