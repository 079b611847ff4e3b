"""The `.rvne` weight blob, version 1: one model, from the host to the node.

A blob is a header of 24 bytes; then descriptors of the feed (what the model was trained on), the
stem and the convolution; then the weights (input scale and offset, convolution, stem, in each layer
Wq, Wk, Wv, Wo and the MLP, and last Wc; matrices are row-major `[in, out]`); and a CRC over all of
it. Everything is little-endian. Scale and offset, convolution, stem, MLP and feed are present only
if a flag says so. A loader that does not know a flag refuses the blob.
"""

from __future__ import annotations

import dataclasses
import zlib
from dataclasses import dataclass
from functools import cached_property
from typing import Self

import numpy as np

from kernels_ref.blob_errors import InvalidShape
from kernels_ref.blob_header import (
    CONV,
    CRC_SIZE,
    FEED,
    HEADER,
    MAGIC,
    PLAIN_FLAGS,
    STEM,
    VERSION,
    BlobHeader,
    Feed,
    Flag,
    Pooling,
    WeightDtype,
    checked_header,
    parse_conv,
    parse_stem,
)
from kernels_ref.blob_layout import ModelShape, Parts, Weights, cut

_HEADER_DIMENSIONS = (
    "input_dim",
    "n_q_heads",
    "n_kv_heads",
    "head_dim",
    "n_layers",
    "n_classes",
    "mlp_width",
)


@dataclass(frozen=True, eq=False)
class WeightBlob:
    """One model: its shape, and its weights in file order.

    Attributes:
        shape: the dimensions.
        weights: `[shape.n_weights]`, of the dtype's numpy type; a parsed blob borrows its buffer.
        dtype: type of the weights.
        pooling: last token or mean.
        feed: what the model was trained on, None if the blob does not say it.

    Raises:
        InvalidShape: dimensions that no model has, or another number of weights.
    """

    shape: ModelShape
    weights: Weights
    dtype: WeightDtype = WeightDtype.FLOAT32
    pooling: Pooling = Pooling.LAST_TOKEN
    feed: Feed | None = None

    def __post_init__(self) -> None:
        """Check the shape and the number and type of the weights."""
        self.shape.check()
        if self.shape.max_pooling and self.pooling is not Pooling.MEAN:
            raise InvalidShape("max_pooling", 1, "0, as the last token is classified")
        need = (self.shape.n_weights,)
        if self.weights.shape != need or self.weights.dtype != self.dtype.numpy:
            value = f"{self.weights.dtype} {list(self.weights.shape)}"
            raise InvalidShape("weights", value, f"{self.dtype.numpy} {list(need)}")

    @classmethod
    def parse(cls, data: bytes | bytearray | memoryview) -> Self:
        """Read a blob. `data` is not copied, and may have any alignment.

        Raises:
            BlobError: the first check that fails, in this order: Truncated, BadMagic,
                UnsupportedVersion, SizeMismatch, CrcMismatch, UnsupportedFlags, InvalidShape.
        """
        data = memoryview(data).cast("B")
        header = checked_header(data)
        shape = _checked_shape(header, data[HEADER.size : -CRC_SIZE])
        dtype = WeightDtype(bool(header.flags & Flag.FLOAT16))
        pooling = Pooling(bool(header.flags & Flag.MEAN_POOLING))
        feed = Feed.parse(data[HEADER.size :]) if header.flags & Flag.FEED else None
        start = HEADER.size + _descriptors(header)
        weights = np.frombuffer(data, dtype.numpy, shape.n_weights, start)
        return cls(shape, weights, dtype, pooling, feed)

    def serialize(self) -> bytes:
        """The bytes of the blob."""
        shape = self.shape
        area = self.feed.serialize() if self.feed else b""
        if shape.stem_taps:
            stem = {"taps": shape.stem_taps, "width": shape.stem_width}
            area += STEM.build({**stem, "reserved": 0})
        if shape.conv_taps:
            conv = {"taps": shape.conv_taps, "stride": shape.conv_stride}
            conv |= {"width": shape.conv_width, "max_pooling": int(shape.max_pooling)}
            area += CONV.build(conv)
        area += self.weights.tobytes()
        header = {name: getattr(shape, name) for name in _HEADER_DIMENSIONS} | {
            "magic": MAGIC,
            "version": VERSION,
            "flags": self.flags,
            "weights_len": len(area),
        }
        body = HEADER.build(header) + area
        return body + zlib.crc32(body).to_bytes(CRC_SIZE, "little")

    @property
    def flags(self) -> Flag:
        """The header's flags."""
        flags = Flag(0)
        for flag, is_set in (
            (Flag.FLOAT16, self.dtype is WeightDtype.FLOAT16),
            (Flag.MEAN_POOLING, self.pooling is Pooling.MEAN),
            (Flag.INPUT_AFFINE, self.shape.input_affine),
            (Flag.MLP, self.shape.mlp_width > 0),
            (Flag.FEED, self.feed is not None),
            (Flag.STEM, self.shape.stem_taps > 0),
            (Flag.CONV, self.shape.conv_taps > 0),
        ):
            flags |= flag if is_set else Flag(0)
        return flags

    def converted(self, dtype: WeightDtype) -> Self:
        """The same model with its weights rounded to (or widened from) another type.

        Raises:
            InvalidShape: when a weight is beyond what the type can hold.
        """
        limit = float(np.finfo(dtype.numpy).max)
        largest = float(np.abs(self.weights).max())
        if not largest <= limit:
            raise InvalidShape("weights", f"up to {largest} in magnitude", f"{limit} at most")
        return dataclasses.replace(self, weights=self.weights.astype(dtype.numpy), dtype=dtype)

    @cached_property
    def parts(self) -> Parts:
        """The weights, cut into the parts of the model; views into the blob."""
        return cut(self.shape, self.weights)


