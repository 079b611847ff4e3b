"""Floods: everything the line can carry, with nothing lost, wedged or executed twice."""

from __future__ import annotations

import random

import numpy as np
import pytest

from harness.node.framing import Request, decode_request, encode_request
from harness.sensing.node import SensingNode
from harness.sensing.structs.task import PushRequest
from hil_tests.support.packets import check_sequence, classifications, packets_of
from kernels_ref.packets import FeatureState

ONE_FRAME = PushRequest(1, 2).build() + np.ones(2, np.float32).tobytes()


def holds_a_request(line: bytes) -> bool:
    """Return whether noise and then a whole request is what this line is."""
    line = line.removesuffix(b"\r")
    starts = (i for i in range(len(line)) if line.startswith(b"#> ", i))
    return any(decode_request(line[i:]) for i in starts)


@pytest.mark.needs("head")
@pytest.mark.parametrize("seed", range(4))
def test_mutated_lines_execute_nothing_and_wedge_nothing(node: SensingNode, seed: int) -> None:
    """Valid lines with bytes flipped, cut, doubled or inserted; few are requests any more."""
    draw = random.Random(seed)
    first = node.hello().last_id + 1000
    noise, intact = bytearray(), 0
    for i in range(150):
        line = bytearray(encode_request(Request(first + i, "push", ONE_FRAME)))[:-1]
        place = draw.randrange(len(line))
        kind = draw.randrange(4)
        if kind == 0:
            line[place] ^= 1 << draw.randrange(8)
        elif kind == 1:
            del line[max(place, 1) :]
        elif kind == 2:
            line[place:place] = bytes(draw.randrange(256) for _ in range(1 + draw.randrange(9)))
        else:
            line[place:place] = line[: draw.randrange(len(line))] + b"x"
        line = line.replace(b"\n", b"?")
        intact += holds_a_request(bytes(line))
        noise += line + b"\n"
    for start in range(0, len(noise), 900):  # below any receive buffer
        node.send_raw(bytes(noise[start : start + 900]))
        node.hello()
    status = node.status()
    assert status.frames_pushed == intact, (
        f"{intact} of the lines still hold a whole request, {status.frames_pushed} were executed"
    )
    assert status.lines_garbage + status.lines_bad_crc > 100
    assert node.exchange("status").status == 0


@pytest.mark.parametrize("seed", range(2))
def test_random_bytes_wedge_nothing(node: SensingNode, seed: int) -> None:
    noise = np.random.default_rng(seed).integers(0, 256, 20_000, np.uint8).tobytes()
    for start in range(0, len(noise), 900):
        node.send_raw(noise[start : start + 900] + b"\n")
        node.hello()
    status = node.status()
    assert status.frames_pushed == 0
    assert status.rx_bytes >= len(noise)


@pytest.mark.needs("head")
def test_a_flood_of_requests_executes_each_once(node: SensingNode) -> None:
    """As fast as the line goes, with as many under way as the node takes."""
    replies = node.pipeline([("push", ONE_FRAME)] * 600)
    status = node.status()
    assert all(reply.status == 0 for reply in replies)
    assert status.frames_pushed + status.queue_drops == 600
    assert status.rx_overruns == 0


@pytest.mark.needs("head")
def test_a_flood_that_ignores_the_node_s_limits_wedges_nothing(node: SensingNode) -> None:
    """More than the receive buffer at once: lines may be lost, none may be executed twice."""
    first = node.hello().last_id + 1
    lines = [encode_request(Request(first + i, "push", ONE_FRAME)) for i in range(1000)]
    node.send_raw(b"".join(lines))
    node.send_raw(b"\n")
    node.hello()
    status = node.status()
    executed = status.frames_pushed + status.queue_drops
    assert 0 < executed <= 1000
    assert node.hello().last_id >= first
    # The same lines again, now within the limits: what was executed is not executed again.
    for line in lines[-8:]:
        node.send_raw(line)
        node.hello()
    again = node.status()
    fresh = again.frames_pushed + again.queue_drops - executed
    assert fresh <= max(0, 1000 - executed)
    assert fresh + again.replays + again.stale_ids - status.replays - status.stale_ids >= 8 - 1


@pytest.mark.needs("head")
def test_log_lines_packets_and_replies_do_not_mix(node: SensingNode) -> None:
    """Everything at once: each reply, each event and each log line arrives whole."""
    written, seen = node.status().log_lines, node.log_seen
    node.mirror(True)
    node.hold_task()
    for _ in range(20):
        node.pipeline([("push", ONE_FRAME)] * 20)
        node.advance(seconds=1)
    assert len(packets_of(node, FeatureState)) == 100
    check_sequence([packet.seq for packet in classifications(node)])
    lines = node.log[-(node.log_seen - seen) :]
    broken = [str(line) for line in lines if line.parts is None]
    assert not broken, f"not a whole log line: {broken[0]!r}"
    assert len(lines) == node.status().log_lines - written
    assert (node.events_lost, node.events_repeated) == (0, 0)
