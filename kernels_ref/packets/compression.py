"""The codec of compressed CSI: XOR with the frame before, then run-length coding.

A packet's data is a stamp and a sequence of tokens. The stamp is a little-endian u16: bits 0 to 14
the frame's number, which grows by one and wraps, bit 15 set in a key frame. A key frame is XORed
with zeros, every other one with the frame of the number before. The first frame of a stream is a
key frame, one of another length than the frame before it, and one in every sixteen.

A token is a control byte c and what belongs to it:

    c = 0..127    c + 1 bytes follow, as they are
    c = 128..255  a run of c - 126 (2 to 129) times the one byte that follows

Worst case: one control byte in 128, so the tokens of n bytes take at most n + ceil(n / 128).
"""

from __future__ import annotations

from kernels_ref.packets.csi import KEY_FRAME, NUMBER_MASK, STAMP_SIZE, CompressedCsi

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


def compressed_data(previous: bytes | None, now: bytes, number: int) -> bytes:
    """What a packet carries of the frame `number`; a key frame where `previous` is None."""
    stamp = number & NUMBER_MASK | (KEY_FRAME if previous is None else 0)
    return stamp.to_bytes(STAMP_SIZE, "little") + compress(previous, now)


class Expander:
    """Frames of one node's stream of compressed packets, in the order of their arrival.

    A frame can be expanded when it is a key frame, or when the one before it was. After a packet
    that is missing, late, repeated or damaged, frames are passed over until the next key frame: a
    wrong one never comes out. passed_over: how many.
    """

    def __init__(self) -> None:
        self.passed_over = 0
        self._previous: bytes | None = None
        self._number = 0

    @property
    def is_synchronised(self) -> bool:
        """Whether the next frame in the row can be expanded, key frame or not."""
        return self._previous is not None

    def take(self, packet: CompressedCsi) -> bytes | None:
        """The frame's pairs (I, Q), int8; None where it cannot be known.

        Raises CompressionError for data that is no frame.
        """
        previous, self._previous = self._previous, None
        number = packet.number
        if number is None:
            raise CompressionError(
                0, f"{len(packet.data)} bytes, a frame has at least {STAMP_SIZE}"
            )
        if not packet.is_key:
            follows = number == (self._number + 1) & NUMBER_MASK
            if previous is None or not follows or len(previous) != packet.original_len:
                self.passed_over += 1
                return None
        before = None if packet.is_key else previous
        self._previous = expand(before, packet.data[STAMP_SIZE:], packet.original_len)
        self._number = number
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
