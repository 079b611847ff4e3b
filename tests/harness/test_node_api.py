"""What the node API makes of requests and replies, against the scripted node."""

from collections.abc import Iterator

import numpy as np
import pytest

from harness.errors import NodeError, NodeSilent, ProtocolFault
from harness.node import ClockMode, EspErr, compare_layouts
from harness.scripted import Refusal
from harness.sensing.node import SensingNode, expected_layouts
from kernels_ref.packets import PacketError, TemporalClassification
from tests.harness.fake_device import FakeConnection, FakeNode, Fault
from tests.harness.test_link_requests import QUICK

TEMPORAL = 0xC5110007


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


def packet(seq: int) -> bytes:
    return TemporalClassification(
        version=1,
        n_classes=4,
        node_id=1,
        feed=0,
        reserved=bytes(2),
        ts_us=1,
        seq=seq,
        argmax=0,
        reserved2=bytes(3),
        top_logit=0.5,
        top1_minus_top2=0.25,
    ).encode()


def cut_reply(fake: FakeNode, command: str, n_bytes: int) -> None:
    """From now on the last bytes of this command's reply are missing."""
    whole = getattr(fake.commands, f"do_{command}")
    setattr(fake.commands, f"do_{command}", lambda payload: whole(payload)[:-n_bytes])


# ---- session -----------------------------------------------------------------------------------


def test_the_layout_comes_over_whole(node: SensingNode) -> None:
    assert compare_layouts(expected_layouts(), node.layout()) == []


def test_a_malformed_layout_is_the_devices_fault(node: SensingNode, fake: FakeNode) -> None:
    cut_reply(fake, "layout", 3)
    with pytest.raises(ProtocolFault, match=r"layout: a name of \d+ bytes has only"):
        node.layout()


def test_restore_sets_the_clock_and_forgets_packets(node: SensingNode, fake: FakeNode) -> None:
    fake.event("packet", packet(1))
    node.restore()
    assert node.packets == []
    stepped = fake.commands.clock
    node.restore(ClockMode.REAL)
    assert (stepped, fake.commands.clock) == (ClockMode.STEPPED, ClockMode.REAL)


def test_time_advances_by_the_sum_in_bounded_slices(node: SensingNode, fake: FakeNode) -> None:
    assert node.advance(25.5, ms=3, us=7) == 25_503_007
    assert fake.commands.advances == [10_000_000, 10_000_000, 5_503_007]
    fake.commands.advances.clear()
    assert node.advance(us=0) == 25_503_007
    assert fake.commands.advances == [0]


def test_a_log_line_is_waited_for_and_its_absence_is_told(
    node: SensingNode, fake: FakeNode
) -> None:
    fake.log("W (12) queue: 3 frames dropped")
    assert node.wait_log("frames dropped").parts == ("W", 12, "queue", "3 frames dropped")
    with pytest.raises(NodeSilent, match=r"waiting for a log line with 'no such'"):
        node.wait_log("no such", timeout=0.05)


def test_the_boot_report_is_there_after_the_boot_only() -> None:
    node = SensingNode(FakeConnection(FakeNode()))
    with pytest.raises(RuntimeError, match=r"call wait_boot first"):
        _ = node.boot


# ---- weights -----------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [1, 1532, 1533, 20_000])
def test_a_blob_is_uploaded_whole_and_progress_is_told(
    node: SensingNode, fake: FakeNode, size: int
) -> None:
    blob = np.random.default_rng(size).bytes(size)
    seen: list[tuple[int, int]] = []
    commit = node.upload_weights(blob, progress=lambda done, total: seen.append((done, total)))
    assert bytes(fake.commands.uploaded) == blob
    assert (commit.generation, commit.slot) == (2, 1)
    assert seen[-1] == (size, size)


@pytest.mark.parametrize("fault", [f for f in Fault if f not in (Fault.CRASH, Fault.VANISH)])
def test_an_upload_survives_a_bad_line_anywhere(
    node: SensingNode, fake: FakeNode, fault: Fault
) -> None:
    blob = np.random.default_rng(1).bytes(40_000)
    for _ in range(5):
        fake.fail("weights_chunk", None, None, None, fault)
    node.upload_weights(blob)
    assert bytes(fake.commands.uploaded) == blob
    assert fake.faults_left("weights_chunk") == 0


