"""Requests, replies and what the line can do to them."""

import threading
from collections.abc import Iterator

import pytest

from harness.errors import NodeError, NodeSilent, ProtocolFault
from harness.node import Timing
from harness.node.framing import Request, encode_request
from harness.sensing.node import SensingNode
from tests.harness.fake_device import FakeConnection, FakeNode, Fault, wait_until

# Quick to send again, slow to give up: a loaded machine must not fail a test.
QUICK = Timing(
    resend_s=0.03,
    answer_s=20,
    slow_resend_s=0.1,
    slow_answer_s=20,
    boot_s=20,
    probe_s=0.1,
)


@pytest.fixture
def fake() -> FakeNode:
    return FakeNode()


@pytest.fixture
def node(fake: FakeNode) -> Iterator[SensingNode]:
    connection = FakeConnection(fake)
    node = SensingNode(connection, timing=QUICK)
    connection.open()
    fake.power_on()
    node.wait_boot()
    fake.executed.clear()
    yield node
    connection.close()


def test_an_answer_comes_back(node: SensingNode, fake: FakeNode) -> None:
    assert node.request("echo", b"\x00\xff hello") == b"\x00\xff hello"
    assert fake.executed == [(1, "echo")]


def test_a_refusal_carries_code_name_and_the_nodes_own_words(node: SensingNode) -> None:
    with pytest.raises(NodeError, match=r"refuse: ESP_ERR_NO_MEM .*no room for 7") as caught:
        node.request("refuse", b"101 no room for 7")
    assert (caught.value.code, caught.value.name) == (0x101, "ESP_ERR_NO_MEM")
    with pytest.raises(NodeError, match=r"ESP_FAIL") as caught:
        node.request("refuse", b"-1 ")
    assert caught.value.code == -1


@pytest.mark.parametrize(
    ("fault", "resends"),
    [
        (Fault.LOSE_REQUEST, 1),
        (Fault.LOSE_REPLY, 1),
        (Fault.DAMAGE_REQUEST, 1),
        (Fault.DAMAGE_REPLY, 1),
        (Fault.DOUBLE_REPLY, 0),
        (Fault.WRONG_ID, 0),
        (Fault.LOG_BEFORE, 0),
        (Fault.GARBAGE, 0),
        (Fault.BY_THE_BYTE, 0),
    ],
)
def test_a_fault_of_the_line_is_survived_and_nothing_runs_twice(
    node: SensingNode, fake: FakeNode, fault: Fault, resends: int
) -> None:
    fake.fail("echo", fault)
    assert node.request("echo", b"one") == b"one"
    assert node.request("echo", b"two") == b"two"
    assert fake.executed == [(1, "echo"), (2, "echo")]
    assert node.counters.resends == resends


def test_a_damaged_reply_stays_in_the_log(node: SensingNode, fake: FakeNode) -> None:
    fake.fail("echo", Fault.DAMAGE_REPLY)
    node.request("echo", b"x")
    assert any(line.text.startswith("#< 1") for line in node.log)


def test_the_commands_own_crc_error_is_an_answer(node: SensingNode, fake: FakeNode) -> None:
    with pytest.raises(NodeError, match=r"INVALID_CRC.*blob CRC"):
        node.request("refuse", b"109 blob CRC")
    assert node.counters.resends == 0
    assert len(fake.executed) == 1


def test_the_commands_own_state_error_is_an_answer(node: SensingNode, fake: FakeNode) -> None:
    with pytest.raises(NodeError, match=r"INVALID_STATE.*no upload"):
        node.request("refuse", b"103 no upload")
    assert node.counters.reissues == 0
    assert len(fake.executed) == 1


def test_a_silent_node_is_the_devices_fault_and_its_log_is_told(
    node: SensingNode, fake: FakeNode
) -> None:
    fake.log("W (9) main: about to hang")
    fake.fail("echo", *[Fault.LOSE_REQUEST] * 99)
    with pytest.raises(NodeSilent, match=r"reply to echo.*connection is open") as caught:
        node.request("echo", b"x", timeout=0.2)
    assert "about to hang" in str(caught.value)
    assert caught.value.waited_s >= 0.2
    fake.heal()
    assert node.request("echo", b"again") == b"again"


def test_a_late_reply_does_not_answer_the_next_request(node: SensingNode, fake: FakeNode) -> None:
    fake.held = True
    with pytest.raises(NodeSilent):
        node.request("echo", b"late", timeout=0.1)
    fake.work_off(1)
    assert node.take_reply(1).payload == b"late"
    fake.held = False
    fake.work_off()
    assert node.request("echo", b"next") == b"next"


def test_a_line_beyond_the_nodes_limit_is_refused_on_the_host(
    node: SensingNode, fake: FakeNode
) -> None:
    with pytest.raises(ValueError, match=r"2000 bytes of payload.*takes 2048"):
        node.request("echo", bytes(2000))
    assert fake.executed == []
    assert node.request("echo", b"x") == b"x"


def test_another_protocol_version_is_told(node: SensingNode, fake: FakeNode) -> None:
    fake.commands.protocol = 1
    with pytest.raises(ProtocolFault, match=r"node speaks protocol 1, the harness \d+"):
        node.hello()


