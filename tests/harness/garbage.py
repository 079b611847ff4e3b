"""A million cases of bytes that may or may not be packets, from a seed, as fast as they are made.

Whole packets, packets changed a little with and without their CRC put right, packets cut or
lengthened or joined, headers with random bodies, and noise.
"""

from __future__ import annotations

import random
import zlib
from collections.abc import Callable, Iterator

from kernels_ref.packets import FOREIGN_MAGICS, MAGICS
from tests.schema.examples import EXAMPLES

_WHOLE = tuple(data for _, data in EXAMPLES)
_MAGICS = tuple(magic.to_bytes(4, "little") for magic in (*MAGICS, *FOREIGN_MAGICS))
_EDGES = (0x00, 0x01, 0x7F, 0x80, 0xFF)


def cases(seed: int, count: int) -> Iterator[bytes]:
    """`count` byte strings of up to some 2,100 bytes, the same for the same seed."""
    rng = random.Random(seed)
    ways = _WAYS
    for _ in range(count):
        yield ways[int(rng.random() * len(ways))](rng)


def _whole(rng: random.Random) -> bytes:
    return rng.choice(_WHOLE)


def _changed(rng: random.Random) -> bytes:
    data = bytearray(rng.choice(_WHOLE))
    for _ in range(rng.choice((1, 1, 2, 5))):
        place = int(rng.random() * len(data))
        data[place] = rng.choice(_EDGES) if rng.random() < 0.5 else int(rng.random() * 256)
    return bytes(data)


def _changed_with_crc(rng: random.Random) -> bytes:
    """Only so a decoder gets past the CRC to the fields."""
    return _with_crc(_changed(rng)[:-4])


def _cut(rng: random.Random) -> bytes:
    data = rng.choice(_WHOLE)
    return data[: int(rng.random() * len(data))]


def _joined(rng: random.Random) -> bytes:
    return rng.choice(_WHOLE) + rng.randbytes(int(rng.random() * 40)) + rng.choice((b"", _cut(rng)))


def _header(rng: random.Random) -> bytes:
    return rng.choice(_MAGICS) + rng.randbytes(int(rng.random() * 70))


def _header_with_crc(rng: random.Random) -> bytes:
    return _with_crc(_header(rng))


def _raw_frame(rng: random.Random) -> bytes:
    """The dimensions of a raw frame and as many bytes as they ask for, or nearly so."""
    antennas, subcarriers = rng.choice((0, 1, 2, 4, 5, 255)), rng.choice((0, 1, 56, 64, 256, 1025))
    size = min(2 * antennas * subcarriers + rng.choice((0, 0, 0, -1, 1)), 2048)
    head = _MAGICS[0] + bytes((rng.randrange(256), antennas)) + subcarriers.to_bytes(2, "little")
    frequency = rng.choice((0, 2412, 2413, 2484, 5180, 5885)).to_bytes(4, "little")
    return head + frequency + rng.randbytes(8) + rng.randbytes(max(0, size))


def _noise(rng: random.Random) -> bytes:
    return rng.randbytes(int(rng.random() * 80))


def _with_crc(data: bytes) -> bytes:
    return data + zlib.crc32(data).to_bytes(4, "little")


_WAYS: tuple[Callable[[random.Random], bytes], ...] = (
    _whole,
    _changed,
    _changed,
    _changed_with_crc,
    _changed_with_crc,
    _cut,
    _joined,
    _header,
    _header_with_crc,
    _raw_frame,
    _noise,
)