def test_an_interrupted_upload_is_taken_up_where_it_stopped(
    node: SensingNode, fake: FakeNode
) -> None:
    blob = np.random.default_rng(2).bytes(20_000)
    fake.fail("weights_chunk", *[None] * 5, Fault.CRASH)
    with pytest.raises(Exception, match=r"reset by itself"):
        node.upload_weights(blob)
    received = len(fake.commands.uploaded)
    assert 0 < received < len(blob)
    fake.executed.clear()
    node.upload_weights(blob)
    assert bytes(fake.commands.uploaded) == blob
    chunks = [c for _, c in fake.executed if c == "weights_chunk"]
    assert len(chunks) == -(-(len(blob) - received) // 1532)


def test_a_refused_chunk_without_a_bad_line_is_an_error(node: SensingNode, fake: FakeNode) -> None:
    def refuse(_payload: bytes) -> bytes:
        raise Refusal(EspErr.ESP_ERR_INVALID_ARG, "expected offset 0")

    setattr(fake.commands, "do_weights_chunk", refuse)  # noqa: B010
    with pytest.raises(NodeError, match=r"weights_chunk: ESP_ERR_INVALID_ARG.*expected offset 0"):
        node.upload_weights(bytes(5000))
    assert len(fake.executed) == 5  # begin and four chunks: nothing was tried again


def test_the_blob_parsers_error_comes_through(node: SensingNode, fake: FakeNode) -> None:
    node.weights_begin(4, crc32=1)
    node.weights_chunk(0, b"blob")
    with pytest.raises(NodeError, match=r"weights_commit: ESP_ERR_INVALID_CRC.*blob CRC"):
        node.weights_commit()


def test_the_partition_is_read_and_programmed_in_pieces(node: SensingNode, fake: FakeNode) -> None:
    data = np.random.default_rng(3).bytes(5000)
    node.partition_write(100, data)
    assert node.partition_read(90, 5020) == b"\xff" * 10 + data + b"\xff" * 10
    node.partition_write(100, b"\x0f" * 10)
    assert bytes(fake.commands.flash[100:110]) == bytes(b & 0x0F for b in data[:10])
    assert node.partition_read(0, 0) == b""


# ---- task, arena, packets ----------------------------------------------------------------------


@pytest.mark.parametrize(("n", "dim"), [(1, 16), (23, 16), (24, 16), (100, 16), (5, 256), (1, 1)])
def test_frames_arrive_in_order_and_bit_for_bit(
    node: SensingNode, fake: FakeNode, n: int, dim: int
) -> None:
    frames = np.random.default_rng(n).standard_normal((n, dim)).astype(np.float32)
    result = node.push_frames(frames)
    assert (result.accepted, result.rejected) == (n, 0)
    assert np.array_equal(np.array(fake.commands.pushed), frames)


def test_one_frame_needs_no_second_axis(node: SensingNode, fake: FakeNode) -> None:
    assert node.push_frames(np.zeros(16)).accepted == 1
    with pytest.raises(ValueError, match=r"shape \(1, 2, 3\)"):
        node.push_frames(np.zeros((1, 2, 3)))


def test_logits(node: SensingNode, fake: FakeNode) -> None:
    result = node.classify()
    assert result.logits.dtype == np.float32
    assert (result.logits.tolist(), result.n_frames, result.cycles) == ([1, 2, 3], 7, 99)
    cut_reply(fake, "classify", 4)
    with pytest.raises(ProtocolFault, match=r"3 classes were announced and 8 bytes came"):
        node.classify()


def test_arrays_survive_the_arena(node: SensingNode, fake: FakeNode) -> None:
    values = np.random.default_rng(4).standard_normal((13, 4, 32)).astype(np.float32)
    node.arena_put_floats(64, values)
    assert np.array_equal(node.arena_get_floats(64, values.shape), values)
    assert node.arena_get_floats(0, (0, 4)).shape == (0, 4)


def test_what_does_not_fit_the_arena_is_told_before_anything_is_sent(
    node: SensingNode, fake: FakeNode
) -> None:
    big = np.zeros((200, 4, 32))
    with pytest.raises(ValueError, match=r"arena has 65536 bytes"):
        node.attention(big, big, big, None)  # type: ignore[arg-type]
    assert fake.executed == []


def test_packets_are_decoded_waited_for_and_cleared(node: SensingNode, fake: FakeNode) -> None:
    fake.event("packet", packet(1))
    fake.event("packet", packet(2))
    first = node.wait_packet(TEMPORAL)
    assert isinstance(first, TemporalClassification)
    assert first.seq == 1
    node.request("echo")
    assert [p.seq for p in node.packets if isinstance(p, TemporalClassification)] == [1, 2]
    node.clear_packets()
    with pytest.raises(NodeSilent, match=r"packet 0xC5110007"):
        node.wait_packet(TEMPORAL, timeout=0.05)


def test_a_malformed_packet_is_kept_and_told_when_it_is_asked_for(
    node: SensingNode, fake: FakeNode
) -> None:
    fake.event("packet", packet(1)[:-1] + b"\0")
    node.request("echo")
    assert len(node.packet_bytes) == 1
    with pytest.raises(PacketError):
        _ = node.packets