def test_a_given_id_is_used_and_a_repeat_is_not_executed(node: SensingNode, fake: FakeNode) -> None:
    first = node.exchange("echo", b"x", request_id=1)
    again = node.exchange("echo", b"other", request_id=1)
    assert (first.payload, again.payload) == (b"x", b"x")
    assert fake.executed == [(1, "echo")]
    stale = node.exchange("echo", b"x", request_id=0)
    assert stale.payload == b"stale id"
    assert node.request("echo", b"on") == b"on"


def test_ids_go_on_where_the_node_stands(node: SensingNode, fake: FakeNode) -> None:
    fake.commands.last_id = 500
    node.hello()
    node.request("echo", b"x")
    assert fake.executed == [(501, "echo")]


def test_raw_bytes_and_the_reply_to_them(node: SensingNode) -> None:
    node.send_raw(b"garbage\n" + encode_request(Request(77, "echo", b"raw")))
    assert node.take_reply(77).payload == b"raw"
    with pytest.raises(NodeSilent, match=r"reply to id 78"):
        node.take_reply(78, timeout=0.05)


def pipeline_in_thread(
    node: SensingNode, requests: list[tuple[str, bytes]]
) -> tuple[threading.Thread, list[bytes]]:
    results: list[bytes] = []
    thread = threading.Thread(
        target=lambda: results.extend(r.payload for r in node.pipeline(requests))
    )
    thread.start()
    return thread, results


@pytest.mark.parametrize(
    ("rx_buffer", "reply_cache", "size", "most"),
    [(60000, 8, 10, 8), (60000, 3, 10, 3), (4096, 8, 1000, 3), (100, 8, 500, 1)],
)
def test_no_more_is_under_way_than_the_node_takes(
    rx_buffer: int, reply_cache: int, size: int, most: int
) -> None:
    fake = FakeNode(rx_buffer=rx_buffer, reply_cache=reply_cache)
    connection = FakeConnection(fake)
    node = SensingNode(connection, timing=Timing(resend_s=5.0))
    connection.open()
    fake.power_on()
    node.wait_boot()
    fake.held = True
    fake.peak_lines = fake.peak_bytes = 0
    payloads = [bytes([i]) * size for i in range(20)]
    thread, results = pipeline_in_thread(node, [("echo", p) for p in payloads])
    wait_until(lambda: fake.peak_lines == most)
    for _ in range(20):
        wait_until(lambda: fake.unworked > 0)
        fake.work_off(1)
    thread.join(60)
    assert results == payloads
    assert fake.peak_lines == most
    if most > 1:
        assert fake.peak_bytes <= rx_buffer
    connection.close()


def test_the_window_counts_ids_from_the_oldest_unanswered(fake: FakeNode) -> None:
    """Ids far ahead of a lost reply would push it out of the node's cache."""
    connection = FakeConnection(fake)
    node = SensingNode(connection, timing=Timing(resend_s=0.2))
    connection.open()
    fake.power_on()
    node.wait_boot()
    fake.executed.clear()
    fake.fail("echo", Fault.LOSE_REPLY)
    payloads = [b"%d" % i for i in range(30)]
    replies = node.pipeline([("echo", p) for p in payloads])
    assert [r.payload for r in replies] == payloads
    assert [number for number, _ in fake.executed] == list(range(1, 31))
    assert (fake.replays, node.counters.reissues) == (1, 0)
    connection.close()


@pytest.mark.parametrize("fault", [Fault.LOSE_REQUEST, Fault.LOSE_REPLY, Fault.DAMAGE_REPLY])
def test_a_line_lost_among_others_is_made_up_for_without_waiting(fault: Fault) -> None:
    """The replies to the lines behind it prove the loss."""
    fake = FakeNode()
    connection = FakeConnection(fake)
    node = SensingNode(connection, timing=Timing(resend_s=1000, answer_s=20))
    connection.open()
    fake.power_on()
    node.wait_boot()
    fake.executed.clear()
    fake.fail("echo", None, fault)
    payloads = [b"%d" % i for i in range(30)]
    replies = node.pipeline([("echo", p) for p in payloads])
    assert [r.payload for r in replies] == payloads
    assert len(fake.executed) == 30
    assert node.counters.resends == 1
    connection.close()


@pytest.mark.parametrize("fault", [Fault.LOSE_REQUEST, Fault.DAMAGE_REQUEST])
def test_a_request_overtaken_by_later_ones_is_asked_anew_and_runs_once(
    node: SensingNode, fake: FakeNode, fault: Fault
) -> None:
    fake.fail("echo", fault)
    payloads = [b"%d" % i for i in range(12)]
    replies = node.pipeline([("echo", p) for p in payloads])
    assert [r.payload for r in replies] == payloads
    assert len(fake.executed) == 12
    assert node.counters.reissues == 1


def test_every_fault_at_once(node: SensingNode, fake: FakeNode) -> None:
    faults = [f for f in Fault if f not in (Fault.CRASH, Fault.VANISH)]
    for fault in faults * 4:
        fake.fail("echo", fault, None, None)
    payloads = [b"%d" % i for i in range(100)]
    replies = node.pipeline([("echo", p) for p in payloads])
    assert [r.payload for r in replies] == payloads
    assert len(fake.executed) == 100
    assert fake.faults_left("echo") == 0
