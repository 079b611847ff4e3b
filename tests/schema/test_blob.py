"""The weight blob: layout, round trip, and every error in its order."""

from __future__ import annotations

import hashlib
import struct
import zlib
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kernels_ref import (
    REFERENCE_SHAPE,
    BadMagic,
    BlobError,
    CrcMismatch,
    InvalidShape,
    ModelShape,
    Pooling,
    SizeMismatch,
    Truncated,
    UnsupportedFlags,
    UnsupportedVersion,
    WeightBlob,
    WeightDtype,
    init_random_blob,
)

SMALL = ModelShape(input_dim=3, n_q_heads=4, n_kv_heads=2, head_dim=5, n_layers=2, n_classes=2)


def test_the_reference_blob_byte_for_byte() -> None:
    blob = init_random_blob()
    assert len(blob) == 41_244
    sha256 = "7c6c074ef3b6b23b4d9ae2327deaade81329f003c3a52b59581492c08252d49d"
    assert hashlib.sha256(blob).hexdigest() == sha256
    assert int.from_bytes(blob[-4:], "little") == 0xDC807956
    assert blob[:4] == b"\x45\x4e\x56\x52"


def test_the_reference_weights_draw_by_draw() -> None:
    """The generator written again, one float32 operation at a time."""
    state, weights = 0xC5110007DEADBEEF, []
    for _ in range(50):
        state ^= state << 13 & 0xFFFFFFFFFFFFFFFF
        state ^= state >> 7
        state ^= state << 17 & 0xFFFFFFFFFFFFFFFF
        high = state * 0x2545F4914F6CDD1D % 2**64 >> 32
        unit = np.float32(np.float32(high) / np.float32(4294967295))
        weights.append(np.float32(np.float32(unit - np.float32(0.5)) * np.float32(0.2)))
    blob = WeightBlob.parse(init_random_blob())
    assert len(blob.weights) == 10_304
    np.testing.assert_array_equal(blob.weights[:50], weights)
    assert np.abs(blob.weights).max() <= 0.1


def test_header_offsets() -> None:
    """Every field at the byte where the format puts it, read without the schema."""
    blob = init_random_blob(SMALL, WeightDtype.FLOAT16, Pooling.MEAN)
    magic, version, flags, reserved = struct.unpack_from("<IHBB", blob, 0)
    assert (magic, version, flags, reserved) == (0x52564E45, 1, 0b11, 0)
    assert struct.unpack_from("<6H", blob, 8) == (3, 4, 2, 5, 2, 2)
    floats = 2 * (3 * 20 + 3 * 10 + 3 * 10 + 20 * 3) + 3 * 2
    assert struct.unpack_from("<I", blob, 0x14) == (2 * floats,)
    assert len(blob) == 28 + 2 * floats
    assert zlib.crc32(blob[:-4]) == int.from_bytes(blob[-4:], "little")


@pytest.mark.parametrize("dtype", WeightDtype)
@pytest.mark.parametrize("pooling", Pooling)
@pytest.mark.parametrize("shape", [SMALL, REFERENCE_SHAPE, ModelShape(1, 1, 1, 1, 1, 2)])
def test_round_trip(dtype: WeightDtype, pooling: Pooling, shape: ModelShape) -> None:
    data = init_random_blob(shape, dtype, pooling)
    blob = WeightBlob.parse(data)
    assert (blob.shape, blob.dtype, blob.pooling) == (shape, dtype, pooling)
    assert blob.serialize() == data


def test_float16_weights_are_the_float32_ones_rounded() -> None:
    single, half = (WeightBlob.parse(init_random_blob(SMALL, dtype)) for dtype in WeightDtype)
    np.testing.assert_array_equal(half.weights, single.weights.astype(np.float16))


def test_matrices_are_cut_in_file_order() -> None:
    count = SMALL.n_weights
    blob = WeightBlob(SMALL, np.arange(count, dtype="<f4"))
    shapes = [(3, 20), (3, 10), (3, 10), (20, 3)]
    start = 0
    for layer in blob.parts.layers:
        for matrix, shape in zip(layer, shapes, strict=True):
            size = shape[0] * shape[1]
            np.testing.assert_array_equal(matrix, np.arange(start, start + size).reshape(shape))
            start += size
    np.testing.assert_array_equal(blob.parts.classifier, np.arange(start, count).reshape(3, 2))


@pytest.mark.parametrize("shift", range(8))
def test_parsing_borrows_at_any_alignment(shift: int) -> None:
    data = init_random_blob(SMALL)
    buffer = bytearray(bytes(shift) + data)
    blob = WeightBlob.parse(memoryview(buffer)[shift:])
    want = np.frombuffer(data, "<f4", SMALL.n_weights, 24)
    np.testing.assert_array_equal(blob.weights, want)
    buffer[shift + 24 : shift + 28] = struct.pack("<f", 7.5)
    assert blob.weights[0] == 7.5  # no copy was made
    assert blob.parts.layers[0].wq[0, 0] == 7.5


GOOD = init_random_blob(SMALL)


def patched(offset: int, fmt: str, value: int, fix_crc: bool = True, data: bytes = GOOD) -> bytes:
    """`data` with one field replaced, and the CRC made right again or not."""
    changed = bytearray(data)
    struct.pack_into("<" + fmt, changed, offset, value)
    if fix_crc:
        changed[-4:] = zlib.crc32(changed[:-4]).to_bytes(4, "little")
    return bytes(changed)


