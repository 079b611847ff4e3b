"""The head without a node: blobs read at any address, both forms, both kernels, every refusal."""

from __future__ import annotations

import ctypes
import itertools
import struct
import zlib
from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from numpy.typing import NDArray

from harness.compare import Labels, compare
from harness.node import EspErr
from harness.sensing.compare.model import ExpectedLogits
from harness.sensing.structs.kernel import HeadForm, Kernel
from hil_tests.support.bad_blobs import AFFINE, BAD_BLOBS, CONV, FEED, MLP, STEM, Fields
from hil_tests.support.model import Model, random_frames, random_model
from hil_tests.test_classifier import SHAPES as PLAIN
from hil_tests.test_classifier_extended import SHAPES as EXTENDED
from kernels_ref import ModelShape, Pooling, WeightBlob, WeightDtype
from kernels_ref.blob_layout import cut

OK, NO_MEM, INVALID_ARG, INVALID_STATE, INVALID_SIZE = 0, 0x101, 0x102, 0x103, 0x104
FAIL = ctypes.c_uint32(-1).value
WINDOW = 70
FILLINGS = (1, 2, 5, 16, 33, 70, 90)
SHAPES = PLAIN | {f"extended, {name}": shape for name, shape in EXTENDED.items()}
KINDS = list(itertools.product(WeightDtype, Pooling))

Float32 = NDArray[np.float32]


class BlobStruct(ctypes.Structure):
    """ruv_blob_t."""

    _fields_ = (
        *((name, ctypes.c_int) for name in ("dtype", "pool")),
        *((name, ctypes.c_uint32) for name in ("input_dim", "dim", "n_q_heads", "n_kv_heads")),
        *((name, ctypes.c_uint32) for name in ("head_dim", "n_layers", "n_classes", "mlp_width")),
        ("input_affine", ctypes.c_bool),
        *((name, ctypes.c_uint32) for name in ("stem_taps", "stem_width")),
        *((name, ctypes.c_uint32) for name in ("conv_taps", "conv_stride", "conv_width")),
        ("max_pooling", ctypes.c_bool),
        ("feed_kind", ctypes.c_int),
        *((name, ctypes.c_uint32) for name in ("spectrum_hop", "window_len")),
        ("weights", ctypes.c_void_p),
        ("weights_len", ctypes.c_uint32),
        ("crc32", ctypes.c_uint32),
    )


@cache
def model(name: str, dtype: WeightDtype, pooling: Pooling) -> Model:
    return random_model(SHAPES[name], 5, dtype, pooling)


@cache
def expected(name: str, dtype: WeightDtype, pooling: Pooling, now: int) -> ExpectedLogits:
    return model(name, dtype, pooling).expect(frames_of(name)[:now][-WINDOW:])


@cache
def frames_of(name: str) -> Float32:
    return random_frames(np.random.default_rng(6), FILLINGS[-1], SHAPES[name].input_dim)


class Head:
    """A head over a blob that lies `offset` bytes off an address of eights."""

    def __init__(
        self,
        functions: ctypes.CDLL,
        blob: bytes,
        form: HeadForm = HeadForm.BY_SHAPE,
        offset: int = 0,
        window: int = WINDOW,
        **shape: int,
    ) -> None:
        self._functions = functions
        self._memory = ctypes.create_string_buffer(len(blob) + 16)
        start = -ctypes.addressof(self._memory) % 8 + offset
        ctypes.memmove(ctypes.byref(self._memory, start), blob, len(blob))
        self._ctx = ctypes.c_void_p(1)
        dims = struct.unpack_from("<H8xH", blob, 8) if len(blob) >= 20 else (0, 0)
        self.input_dim = shape.get("input_dim", dims[0])
        self.n_classes = shape.get("n_classes", dims[1])
        self.error = functions.ruv_temporal_init_with(
            ctypes.byref(self._memory, start),
            ctypes.c_size_t(len(blob)),
            *(self.input_dim, window, self.n_classes, int(form)),
            ctypes.byref(self._ctx),
        )
        assert bool(self._ctx) == (self.error == OK)

    def __enter__(self) -> Head:
        assert self.error == OK
        return self

    def __exit__(self, *_: object) -> None:
        self._functions.ruv_temporal_destroy(self._ctx)

    @property
    def form(self) -> HeadForm:
        return HeadForm(self._functions.ruv_temporal_form(self._ctx))

    @property
    def frames(self) -> int:
        return int(self._functions.ruv_temporal_frames(self._ctx))

    def use(self, kernel: int) -> int:
        return int(self._functions.ruv_temporal_use_kernel(self._ctx, kernel))

    def push(self, frames: Float32) -> int:
        error = OK
        for frame in np.ascontiguousarray(frames):
            at = ctypes.c_void_p(frame.ctypes.data)
            error = error or self._functions.ruv_temporal_push(self._ctx, at)
        return error

    def reset(self) -> None:
        self._functions.ruv_temporal_reset(self._ctx)

    def classify(self, n_classes: int | None = None) -> tuple[int, Float32]:
        logits = np.full(self.n_classes + 2, 7, np.float32)
        at = ctypes.c_void_p(logits.ctypes.data)
        n = self.n_classes if n_classes is None else n_classes
        error = self._functions.ruv_temporal_classify(self._ctx, at, n) & 0xFFFFFFFF
        assert (logits[self.n_classes :] == 7).all()
        return error, logits[: self.n_classes]


