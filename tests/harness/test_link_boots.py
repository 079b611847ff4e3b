"""Restarts: proven by a nonce when asked for, a crash when not."""

import dataclasses
from collections.abc import Iterator

import pytest

from harness.compare.crc import CrcVariant
from harness.errors import (
    BootNotSeen,
    ConnectionLost,
    NodeCrashed,
    NodeError,
    ProtocolFault,
    WrongChecksum,
)
from harness.node import ResetReason
from harness.sensing.node import SensingNode
from tests.harness.fake_device import FakeConnection, FakeNode, Fault, wait_until
from tests.harness.test_link_requests import QUICK


@pytest.fixture
def fake() -> FakeNode:
    return FakeNode()


@pytest.fixture
def link(fake: FakeNode) -> Iterator[FakeConnection]:
    connection = FakeConnection(fake)
    yield connection
    connection.close()


@pytest.fixture
def node(fake: FakeNode, link: FakeConnection) -> SensingNode:
    node = SensingNode(link, timing=QUICK)
    link.open()
    fake.power_on()
    node.wait_boot()
    fake.executed.clear()
    return node


def test_the_first_boot_is_no_crash(node: SensingNode) -> None:
    assert node.boot.reset_reason == ResetReason.POWERON
    assert node.limits.arena_bytes == 65536


def test_a_request_before_the_first_boot_was_taken_note_of(
    fake: FakeNode, link: FakeConnection
) -> None:
    node = SensingNode(link, timing=QUICK)
    link.open()
    fake.power_on()
    wait_until(lambda: node.log_seen > 0)
    assert node.request("echo", b"x") == b"x"
    assert node.wait_boot().reset_reason == ResetReason.POWERON


def test_a_running_node_is_attached_to(fake: FakeNode, link: FakeConnection) -> None:
    fake.boot(ResetReason.WDT, announce=False)
    fake.commands.last_id = 40
    node = SensingNode(link, timing=QUICK)
    link.open()
    report = node.wait_boot()
    assert report.reset_reason == ResetReason.WDT
    assert fake.executed == [(41, "boot_report")]


@pytest.mark.parametrize(
    ("ask", "reason"),
    [
        (SensingNode.reset, ResetReason.SW),
        (SensingNode.panic, ResetReason.PANIC),
        (SensingNode.hang, ResetReason.TASK_WDT),
    ],
)
def test_a_restart_on_request(node: SensingNode, ask, reason: ResetReason) -> None:  # type: ignore[no-untyped-def]
    before = node.boot.boot_nonce
    report = ask(node)
    assert report.reset_reason == reason
    assert report.boot_nonce != before
    assert node.request("echo", b"x") == b"x"


@pytest.mark.parametrize("fault", [Fault.LOSE_REQUEST, Fault.DAMAGE_REQUEST, Fault.LOSE_REPLY])
def test_a_lost_line_restarts_the_node_once(
    node: SensingNode, fake: FakeNode, fault: Fault
) -> None:
    fake.fail("reset", fault)
    node.reset()
    assert [command for _, command in fake.executed].count("reset") == 1


def test_a_lost_boot_report_is_asked_for(node: SensingNode, fake: FakeNode) -> None:
    send = fake.send
    fake.send = lambda data: None if b" boot " in data else send(data)
    before = node.boot.boot_nonce
    assert node.reset().boot_nonce == before + 1


def test_a_reset_that_does_not_happen_is_not_taken_for_one(
    node: SensingNode, fake: FakeNode
) -> None:
    fake.commands.run = lambda request, restart: b""  # type: ignore[method-assign]
    with pytest.raises(BootNotSeen, match=r"after a reset on request; the node still answers with"):
        node.reset(timeout=0.5)


@pytest.mark.parametrize("reason", [ResetReason.PANIC, ResetReason.TASK_WDT])
def test_a_node_that_crashes_when_it_is_to_restart_is_at_fault(
    node: SensingNode, fake: FakeNode, reason: ResetReason
) -> None:
    boot = fake.boot

    def crash(_asked: ResetReason) -> None:
        fake.log("Guru Meditation Error: on the way down")
        boot(reason)

    fake.boot = crash  # type: ignore[method-assign,assignment]
    with pytest.raises(NodeCrashed, match=f"(?s)reason: {reason.name}.*on the way down"):
        node.reset()
    node.status()


def test_a_refused_reset_is_an_answer(node: SensingNode, fake: FakeNode) -> None:
    fake.commands.refuse_reset = True
    with pytest.raises(NodeError, match=r"NOT_SUPPORTED"):
        node.reset()
    assert node.request("echo", b"x") == b"x"


def test_silence_after_a_reset_tells_which_and_what_was_said_last(
    node: SensingNode, fake: FakeNode
) -> None:
    fake.boot = lambda *_args, **_kwargs: fake.log("I (1) boot: waiting for download")  # type: ignore[method-assign]
    fake.fail("hello", *[Fault.LOSE_REQUEST] * 999)
    with pytest.raises(BootNotSeen, match=r"panic on request.*the request was answered") as caught:
        node.panic(timeout=0.5)
    assert "waiting for download" in str(caught.value)


def test_a_boot_loop_is_told(node: SensingNode, fake: FakeNode) -> None:
    fake.fail("hello", *[Fault.LOSE_REQUEST] * 999)
    with pytest.raises(BootNotSeen, match=r"a boot report came \(reason: SW\), then"):
        node.reset(timeout=0.5)


