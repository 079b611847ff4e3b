"""The codec of compressed CSI: differences from one carrier to the next, Rice coded.

A packet's data is a stamp and the coded frame. The stamp is a little-endian u16: bits 0 to 14 the
frame's number, which grows by one and wraps, bit 15 set in a key frame, which is coded without the
frame before it. The first frame of a stream is a key frame, one of another length than the frame
before it, and one in every sixteen.

A coded frame begins with a coding byte. `CODING_RAW`: the frame's bytes follow. `CODING_RICE`:
bits, from the highest of each byte down. The frame is taken pair by pair in the order it is stored
in. A pair is left out where

- it is (0, 0): with the flag `ZEROS_AS_BEFORE` exactly where it was (0, 0) in the frame before,
  else as runs say, which stand in front of the pairs they cover: coded, zero, coded ... in turn,
  a run's length (of the first one plus 1) as an Elias gamma code;
- it is one of the first two, and `FIRST_AS_BEFORE` says that they have not changed: some radios
  put something there that is no channel state.

Of every other pair both bytes are coded, each as its difference d from that byte of the coded pair
before (of zeros for the first one), modulo 256 and as int8: u = 2d, or -2d - 1 where d is negative.
In front of every `BLOCK` coded pairs stand 3 bits, the k with which they are shortest. u is written
as `u >> k` ones, a zero and the k low bits of u; or, if that were eight ones or more, as eight ones
and u in 8 bits. The last byte is filled up with zeros.

A frame that would become longer than its bytes and the coding byte is sent as `CODING_RAW`.
"""

from __future__ import annotations

from collections.abc import Iterator

from kernels_ref.carriers import MAX_PAIRS
from kernels_ref.packets.csi import KEY_FRAME, NUMBER_MASK, STAMP_SIZE, CompressedCsi
from kernels_ref.packets.rice import (
    K_BITS,
    BitReader,
    BitWriter,
    CompressionError,
    best_k,
    plus_zigzag,
    zigzag,
)

CODING_RAW = 0xF8
CODING_RICE = 0xFC
ZEROS_AS_BEFORE = 0x01  # flags of CODING_RICE
FIRST_AS_BEFORE = 0x02
BLOCK = 32

_FLAGS = ZEROS_AS_BEFORE | FIRST_AS_BEFORE
_FIRST = 2
_NOTHING = bytes(2)


def compressed_max(length: int) -> int:
    """The largest number of bytes that a coded frame of `length` bytes can have."""
    return length + 1


def compress(previous: bytes | None, now: bytes) -> bytes:
    """Code the frame `now`, after `previous` of the same length, or as a key frame after None.

    Raises ValueError for frames of different lengths, and for a length that no frame has.
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
    """The data of the packet of frame `number`; of a key frame where `previous` is None."""
    stamp = number & NUMBER_MASK | (KEY_FRAME if previous is None else 0)
    return stamp.to_bytes(STAMP_SIZE, "little") + compress(previous, now)


class Expander:
    """Expands one node's stream of compressed packets, in the order of their arrival.

    A frame can be expanded when it is a key frame, or when the frame before it was. After a packet
    that is missing, late, repeated or damaged, frames are passed over until the next key frame: a
    wrong frame never comes out. passed_over: how many frames were passed over.
    """

    def __init__(self) -> None:
        self.passed_over = 0
        self._previous: bytes | None = None
        self._number = 0

    @property
    def is_synchronised(self) -> bool:
        """Whether the next frame can be expanded even if it is no key frame."""
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
    both = zip(_pairs(previous), _pairs(now), strict=True)
    if all(after == before for before, after in both if before == _NOTHING):
        flags |= ZEROS_AS_BEFORE
    if len(now) >= 2 * _FIRST and previous[: 2 * _FIRST] == now[: 2 * _FIRST]:
        flags |= FIRST_AS_BEFORE
    return CODING_RICE | flags


def _check_coding(coding: int, previous: bytes | None, length: int) -> None:
    flags = coding & _FLAGS
    if coding & ~_FLAGS != CODING_RICE:
        raise CompressionError(0, f"coding {coding:#04x} is none that is known")
    if flags and previous is None:
        raise CompressionError(0, f"coding {coding:#04x} needs a frame before")
    if flags & FIRST_AS_BEFORE and length < 2 * _FIRST:
        raise CompressionError(0, f"coding {coding:#04x} needs {_FIRST} pairs")


def _left_out(coding: int, previous: bytes | None, now: bytes) -> list[bool]:
    """Which pairs are not coded."""
    zeros_of = previous if coding & ZEROS_AS_BEFORE and previous is not None else now
    left = [pair == _NOTHING for pair in _pairs(zeros_of)]
    if coding & FIRST_AS_BEFORE:
        left[:_FIRST] = [True] * _FIRST
    return left


def _runs(now: bytes) -> Iterator[tuple[int, int]]:
    """Where each run begins, and its length; the first run is of pairs that are not zero."""
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


def _read_zeros(bits: BitReader, pairs: int) -> Iterator[bool]:
    """Whether each pair is (0, 0); a run is read when its first pair is asked for."""
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
    has_runs = not coding & ZEROS_AS_BEFORE
    zeros = _read_zeros(bits, pairs) if has_runs else (pair == _NOTHING for pair in as_before)
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
