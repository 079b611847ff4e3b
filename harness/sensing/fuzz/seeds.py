"""Inputs to begin with, made from the schemas; none is from a recording."""

from __future__ import annotations

import random
import struct
import zlib
from collections.abc import Callable, Iterator

from harness.node.framing import Request, encode_request
from harness.sensing.corruption.drawn import bases

_RNG_SEED = 1
_SETTING_REGION = 2048
_SETTING_BYTES = 16


def seeds(target: str) -> list[bytes]:
    """The first inputs of a target."""
    return list(_MAKERS[target](random.Random(_RNG_SEED)))


def _blobs(_rng: random.Random) -> Iterator[bytes]:
    yield b""
    for blob in bases()[1:]:
        for how in (0, 1, 3):
            yield bytes([how]) + blob
        yield b"\0" + blob[:27]
        yield b"\3" + blob[:-4] + b"\0" + blob[-4:]
    whole = bases()[-1]
    # Spectra without a hop, a stride of 17 frames, a convolution of no width, a layer more, none.
    for at, value in ((25, 0), (37, 17), (38, 0), (16, 3), (16, 0)):
        yield b"\1" + whole[:at] + bytes([value]) + whole[at + 1 :]


def _lines(rng: random.Random) -> Iterator[bytes]:
    requests = [Request(1, "hello", b""), Request(2, "echo", b"abc"), Request(3, "fixed", b"1234")]
    requests += [Request(4, "twice", rng.randbytes(1200)), Request(5, "refuse", b"\xff\0\0\0")]
    requests += [Request(6, "add", b"x"), Request(7, "absent", b""), Request(8, "unknown", b"1")]
    lines = [encode_request(request) for request in requests]
    for how in (0, 1, 2):
        for line in lines:
            yield bytes([how, 255]) + line
    yield b"\0\x01" + b"".join(lines) + b"".join(lines)
    yield b"\0\xff" + b"#> 00000001 echo " + b"z" * 3000 + b"\n" + lines[1]
    yield b"\1\xff" + b"#> 00000001 echo " + b"0" * 2640 + b" 00000000\n"
    yield b"\0\xff" + b"#> 00000001 #> 00000001 #> #> #> #> #> #> #> #> #> \r\n\n"
    yield b"\1\xff" + b"#> 00000009 echo zzzzz 00000000\n#> 0000000g echo - 00000000\n"


def _packets(rng: random.Random) -> Iterator[bytes]:
    for kind in range(5):
        yield bytes([7, 0, kind])
        for _ in range(4):
            yield bytes([7, 1, kind]) + rng.randbytes(200)
    yield bytes([1, 0, 4, 6, 0, 63, 0, 200, 161, 1]) + bytes(2048)


def _settings(rng: random.Random) -> Iterator[bytes]:
    def orders() -> bytes:
        return rng.randbytes(64)

    header = struct.pack("<II", 0x31545352, 5)
    sealed = (header + struct.pack("<I", zlib.crc32(header))) * 2
    sealed = sealed.ljust(len(_record(0, b"")), b"\xff")
    records = b"".join(_record(key, rng.randbytes(4)) for key in range(12))
    region = (sealed + records).ljust(_SETTING_REGION, b"\xff")
    for how in (0, 1, 2, 4, 5):
        yield bytes([how, 3]) + orders() + region
        yield bytes([how, 1]) + orders() + b"\xff" * _SETTING_REGION + region
        yield bytes([how, 9]) + orders() + region + region
    yield bytes([0, 0]) + orders()
    yield bytes([0, 0]) + orders() + bytes(2 * _SETTING_REGION)


def _record(key: int, data: bytes) -> bytes:
    body = struct.pack("<II", key, len(data)) + data.ljust(_SETTING_BYTES, b"\0") + bytes(4)
    return body + struct.pack("<I", zlib.crc32(body))


def _frames(rng: random.Random) -> Iterator[bytes]:
    for tier in range(3):
        for layout in (0, 1, 2, 3):
            head = bytes([tier, 5, 0, layout, layout << 3, 64, 0])
            yield head + b"".join(bytes([layout, 200, n]) for n in range(60))
            yield head + rng.randbytes(120)
        yield bytes([tier, 1, 1, 1, 63, 53, 0]) + bytes([0xC0, 1, 0, 200, 64, 0, 9]) + bytes(128)


def _codings(rng: random.Random) -> Iterator[bytes]:
    for pairs in (0, 1, 2, 33, 64, 192):
        size = struct.pack("<HH", 2 * pairs, 100)
        small = bytes(rng.randrange(4) for _ in range(4 * pairs))
        for how in range(8):
            yield bytes([how]) + size + small
        yield bytes([2]) + size + rng.randbytes(2 * pairs)
        yield bytes([0]) + size + b"\xf8" + bytes(2 * pairs)
        for coding in range(0xFC, 0x100):
            yield bytes([1]) + size + bytes(2 * pairs) + bytes([coding]) + rng.randbytes(pairs)
    yield bytes([3]) + struct.pack("<HH", 2049, 0)


_MAKERS: dict[str, Callable[[random.Random], Iterator[bytes]]] = {
    "blob": _blobs,
    "line": _lines,
    "packets": _packets,
    "settings": _settings,
    "csi_frame": _frames,
    "csi_codec": _codings,
}
