"""Changes that are drawn: what is done to which blob, and what is made right again behind it."""

from __future__ import annotations

import functools
import random
import zlib
from collections.abc import Callable

from kernels_ref import Feed, FeedKind, ModelShape, Pooling, WeightDtype, init_random_blob
from kernels_ref.blob_header import CRC_SIZE, HEADER

_REFERENCE_ONE_IN = 20  # its CRC takes as long as those of forty small ones
_AHEAD = 48  # bytes in which half of all changes are: header, descriptors, first weights
_LENGTH_AT = HEADER.offset_of("weights_len")
_LEAST = HEADER.size + CRC_SIZE

_PLAIN = ModelShape(input_dim=4, n_q_heads=2, n_kv_heads=1, head_dim=2, n_layers=1, n_classes=3)
_WHOLE = ModelShape(
    input_dim=4,
    n_q_heads=2,
    n_kv_heads=2,
    head_dim=2,
    n_layers=2,
    n_classes=2,
    mlp_width=3,
    stem_taps=2,
    stem_width=3,
    conv_taps=2,
    conv_stride=2,
    conv_width=3,
    input_affine=True,
    max_pooling=True,
)


@functools.cache
def bases() -> tuple[bytes, ...]:
    """The reference blob, then small ones: plain, with a feed, with everything there is."""
    return (
        init_random_blob(),
        init_random_blob(_PLAIN),
        init_random_blob(_PLAIN, WeightDtype.FLOAT16, feed=Feed(FeedKind.STATES, 0, 64)),
        init_random_blob(_WHOLE, pooling=Pooling.MEAN, feed=Feed(FeedKind.SPECTRA, 5, 64)),
    )


def drawn_change(seed: int, number: int) -> tuple[bytes, bytes, bool]:
    """(data, base, whether its CRC was made right), the same for the same seed and number."""
    rng = random.Random(f"{seed}:{number}")
    small = bases()[1:]
    base = bases()[0] if number % _REFERENCE_ONE_IN == 0 else small[number % len(small)]
    data = bytearray(base)
    for _ in range(rng.choice((1, 1, 1, 2, 3))):
        rng.choice(_CHANGES)(rng, data)
    repair = rng.randrange(4)
    if repair == 0 or len(data) < _LEAST:
        return bytes(data), base, False
    if repair == 1:
        data[_LENGTH_AT : HEADER.size] = (len(data) - _LEAST).to_bytes(4, "little")
    data[-CRC_SIZE:] = zlib.crc32(memoryview(data)[:-CRC_SIZE]).to_bytes(CRC_SIZE, "little")
    return bytes(data), base, True


def _place(rng: random.Random, data: bytearray) -> int:
    return rng.randrange(min(_AHEAD, len(data)) if rng.random() < 0.5 else len(data))


def _run(rng: random.Random, data: bytearray, most: int) -> slice:
    at = _place(rng, data)
    return slice(at, min(len(data), at + rng.randint(1, most)))


def _other_bytes(rng: random.Random, data: bytearray) -> None:
    for _ in range(rng.randint(1, 4)):
        data[_place(rng, data)] = rng.randrange(256)


def _flipped_bits(rng: random.Random, data: bytearray) -> None:
    for _ in range(rng.randint(1, 8)):
        data[_place(rng, data)] ^= 1 << rng.randrange(8)


def _counted_on(rng: random.Random, data: bytearray) -> None:
    at = _place(rng, data)
    data[at] = (data[at] + rng.choice((-1, 1))) % 256


def _swapped(rng: random.Random, data: bytearray) -> None:
    one, other = _place(rng, data), _place(rng, data)
    length = min(rng.randint(1, 16), abs(one - other), len(data) - max(one, other))
    first, second = slice(one, one + length), slice(other, other + length)
    data[first], data[second] = data[second], data[first]


def _filled(rng: random.Random, data: bytearray) -> None:
    run = _run(rng, data, 64)
    data[run] = bytes([rng.choice((0, 0xFF, rng.randrange(256)))]) * (run.stop - run.start)


def _noise(rng: random.Random, data: bytearray) -> None:
    run = _run(rng, data, 32)
    data[run] = rng.randbytes(run.stop - run.start)


def _copied(rng: random.Random, data: bytearray) -> None:
    run, to = _run(rng, data, 32), _place(rng, data)
    length = min(run.stop - run.start, len(data) - to)
    data[to : to + length] = data[run.start : run.start + length]


def _removed(rng: random.Random, data: bytearray) -> None:
    run = _run(rng, data, 8)
    if len(data) > _LEAST:
        del data[run]


def _inserted(rng: random.Random, data: bytearray) -> None:
    at = _place(rng, data)
    data[at:at] = rng.randbytes(rng.choice((1, 2, 4, 8)))


_CHANGES: tuple[Callable[[random.Random, bytearray], None], ...] = (
    *(_other_bytes, _flipped_bits, _counted_on, _swapped, _filled),
    *(_noise, _copied, _removed, _inserted),
)
