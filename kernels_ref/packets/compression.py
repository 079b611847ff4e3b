"""The codec of compressed CSI: XOR with the frame before, then run-length coding.

A sequence of tokens, each a control byte c and what belongs to it:

    c = 0..127    c + 1 bytes follow, as they are
    c = 128..255  a run of c - 126 (2 to 129) times the one byte that follows

The first frame of a stream, and one of another length than the frame before it, is XORed with
zeros.

Worst case: one control byte in 128, so n bytes take at most n + ceil(n / 128).
"""

from __future__ import annotations

from kernels_ref.packets.csi import CompressedCsi

MAX_LITERAL = 128
MAX_RUN = 129
RUN_BASE = 126
MIN_RUN = 3


class CompressionError(ValueError):
    """Data that is no frame of this length: `offset` is where in the data that shows."""

    def __init__(self, offset: int, detail: str) -> None:
        self.offset = offset
        super().__init__(f"compressed CSI, byte {offset}: {detail}")


def compressed_max(length: int) -> int:
    """The most bytes that `length` bytes can take."""
    return length + -(-length // MAX_LITERAL)


def compress(previous: bytes | None, now: bytes) -> bytes:
    """Code `now` against a frame of the same length; None: against zeros.

    Raises ValueError for another length.
    """
    data = _xor(previous, now)
    out = bytearray()
    literal = bytearray()
    at = 0
    while at < len(data):
        run = _run(data, at)
        if run < MIN_RUN:
            literal.append(data[at])
            at += 1
            if len(literal) < MAX_LITERAL:
                continue
        _flush(out, literal)
        if run >= MIN_RUN:
            out += bytes((RUN_BASE + run, data[at]))
            at += run
    _flush(out, literal)
    return bytes(out)


def expand(previous: bytes | None, data: bytes, length: int) -> bytes:
    """The frame of `length` bytes. Raises CompressionError for data that does not give it."""
    out = bytearray()
    at = 0
    while at < len(data):
        start, control = at, data[at]
        at += 1
        is_run = control >= MAX_LITERAL
        count = control - RUN_BASE if is_run else control + 1
        taken = 1 if is_run else count
        if len(data) - at < taken:
            raise CompressionError(start, f"{taken} bytes have to follow, {len(data) - at} do")
        if length - len(out) < count:
            raise CompressionError(start, f"more than the {length} bytes of the frame")
        out += data[at : at + 1] * count if is_run else data[at : at + count]
        at += taken
    if len(out) != length:
        raise CompressionError(len(data), f"it ends after {len(out)} of {length} bytes")
    return _xor(previous, bytes(out))


class Expander:
    """Frames of one node's stream of compressed packets, which must be whole and in order: a packet
    that is missing shifts every frame after it, and nothing in the packets tells."""

    def __init__(self) -> None:
        self._previous = b""

    def take(self, packet: CompressedCsi) -> bytes:
        """The next frame's pairs (I, Q), int8. Raises CompressionError; the stream then goes on
        from the frame before."""
        length = packet.original_len
        previous = self._previous if len(self._previous) == length else None
        self._previous = expand(previous, packet.data, length)
        return self._previous


def _xor(previous: bytes | None, now: bytes) -> bytes:
    if previous is None:
        return now
    if len(previous) != len(now):
        raise ValueError(f"the frame before has {len(previous)} bytes, this one {len(now)}")
    mixed = int.from_bytes(previous, "little") ^ int.from_bytes(now, "little")
    return mixed.to_bytes(len(now), "little")


def _run(data: bytes, at: int) -> int:
    end = at + 1
    while end < len(data) and end - at < MAX_RUN and data[end] == data[at]:
        end += 1
    return end - at


def _flush(out: bytearray, literal: bytearray) -> None:
    if literal:
        out.append(len(literal) - 1)
        out += literal
        literal.clear()
