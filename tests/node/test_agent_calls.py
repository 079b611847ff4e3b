"""Exported functions: the agent in C does what the node in Python asks, and refuses what it must
not do, whoever asks."""

from __future__ import annotations

import zlib

import numpy as np
import pytest

from harness.errors import NodeError, ProtocolFault
from harness.node import Node
from harness.node.structs import CallPlace, CallReply, CallRequest
from tests.node.conftest import Start

ARENA = 1024
OUTSIDE = ": not within the scratch memory, or not aligned"


@pytest.fixture
def node(start: Start) -> Node:
    return start(Node, n_lists=0)


def test_what_is_declared_in_c_is_what_python_reads(node: Node) -> None:
    assert [str(export) for export in node.exports().values()] == [
        "add(uint64 a, int8 b, float64 c) -> uint64",
        "badly_declared(uint8[size] x) -> nothing",
        "configure(uint8 n) -> nothing",
        "negate(in/out int16[n] x, int8 n) -> nothing",
        "nothing() -> uint32",
        "scale(float32[n] x, out float32[n] y, uint16 n, float32 by) -> nothing",
    ]


def test_arrays_go_in_and_come_out(node: Node) -> None:
    x = np.random.default_rng(1).standard_normal(50).astype(np.float32)
    result = node.call("scale", x=x, by=-2.5)
    assert np.array_equal(result.y, x * np.float32(-2.5))
    assert result.cycles == 7 and result.stack_bytes is None and result.value is None
    odd = np.arange(-3, 3, dtype=np.int16).reshape(3, 2)
    assert np.array_equal(node.call("negate", x=odd).x, -odd)


@pytest.mark.parametrize(
    ("a", "b", "c"), [(0, 0, 0.0), (2**64 - 1, 1, 0.0), (2**63, -128, 7.9), (5, 127, 1e15)]
)
def test_scalars_of_every_width_arrive(node: Node, a: int, b: int, c: float) -> None:
    assert node.call("add", a=a, b=b, c=c).value == (a + b + int(c)) % 2**64


def test_a_function_without_arguments(node: Node) -> None:
    assert node.call("nothing").value == 42


def place(node: Node, offset: int, size: int, *, wrong: int = 0) -> CallPlace:
    """Bytes of the scratch memory with the CRC of what lies there."""
    held = node.arena_get(offset, size) if offset + size <= ARENA else b""
    return CallPlace(offset, size, zlib.crc32(held) ^ wrong)


def refused(node: Node, function: str, *places: tuple[int, int], n: int | None = None) -> str:
    """What the agent says to a call that `node.call` would not send."""
    index = node.exports()[function].index
    payload = CallRequest(index, len(places) if n is None else n).build()
    payload += b"".join(place(node, *one).build() for one in places)
    with pytest.raises(NodeError) as caught:
        node.request("call", payload)
    assert caught.value.name in ("ESP_ERR_INVALID_SIZE", "ESP_ERR_INVALID_ARG")
    return caught.value.detail


X, Y, N, BY = (0, 8), (16, 8), (32, 2), (48, 4)


def test_another_number_of_arguments_is_refused(node: Node) -> None:
    assert refused(node, "scale", X, Y, N) == "scale takes 4 arguments"
    assert refused(node, "scale", X, Y, N, n=4) == "scale takes 4 arguments"
    assert refused(node, "nothing", X) == "nothing takes 0 arguments"


@pytest.mark.parametrize("argument", ["x", "n", "by"])
def test_what_did_not_arrive_as_it_was_sent_is_refused(node: Node, argument: str) -> None:
    """One bit of any argument that the function reads: the function does not run."""
    x = np.array([1.0, 2.0], np.float32)
    node.call("scale", x=x, by=3.0)
    places = {"x": (32, 8), "y": (48, 8), "n": (0, 2), "by": (16, 4)}
    node.arena_put(48, bytes(8))
    index = node.exports()["scale"].index
    sent = {name: place(node, *where) for name, where in places.items()}
    offset, _ = places[argument]
    held = bytearray(node.arena_get(offset, 1))
    node.arena_put(offset, bytes([held[0] ^ 1]))
    payload = CallRequest(index, 4).build() + b"".join(one.build() for one in sent.values())
    said = rf"INVALID_CRC.*{argument}: the scratch memory does not hold what was sent"
    with pytest.raises(NodeError, match=said):
        node.request("call", payload)
    assert node.arena_get(48, 8) == bytes(8)


