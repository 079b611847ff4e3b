"""How fast a node's console is, and how much of that an upload reaches.

The rate of a serial port is its baud rate. A line without one (a pipe, a socket, an emulated UART,
USB) is measured: how fast does the node take in lines of full length? They are requests that are
made beforehand and sent without waiting for answers; the node reads, checks and decodes each, and
refuses it. An upload needs more time: the host cuts, encodes and frames the payload, the node
stores it, and the host waits whenever as much is unanswered as the node allows.
"""

from __future__ import annotations

import os
import statistics
import time
from dataclasses import dataclass

from harness.errors import DeviceFault
from harness.node import base85
from harness.node.framing import Request, encode_request, line_length
from harness.node.structs import ArenaRequest
from harness.sensing.node import SensingNode

_FIRST = 8192  # bytes
_GROW = 4
_MAX_BYTES = 8 << 20
_NOBODY = 0xFFFFFFFF  # an id that no other request has: nobody waits for these answers
_AT_ONCE = 8  # lines in one write, so that system calls are not part of the rate


class BytesLost(DeviceFault):
    """The node did not get every byte that was sent."""

    def __init__(self, sent: int, heard: int) -> None:
        super().__init__(f"{sent} bytes were sent, the node counted {heard}.")


@dataclass(frozen=True)
class Rates:
    """Bytes a second.

    line: what the line carries. upload: payload of an upload into the node's memory. occupied:
    what that upload puts on the line, with base85, ids and CRCs.
    """

    line: float
    upload: float
    occupied: float

    @property
    def share(self) -> float:
        """The payload's share of the line's rate; base85 and framing leave at most 0.79 of it."""
        return self.upload / self.line


def rates(node: SensingNode, rounds: int = 5, long_enough_s: float = 0.25) -> Rates:
    """Medians over rounds, in which line and upload are measured in turn. An upload takes at least
    `long_enough_s`.

    The line's rate is its baud rate, unless more goes through (a USB port does not keep to it), and
    never less than what the upload itself puts on the line.

    Raises BytesLost, and what Node raises.
    """
    amount = _enough(node, long_enough_s)
    taken, uploads = [], []
    for _ in range(rounds):
        taken.append(_taken(node, amount))
        uploads.append(amount / _uploaded(node, amount))
    upload = statistics.median(uploads)
    occupied = upload * _expansion(node)
    line = max(node.connection.baud / 10, statistics.median(taken), occupied)
    return Rates(line, upload, occupied)


def _enough(node: SensingNode, long_enough_s: float) -> int:
    """How many bytes take long enough to be measured, and fit the node's memory."""
    room = min(node.limits.arena_bytes, _MAX_BYTES)
    amount = min(_FIRST, room)
    while amount * _GROW <= room and _uploaded(node, amount) < long_enough_s:
        amount *= _GROW
    return amount


def _taken(node: SensingNode, amount: int) -> float:
    """Sends about `amount` bytes in requests that the node refuses; returns bytes a second."""
    line = encode_request(Request(_NOBODY, "hello", os.urandom(node.limits.max_payload)))
    pieces = -(-amount // (len(line) * _AT_ONCE))
    sent = pieces * _AT_ONCE * len(line)
    before = node.status().rx_bytes
    begun = time.perf_counter()
    for _ in range(pieces):
        node.send_raw(line * _AT_ONCE)
    node.hello()  # its answer comes after those to everything before it
    seconds = time.perf_counter() - begun
    heard = node.status().rx_bytes - before
    if heard < sent:
        raise BytesLost(sent, heard)
    return sent / seconds


def _uploaded(node: SensingNode, amount: int) -> float:
    """Seconds for an upload of `amount` bytes. Raises BytesLost when other bytes arrive."""
    data = os.urandom(amount)
    begun = time.perf_counter()
    node.arena_put(0, data)
    seconds = time.perf_counter() - begun
    end = min(amount, node.limits.max_payload)
    if node.arena_get(amount - end, end) != data[-end:]:
        raise BytesLost(amount, amount - end)
    return seconds


def _expansion(node: SensingNode) -> float:
    """Bytes on the line for a byte of payload, in lines that are full."""
    size = node.limits.max_payload
    digits = base85.encoded_size(size)
    return line_length("arena_put", digits) / (size - ArenaRequest.sizeof())