@pytest.mark.parametrize("form", [HeadForm.DIRECT, HeadForm.FOLDED], ids=["direct", "folded"])
@pytest.mark.parametrize(
    ("dtype", "pooling"), KINDS, ids=[f"{d.name.lower()}-{p.name.lower()}" for d, p in KINDS]
)
@pytest.mark.parametrize("name", SHAPES)
def test_logits_are_the_oracles(
    functions: ctypes.CDLL, name: str, dtype: WeightDtype, pooling: Pooling, form: HeadForm
) -> None:
    """At fillings of the window, with both kernels, of a blob at an odd address too."""
    blob = model(name, dtype, pooling).blob
    for kernel, offset in ((Kernel.FAST, 0), (Kernel.PLAIN, 1)):
        with Head(functions, blob, form, offset) as head:
            assert head.form == form and head.use(int(kernel)) == OK
            done = 0
            for now in FILLINGS:
                assert head.push(frames_of(name)[done:now]) == OK
                done = now
                assert head.frames == min(now, WINDOW)
                error, logits = head.classify()
                wanted = expected(name, dtype, pooling, now)
                assert error == OK
                compare(logits, wanted.logits, wanted.budget, Labels(f"{now} frames", ("class",)))


def test_a_head_begins_anew_after_a_reset(functions: ctypes.CDLL) -> None:
    name, kind = "grouped", KINDS[0]
    with Head(functions, model(name, *kind).blob) as head:
        assert head.classify()[0] == INVALID_STATE
        head.push(frames_of(name)[50:90])
        head.reset()
        assert head.frames == 0 and head.classify()[0] == INVALID_STATE
        head.push(frames_of(name)[:5])
        error, logits = head.classify()
        wanted = expected(name, *kind, 5)
        assert error == OK
        compare(logits, wanted.logits, wanted.budget, Labels("after a reset", ("class",)))


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_a_frame_that_is_not_finite_is_refused(functions: ctypes.CDLL, value: float) -> None:
    name = "grouped"
    with Head(functions, model(name, *KINDS[0]).blob) as head:
        for place in (0, head.input_dim - 1):
            frame = np.zeros((1, head.input_dim), np.float32)
            frame[0, place] = value
            assert head.push(frame) == INVALID_ARG and head.frames == 0


def blob_with(value: float, place: int, dtype: WeightDtype, pooling: Pooling) -> bytes:
    """One weight is `value`."""
    parsed = model("grouped", dtype, pooling).parsed
    weights = parsed.weights.copy()
    weights[place] = value
    return replace(parsed, weights=weights).serialize()


@pytest.mark.parametrize("dtype", WeightDtype, ids=lambda dtype: dtype.name.lower())
@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_a_weight_that_is_not_finite_is_refused(
    functions: ctypes.CDLL, value: float, dtype: WeightDtype
) -> None:
    for place, form in itertools.product((0, 1, -1), (HeadForm.DIRECT, HeadForm.FOLDED)):
        blob = blob_with(value, place, dtype, Pooling.LAST_TOKEN)
        assert Head(functions, blob, form).error == INVALID_ARG


