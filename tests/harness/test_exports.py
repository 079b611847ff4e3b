"""Calling C functions from a test: what is checked before anything is sent, and what comes back."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from harness.errors import BenchError, NodeError, ProtocolFault
from harness.node import Node
from harness.node.esp_err import EspErr
from harness.node.exports import CallMisuse, Export
from harness.node.structs import (
    CallPlace,
    CallReply,
    CallRequest,
    ExportArgument,
    ExportHead,
    ExportRequest,
)
from harness.scripted import Commands, Refusal, ScriptedNode
from tests.harness.fake_device import FakeConnection

F32, F64, I16, U8, U32, I8 = 0x24, 0x28, 0x12, 0x01, 0x04, 0x11
VALUE, IN, OUT, IN_OUT = range(4)

# name: result, arguments (name, kind, type, length), what it does with the bytes of its arguments
FUNCTIONS: dict[str, tuple[int, list[tuple[str, int, int, str]], Callable[..., Any]]] = {
    "scale": (
        0,
        [("x", IN, F32, "n"), ("y", OUT, F32, "n"), ("n", VALUE, U32, ""), ("by", VALUE, F32, "")],
        lambda x, y, n, by: y.__setitem__(slice(None), x * by),
    ),
    "mean": (F32, [("x", IN, F32, "n"), ("n", VALUE, U32, "")], lambda x, n: x.mean()),
    "twice": (
        0,
        [("x", IN_OUT, I16, "n"), ("n", VALUE, U8, "")],
        lambda x, n: x.__setitem__(slice(None), 2 * x),
    ),
    "shift": (I8, [("by", VALUE, I8, ""), ("three", IN, U8, "3")], lambda by, three: -by),
    "tied": (0, [("x", IN, F32, "size")], lambda x: None),
    "count": (0, [("out", OUT, U8, "n"), ("n", VALUE, I8, "")], lambda out, n: None),
}
NAMES = sorted(FUNCTIONS)
CODES = {F32: "<f4", F64: "<f8", I16: "<i2", U8: "u1", U32: "<u4", I8: "i1"}


class Exporting(Commands):
    """An agent whose image exports FUNCTIONS."""

    names = NAMES
    calls = 0

    def do_export(self, payload: bytes) -> bytes:
        index = ExportRequest.parse(payload).index
        if index >= len(self.names):
            raise Refusal(EspErr.ESP_ERR_NOT_FOUND, "no such index")
        name = self.names[index]
        result, arguments, _ = FUNCTIONS[name]
        head = ExportHead(len(self.names), index, result, len(arguments), len(name))
        told = head.build() + name.encode()
        for argument, kind, code, length in arguments:
            told += ExportArgument(code, kind, len(argument), len(length)).build()
            told += argument.encode() + length.encode()
        return told

    def do_call(self, payload: bytes) -> bytes:
        self.calls += 1
        request, rest = CallRequest.parse_prefix(payload)
        result, arguments, function = FUNCTIONS[self.names[request.index]]
        places = [
            CallPlace.parse(rest[i : i + CallPlace.sizeof()])
            for i in range(0, len(rest), CallPlace.sizeof())
        ]
        assert len(places) == request.n_arguments == len(arguments)
        views = []
        for place, (name, kind, code, _) in zip(places, arguments, strict=True):
            assert place.offset % 16 == 0
            sent = self.arena[place.offset : place.offset + place.len]
            assert kind == OUT or zlib.crc32(sent) == place.crc, name
            view = np.frombuffer(
                self.arena, CODES[code], place.len // int(CODES[code][-1]), place.offset
            )
            views.append(view[0] if kind == VALUE else view)
        returned = function(*views)
        data = np.array(returned, CODES[result]).tobytes() if result else b""
        crcs = [
            zlib.crc32(self.arena[place.offset : place.offset + place.len])
            for place, (_, kind, _, _) in zip(places, arguments, strict=True)
            if kind in (OUT, IN_OUT)
        ]
        reply = CallReply(1234, 96, 1, data.ljust(8, b"\0")).build()
        return reply + struct.pack(f"<{len(crcs)}I", *crcs)


@pytest.fixture
def agent() -> ScriptedNode:
    return ScriptedNode(commands=Exporting)


@pytest.fixture
def node(agent: ScriptedNode) -> Any:
    connection = FakeConnection(agent)  # type: ignore[arg-type]
    made = Node(connection)
    connection.open()
    agent.power_on()
    made.wait_boot()
    yield made
    connection.close()


def test_what_the_image_exports_is_told_as_c_declares_it(node: Node) -> None:
    exports = node.exports()
    assert list(exports) == NAMES
    assert str(exports["scale"]) == (
        "scale(float32[n] x, out float32[n] y, uint32 n, float32 by) -> nothing"
    )
    assert str(exports["shift"]) == "shift(int8 by, uint8[3] three) -> int8"
    assert isinstance(exports["mean"], Export) and exports["mean"].result == np.float32


def test_an_image_that_exports_nothing_says_so(node: Node, agent: ScriptedNode) -> None:
    agent.commands.names = []  # type: ignore[attr-defined]
    assert not node.exports()
    with pytest.raises(CallMisuse, match=r"fir: this image exports no such function; .* none\."):
        node.call("fir")


def test_arrays_go_in_and_come_out(node: Node) -> None:
    x = np.random.default_rng(3).standard_normal(3000).astype(np.float32)  # several pieces
    result = node.call("scale", x=x, by=2.5)
    assert np.array_equal(result.y, x * np.float32(2.5)) and result.y.dtype == np.float32
    assert result.value is None and result.cycles == 1234 and result.stack_bytes == 96
    assert list(result.outputs) == ["y"]
    with pytest.raises(AttributeError, match=r"no output 'z'; there is y"):
        _ = result.z


def test_an_array_that_is_damaged_on_its_way_back_is_found(node: Node, agent: ScriptedNode) -> None:
    get = agent.commands.do_arena_get

    def damaged(payload: bytes) -> bytes:
        data = bytearray(get(payload))
        data[-1] ^= 1
        return bytes(data)

    agent.commands.do_arena_get = damaged  # type: ignore[method-assign]
    with pytest.raises(ProtocolFault, match=r"scale\(y\): the array that was read is not the one"):
        node.call("scale", x=np.ones(3000, np.float32), by=2.0)


def test_a_reply_with_another_number_of_crcs_is_none(node: Node, agent: ScriptedNode) -> None:
    agent.commands.do_call = lambda _payload: CallReply(0, 0, 0, bytes(8)).build()  # type: ignore[attr-defined]
    with pytest.raises(ProtocolFault, match=r"call: 0 bytes of CRCs for 1 arrays"):
        node.call("scale", x=[1.0], by=2.0)


def test_what_is_written_in_place_keeps_its_shape(node: Node) -> None:
    x = np.arange(6, dtype=np.int16).reshape(2, 3)
    out = node.call("twice", x=x).x
    assert np.array_equal(out, 2 * x) and out.shape == (2, 3)
    assert x[1, 2] == 5  # the caller's own array is as it was


def test_what_a_function_returns_has_its_type(node: Node) -> None:
    value = node.call("mean", x=[1, 2, 6]).value
    assert value == 3.0 and value.dtype == np.float32
    assert node.call("shift", by=-128 + 1, three=[1, 2, 3]).value == 127


def test_an_empty_array_is_one(node: Node) -> None:
    assert node.call("scale", x=[], by=1.0).y.shape == (0,)


@pytest.mark.parametrize(
    ("function", "arguments", "said"),
    [
        ("scale", {"x": [1.0], "by": 1.0, "z": 0}, r"scale\(z\): is no argument; it is scale"),
        ("scale", {"x": [1.0], "y": [1.0], "by": 1.0}, r"scale\(y\): is written by the function"),
        ("scale", {"x": [1.0]}, r"scale\(by\): is missing"),
        ("scale", {"by": 1.0}, r"scale\(x\): is missing"),
        ("scale", {"x": np.ones(2), "by": 1.0}, r"x\): is float64, .* takes float32\. Pass x\.ast"),
        ("scale", {"x": [1.0], "by": np.float64(1)}, r"scale\(by\): is float64"),
        ("scale", {"x": [1.0], "by": [1.0]}, r"scale\(by\): is a scalar, not an array \(1,\)"),
        (
            "scale",
            {"x": [1.0, 2.0], "n": 3, "by": 1.0},
            r"x\): has 2 elements and needs 3, which n",
        ),
        ("scale", {"x": [1e39], "by": 1.0}, r"scale\(x\): \[1e\+39\] does not fit float32"),
        ("scale", {"x": ["one"], "by": 1.0}, r"scale\(x\): \['one'\] is not float32"),
        ("shift", {"by": 128, "three": [1, 2, 3]}, r"shift\(by\): 128 does not fit int8"),
        ("shift", {"by": 1.5, "three": [1, 2, 3]}, r"shift\(by\): 1\.5 does not fit int8"),
        ("shift", {"by": 1, "three": [1, 2]}, r"three\): has 2 elements and needs 3\."),
        ("twice", {"x": np.zeros(256, np.int16)}, r"twice\(n\): 256 does not fit uint8"),
        ("tied", {"x": [1.0]}, r"its length size is neither a number nor an integer argument"),
        ("count", {"n": -1}, r"count\(n\): -1 is no length"),
        ("none", {}, r"none: this image exports no such function; it exports count, mean"),
    ],
)
def test_what_does_not_fit_the_declaration_is_said_and_not_sent(
    node: Node, agent: ScriptedNode, function: str, arguments: dict[str, Any], said: str
) -> None:
    with pytest.raises(CallMisuse, match=said) as caught:
        node.call(function, **arguments)
    assert isinstance(caught.value, BenchError)  # the test is at fault, not the device
    assert agent.commands.calls == 0  # type: ignore[attr-defined]


def test_what_is_larger_than_the_scratch_memory_is_said(node: Node) -> None:
    with pytest.raises(CallMisuse, match=r"scale\(y\): the node's arena has 65536 bytes"):
        node.call("scale", x=np.zeros(10_000, np.float32), by=1.0)


def test_the_list_is_asked_for_once_a_boot(node: Node, agent: ScriptedNode) -> None:
    node.call("mean", x=[1.0])
    node.call("mean", x=[2.0])
    asked = [command for _, command in agent.executed].count("export")
    assert asked == len(NAMES)
    agent.commands.names = ["mean"]  # type: ignore[attr-defined]  # another image
    node.reset()
    assert node.call("mean", x=[1.0]).value == 1.0
    assert list(node.exports()) == ["mean"]


def test_a_refusal_is_the_node_s(node: Node, agent: ScriptedNode) -> None:
    def refuse(_payload: bytes) -> bytes:
        raise Refusal(EspErr.ESP_ERR_INVALID_SIZE, "y: no place")

    agent.commands.do_call = refuse  # type: ignore[attr-defined]
    with pytest.raises(NodeError, match=r"call: ESP_ERR_INVALID_SIZE .*y: no place"):
        node.call("mean", x=[1.0])
