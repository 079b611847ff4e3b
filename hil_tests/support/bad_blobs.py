"""Blobs that must be refused, each with the one error it must be refused with.

Built byte by byte here, so that nothing that builds a blob has to be able to build a wrong one.
"""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass

MAGIC, VERSION = 0x52564E45, 1
HEADER = struct.Struct("<IHBBHHHHHHI")
ARG, SIZE = "ESP_ERR_INVALID_ARG", "ESP_ERR_INVALID_SIZE"
AFFINE, MLP, FEED, STEM, CONV = 0x04, 0x08, 0x10, 0x20, 0x40  # flags
SUPPORT, CRC, VERS = "ESP_ERR_NOT_SUPPORTED", "ESP_ERR_INVALID_CRC", "ESP_ERR_INVALID_VERSION"


@dataclass(frozen=True)
class Fields:
    """A header's fields; the defaults are a small valid model."""

    magic: int = MAGIC
    version: int = VERSION
    flags: int = 0
    mlp_width: int = 0
    input_dim: int = 3
    n_q_heads: int = 4
    n_kv_heads: int = 2
    head_dim: int = 2
    n_layers: int = 1
    n_classes: int = 3
    weights_len: int | None = None  # None: what the shape implies
    wrong_crc: bool = False
    cut: int = 0  # bytes taken off the end, or added when negative
    feed: bytes = bytes.fromhex("01 0A 20 00 00 00 00 00")  # with its flag: spectra, 10, 32 frames
    stem: bytes = bytes.fromhex("03 05 00 00")  # with its flag: taps and width
    conv: bytes = bytes.fromhex("06 02 07 00")  # with its flag: taps, stride, width, maxima

    @property
    def implied_len(self) -> int:
        """Bytes of weights of this shape."""
        frame, m, maxima = self.input_dim, self.mlp_width, 0
        d, conv = frame, 0
        if self.flags & CONV:
            d, maxima = self.conv[2], self.conv[3]
            conv = (self.conv[0] * frame + 1) * d
        layer = 2 * d * self.head_dim * (self.n_q_heads + self.n_kv_heads)
        layer += 2 * d * m + m + d if self.flags & MLP else 0
        count = self.n_layers * layer + (1 + (maxima > 0)) * d * self.n_classes + conv
        count += 2 * frame if self.flags & AFFINE else 0
        taps, width = self.stem[0], self.stem[1]
        count += (taps * d + d + 1) * width + d if self.flags & STEM else 0
        return count * (2 if self.flags & 1 else 4) + len(self._front)

    @property
    def _front(self) -> bytes:
        feed = self.feed if self.flags & FEED else b""
        stem = self.stem if self.flags & STEM else b""
        return feed + stem + (self.conv if self.flags & CONV else b"")

    def build(self, body_len: int | None = None) -> bytes:
        """Return the blob. Behind the feed its body is zeros: `body_len` bytes, or what fits."""
        stated = self.implied_len if self.weights_len is None else self.weights_len
        fields = [getattr(self, name) for name in list(self.__dataclass_fields__)[:10]]
        blob = HEADER.pack(*fields, stated)
        body = self.implied_len if body_len is None else body_len
        blob += self._front.ljust(body, b"\0")[:body]
        crc = zlib.crc32(blob) ^ (1 if self.wrong_crc else 0)
        blob += struct.pack("<I", crc)
        return blob[: len(blob) - self.cut] if self.cut >= 0 else blob + bytes(-self.cut)


GOOD = Fields()
MLP_LEN = Fields(flags=MLP, mlp_width=5).implied_len


def _shape(**change: int) -> bytes:
    return Fields(**change).build()


def _feed(descriptor: str) -> bytes:
    return Fields(flags=FEED, feed=bytes.fromhex(descriptor)).build()


def _stem(descriptor: str) -> bytes:
    return Fields(flags=STEM, stem=bytes.fromhex(descriptor)).build()


def _conv(descriptor: str, flags: int = CONV | 2) -> bytes:
    return Fields(flags=flags, conv=bytes.fromhex(descriptor)).build()