ONE_FAULT: list[tuple[type[BlobError], str, bytes]] = [
    (Truncated, "length", b""),
    (Truncated, "length", GOOD[:27]),
    (BadMagic, "magic", patched(0, "I", 0x454E5652)),
    (UnsupportedVersion, "version", patched(4, "H", 0)),
    (UnsupportedVersion, "version", patched(4, "H", 2)),
    (SizeMismatch, "length", GOOD[:-1]),
    (SizeMismatch, "length", GOOD + b"\0"),
    (SizeMismatch, "length", patched(0x14, "I", 0)),
    (SizeMismatch, "length", patched(0x14, "I", 0xFFFFFFFF)),
    (SizeMismatch, "length", patched(0x14, "I", 0xFFFFFFFF - 27)),
    (CrcMismatch, "crc32", patched(30, "B", GOOD[30] ^ 1, fix_crc=False)),
    (CrcMismatch, "crc32", GOOD[:-1] + bytes([GOOD[-1] ^ 0x80])),
    *[(UnsupportedFlags, "flags", patched(6, "B", 1 << bit)) for bit in range(7, 8)],
    *[(InvalidShape, "weights_len", patched(6, "B", 1 << bit)) for bit in (2, 4)],
    (InvalidShape, "reserved", patched(6, "B", 1 << 5)),
    (InvalidShape, "max_pooling", patched(6, "B", 1 << 6)),
    (InvalidShape, "mlp_width", patched(6, "B", 1 << 3)),
    (InvalidShape, "input_dim", patched(8, "H", 0)),
    (InvalidShape, "n_q_heads", patched(10, "H", 0)),
    (InvalidShape, "n_kv_heads", patched(12, "H", 0)),
    (InvalidShape, "n_kv_heads", patched(12, "H", 3)),
    (InvalidShape, "n_kv_heads", patched(12, "H", 8)),
    (InvalidShape, "head_dim", patched(14, "H", 0)),
    (InvalidShape, "n_layers", patched(16, "H", 0)),
    (InvalidShape, "n_classes", patched(18, "H", 0)),
    (InvalidShape, "n_classes", patched(18, "H", 1)),
    (InvalidShape, "weights_len", patched(18, "H", 3)),
    (InvalidShape, "weights_len", patched(8, "H", 65535)),
    (InvalidShape, "weights_len", patched(6, "B", 1)),  # float16, but twice as many bytes
]


@pytest.mark.parametrize(("error", "field", "data"), ONE_FAULT)
def test_each_fault_has_its_error(error: type[BlobError], field: str, data: bytes) -> None:
    with pytest.raises(BlobError) as caught:
        WeightBlob.parse(data)
    assert type(caught.value) is error
    assert caught.value.field == field
    for part in (field, str(caught.value.value), caught.value.expectation, caught.value.remedy):
        assert part in str(caught.value)


FAULTS = {
    # Each leaves the length alone, so that any of them can be combined.
    BadMagic: (0, "I", 0xDEADBEEF),
    UnsupportedVersion: (4, "H", 9),
    SizeMismatch: (0x14, "I", 12),
    CrcMismatch: (28, "I", 0x12345678),
    UnsupportedFlags: (6, "B", 0x80),
    InvalidShape: (16, "H", 0),
}
ORDER = list(FAULTS)


@pytest.mark.parametrize("chosen", range(1, 1 << len(ORDER)))
def test_of_several_faults_the_first_check_reports(chosen: int) -> None:
    """All 63 combinations of the six faults that a whole-length blob can have."""
    faults = [error for i, error in enumerate(ORDER) if chosen >> i & 1]
    data = GOOD
    for error in faults:
        data = patched(*FAULTS[error], fix_crc=CrcMismatch not in faults, data=data)
    with pytest.raises(BlobError) as caught:
        WeightBlob.parse(data)
    assert type(caught.value) is faults[0]
    with pytest.raises(Truncated):
        WeightBlob.parse(data[:20])


@settings(max_examples=300)
@given(st.binary(max_size=80))
def test_random_bytes_are_refused(data: bytes) -> None:
    with pytest.raises(BlobError):
        WeightBlob.parse(data)


@settings(max_examples=300)
@given(st.integers(0, len(GOOD) - 1), st.integers(1, 255))
def test_no_changed_byte_goes_unnoticed(position: int, flip: int) -> None:
    data = bytearray(GOOD)
    data[position] ^= flip
    with pytest.raises(BlobError):
        WeightBlob.parse(data)


def test_weights_that_half_precision_cannot_hold_are_not_converted() -> None:
    weights = np.zeros(SMALL.n_weights, "<f4")
    weights[5] = 65520
    with pytest.raises(InvalidShape, match="65520"):
        WeightBlob(SMALL, weights).converted(WeightDtype.FLOAT16)
    weights[5] = np.nan
    with pytest.raises(InvalidShape, match="nan"):
        WeightBlob(SMALL, weights).converted(WeightDtype.FLOAT16)


@pytest.mark.parametrize(
    ("field", "shape", "weights"),
    [
        ("weights", SMALL, np.zeros(5, "<f4")),
        ("weights", SMALL, np.zeros(SMALL.n_weights, "<f8")),
        ("n_layers", ModelShape(3, 4, 2, 5, 0, 2), np.zeros(6, "<f4")),
        ("input_dim", ModelShape(65536, 4, 2, 5, 1, 2), np.zeros(6, "<f4")),
    ],
)
def test_a_blob_that_contradicts_itself_cannot_be_made(
    field: str, shape: ModelShape, weights: Any
) -> None:
    with pytest.raises(InvalidShape, match=field):
        WeightBlob(shape, weights)


def test_the_largest_shape_does_not_overflow() -> None:
    """Dimensions of 65535 imply more weights than 64 bits of bytes; the arithmetic stays exact."""
    data = patched(8, "H", 65535)
    for offset in (10, 12, 14, 16, 18):
        data = patched(offset, "H", 65535, data=data)
    with pytest.raises(InvalidShape, match="weights_len"):
        WeightBlob.parse(data)
