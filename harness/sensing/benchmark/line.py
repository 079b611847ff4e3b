"""How fast a node's console is, and how much of that an upload reaches.

A serial port has a baud rate, and that is its rate. A line that has none (a pipe, a socket, an
emulated UART, USB) is as fast as this node takes in lines of full length over it: requests that ask
for no work, ready made, sent without waiting for an answer, which the node reads, checks, decodes
and refuses. What a payload needs beyond that is the upload's: to be cut, encoded and framed on the
host, to be stored on the node, and to wait while as much is unanswered as the node allows.
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
_MOST = 8 << 20
_NOBODY = 0xFFFFFFFF  # an id that no request has: the answers are nobody's
_AT_ONCE = 8  # lines in one piece; the system's calls are to be no part of the rate


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
        """Of the line's rate that arrives as payload; base85 and the frame leave 0.79 of it."""
        return self.upload / self.line


def rates(node: SensingNode, rounds: int = 5, long_enough_s: float = 0.25) -> Rates:
    """Medians of some rounds, line and upload in turn, of uploads that take so long.

    The line's rate is what its baud rate says, unless more goes through it (a USB port does not
    keep to one), and no less than what the upload itself puts on it.

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
    """How much takes long enough to be measured, and fits the node's memory."""
    room = min(node.limits.arena_bytes, _MOST)
    amount = min(_FIRST, room)
    while amount * _GROW <= room and _uploaded(node, amount) < long_enough_s:
        amount *= _GROW
    return amount


def _taken(node: SensingNode, amount: int) -> float:
    """Bytes a second of about `amount`, in requests that are refused for their size."""
    line = encode_request(Request(_NOBODY, "hello", os.urandom(node.limits.max_payload)))
    pieces = -(-amount // (len(line) * _AT_ONCE))
    sent = pieces * _AT_ONCE * len(line)
    before = node.status().rx_bytes
    begun = time.perf_counter()
    for _ in range(pieces):
        node.send_raw(line * _AT_ONCE)
    node.hello()  # answered when everything before it was
    seconds = time.perf_counter() - begun
    heard = node.status().rx_bytes - before
    if heard < sent:
        raise BytesLost(sent, heard)
    return sent / seconds


def _uploaded(node: SensingNode, amount: int) -> float:
    """Seconds for an upload of `amount` bytes. Raises BytesLost when it is not what arrives."""
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
