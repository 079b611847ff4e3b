"""The header of a `.rvne` blob: its fields, its flags, and what a model was trained on."""

from __future__ import annotations

import enum
import zlib
from dataclasses import dataclass
from typing import Any, Self

import numpy as np

from kernels_ref.blob_errors import (
    BadMagic,
    CrcMismatch,
    InvalidShape,
    SizeMismatch,
    Truncated,
    UnsupportedFlags,
    UnsupportedVersion,
)
from kernels_ref.blob_layout import MAX_TAPS
from kernels_ref.wire import U8, U16, U32, Schema

MAGIC = 0x52564E45
VERSION = 1
CRC_SIZE = 4


class WeightDtype(enum.IntEnum):
    """Type of the weights: bit 0 of the flags."""

    FLOAT32 = 0
    FLOAT16 = 1

    @property
    def numpy(self) -> np.dtype[Any]:
        """The little-endian numpy type."""
        return np.dtype("<f4" if self is WeightDtype.FLOAT32 else "<f2")


class Pooling(enum.IntEnum):
    """How the tokens of the last layer become one vector: bit 1 of the flags."""

    LAST_TOKEN = 0
    MEAN = 1


class Flag(enum.IntFlag):
    """Bits of the header's flags. Those from INPUT_AFFINE on announce more parts of the model."""

    FLOAT16 = 0x01
    MEAN_POOLING = 0x02
    INPUT_AFFINE = 0x04
    MLP = 0x08
    FEED = 0x10
    STEM = 0x20
    CONV = 0x40


PLAIN_FLAGS = Flag.FLOAT16 | Flag.MEAN_POOLING
KNOWN_FLAGS = PLAIN_FLAGS | Flag.INPUT_AFFINE | Flag.MLP | Flag.FEED | Flag.STEM | Flag.CONV


@dataclass(frozen=True)
class BlobHeader:
    """The first 24 bytes of the file; `weights_len` is in bytes."""

    magic: U32
    version: U16
    flags: U8
    mlp_width: U8
    input_dim: U16
    n_q_heads: U16
    n_kv_heads: U16
    head_dim: U16
    n_layers: U16
    n_classes: U16
    weights_len: U32


HEADER = Schema(BlobHeader, "rvne_header", 24)


def checked_header(data: memoryview) -> BlobHeader:
    """Check a whole blob and read its header.

    Raises:
        BlobError: the first check that fails, in this order: Truncated, BadMagic,
            UnsupportedVersion, SizeMismatch, CrcMismatch, UnsupportedFlags.
    """
    least = HEADER.size + CRC_SIZE
    if len(data) < least:
        raise Truncated("length", f"{len(data)} B", f"at least {least} B")
    header = BlobHeader(**HEADER.parse(bytes(data[: HEADER.size])))
    if header.magic != MAGIC:
        raise BadMagic("magic", f"0x{header.magic:08X}", f"0x{MAGIC:08X}")
    if header.version != VERSION:
        raise UnsupportedVersion("version", header.version, str(VERSION))
    if len(data) != least + header.weights_len:
        need = f"{least + header.weights_len} B, as weights_len says"
        raise SizeMismatch("length", f"{len(data)} B", need)
    stated = int.from_bytes(data[-CRC_SIZE:], "little")
    computed = zlib.crc32(data[:-CRC_SIZE])
    if stated != computed:
        raise CrcMismatch("crc32", f"0x{stated:08X}", f"0x{computed:08X}, that of the bytes")
    if header.flags & ~int(KNOWN_FLAGS):
        need = f"no bit beside those of 0x{KNOWN_FLAGS:02X}"
        raise UnsupportedFlags("flags", f"0x{header.flags:02X}", need)
    return header


class FeedKind(enum.IntEnum):
    """What a node feeds to its head: the values of its setting `temporal_feed`."""

    STATES = 0
    SPECTRA = 1


@dataclass(frozen=True)
class FeedBytes:
    """The descriptor of the feed in the file, between the header and the weights."""

    feed: U8
    spectrum_hop: U8
    window_len: U16
    reserved: U32


FEED = Schema(FeedBytes, "rvne_feed", 8)


@dataclass(frozen=True)
class Feed:
    """What a model was trained on.

    Attributes:
        kind: states or spectra.
        spectrum_hop: bins of 20 ms from one spectrum to the next; states ignore it.
        window_len: frames of a window.

    Raises:
        InvalidShape: a number that its field cannot hold, no frame, or spectra without a hop.
    """

    kind: FeedKind
    spectrum_hop: int
    window_len: int

    def __post_init__(self) -> None:
        """Check the range of the numbers."""
        least_hop = 1 if self.kind is FeedKind.SPECTRA else 0
        if not least_hop <= self.spectrum_hop <= 0xFF:
            raise InvalidShape("spectrum_hop", self.spectrum_hop, f"{least_hop} to 255")
        if not 1 <= self.window_len <= 0xFFFF:
            raise InvalidShape("window_len", self.window_len, "1 to 65535")

    @classmethod
    def parse(cls, data: memoryview) -> Self:
        """Read the descriptor at the start of `data`. Raises InvalidShape."""
        raw = FeedBytes(**FEED.parse(bytes(data[: FEED.size])))
        if raw.feed not in set(FeedKind):
            raise InvalidShape("feed", raw.feed, "0 states or 1 spectra")
        if raw.reserved:
            raise InvalidShape("reserved", f"0x{raw.reserved:08X}", "0")
        return cls(FeedKind(raw.feed), raw.spectrum_hop, raw.window_len)

    def serialize(self) -> bytes:
        """The descriptor's 8 bytes."""
        hop, window = self.spectrum_hop, self.window_len
        return FEED.build(
            {"feed": self.kind, "spectrum_hop": hop, "window_len": window, "reserved": 0}
        )


@dataclass(frozen=True)
class StemBytes:
    """The descriptor of the stem in the file, between the feed's and the weights."""

    taps: U8
    width: U8
    reserved: U16


STEM = Schema(StemBytes, "rvne_stem", 4)


def parse_stem(data: memoryview) -> StemBytes:
    """The stem described at the start of `data`. Raises InvalidShape."""
    raw = StemBytes(**STEM.parse(bytes(data[: STEM.size])))
    if raw.reserved:
        raise InvalidShape("reserved", f"0x{raw.reserved:04X}", "0")
    if not raw.taps:
        need = f"1 to {MAX_TAPS}, as the flags say that there is a stem"
        raise InvalidShape("stem_taps", raw.taps, need)
    return raw


@dataclass(frozen=True)
class ConvBytes:
    """The descriptor of the convolution in the file, between the stem's and the weights.

    `max_pooling`: 1 where the maxima over tokens are classified too.
    """

    taps: U8
    stride: U8
    width: U8
    max_pooling: U8


CONV = Schema(ConvBytes, "rvne_conv", 4)


def parse_conv(data: memoryview) -> ConvBytes:
    """The convolution described at the start of `data`. Raises InvalidShape."""
    raw = ConvBytes(**CONV.parse(bytes(data[: CONV.size])))
    if not raw.taps:
        need = f"1 to {MAX_TAPS}, as the flags say that there is a convolution"
        raise InvalidShape("conv_taps", raw.taps, need)
    if raw.max_pooling > 1:
        raise InvalidShape("max_pooling", raw.max_pooling, "0 or 1")
    return raw
