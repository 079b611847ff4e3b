"""Bytes that are lost, doubled, garbled or late between the node and its connection."""

from __future__ import annotations

import random
import re
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from harness.connection import PipeConnection, SerialConnection
from harness.node.esp_err import EspErr
from harness.node.framing import Reply, encode_reply, find_message

IN, OUT = "in", "out"  # from the node, to the node
_ASKS = re.compile(rb"#> ([0-9a-f]{8}) arena_get ")


@dataclass
class Disturbance:
    """how: dropped, doubled, garbled or late. way: IN or OUT. after: how many bytes pass before it.
    length: how many bytes it disturbs. seconds: how late they are."""

    how: str
    way: str
    after: int
    length: int
    seconds: float

    def disturb(self, data: bytes, begin: int, dice: random.Random) -> bytes:
        """`data` with its bytes from `begin` on disturbed."""
        end = min(len(data), begin + self.length)
        hit = data[begin:end]
        if self.how == "late":
            time.sleep(self.seconds)
        elif self.how == "dropped":
            hit = b""
        elif self.how == "doubled":
            hit += hit
        else:
            hit = bytes(byte ^ dice.randrange(1, 256) for byte in hit)
        return data[:begin] + hit + data[end:]


class Wire:
    """All bytes between the node and its connection go through here."""

    def __init__(self) -> None:
        self._armed: list[Disturbance] = []
        self._dice = random.Random(0)
        self._turn = threading.Lock()
        self._is_cut = self._cut_for_good = False
        self._lie = ""
        self._asked: set[int] = set()  # ids of the requests whose answer is a lie
        self._half = b""

    def arm(self, disturbances: list[dict[str, Any]], dice: int) -> None:
        """Takes disturbances that are to happen; each counts its bytes from now on."""
        with self._turn:
            self._dice = random.Random(dice)
            self._armed = [Disturbance(**each) for each in disturbances]

    def cut(self, *, for_good: bool) -> None:
        """Lets no byte of the node arrive any more; unless for good, until it is started again."""
        self._is_cut, self._cut_for_good = True, for_good

    def lie(self, how: str) -> None:
        """Changes the next bytes that are read from the node's memory ("value"), or refuses them
        ("refusal")."""
        self._lie = how

    def opened(self) -> None:
        """The device has been started again."""
        self._is_cut = self._is_cut and self._cut_for_good

    def inward(self, data: bytes) -> bytes:
        """Takes bytes of the node. Returns those that arrive."""
        if self._is_cut:
            return b""
        return self._disturbed(IN, self._with_lies(data))

    def outward(self, data: bytes) -> bytes:
        """Takes bytes for the node. Returns those that arrive."""
        if self._lie:
            self._asked.update(int(each, 16) for each in _ASKS.findall(data))
        return self._disturbed(OUT, data)

    def _disturbed(self, way: str, data: bytes) -> bytes:
        with self._turn:
            due = [each for each in self._armed if each.way == way]
            hit = [each for each in due if each.after < len(data)]
            self._armed = [each for each in self._armed if each not in hit]
            for each in due:
                if each not in hit:
                    each.after -= len(data)
        for each in sorted(hit, key=lambda one: -one.after):  # the last first: positions stay valid
            data = each.disturb(data, each.after, self._dice)
        return data

    def _with_lies(self, data: bytes) -> bytes:
        """Replaces an answer by a lie. While one is awaited, only whole lines are passed on."""
        if not self._asked:
            return data
        *lines, self._half = (self._half + data).split(b"\n")
        said = b"".join(map(self._lied, lines))
        if not self._asked:
            said, self._half = said + self._half, b""
        return said

    def _lied(self, line: bytes) -> bytes:
        before, message = find_message(line)
        if not isinstance(message, Reply) or message.id not in self._asked:
            return line + b"\n"
        self._asked.clear()
        how, self._lie = self._lie, ""
        if how == "refusal":
            reply = Reply(message.id, EspErr.ESP_ERR_INVALID_STATE, b"not now")
        else:
            wrong = bytes([message.payload[0] ^ 1]) + message.payload[1:]
            reply = Reply(message.id, message.status, wrong)
        return before + encode_reply(reply)


def install(wire: Wire) -> None:
    """Makes every connection of this process go through `wire`."""
    for kind in (PipeConnection, SerialConnection):
        _through(kind, wire)


def _through(kind: Any, wire: Wire) -> None:
    read: Callable[[Any], bytes] = kind._read
    write: Callable[[Any, bytes], None] = kind._write
    opened: Callable[[Any], None] = kind._open_stream

    def open_stream(self: Any) -> None:
        opened(self)
        wire.opened()

    kind._read = lambda self: wire.inward(read(self))
    kind._write = lambda self, data: write(self, wire.outward(data))
    kind._open_stream = open_stream
