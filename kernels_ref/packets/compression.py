"""The codec of compressed CSI: what differs from one carrier to the next, Rice coded.

A packet's data is a stamp and the coded frame. The stamp is a little-endian u16: bits 0 to 14 the
frame's number, which grows by one and wraps, bit 15 set in a key frame, which is coded without the
frame before it. The first frame of a stream is a key frame, one of another length than the frame
before it, and one in every sixteen.

A coded frame is a coding byte and what it says. `CODING_RAW`: the frame's bytes. `CODING_RICE`:
bits, from the highest of each byte down. The frame is taken pair by pair in the order it is stored
in. A pair is left out where

- it is (0, 0): with the flag `ZEROS_AS_BEFORE` exactly where it was (0, 0) in the frame before,
  else as told by runs in front of the pairs they cover: coded, zero, coded ... in turn, a run's
  length (of the first one plus 1) as an Elias gamma code;
- it is one of the first two, and `FIRST_AS_BEFORE` says that these are as they were: some radios
  put something there that is no channel.

Of every other pair both bytes are coded, each as its difference d from that byte of the coded pair
before (of zeros for the first one), modulo 256 and as int8: u = 2d, or -2d - 1 where d is negative.
In front of every `BLOCK` coded pairs stand 3 bits, k, with which they are shortest. u is `u >> k`
ones, a zero and the k low bits of u; or, where that were eight ones and more, eight ones and u in
8 bits. The last byte is filled up with zeros.

Worst case: what would be longer than the bytes as they are and the coding byte is sent as that.
"""

from __future__ import annotations

from collections.abc import Iterator

from kernels_ref.packets.csi import KEY_FRAME, MAX_PAIRS, NUMBER_MASK, STAMP_SIZE, CompressedCsi
from kernels_ref.packets.rice import (
    K_BITS,
    BitReader,
    BitWriter,
    CompressionError,
    best_k,
    plus_zigzag,
    zigzag,
)

__all__ = [
    "BLOCK",
    "CODING_RAW",
    "CODING_RICE",
    "FIRST_AS_BEFORE",
    "ZEROS_AS_BEFORE",
    "CompressionError",
    "Expander",
    "compress",
    "compressed_data",
    "compressed_max",
    "expand",
]

CODING_RAW = 0xF8
CODING_RICE = 0xFC
ZEROS_AS_BEFORE = 0x01  # flags of CODING_RICE
FIRST_AS_BEFORE = 0x02
BLOCK = 32

_FLAGS = ZEROS_AS_BEFORE | FIRST_AS_BEFORE
_FIRST = 2
_NOTHING = bytes(2)


def compressed_max(length: int) -> int:
    """The most bytes that `length` bytes can take."""
    return length + 1


def compress(previous: bytes | None, now: bytes) -> bytes:
    """Code `now` after a frame of the same length; None: as a key frame.

    Raises ValueError for another length, and for one that is no frame's.
    """
    if previous is not None and len(previous) != len(now):
        raise ValueError(f"the frame before has {len(previous)} bytes, this one {len(now)}")
    problem = _length_problem(len(now))
    if problem:
        raise ValueError(problem)
    coding = _choose_coding(previous, now)
    bits = BitWriter()
    bits.put(coding, 8)
    _put_pairs(bits, coding, previous, now)
    data = bits.data()
    return data if len(data) <= len(now) else bytes([CODING_RAW]) + now


