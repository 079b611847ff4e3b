"""The parts of a weight blob that stand behind flags: input scale and offset, MLP, feed."""

from __future__ import annotations

import dataclasses
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kernels_ref import (
    BlobError,
    Feed,
    FeedKind,
    InvalidShape,
    ModelShape,
    Pooling,
    UnsupportedFlags,
    WeightBlob,
    WeightDtype,
    init_random_blob,
)
from kernels_ref.blob_header import KNOWN_FLAGS

FIXTURES = Path(__file__).parents[2] / "fixtures"
PLAIN = ModelShape(input_dim=3, n_q_heads=4, n_kv_heads=2, head_dim=5, n_layers=2, n_classes=2)
WHOLE = dataclasses.replace(
    PLAIN,
    mlp_width=7,
    input_affine=True,
    stem_taps=3,
    stem_width=5,
    conv_taps=6,
    conv_stride=2,
    conv_width=4,
)
SPECTRA = Feed(FeedKind.SPECTRA, spectrum_hop=10, window_len=0x1234)
HALF, MEAN, AFFINE, MLP, FEED, STEM, CONV = 1, 2, 4, 8, 16, 32, 64
FLAGS, WIDTH, WEIGHTS_LEN, AREA = 6, 7, 0x14, 24

shapes = st.builds(
    lambda d, kv, group, *rest: ModelShape(d, kv * group, kv, *rest[:-2], *rest[-2], *rest[-1]),
    st.integers(1, 9),
    st.integers(1, 3),
    st.integers(1, 3),
    *[st.integers(1, 5), st.integers(1, 3), st.integers(2, 9)],
    st.sampled_from([0, 1, 2, 17, 255]),
    st.booleans(),
    st.sampled_from([(0, 0), (1, 1), (3, 7), (16, 255)]),
    st.sampled_from([(0, 0, 0), (1, 1, 1, True), (3, 2, 7), (16, 16, 255, True)]),
)
feeds = st.none() | st.builds(
    Feed, st.sampled_from(FeedKind), st.integers(1, 255), st.integers(1, 0xFFFF)
)


def numbered(shape: ModelShape, feed: Feed | None = None) -> WeightBlob:
    """A blob whose weights are their own positions."""
    return WeightBlob(shape, np.arange(shape.n_weights, dtype="<f4"), feed=feed)


def patched(data: bytes, offset: int, fmt: str, value: int) -> bytes:
    """`data` with one field replaced and the CRC made right again."""
    changed = bytearray(data)
    struct.pack_into("<" + fmt, changed, offset, value)
    changed[-4:] = zlib.crc32(changed[:-4]).to_bytes(4, "little")
    return bytes(changed)


@settings(max_examples=150)
@given(shapes, st.sampled_from(WeightDtype), st.sampled_from(Pooling), feeds)
def test_what_is_written_is_read(
    shape: ModelShape, dtype: WeightDtype, pooling: Pooling, feed: Feed | None
) -> None:
    if shape.max_pooling and pooling is Pooling.LAST_TOKEN:
        with pytest.raises(InvalidShape, match="max_pooling"):
            init_random_blob(shape, dtype, pooling, feed)
        return
    data = init_random_blob(shape, dtype, pooling, feed)
    blob = WeightBlob.parse(data)
    assert (blob.shape, blob.dtype, blob.pooling, blob.feed) == (shape, dtype, pooling, feed)
    assert blob.serialize() == data
    flags = (dtype * HALF) | (pooling * MEAN) | (AFFINE if shape.input_affine else 0)
    flags |= (MLP if shape.mlp_width else 0) | (FEED if feed else 0)
    flags |= (STEM if shape.stem_taps else 0) | (CONV if shape.conv_taps else 0)
    assert (data[FLAGS], data[WIDTH]) == (flags, shape.mlp_width)


def test_the_parts_are_cut_in_file_order() -> None:
    blob = numbered(WHOLE)
    taken = []
    affine = blob.parts.affine
    assert affine is not None
    conv, stem = blob.parts.conv, blob.parts.stem
    assert conv is not None and stem is not None
    taken += [*affine, *conv, *stem]
    for layer, mlp in zip(blob.parts.layers, blob.parts.mlps, strict=True):
        taken += [*layer, *mlp]
    taken.append(blob.parts.classifier)
    once = [(3,), (3,), (18, 4), (4,), (12, 5), (5,), (5, 4), (4,)]
    one_layer = [(4, 20), (4, 10), (4, 10), (20, 4), (4, 7), (7,), (7, 4), (4,)]
    assert [part.shape for part in taken] == [*once, *one_layer, *one_layer, (4, 2)]
    together = np.concatenate([part.reshape(-1) for part in taken])
    np.testing.assert_array_equal(together, blob.weights)