def _descriptors(header: BlobHeader) -> int:
    """How many bytes of descriptors lie between the header and the weights."""
    parts = ((Flag.FEED, FEED.size), (Flag.STEM, STEM.size), (Flag.CONV, CONV.size))
    return sum(size for flag, size in parts if header.flags & flag)


def _checked_shape(header: BlobHeader, area: memoryview) -> ModelShape:
    dimensions = {name: getattr(header, name) for name in _HEADER_DIMENSIONS}
    dimensions["mlp_width"] = _checked_mlp_width(header)
    ahead = _descriptors(header)
    if len(area) < ahead:
        raise InvalidShape("weights_len", len(area), f"at least {ahead}")
    after_feed = area[FEED.size if header.flags & Flag.FEED else 0 :]
    if header.flags & Flag.STEM:
        stem = parse_stem(after_feed)
        dimensions |= {"stem_taps": stem.taps, "stem_width": stem.width}
        after_feed = after_feed[STEM.size :]
    if header.flags & Flag.CONV:
        conv = parse_conv(after_feed)
        dimensions |= {"conv_taps": conv.taps, "conv_stride": conv.stride, "conv_width": conv.width}
        dimensions["max_pooling"] = bool(conv.max_pooling)
    shape = ModelShape(**dimensions, input_affine=bool(header.flags & Flag.INPUT_AFFINE))
    shape.check()
    size = WeightDtype(bool(header.flags & Flag.FLOAT16)).numpy.itemsize
    if header.weights_len != ahead + size * shape.n_weights:
        need = f"{ahead + size * shape.n_weights}, {shape.n_weights} weights of {size} B"
        if ahead:
            need += f" behind {ahead} B that describe them"
        raise InvalidShape("weights_len", header.weights_len, need)
    return shape


def _checked_mlp_width(header: BlobHeader) -> int:
    """The MLP's width. Blobs without extensions may have any value there: it was reserved."""
    width = header.mlp_width
    if header.flags & Flag.MLP:
        if width == 0:
            raise InvalidShape("mlp_width", width, "1 to 255, as the flags say that there is one")
        return width
    if width and header.flags & ~int(PLAIN_FLAGS):
        raise InvalidShape("mlp_width", width, "0, as the flags say that there is none")
    return 0
