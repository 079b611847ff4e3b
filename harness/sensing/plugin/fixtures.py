"""What a test of the sensing node can ask for, in addition to the bench's own fixtures."""

from __future__ import annotations

from collections.abc import Iterator
from typing import cast

import pytest

from harness.plugin.hil_session import HIL_SESSION, HilSession
from harness.report import Journal
from harness.sensing.node import SensingNode
from harness.sensing.plugin.application import SensingApplication
from harness.sensing.reception.capture_file import DEFAULT_UDP_PORT, from_file
from harness.sensing.reception.console import NodeSource
from harness.sensing.reception.reception import Reception
from harness.sensing.reception.source import PacketSource
from harness.sensing.reception.udp import UdpSource
from harness.sensing.replay.frames import Recorded, read_recording
from harness.sensing.soak.plan import A_DAY, SoakPlan, choose_clock, read_duration
from harness.target import project_root
from kernels_ref.edge.mock import Scenario

DEFAULT_RECORDING = "static_person.pcap"


@pytest.fixture
def reception(
    request: pytest.FixtureRequest, hil_session: HilSession, metrics: Journal
) -> Iterator[Reception]:
    """What the nodes send from now on: over the network where the target has one, else mirrored on
    the console. At the end each stream goes into the report."""
    request.getfixturevalue("nodes" if len(hil_session.attached) > 1 else "node")
    nodes = sensing_nodes(hil_session)
    over_network = nodes if network_of(hil_session) else []
    with Reception(packet_sources(hil_session), over_network) as listening:
        yield listening
        listening.came()
    for stream in listening.checker.streams.values():
        metrics.record(
            "stream",
            node=stream.node,
            packet=stream.packet,
            count=stream.count,
            rate_hz=stream.rate_hz,
            missing=stream.missing,
            problems=stream.problems(),
        )


def packet_sources(hil: HilSession) -> list[PacketSource]:
    """Where the packets of the session's nodes come from."""
    if (network := network_of(hil)) is not None:
        return [network]
    nodes = enumerate(sensing_nodes(hil), start=1)
    return [NodeSource(node, f"node {number}") for number, node in nodes]


def sensing_nodes(hil: HilSession) -> list[SensingNode]:
    """The session's nodes, with the type that they have in this application."""
    return [cast("SensingNode", one.node) for one in hil.attached]


def network_of(hil: HilSession) -> UdpSource | None:
    """The session's own UDP port; None where its nodes cannot reach it."""
    application = hil.application
    assert isinstance(application, SensingApplication)
    return application.network


@pytest.fixture(scope="session")
def soak_plan(pytestconfig: pytest.Config) -> SoakPlan:
    """The soak that the options ask for."""
    option = pytestconfig.option
    target = pytestconfig.stash[HIL_SESSION].choice.target
    clock = choose_clock(option.soak_clock, target)
    scenarios = tuple(Scenario) if option.model is None else A_DAY
    return SoakPlan(read_duration(option.soak_duration), clock, scenarios)


@pytest.fixture(scope="session")
def recording(pytestconfig: pytest.Config) -> Recorded:
    """The recording to replay: the file that --recording names, or the one in fixtures/."""
    option = pytestconfig.option
    file = option.recording or project_root() / "fixtures" / DEFAULT_RECORDING
    items = from_file(file, DEFAULT_UDP_PORT)
    return read_recording(
        items, option.recording_node, option.recording_rate, option.recording_sender
    )


@pytest.fixture(scope="session")
def live_seconds(pytestconfig: pytest.Config) -> float:
    """How long a live check looks at the radio."""
    return float(pytestconfig.option.live_seconds)