# Row by row of the format's table, and where two rows apply, the earlier one decides.
BAD_BLOBS: dict[str, tuple[bytes, str]] = {
    "nothing": (b"", SIZE),
    "27 bytes": (GOOD.build()[:27], SIZE),
    "27 bytes of another magic": (Fields(magic=1).build()[:27], SIZE),
    "magic": (Fields(magic=MAGIC ^ 1).build(), ARG),
    "magic in big-endian": (Fields(magic=0x454E5652).build(), ARG),
    "magic before version": (Fields(magic=0, version=9).build(), ARG),
    "28 bytes of zeros": (bytes(28), ARG),
    "version 0": (Fields(version=0).build(), VERS),
    "version 2": (Fields(version=2).build(), VERS),
    "version 257": (Fields(version=257).build(), VERS),
    "version before length": (Fields(version=2, cut=1).build(), VERS),
    "a byte short": (Fields(cut=1).build(), SIZE),
    "a byte long": (Fields(cut=-1).build(), SIZE),
    "only the header and crc": (GOOD.build()[:28], SIZE),
    "weights_len one more": (Fields(weights_len=GOOD.implied_len + 1).build(), SIZE),
    "weights_len 2^32-1": (Fields(weights_len=2**32 - 1).build(), SIZE),
    "weights_len that wraps to the length": (
        Fields(weights_len=(GOOD.implied_len - 2**32) % 2**32 - 28).build(),
        SIZE,
    ),
    "weights_len 2^32-28 in 28 bytes": (Fields(weights_len=2**32 - 28).build(0), SIZE),
    "length before crc": (Fields(cut=-1, wrong_crc=True).build(), SIZE),
    "crc": (Fields(wrong_crc=True).build(), CRC),
    "crc before flags": (Fields(wrong_crc=True, flags=0x80).build(), CRC),
    "crc before shape": (Fields(wrong_crc=True, n_classes=1).build(), CRC),
    **{f"flag bit {bit}": (Fields(flags=1 << bit).build(), SUPPORT) for bit in range(7, 8)},
    "flags before shape": (Fields(flags=0x80, n_layers=0).build(), SUPPORT),
    "flags before mlp_width": (Fields(flags=0x80, mlp_width=1).build(), SUPPORT),
    "input_dim 0": (_shape(input_dim=0), SIZE),
    "n_q_heads 0": (_shape(n_q_heads=0), SIZE),
    "n_kv_heads 0": (_shape(n_kv_heads=0), SIZE),
    "head_dim 0": (_shape(head_dim=0), SIZE),
    "n_layers 0": (_shape(n_layers=0), SIZE),
    "n_classes 0": (_shape(n_classes=0), SIZE),
    "n_classes 1": (_shape(n_classes=1), SIZE),
    "3 query heads on 2": (_shape(n_q_heads=3), SIZE),
    "2 query heads on 4": (_shape(n_q_heads=2, n_kv_heads=4), SIZE),
    "weights of another shape": (Fields(weights_len=100).build(100), SIZE),
    "float32 weights called float16": (Fields(flags=1).build(GOOD.implied_len), SIZE),
    "an MLP without a width": (Fields(flags=MLP).build(), SIZE),
    "a width without an MLP, with a scale": (Fields(flags=AFFINE, mlp_width=1).build(), SIZE),
    "a width without an MLP, with a feed": (Fields(flags=FEED, mlp_width=1).build(), SIZE),
    "an MLP of which nothing is there": (
        Fields(flags=MLP, mlp_width=5).build(GOOD.implied_len),
        SIZE,
    ),
    "an MLP without its last bias": (
        Fields(flags=MLP, mlp_width=5, weights_len=MLP_LEN - 4 * 3).build(MLP_LEN - 4 * 3),
        SIZE,
    ),
    "a scale without its offset": (
        Fields(flags=AFFINE, weights_len=GOOD.implied_len + 12).build(GOOD.implied_len + 12),
        SIZE,
    ),
    "a feed that is not there": (Fields(flags=FEED).build(GOOD.implied_len), SIZE),
    "a feed and nothing else": (Fields(flags=FEED, weights_len=8).build(8), SIZE),
    "a feed cut off": (Fields(flags=FEED, weights_len=7).build(7), SIZE),
    "an unknown feed": (_feed("02 0A 20 00 00 00 00 00"), SIZE),
    "spectra without a hop": (_feed("01 00 20 00 00 00 00 00"), SIZE),
    "a window of no frames": (_feed("01 0A 00 00 00 00 00 00"), SIZE),
    "a feed with its first reserved byte": (_feed("01 0A 20 00 01 00 00 00"), SIZE),
    "a feed with its last reserved byte": (_feed("01 0A 20 00 00 00 00 80"), SIZE),
    "a stem of no frames": (_stem("00 05 00 00"), SIZE),
    "a stem of 17 frames": (_stem("11 05 00 00"), SIZE),
    "a stem of no units": (_stem("03 00 00 00"), SIZE),
    "a stem with its first reserved byte": (_stem("03 05 01 00"), SIZE),
    "a stem with its last reserved byte": (_stem("03 05 00 80"), SIZE),
    "a stem that is not there": (Fields(flags=STEM).build(GOOD.implied_len), SIZE),
    "a stem and nothing else": (Fields(flags=STEM, weights_len=4).build(4), SIZE),
    "a stem cut off": (Fields(flags=STEM, weights_len=3).build(3), SIZE),
    "a stem cut off behind a feed": (Fields(flags=STEM | FEED, weights_len=11).build(11), SIZE),
    "a convolution of no frames": (_conv("00 02 07 00"), SIZE),
    "a convolution of 17 frames": (_conv("11 02 07 00"), SIZE),
    "a convolution that stands": (_conv("06 00 07 00"), SIZE),
    "a convolution of 17 frames a token": (_conv("06 11 07 00"), SIZE),
    "a convolution of no units": (_conv("06 02 00 00"), SIZE),
    "maxima that are neither there nor not": (_conv("06 02 07 02"), SIZE),
    "maxima beside the last token": (_conv("06 02 07 01", CONV), SIZE),
    "a convolution that is not there": (Fields(flags=CONV).build(GOOD.implied_len), SIZE),
    "a convolution and nothing else": (Fields(flags=CONV, weights_len=4).build(4), SIZE),
    "a convolution cut off": (Fields(flags=CONV | STEM, weights_len=7).build(7), SIZE),
    "half a weight too many": (
        Fields(weights_len=GOOD.implied_len + 2).build(GOOD.implied_len + 2),
        SIZE,
    ),
    "a shape whose size overflows 32 bits": (
        Fields(
            input_dim=65535,
            n_q_heads=65535,
            n_kv_heads=65535,
            head_dim=65535,
            n_layers=65535,
            weights_len=64,
        ).build(64),
        SIZE,
    ),
    "all of that with everything there can be": (
        Fields(
            flags=AFFINE | MLP | FEED | STEM | CONV,
            conv=bytes.fromhex("10 10 FF 00"),
            stem=bytes.fromhex("10 FF 00 00"),
            mlp_width=255,
            input_dim=65535,
            n_q_heads=65535,
            n_kv_heads=65535,
            head_dim=65535,
            n_layers=65535,
            n_classes=65535,
            weights_len=64,
        ).build(64),
        SIZE,
    ),
}