def test_an_array_that_is_only_written_needs_no_crc(node: Node) -> None:
    places = [
        place(node, 64, 0),
        place(node, 64, 0, wrong=1),
        place(node, 32, 2),
        place(node, 48, 4),
    ]
    payload = CallRequest(node.exports()["scale"].index, 4).build()
    reply = node.request("call", payload + b"".join(one.build() for one in places))
    assert reply[CallReply.sizeof() :] == bytes(4)  # the CRC of no bytes


def test_an_array_that_is_read_otherwise_than_it_was_written_is_found(
    node: Node, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Something else writes into the scratch memory before the array is read."""
    get = node.arena_get

    def damaged(offset: int, length: int) -> bytes:
        data = bytearray(get(offset, length))
        data[1] ^= 4
        return bytes(data)

    monkeypatch.setattr(node, "arena_get", damaged)
    with pytest.raises(ProtocolFault, match=r"scale\(y\): the array that was read is not the one"):
        node.call("scale", x=np.ones(3, np.float32), by=1.0)


@pytest.mark.parametrize(("n", "error"), [(0, 0), (1, 0x103)])
def test_an_error_that_a_function_returns_is_the_call_s(node: Node, n: int, error: int) -> None:
    if not error:
        assert node.call("configure", n=n).value is None
        return
    with pytest.raises(NodeError, match=r"INVALID_STATE.*configure returned this error"):
        node.call("configure", n=n)


@pytest.mark.parametrize(
    ("x", "said"),
    [
        ((0, 7), "x: 7 bytes, but an element takes 4"),
        ((2, 8), f"x: 8 bytes at offset 2{OUTSIDE}"),
        ((ARENA - 4, 8), f"x: 8 bytes at offset {ARENA - 4}{OUTSIDE}"),
        ((ARENA + 4, 0), f"x: 0 bytes at offset {ARENA + 4}{OUTSIDE}"),
        ((4, 0xFFFFFFFC), f"x: 4294967292 bytes at offset 4{OUTSIDE}"),
        ((0xFFFFFFFC, 8), f"x: 8 bytes at offset 4294967292{OUTSIDE}"),
    ],
)
def test_what_does_not_lie_in_the_memory_is_refused(
    node: Node, x: tuple[int, int], said: str
) -> None:
    assert refused(node, "scale", x, Y, N, BY) == said


def test_a_scalar_of_another_width_is_refused(node: Node) -> None:
    assert refused(node, "scale", X, Y, (32, 4), BY) == "n: 4 bytes, but an element takes 2"


@pytest.mark.parametrize("n", [0, 1, 3, 0xFFFF])
def test_an_array_that_is_not_as_long_as_is_said_is_refused(node: Node, n: int) -> None:
    node.arena_put(N[0], n.to_bytes(2, "little"))
    assert refused(node, "scale", X, Y, N, BY) == "x: 2 elements, but its length is n"


def test_a_negative_length_is_none(node: Node) -> None:
    node.arena_put(32, b"\xff")
    assert refused(node, "negate", (0, 4), (32, 1)) == "x: 2 elements, but its length is n"


def test_a_length_that_is_no_argument_is_said(node: Node) -> None:
    said = "x: its length size is neither a number nor an integer argument"
    assert refused(node, "badly_declared", (0, 1)) == said


def test_a_function_that_is_not_there_is_refused(node: Node) -> None:
    with pytest.raises(NodeError, match=r"NOT_FOUND.*index 6: this image exports 6 functions"):
        node.request("call", CallRequest(6, 0))
    with pytest.raises(NodeError, match=r"NOT_FOUND.*index 65535: this image exports 6 functions"):
        node.request("export", b"\xff\xff")