def test_every_byte_is_where_the_format_puts_it() -> None:
    """Read without the schema."""
    data = numbered(WHOLE, SPECTRA).serialize()
    floats = 2 * 3 + (18 * 4 + 4) + (12 * 5 + 5 + 5 * 4 + 4) + 4 * 2
    floats += 2 * (2 * 4 * 5 * (4 + 2) + 2 * 4 * 7 + 7 + 4)
    assert (data[FLAGS], data[WIDTH]) == (AFFINE | MLP | FEED | STEM | CONV, 7)
    assert struct.unpack_from("<I", data, WEIGHTS_LEN) == (16 + 4 * floats,)
    assert data[AREA : AREA + 8] == bytes.fromhex("01 0A 34 12 00 00 00 00")
    assert data[AREA + 8 : AREA + 12] == bytes.fromhex("03 05 00 00")
    assert data[AREA + 12 : AREA + 16] == bytes.fromhex("06 02 04 00")
    assert struct.unpack_from("<3f", data, AREA + 16) == (0, 1, 2)
    assert len(data) == 28 + 16 + 4 * floats


@pytest.mark.parametrize("shift", range(4))
def test_the_parts_are_borrowed_at_any_alignment(shift: int) -> None:
    buffer = bytearray(bytes(shift) + numbered(WHOLE, SPECTRA).serialize())
    blob = WeightBlob.parse(memoryview(buffer)[shift:])
    struct.pack_into("<f", buffer, shift + AREA + 16 + 4 * 3, -7.5)
    affine = blob.parts.affine
    assert affine is not None
    assert affine.offset[0] == -7.5


def test_a_plain_blob_is_what_it_was() -> None:
    """The committed reference blobs, byte for byte, read and written again."""
    files = sorted(FIXTURES.glob("reference_*.rvne"))
    assert len(files) == 4
    for file in files:
        data = file.read_bytes()
        blob = WeightBlob.parse(data)
        assert data[FLAGS] <= (HALF | MEAN)
        assert (blob.shape.mlp_width, blob.shape.input_affine, blob.feed) == (0, False, None)
        once = (blob.parts.affine, blob.parts.conv, blob.parts.stem)
        assert (once, blob.parts.mlps) == ((None, None, None), [])
        assert blob.serialize() == data


def test_a_plain_blob_is_still_not_asked_for_its_reserved_byte() -> None:
    data = patched(init_random_blob(PLAIN), WIDTH, "B", 9)
    assert WeightBlob.parse(data).shape == PLAIN


@pytest.mark.parametrize("shape", [WHOLE, dataclasses.replace(PLAIN, mlp_width=1)])
@pytest.mark.parametrize("feed", [None, SPECTRA])
def test_a_loader_of_plain_blobs_refuses_an_extended_one(
    shape: ModelShape, feed: Feed | None
) -> None:
    """Such a loader knows bits 0 and 1, and looks at the flags before it looks at the shape."""
    flags = init_random_blob(shape, feed=feed)[FLAGS]
    assert flags & ~(HALF | MEAN)


@pytest.mark.parametrize("bit", [bit for bit in range(8) if not KNOWN_FLAGS >> bit & 1])
def test_the_bits_that_are_left_are_refused(bit: int) -> None:
    data = init_random_blob(WHOLE, feed=SPECTRA)
    with pytest.raises(UnsupportedFlags):
        WeightBlob.parse(patched(data, FLAGS, "B", data[FLAGS] | 1 << bit))