def test_a_crash_during_a_request_has_reason_and_log(node: SensingNode, fake: FakeNode) -> None:
    fake.fail("echo", Fault.CRASH)
    with pytest.raises(NodeCrashed, match=r"PANIC.*waiting for the reply to echo") as caught:
        node.request("echo", b"x")
    assert "Backtrace: 0x80001234" in str(caught.value)
    assert node.request("echo", b"x") == b"x"


def test_a_crash_between_requests_is_told_at_the_next_one(
    node: SensingNode, fake: FakeNode
) -> None:
    before = node.boot.boot_nonce
    fake.boot(ResetReason.WDT)
    wait_until(lambda: node.boot.boot_nonce != before)
    with pytest.raises(NodeCrashed, match=r"WDT.*asking for echo"):
        node.request("echo", b"x")
    assert node.request("echo", b"x") == b"x"


def test_a_crash_whose_report_was_lost_is_found_by_restore(
    node: SensingNode, fake: FakeNode
) -> None:
    fake.boot(ResetReason.BROWNOUT, announce=False)
    with pytest.raises(NodeCrashed, match=r"BROWNOUT"):
        node.restore()
    node.restore()


def test_a_start_from_outside_is_waited_for_and_no_crash(node: SensingNode, fake: FakeNode) -> None:
    fake.boot(ResetReason.EXT)
    assert node.wait_boot(after="the reset button").reset_reason == ResetReason.EXT
    assert node.request("echo", b"x") == b"x"


def test_the_same_boot_report_again_is_no_boot(node: SensingNode, fake: FakeNode) -> None:
    fake.event("boot", fake.commands.boot_report().build())
    assert node.request("echo", b"x") == b"x"


def test_a_boot_report_of_another_size_is_told(node: SensingNode, fake: FakeNode) -> None:
    fake.event("boot", fake.commands.boot_report().build()[:-4])
    with pytest.raises(ProtocolFault, match=r"boot_report and node_boot: 464 bytes .* has 468"):
        node.request("echo", b"x")
    assert node.request("echo", b"x") == b"x"


def test_a_boot_report_of_another_protocol_is_told_by_its_version(
    node: SensingNode, fake: FakeNode
) -> None:
    """It may have the length of one that can be read, and mean something else."""
    known, nonce = node.boot, node.boot.boot_nonce
    report = dataclasses.replace(fake.commands.boot_report(), protocol=1, boot_nonce=nonce + 1)
    fake.event("boot", report.build())
    with pytest.raises(ProtocolFault, match=r"the node speaks protocol 1, the harness \d+"):
        node.request("echo", b"x")
    assert node.boot is known


def test_a_board_that_lost_its_power_with_its_port_is_the_benchs_fault(fake: FakeNode) -> None:
    link = FakeConnection(fake, reopen_s=5.0)
    node = SensingNode(link, timing=QUICK)
    link.open()
    fake.power_on()
    node.wait_boot()
    link.vanish()
    link.come_back()
    fake.boot(ResetReason.POWERON)
    with pytest.raises(ConnectionLost, match=r"FAKE7.*lost its power"):
        for _ in range(50):
            node.request("echo", b"x")
    link.close()


@pytest.mark.parametrize("restarts", [True, False])
def test_a_board_whose_boot_report_was_lost_with_its_port_is_asked(
    fake: FakeNode, restarts: bool
) -> None:
    """The first answer after the port is back may be of a node that has begun anew."""
    link = FakeConnection(fake, reopen_s=5.0)
    node = SensingNode(link, timing=QUICK)
    link.open()
    fake.power_on()
    node.wait_boot()
    if restarts:
        fake.boot(ResetReason.POWERON, announce=False)
    link.vanish()
    link.come_back()
    wait_until(lambda: link.reopened == 1)
    if restarts:
        with pytest.raises(ConnectionLost, match=r"FAKE7.*lost its power"):
            node.request("echo", b"x")
    assert node.request("echo", b"x") == b"x"
    assert fake.executed[-1][1] == "echo"
    link.close()


def test_lost_and_repeated_events_are_counted(node: SensingNode, fake: FakeNode) -> None:
    fake.event("packet", b"a")
    fake.skip_events(3)
    fake.event("packet", b"b")
    fake.skip_events(-1)
    fake.event("packet", b"c")
    node.request("echo", b"x")
    assert (node.events_lost, node.events_repeated) == (3, 1)
    assert node.packet_bytes == [b"a", b"b", b"c"]
    node.clear_packets()
    assert (node.events_lost, node.events_repeated, node.events_lost_ever) == (0, 0, 3)


def test_a_node_with_another_crc_is_told_at_once(link: FakeConnection) -> None:
    node = SensingNode(link, timing=QUICK)
    link.open()
    castagnoli = CrcVariant("C", 0x1EDC6F41, True, 0xFFFFFFFF, 0xFFFFFFFF)
    line = b"#! 00000001 boot 00000 "
    link.on_bytes(line + b"%08x\n" % castagnoli.compute(line))
    with pytest.raises(WrongChecksum, match="CRC-32C"):
        node.wait_boot()


def test_noise_in_a_line_is_not_another_crc(node: SensingNode, link: FakeConnection) -> None:
    link.on_bytes(b"#! 00000001 boot 00000 12345678\n")
    node.status()
