"""How fast a node's console is, and how much of that an upload reaches.

A serial port has a baud rate. A pipe and an emulated UART have none: what such a line carries is
measured, with lines of the same length that the node reads and throws away, unanswered.
"""

from __future__ import annotations

import os
import time
from dataclasses import dataclass

from harness.errors import DeviceFault
from harness.node.framing import line_length
from harness.node.node import Node
from harness.node.structs import ArenaRequest

_FIRST = 8192  # bytes
_GROW = 4
_LONG_ENOUGH_S = 0.25
_MOST = 8 << 20


class BytesLost(DeviceFault):
    """What went into the line did not come out of it."""

    def __init__(self, sent: int, heard: int) -> None:
        super().__init__(f"{sent} bytes were sent, the node counted {heard}.")


@dataclass(frozen=True)
class Rates:
    """Bytes a second.

    line: what the line carries. upload: payload of an upload into the node's memory. occupied:
    what that upload puts on the line: base85, ids and CRCs with it.
    """

    line: float
    upload: float
    occupied: float

    @property
    def share(self) -> float:
        """Of the line's rate that arrives as payload; base85 and the frame leave 0.78 of it."""
        return self.upload / self.line


def rates(node: Node, rounds: int = 3) -> Rates:
    """The best of some rounds, in turn. The line's rate is what its baud rate says, unless more has
    been seen to go through it: USB has no baud rate.

    Raises BytesLost, and what Node raises.
    """
    amount = _enough(node)
    lines, uploads = [], []
    for _ in range(rounds):
        lines.append(amount / _swallowed(node, amount))
        uploads.append(amount / _uploaded(node, amount))
    upload = max(uploads)
    occupied = upload * _expansion(node)
    return Rates(max([node.connection.baud / 10, occupied, *lines]), upload, occupied)


def _enough(node: Node) -> int:
    """How much takes long enough to be measured, and fits the node's memory."""
    room = min(node.limits.arena_bytes, _MOST)
    amount = min(_FIRST, room)
    while amount * _GROW <= room and _uploaded(node, amount) < _LONG_ENOUGH_S:
        amount *= _GROW
    return amount


def _swallowed(node: Node, amount: int) -> float:
    """Seconds for `amount` bytes in lines that are no requests."""
    before = node.status().rx_bytes
    size = node.limits.max_line
    line = b"x" * (size - 1) + b"\n"
    begun = time.perf_counter()
    for _ in range(-(-amount // size)):
        node.send_raw(line)
    node.hello()  # answered when everything before it was read
    seconds = time.perf_counter() - begun
    heard = node.status().rx_bytes - before
    if heard < amount:
        raise BytesLost(amount, heard)
    return seconds


def _uploaded(node: Node, amount: int) -> float:
    """Seconds for an upload of `amount` bytes. Raises BytesLost when it is not what arrives."""
    data = os.urandom(amount)
    begun = time.perf_counter()
    node.arena_put(0, data)
    seconds = time.perf_counter() - begun
    end = min(amount, node.limits.max_payload)
    if node.arena_get(amount - end, end) != data[-end:]:
        raise BytesLost(amount, amount - end)
    return seconds


def _expansion(node: Node) -> float:
    """Bytes on the line for a byte of payload, in lines that are full."""
    size = node.limits.max_payload
    return line_length("arena_put", size) / (size - ArenaRequest.sizeof())
