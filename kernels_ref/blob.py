"""The `.rvne` weight blob, version 1: one model, from the host to the node.

A header of 24 bytes, the weights (per layer Wq, Wk, Wv, Wo, then Wc; flat, row-major `[in, out]`),
and a CRC over both, little-endian throughout.
"""

from __future__ import annotations

import dataclasses
import enum
import zlib
from dataclasses import dataclass
from typing import Any, NamedTuple, Self

import numpy as np
import numpy.typing as npt

from kernels_ref.blob_errors import (
    BadMagic,
    CrcMismatch,
    InvalidShape,
    SizeMismatch,
    Truncated,
    UnsupportedFlags,
    UnsupportedVersion,
)
from kernels_ref.wire import U8, U16, U32, Schema

MAGIC = 0x52564E45
VERSION = 1
CRC_SIZE = 4

Weights = npt.NDArray[np.floating[Any]]


class WeightDtype(enum.IntEnum):
    """Type of the weights: bit 0 of the flags."""

    FLOAT32 = 0
    FLOAT16 = 1

    @property
    def numpy(self) -> np.dtype[Any]:
        """The little-endian numpy type."""
        return np.dtype("<f4" if self is WeightDtype.FLOAT32 else "<f2")


class Pooling(enum.IntEnum):
    """What is made of the tokens after the last layer: bit 1 of the flags."""

    LAST_TOKEN = 0
    MEAN = 1


DTYPE_BIT = 0x01
POOLING_BIT = 0x02
KNOWN_FLAGS = DTYPE_BIT | POOLING_BIT


@dataclass(frozen=True)
class BlobHeader:
    """The first 24 bytes as they stand in the file; `weights_len` is in bytes."""

    magic: U32
    version: U16
    flags: U8
    reserved: U8
    input_dim: U16
    n_q_heads: U16
    n_kv_heads: U16
    head_dim: U16
    n_layers: U16
    n_classes: U16
    weights_len: U32


HEADER = Schema(BlobHeader, "rvne_header", 24)


@dataclass(frozen=True)
class ModelShape:
    """The dimensions of a model, named as in the header."""

    input_dim: int
    n_q_heads: int
    n_kv_heads: int
    head_dim: int
    n_layers: int
    n_classes: int

    def check(self) -> None:
        """Refuse what no model can have. Raises InvalidShape."""
        for field, value in dataclasses.asdict(self).items():
            least = 2 if field == "n_classes" else 1
            if not least <= value <= 0xFFFF:
                raise InvalidShape(field, value, f"{least} to 65535")
        if self.n_q_heads % self.n_kv_heads:
            need = f"a divisor of n_q_heads {self.n_q_heads}"
            raise InvalidShape("n_kv_heads", self.n_kv_heads, need)

    @property
    def layer_matrices(self) -> tuple[tuple[int, int], ...]:
        """`[in, out]` of Wq, Wk, Wv and Wo."""
        q, kv = self.n_q_heads * self.head_dim, self.n_kv_heads * self.head_dim
        return (self.input_dim, q), (self.input_dim, kv), (self.input_dim, kv), (q, self.input_dim)

    @property
    def n_weights(self) -> int:
        """Weights of all layers and the classifier."""
        layer = sum(rows * columns for rows, columns in self.layer_matrices)
        return self.n_layers * layer + self.input_dim * self.n_classes


class LayerWeights(NamedTuple):
    """The matrices of one layer, views into the blob."""

    wq: Weights
    wk: Weights
    wv: Weights
    wo: Weights


@dataclass(frozen=True, eq=False)
class WeightBlob:
    """One model: its shape, and its weights in file order.

    Attributes:
        shape: the dimensions.
        weights: `[shape.n_weights]`, of the dtype's numpy type; parsed blobs borrow the buffer.
        dtype: type of the weights.
        pooling: last token or mean.

    Raises:
        InvalidShape: dimensions that no model has, or another number of weights.
    """

    shape: ModelShape
    weights: Weights
    dtype: WeightDtype = WeightDtype.FLOAT32
    pooling: Pooling = Pooling.LAST_TOKEN

    def __post_init__(self) -> None:
        """Check the shape and the number and type of the weights."""
        self.shape.check()
        need = (self.shape.n_weights,)
        if self.weights.shape != need or self.weights.dtype != self.dtype.numpy:
            value = f"{self.weights.dtype} {list(self.weights.shape)}"
            raise InvalidShape("weights", value, f"{self.dtype.numpy} {list(need)}")

    @classmethod
    def parse(cls, data: bytes | bytearray | memoryview) -> Self:
        """Read a blob, borrowing `data` at any alignment.

        Raises:
            BlobError: the first check that fails, in this order: Truncated, BadMagic,
                UnsupportedVersion, SizeMismatch, CrcMismatch, UnsupportedFlags, InvalidShape.
        """
        data = memoryview(data).cast("B")
        header = _checked_header(data)
        shape = _checked_shape(header)
        dtype = WeightDtype(header.flags & DTYPE_BIT)
        pooling = Pooling.MEAN if header.flags & POOLING_BIT else Pooling.LAST_TOKEN
        weights = np.frombuffer(data, dtype.numpy, shape.n_weights, HEADER.size)
        return cls(shape, weights, dtype, pooling)

    def serialize(self) -> bytes:
        """The blob as a file."""
        weights = self.weights.tobytes()
        flags = self.dtype * DTYPE_BIT | self.pooling * POOLING_BIT
        header = dataclasses.asdict(self.shape) | {
            "magic": MAGIC,
            "version": VERSION,
            "flags": flags,
            "reserved": 0,
            "weights_len": len(weights),
        }
        body = HEADER.build(header) + weights
        return body + zlib.crc32(body).to_bytes(CRC_SIZE, "little")

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

    def layers(self) -> list[LayerWeights]:
        """The matrices of every layer."""
        sizes = [rows * columns for rows, columns in self.shape.layer_matrices]
        layers = self.weights[: self.shape.n_layers * sum(sizes)].reshape(-1, sum(sizes))
        ends = np.cumsum(sizes)[:-1]
        return [
            LayerWeights(
                *(
                    part.reshape(matrix)
                    for part, matrix in zip(
                        np.split(layer, ends), self.shape.layer_matrices, strict=True
                    )
                )
            )
            for layer in layers
        ]

    def classifier(self) -> Weights:
        """Wc `[input_dim, n_classes]`."""
        count = self.shape.input_dim * self.shape.n_classes
        return self.weights[-count:].reshape(self.shape.input_dim, self.shape.n_classes)


def _checked_header(data: memoryview) -> BlobHeader:
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
    if header.flags & ~KNOWN_FLAGS:
        raise UnsupportedFlags("flags", f"0x{header.flags:02X}", "bits 0 and 1 only")
    return header


def _checked_shape(header: BlobHeader) -> ModelShape:
    names = (field.name for field in dataclasses.fields(ModelShape))
    shape = ModelShape(**{name: getattr(header, name) for name in names})
    shape.check()
    size = WeightDtype(header.flags & DTYPE_BIT).numpy.itemsize
    if header.weights_len != size * shape.n_weights:
        need = f"{size * shape.n_weights}, {shape.n_weights} weights of {size} B"
        raise InvalidShape("weights_len", header.weights_len, need)
    return shape