def expand(previous: bytes | None, data: bytes, length: int) -> bytes:
    """The frame of `length` bytes. Raises CompressionError for data that does not give it."""
    problem = _length_problem(length)
    if problem or not data:
        raise CompressionError(0, problem or "there is nothing, not even what coding it is")
    if data[0] == CODING_RAW:
        if len(data) != 1 + length:
            raise CompressionError(
                min(len(data), 1 + length), f"{len(data) - 1} bytes as they are, not {length}"
            )
        return data[1:]
    _check_coding(data[0], previous, length)
    bits = BitReader(data, 1)
    out = b"".join(_take_pairs(bits, data[0], previous, length // 2))
    bits.end()
    return out


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


def _pairs(frame: bytes) -> list[bytes]:
    return [frame[i : i + 2] for i in range(0, len(frame), 2)]


def _length_problem(length: int) -> str | None:
    if length % 2 or length > 2 * MAX_PAIRS:
        return f"a frame is 0 to {MAX_PAIRS} pairs of bytes, not {length} bytes"
    return None


def _choose_coding(previous: bytes | None, now: bytes) -> int:
    if previous is None:
        return CODING_RICE
    flags = 0
    if all(after == before for before, after in _both(previous, now) if before == _NOTHING):
        flags |= ZEROS_AS_BEFORE
    if len(now) >= 2 * _FIRST and previous[: 2 * _FIRST] == now[: 2 * _FIRST]:
        flags |= FIRST_AS_BEFORE
    return CODING_RICE | flags


def _both(previous: bytes, now: bytes) -> Iterator[tuple[bytes, bytes]]:
    return zip(_pairs(previous), _pairs(now), strict=True)


def _check_coding(coding: int, previous: bytes | None, length: int) -> None:
    flags = coding & _FLAGS
    if coding & ~_FLAGS != CODING_RICE:
        raise CompressionError(0, f"coding {coding:#04x} is none that is known")
    if flags and previous is None:
        raise CompressionError(0, f"coding {coding:#04x} needs a frame before")
    if flags & FIRST_AS_BEFORE and length < 2 * _FIRST:
        raise CompressionError(0, f"coding {coding:#04x} needs {_FIRST} pairs")


def _left_out(coding: int, previous: bytes | None, now: bytes) -> list[bool]:
    """Which pairs are not coded, for whatever reason."""
    zeros_of = previous if coding & ZEROS_AS_BEFORE and previous is not None else now
    left = [pair == _NOTHING for pair in _pairs(zeros_of)]
    if coding & FIRST_AS_BEFORE:
        left[:_FIRST] = [True] * _FIRST
    return left


def _runs(now: bytes) -> Iterator[tuple[int, int]]:
    """Where runs begin, and how long they are; the first one is of pairs that are not zero."""
    zeros = [pair == _NOTHING for pair in _pairs(now)]
    start, wanted = 0, False
    while start < len(zeros) or start == 0:
        end = next((i for i in range(start, len(zeros)) if zeros[i] != wanted), len(zeros))
        yield start, end - start
        if end == len(zeros):
            return
        start, wanted = end, not wanted


def _put_pairs(bits: BitWriter, coding: int, previous: bytes | None, now: bytes) -> None:
    left_out = _left_out(coding, previous, now)
    coded = [pair for pair, is_left in zip(_pairs(now), left_out, strict=True) if not is_left]
    before = [_NOTHING, *coded]
    differences = [zigzag(pair[i], before[n][i]) for n, pair in enumerate(coded) for i in range(2)]
    lengths: dict[int, int] = {}
    if not coding & ZEROS_AS_BEFORE:
        runs = list(_runs(now))
        bits.gamma(runs[0][1] + 1)
        lengths = dict(runs[1:])
    k = n = 0
    for pair, is_left in enumerate(left_out):
        if pair in lengths:
            bits.gamma(lengths[pair])
        if is_left:
            continue
        if n % (2 * BLOCK) == 0:
            k = best_k(differences[n : n + 2 * BLOCK])
            bits.put(k, K_BITS)
        bits.difference(differences[n], k)
        bits.difference(differences[n + 1], k)
        n += 2


def _told_zeros(bits: BitReader, pairs: int) -> Iterator[bool]:
    """Of pair after pair, whether it is (0, 0); reads a run when its first pair is asked for."""
    left, zeros = bits.gamma(pairs + 1) - 1, False
    for pair in range(pairs):
        if left == 0:
            left, zeros = bits.gamma(pairs - pair), not zeros
        left -= 1
        yield zeros


def _take_pairs(
    bits: BitReader, coding: int, previous: bytes | None, pairs: int
) -> Iterator[bytes]:
    as_before = _pairs(previous or bytes(2 * pairs))
    is_told = not coding & ZEROS_AS_BEFORE
    zeros = _told_zeros(bits, pairs) if is_told else (pair == _NOTHING for pair in as_before)
    last, k, n = _NOTHING, 0, 0
    for pair, is_zero in enumerate(zeros):
        if coding & FIRST_AS_BEFORE and pair < _FIRST:
            yield as_before[pair]
        elif is_zero:
            yield _NOTHING
        else:
            if n % BLOCK == 0:
                k = bits.take(K_BITS)
            last = bytes(plus_zigzag(byte, bits.difference(k)) for byte in last)
            n += 1
            yield last