def test_products_of_weights_beyond_the_range_are_refused(functions: ctypes.CDLL) -> None:
    """The folded form needs them; the direct one does without."""
    parsed = model("grouped", WeightDtype.FLOAT32, Pooling.MEAN).parsed
    large = replace(parsed, weights=np.full_like(parsed.weights, 1e20)).serialize()
    assert Head(functions, large, HeadForm.FOLDED).error == INVALID_ARG
    with Head(functions, large, HeadForm.DIRECT) as head:
        head.push(np.full((3, head.input_dim), 1e10, np.float32))
        error, logits = head.classify()
        assert error == FAIL and (logits == 7).all()


@pytest.mark.parametrize("names", [("wq", "wk"), ("wv", "wo")], ids="-".join)
@pytest.mark.parametrize("pooling", Pooling, ids=lambda pooling: pooling.name.lower())
def test_one_product_beyond_the_range_is_enough(
    functions: ctypes.CDLL, names: tuple[str, str], pooling: Pooling
) -> None:
    """The last one of a layer, which nothing but the check of all of them comes to."""
    parsed = model("multi-head", WeightDtype.FLOAT32, pooling).parsed
    weights = parsed.weights.copy()
    layer = cut(parsed.shape, weights).layers[1]
    for name in names:
        getattr(layer, name)[-1, -1] = 1e30
    blob = replace(parsed, weights=weights).serialize()
    assert Head(functions, blob, HeadForm.FOLDED).error == INVALID_ARG
    with Head(functions, blob, HeadForm.DIRECT) as head:
        assert head.error == OK


@pytest.mark.parametrize("name", BAD_BLOBS)
def test_what_is_no_blob_is_refused_as_the_table_says(functions: ctypes.CDLL, name: str) -> None:
    blob, error = BAD_BLOBS[name]
    out = BlobStruct(crc32=7, n_layers=9)
    found = functions.ruv_blob_parse(blob, ctypes.c_size_t(len(blob)), ctypes.byref(out))
    assert EspErr(found).name == error
    assert (out.crc32, out.n_layers) == (7, 9)
    assert Head(functions, blob).error == found


@pytest.mark.parametrize("flags", range(128))
def test_a_blob_is_described_field_by_field(functions: ctypes.CDLL, flags: int) -> None:
    """Wherever it lies."""
    fields = Fields(
        flags=flags,
        mlp_width=0xEE if flags & MLP or flags < AFFINE else 0,  # a plain blob may hold anything
        input_dim=258,
        n_q_heads=12,
        n_kv_heads=3,
        head_dim=5,
        n_layers=2,
        n_classes=517,
    )
    body = replace(fields, mlp_width=0 if flags < AFFINE else fields.mlp_width).implied_len
    blob = replace(fields, weights_len=body).build(body)
    memory = ctypes.create_string_buffer(bytes(flags % 5) + blob)
    out, at = BlobStruct(), ctypes.addressof(memory) + flags % 5
    parse = functions.ruv_blob_parse
    where = (ctypes.c_void_p(at), ctypes.c_size_t(len(blob)))
    assert parse(*where, ctypes.byref(out)) == OK
    assert (out.dtype, out.pool) == (flags & 1, flags >> 1 & 1)
    dims = ("input_dim", "n_q_heads", "n_kv_heads", "head_dim", "n_layers", "n_classes")
    assert [getattr(out, dim) for dim in dims] == [getattr(fields, dim) for dim in dims]
    assert out.mlp_width == (0xEE if flags & MLP else 0)
    assert out.input_affine == bool(flags & AFFINE)
    feed = (2, 10, 32) if flags & FEED else (0, 0, 0)
    assert (out.feed_kind, out.spectrum_hop, out.window_len) == feed
    assert (out.stem_taps, out.stem_width) == ((3, 5) if flags & STEM else (0, 0))
    conv = (6, 2, 7) if flags & CONV else (0, 1, 0)
    assert (out.conv_taps, out.conv_stride, out.conv_width) == conv
    assert out.dim == (7 if flags & CONV else fields.input_dim)
    front = (8 if flags & FEED else 0) + 4 * (bool(flags & STEM) + bool(flags & CONV))
    assert (out.weights, out.weights_len) == (at + 24 + front, body - front)
    assert out.crc32 == zlib.crc32(blob[:-4])
    assert parse(*where, None) == INVALID_ARG
    assert parse(None, where[1], ctypes.byref(out)) == INVALID_ARG


