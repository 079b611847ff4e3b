"""The agent: each request executed once, whatever arrives around it."""

from __future__ import annotations

import zlib

import numpy as np
import pytest

from harness.node.framing import Request, encode_request
from harness.node.structs import (
    PROTOCOL_VERSION,
    AdvanceRequest,
    ArenaRequest,
    ClockMode,
    HelloRequest,
    KindRequest,
    LayoutRequest,
    NodeTime,
)
from harness.sensing.node import SensingNode
from harness.sensing.structs.controller import Observation, SwitchRequest
from harness.sensing.structs.kernel import (
    AttentionRequest,
    HeadOpenRequest,
    HeadPushRequest,
    StreamEvictRequest,
    StreamOpenRequest,
    StreamStepRequest,
)
from harness.sensing.structs.settings import SettingRequest
from harness.sensing.structs.state import SensingRestoreRequest, SensingStatus
from harness.sensing.structs.task import PushRequest, PushResult, TaskRequest
from harness.sensing.structs.weights import (
    PartitionRequest,
    WeightsBeginRequest,
    WeightsChunkRequest,
)

ARG, STATE, SIZE = 0x102, 0x103, 0x104
NOT_FOUND, CRC, VERSION = 0x105, 0x109, 0x10A

MAX_LINE = 2688
ONE_FRAME = PushRequest(1, 4).build() + np.ones(4, np.float32).tobytes()


# Bytes of payload of every command but hello; these take more behind them.
TAKE_MORE = {"push", "arena_put", "part_write", "weights_chunk"}
PAYLOADS = {
    **dict.fromkeys(
        ["status", "self_test", "reset", "boot_report", "classify", "stream_reset"]
        + ["head_classify", "head_close", "weights_commit", "weights_abort", "part_info"],
        0,
    ),
    "layout": LayoutRequest.sizeof(),
    "restore": SensingRestoreRequest.sizeof(),
    "advance": AdvanceRequest.sizeof(),
    "panic": KindRequest.sizeof(),
    "hang": KindRequest.sizeof(),
    "setting": SettingRequest.sizeof(),
    "task": TaskRequest.sizeof(),
    "push": PushRequest.sizeof(),
    "observe": Observation.sizeof(),
    "decide": Observation.sizeof(),
    "mirror": SwitchRequest.sizeof(),
    "attention": AttentionRequest.sizeof(),
    "stream_open": StreamOpenRequest.sizeof(),
    "stream_step": StreamStepRequest.sizeof(),
    "stream_evict": StreamEvictRequest.sizeof(),
    "head_open": HeadOpenRequest.sizeof(),
    "head_push": HeadPushRequest.sizeof(),
    "arena_put": ArenaRequest.sizeof(),
    "arena_get": ArenaRequest.sizeof(),
    "weights_begin": WeightsBeginRequest.sizeof(),
    "weights_chunk": WeightsChunkRequest.sizeof(),
    "part_read": PartitionRequest.sizeof(),
    "part_write": PartitionRequest.sizeof(),
    "part_erase": PartitionRequest.sizeof(),
}


class Raw:
    """Lines by hand, with ids that follow on from those the node has seen."""

    def __init__(self, node: SensingNode) -> None:
        self.node = node
        self.id = 0

    def line(self, command: str = "push", payload: bytes = ONE_FRAME) -> bytes:
        """Return a request line with the next id."""
        self.id = max(self.id, self.node.hello().last_id) + 1
        return encode_request(Request(self.id, command, payload))

    def send(self, line: bytes, request_id: int | None = None) -> tuple[int, bytes]:
        """Send a line; return status and payload of the reply to its id, by default the last."""
        self.node.send_raw(line)
        reply = self.node.take_reply(self.id if request_id is None else request_id)
        return reply.status, reply.payload


@pytest.fixture
def raw(node: SensingNode) -> Raw:
    return Raw(node)


def status(node: SensingNode) -> SensingStatus:
    """Return the status, asked for under an id behind those that were used by hand."""
    node.hello()
    return node.status()


def pushed(node: SensingNode) -> int:
    """Return how many pushes were executed."""
    return status(node).frames_pushed


def test_hello_is_answered_at_any_time_and_changes_nothing(node: SensingNode) -> None:
    first = node.hello()
    assert (first.protocol, first.max_line, first.max_payload) == (PROTOCOL_VERSION, MAX_LINE, 2080)
    assert first.reply_cache == 8
    assert [node.hello() for _ in range(3)] == [first] * 3


def test_another_protocol_version_is_refused(node: SensingNode) -> None:
    for other in (PROTOCOL_VERSION - 1, PROTOCOL_VERSION + 1):
        assert node.exchange("hello", HelloRequest(other), request_id=0).status == VERSION


def test_an_unknown_command_is_answered_and_counted(node: SensingNode) -> None:
    before = node.status().unknown_commands
    for command in ("no_such_thing", "x", "pusht", "pus"):
        assert node.exchange(command).status == NOT_FOUND
    assert node.status().unknown_commands - before == 4


@pytest.mark.parametrize("command", PAYLOADS)
def test_a_payload_of_the_wrong_length_is_refused(node: SensingNode, command: str) -> None:
    right = PAYLOADS[command]
    for length in {0, 1, right - 1, right + 1} - {right, -1}:
        if length < right or command not in TAKE_MORE:
            status = node.exchange(command, bytes(length)).status
            assert status == SIZE, f"{command} with {length} bytes, it takes {right}"


def test_a_push_whose_length_does_not_add_up_is_refused(node: SensingNode) -> None:
    for n_frames, frame_len in ((1, 5), (2, 4), (0xFFFF, 0xFFFF), (0, 4)):
        payload = PushRequest(n_frames, frame_len).build() + bytes(16)
        assert node.exchange("push", payload).status == SIZE
    assert pushed(node) == 0