DATA = init_random_blob(WHOLE, feed=SPECTRA)
MAXIMA = init_random_blob(
    dataclasses.replace(WHOLE, max_pooling=True), pooling=Pooling.MEAN, feed=SPECTRA
)
WRONG: dict[str, tuple[str, bytes]] = {
    "an MLP without a width": ("mlp_width", patched(DATA, WIDTH, "B", 0)),
    "a width without an MLP": (
        "mlp_width",
        patched(init_random_blob(PLAIN, feed=SPECTRA), WIDTH, "B", 1),
    ),
    "an MLP of another width": ("weights_len", patched(DATA, WIDTH, "B", 8)),
    "no scale where it should be": (
        "weights_len",
        patched(DATA, FLAGS, "B", MLP | FEED | STEM | CONV),
    ),
    "a stem that is not said": (
        "conv_width",
        patched(DATA, FLAGS, "B", AFFINE | MLP | FEED | CONV),
    ),
    "a convolution that is not said": (
        "weights_len",
        patched(DATA, FLAGS, "B", AFFINE | MLP | FEED | STEM),
    ),
    "plain flags": ("weights_len", patched(DATA, FLAGS, "B", 0)),
    "an unknown feed": ("feed", patched(DATA, AREA, "B", 2)),
    "spectra without a hop": ("spectrum_hop", patched(DATA, AREA + 1, "B", 0)),
    "no window": ("window_len", patched(DATA, AREA + 2, "H", 0)),
    "a stem of no frames": ("stem_taps", patched(DATA, AREA + 8, "B", 0)),
    "a stem of too many frames": ("stem_taps", patched(DATA, AREA + 8, "B", 17)),
    "a stem of another length": ("weights_len", patched(DATA, AREA + 8, "B", 4)),
    "a stem of no units": ("stem_width", patched(DATA, AREA + 9, "B", 0)),
    "a stem of other units": ("weights_len", patched(DATA, AREA + 9, "B", 6)),
    "a stem's reserved bytes": ("reserved", patched(DATA, AREA + 11, "B", 1)),
    "a convolution of no frames": ("conv_taps", patched(DATA, AREA + 12, "B", 0)),
    "a convolution of too many frames": ("conv_taps", patched(DATA, AREA + 12, "B", 17)),
    "a convolution of another length": ("weights_len", patched(DATA, AREA + 12, "B", 5)),
    "a convolution that stands": ("conv_stride", patched(DATA, AREA + 13, "B", 0)),
    "a convolution of too long a stride": ("conv_stride", patched(DATA, AREA + 13, "B", 17)),
    "a convolution of no units": ("conv_width", patched(DATA, AREA + 14, "B", 0)),
    "a convolution of other units": ("weights_len", patched(DATA, AREA + 14, "B", 5)),
    "maxima that are neither there nor not": ("max_pooling", patched(DATA, AREA + 15, "B", 2)),
    "maxima beside the last token": ("max_pooling", patched(MAXIMA, FLAGS, "B", MAXIMA[FLAGS] ^ 2)),
    "maxima without their rows": ("weights_len", patched(MAXIMA, AREA + 15, "B", 0)),
    "reserved bytes": ("reserved", patched(DATA, AREA + 7, "B", 1)),
}


@pytest.mark.parametrize("name", WRONG)
def test_each_fault_has_its_field(name: str) -> None:
    field, data = WRONG[name]
    with pytest.raises(InvalidShape) as caught:
        WeightBlob.parse(data)
    assert caught.value.field == field


@settings(max_examples=300)
@given(st.integers(0, len(DATA) - 5), st.integers(0, 255), st.integers(0, 255))
def test_whatever_a_byte_becomes_is_read_or_refused(at: int, value: int, width: int) -> None:
    """With the CRC of the damaged bytes, so that every later check is reached."""
    data = patched(patched(DATA, at, "B", value), WIDTH, "B", width)
    try:
        blob = WeightBlob.parse(data)
    except BlobError:
        return
    assert blob.serialize() == data


@pytest.mark.parametrize(
    ("field", "shape"),
    [
        ("mlp_width", dataclasses.replace(PLAIN, mlp_width=256)),
        ("mlp_width", dataclasses.replace(PLAIN, mlp_width=-1)),
        ("stem_taps", dataclasses.replace(PLAIN, stem_taps=17, stem_width=1)),
        ("stem_width", dataclasses.replace(PLAIN, stem_taps=1, stem_width=256)),
        ("stem_width", dataclasses.replace(PLAIN, stem_taps=1)),
        ("stem_width", dataclasses.replace(PLAIN, stem_width=1)),
        ("conv_taps", dataclasses.replace(WHOLE, conv_taps=17)),
        ("conv_stride", dataclasses.replace(WHOLE, conv_stride=17)),
        ("conv_stride", dataclasses.replace(PLAIN, conv_stride=1)),
        ("conv_width", dataclasses.replace(WHOLE, conv_width=256)),
        ("conv_width", dataclasses.replace(PLAIN, conv_width=1)),
        ("max_pooling", dataclasses.replace(PLAIN, max_pooling=True)),
    ],
)
def test_a_size_that_its_byte_cannot_hold_is_refused(field: str, shape: ModelShape) -> None:
    with pytest.raises(InvalidShape, match=field):
        init_random_blob(shape)


@pytest.mark.parametrize(
    ("field", "feed"),
    [
        ("window_len", (FeedKind.STATES, 0, 0)),
        ("window_len", (FeedKind.STATES, 0, 65536)),
        ("spectrum_hop", (FeedKind.SPECTRA, 0, 64)),
        ("spectrum_hop", (FeedKind.STATES, 256, 64)),
    ],
)
def test_a_feed_that_is_none_cannot_be_made(field: str, feed: tuple[FeedKind, int, int]) -> None:
    with pytest.raises(InvalidShape, match=field):
        Feed(*feed)


def test_the_largest_extended_shape_does_not_overflow() -> None:
    data = patched(DATA, WIDTH, "B", 255)
    for offset in (8, 10, 12, 14, 16, 18):
        data = patched(data, offset, "H", 65535)
    with pytest.raises(InvalidShape, match="weights_len"):
        WeightBlob.parse(data)