@pytest.mark.parametrize(
    ("feed", "told"),
    [
        ("00 00 01 00 00 00 00 00", (1, 0, 1)),
        ("00 09 FF FF 00 00 00 00", (1, 9, 0xFFFF)),
        ("01 01 00 01 00 00 00 00", (2, 1, 0x100)),
        ("01 FF 20 00 00 00 00 00", (2, 255, 32)),
        ("02 01 20 00 00 00 00 00", None),
        ("FF 01 20 00 00 00 00 00", None),
        ("01 00 20 00 00 00 00 00", None),
        ("00 00 00 00 00 00 00 00", None),
        *((f"01 01 20 00 {k * '00 '}01 {(3 - k) * '00 '}", None) for k in range(4)),
    ],
)
def test_a_feed_is_read_or_refused(
    functions: ctypes.CDLL, feed: str, told: tuple[int, int, int] | None
) -> None:
    blob = Fields(flags=FEED, feed=bytes.fromhex(feed)).build()
    out = BlobStruct()
    error = functions.ruv_blob_parse(blob, ctypes.c_size_t(len(blob)), ctypes.byref(out))
    assert error == (INVALID_SIZE if told is None else OK)
    assert (out.feed_kind, out.spectrum_hop, out.window_len) == (told or (0, 0, 0))


@pytest.mark.parametrize(
    ("stem", "told"),
    [
        ("01 01 00 00", (1, 1)),
        ("10 FF 00 00", (16, 255)),
        ("11 01 00 00", None),
        ("FF 01 00 00", None),
        ("00 01 00 00", None),
        ("01 00 00 00", None),
        ("01 01 01 00", None),
        ("01 01 00 01", None),
    ],
)
@pytest.mark.parametrize("flags", [STEM, STEM | FEED])
def test_a_stem_is_read_or_refused(
    functions: ctypes.CDLL, flags: int, stem: str, told: tuple[int, int] | None
) -> None:
    blob = Fields(flags=flags, stem=bytes.fromhex(stem)).build()
    out = BlobStruct()
    error = functions.ruv_blob_parse(blob, ctypes.c_size_t(len(blob)), ctypes.byref(out))
    assert error == (INVALID_SIZE if told is None else OK)
    assert (out.stem_taps, out.stem_width) == (told or (0, 0))


@pytest.mark.parametrize(
    ("conv", "told"),
    [
        ("01 01 01 00", (1, 1, 1, False)),
        ("10 10 FF 01", (16, 16, 255, True)),
        ("11 01 01 00", None),
        ("00 01 01 00", None),
        ("01 00 01 00", None),
        ("01 11 01 00", None),
        ("01 01 00 00", None),
        ("01 01 01 02", None),
    ],
)
@pytest.mark.parametrize("flags", [CONV | 2, CONV | 2 | FEED, CONV | 2 | STEM])
def test_a_convolution_is_read_or_refused(
    functions: ctypes.CDLL, flags: int, conv: str, told: tuple[int, int, int, bool] | None
) -> None:
    blob = Fields(flags=flags, conv=bytes.fromhex(conv)).build()
    out = BlobStruct()
    error = functions.ruv_blob_parse(blob, ctypes.c_size_t(len(blob)), ctypes.byref(out))
    assert error == (INVALID_SIZE if told is None else OK)
    found = (out.conv_taps, out.conv_stride, out.conv_width, out.max_pooling)
    assert found == (told or (0, 0, 0, False))


def test_maxima_without_a_mean_are_refused(functions: ctypes.CDLL) -> None:
    blob = Fields(flags=CONV, conv=bytes.fromhex("01 01 01 01")).build()
    out = BlobStruct()
    error = functions.ruv_blob_parse(blob, ctypes.c_size_t(len(blob)), ctypes.byref(out))
    assert error == INVALID_SIZE


@pytest.mark.parametrize("flags", [FEED, STEM, FEED | STEM, CONV, FEED | STEM | CONV])
@pytest.mark.parametrize("length", range(17))
def test_a_blob_of_descriptors_and_no_weights_is_refused(
    functions: ctypes.CDLL, length: int, flags: int
) -> None:
    blob = Fields(flags=flags, weights_len=length).build(length)
    out = BlobStruct()
    error = functions.ruv_blob_parse(blob, ctypes.c_size_t(len(blob)), ctypes.byref(out))
    assert error == INVALID_SIZE