@pytest.mark.needs("head")
def test_a_repeated_id_is_answered_again_and_not_executed_again(
    node: SensingNode, raw: Raw
) -> None:
    line = raw.line()
    answers = [raw.send(line) for _ in range(5)]
    assert answers == [(0, PushResult(1, 0, 0).build())] * 5
    after = status(node)
    assert after.frames_pushed == 1, (
        f"one request, sent 5 times, was executed {after.frames_pushed} times"
    )
    assert after.replays == 4


def test_time_is_advanced_once_however_often_the_line_comes(node: SensingNode, raw: Raw) -> None:
    line = raw.line("advance", AdvanceRequest(250_000).build())
    answers = {raw.send(line) for _ in range(4)}
    assert answers == {(0, NodeTime(250_000).build())}
    assert status(node).now_us == 250_000


@pytest.mark.needs("head")
def test_an_id_that_is_too_old_is_refused_and_not_executed(node: SensingNode, raw: Raw) -> None:
    first = raw.line()
    first_id = raw.id
    raw.send(first)
    for _ in range(8):
        raw.send(raw.line())
    assert raw.send(first, first_id) == (STATE, b"stale id")
    assert pushed(node) == 9
    assert status(node).stale_ids == 1


@pytest.mark.needs("head")
def test_the_last_eight_replies_are_kept(node: SensingNode, raw: Raw) -> None:
    lines = {}
    for _ in range(8):
        line = raw.line()
        lines[raw.id] = line
        raw.send(line)
    assert [raw.send(line, used)[0] for used, line in lines.items()] == [0] * 8
    assert pushed(node) == 8


@pytest.mark.needs("head")
@pytest.mark.parametrize("place", [3, 12, 17, -2, -12], ids=str)
def test_a_damaged_line_is_not_executed_and_its_repeat_is(
    node: SensingNode, raw: Raw, place: int
) -> None:
    line = raw.line()
    damaged = bytearray(line)
    damaged[place] = ord("1") if damaged[place] != ord("1") else ord("2")
    node.send_raw(bytes(damaged))
    assert node.take_reply(int(damaged[3:11], 16)).status == CRC
    assert node.hello().last_id < raw.id
    assert raw.send(line)[0] == 0
    assert pushed(node) == 1
    assert status(node).lines_bad_crc == 1


def test_half_a_line_is_not_executed(node: SensingNode, raw: Raw) -> None:
    line = raw.line()
    for cut in (1, 5, 11, 12, 20, len(line) - 2):
        node.send_raw(line[:cut] + b"\n")
    assert pushed(node) == 0


@pytest.mark.needs("head")
def test_a_line_in_two_halves_is_one_line(node: SensingNode, raw: Raw) -> None:
    line = raw.line()
    node.send_raw(line[:9])
    node.send_raw(line[9:])
    assert node.take_reply(raw.id).status == 0
    assert pushed(node) == 1


@pytest.mark.needs("head")
def test_a_request_after_noise_in_the_same_line_is_found(node: SensingNode, raw: Raw) -> None:
    for noise in (b"\x00\xff\xfe", b"#> ", b"#> 00000001 ", "ä€".encode(), b"#" * 40):
        assert raw.send(noise + raw.line())[0] == 0
    assert pushed(node) == 5


@pytest.mark.needs("head")
def test_carriage_returns_and_empty_lines_are_ignored(node: SensingNode, raw: Raw) -> None:
    node.send_raw(b"\r\n\n\n\r\n")
    assert raw.send(raw.line()[:-1] + b"\r\n")[0] == 0
    after = status(node)
    assert (after.frames_pushed, after.lines_garbage) == (1, 0)


@pytest.mark.needs("head")
def test_an_overlong_line_is_swallowed_counted_and_answered(node: SensingNode, raw: Raw) -> None:
    line = raw.line()
    overlong = line[:-10] + b"0" * 4096 + line[-10:]
    assert raw.send(overlong)[0] == SIZE
    node.send_raw(b"z" * 5000 + b"\n")
    after = status(node)
    assert (after.lines_overlong, after.frames_pushed) == (2, 0)
    assert raw.send(raw.line())[0] == 0
    assert pushed(node) == 1


@pytest.mark.needs("head")
@pytest.mark.parametrize("extra", [-1, 0, 1], ids=["just below", "at the limit", "just beyond"])
def test_the_longest_line_is_taken_and_one_more_byte_is_not(
    node: SensingNode, raw: Raw, extra: int
) -> None:
    """Noise before the request makes the line as long as wanted."""
    line = raw.line()
    whole = b"." * (MAX_LINE + extra - len(line)) + line
    assert len(whole) == MAX_LINE + extra
    if extra <= 0:
        assert raw.send(whole)[0] == 0
    else:
        node.send_raw(whole)
    after = status(node)
    assert after.lines_overlong == (extra > 0)
    assert after.frames_pushed == (extra <= 0)


def test_payload_that_is_not_base85_is_refused(node: SensingNode, raw: Raw) -> None:
    for payload in (b'"""""', b"~~~~~", b"0", b"000000"):
        raw.line()
        body = b"#> %08x push " % raw.id + payload + b" "
        code, _ = raw.send(body + b"%08x\n" % zlib.crc32(body))
        assert code in (ARG, SIZE), payload
    assert pushed(node) == 0


def test_advance_needs_the_stepped_clock(node: SensingNode) -> None:
    node.restore(ClockMode.REAL)
    assert node.exchange("advance", AdvanceRequest(1000)).status == STATE