def test_the_smallest_shapes_are_taken(functions: ctypes.CDLL) -> None:
    """One of everything and two classes; as many query as key heads; a layer more or less is not
    what the weights are for."""
    one = {"input_dim": 1, "n_q_heads": 1, "n_kv_heads": 1, "head_dim": 1, "n_classes": 2}
    out = BlobStruct()
    for n_layers, stated, error in ((1, 1, OK), (2, 2, OK), (2, 1, INVALID_SIZE)):
        body = Fields(n_layers=n_layers, **one).implied_len
        blob = Fields(n_layers=stated, weights_len=body, **one).build(body)
        found = functions.ruv_blob_parse(blob, ctypes.c_size_t(len(blob)), ctypes.byref(out))
        assert found == error


def test_a_head_that_cannot_be_is_refused(functions: ctypes.CDLL) -> None:
    blob = model("grouped", *KINDS[0]).blob
    assert Head(functions, blob, window=0).error == INVALID_ARG
    assert Head(functions, blob, form=3).error == INVALID_ARG  # type: ignore[arg-type]
    assert Head(functions, blob, input_dim=6).error == INVALID_ARG
    assert Head(functions, blob, n_classes=4).error == INVALID_ARG
    assert Head(functions, blob, window=2**32 - 1).error in (NO_MEM, INVALID_SIZE)
    widest = Fields(input_dim=1, n_q_heads=65535, n_kv_heads=65535, head_dim=1, n_classes=2).build()
    assert Head(functions, widest, window=2**32 - 1).error in (NO_MEM, INVALID_SIZE)
    with Head(functions, blob) as head:
        assert (head.use(2), head.use(1), head.use(0)) == (INVALID_ARG, OK, OK)
        head.push(frames_of("grouped")[:3])
        for wrong in (0, 2, 4):
            error, logits = head.classify(wrong)
            assert error == INVALID_ARG and (logits == 7).all()


COUNTED = [
    ModelShape(4, 2, 1, 3, 1, 2),
    ModelShape(5, 6, 3, 7, 2, 3),
    ModelShape(16, 4, 1, 8, 3, 4),
]


@pytest.mark.parametrize("shape", COUNTED, ids=str)
@pytest.mark.parametrize("pooling", Pooling, ids=lambda pooling: pooling.name.lower())
def test_memory_is_what_the_forms_keep(
    functions: ctypes.CDLL, shape: ModelShape, pooling: Pooling
) -> None:
    """From one window to a longer one it grows by the frames, the states, and what is kept of
    each token or block; with another layer, by the products that the folded form keeps."""
    blob = random_model(shape, 3, pooling=pooling).blob

    def needed(blob: bytes, window: int, form: HeadForm) -> int:
        size = ctypes.c_size_t()
        where = (blob, ctypes.c_size_t(len(blob)), window, int(form), ctypes.byref(size))
        assert functions.ruv_temporal_required_bytes_with(*where) == OK
        return size.value

    dim, kv = shape.input_dim, shape.n_kv_heads * shape.head_dim
    reads = (shape.n_layers + 1) * 4  # a word a row
    frames = 2 * 32 * dim * 4
    grown = {form: needed(blob, 128, form) - needed(blob, 96, form) for form in HeadForm}
    assert grown[HeadForm.DIRECT] - frames - reads in range(
        2 * (32 + 2) * kv * 4 - 7, 2 * (32 + 2) * kv * 4 + 8
    )
    assert grown[HeadForm.FOLDED] - frames - reads in range(2 * dim * 4 - 7, 2 * dim * 4 + 8)
    more = random_model(replace(shape, n_layers=shape.n_layers + 1), 3, pooling=pooling).blob
    matrix = shape.n_q_heads * dim * dim * 4
    folded = needed(more, 96, HeadForm.FOLDED) - needed(blob, 96, HeadForm.FOLDED)
    assert folded in range(2 * matrix, 2 * matrix + 4 * (96 // 32 + 1) + 24)


def test_weights_of_either_type_are_read_alike(functions: ctypes.CDLL) -> None:
    """A model whose weights are halves exactly gives the same bits as floats."""
    halves = model("grouped", WeightDtype.FLOAT16, Pooling.MEAN)
    floats = WeightBlob(
        halves.shape, halves.parsed.weights.astype("<f4"), pooling=Pooling.MEAN
    ).serialize()
    for form in (HeadForm.DIRECT, HeadForm.FOLDED):
        found = []
        for blob in (halves.blob, floats):
            with Head(functions, blob, form) as head:
                head.push(frames_of("grouped")[:40])
                found.append(head.classify()[1].tobytes())
        assert found[0] == found[1]
